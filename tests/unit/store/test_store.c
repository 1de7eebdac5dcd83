// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/identity.h"
#include "store/stored_fields.h"
#include "support/spy.h"

static const struct field program[] = {
    {.key = FIELD_VERSION, .value = {"1.0", 3}},
    {.key = FIELD_NAME, .value = {"tool", 4}, .offset = 7, .length = 4},
    {.key = FIELD_SIGNER_CN, .group = 1, .value = {"somebody", 8}},
    {.key = FIELD_PID, .value = {"42", 2}},
};

static struct occurrence occurrence_at(const char *place)
{
    return (struct occurrence){.component = {.type = TYPE_APPLICATION,
                                             .state = STATE_PRESENT,
                                             .ceiling = CONFIDENCE_CONFIRMED,
                                             .fields = program,
                                             .field_count = ARRAY_LEN(program)},
                               .place = sv_str(place),
                               .anchor = SV("/"),
                               .owner = SV("deb:tool"),
                               .recogniser = SV("test")};
}

static int describe(void *to, const struct occurrence *o, struct err *err)
{
    struct buf *b = to;

    (void)err;
    buf_printf(b, "%.*s %.*s %s\n", (int)o->place.n, o->place.p, (int)o->owner.n, o->owner.p,
               component_state_text(o->component.state));
    for (size_t i = 0; i < o->component.field_count; i++) {
        const struct field *f = &o->component.fields[i];

        buf_printf(b, "  [%u] %s=%.*s @%llu+%llu\n", f->group, field_text(f->key), (int)f->value.n,
                   f->value.p, (unsigned long long)f->offset, (unsigned long long)f->length);
    }
    return 0;
}

static void write_scan(struct store *s, const char *id)
{
    struct occurrence a = occurrence_at("/a"), b = occurrence_at("/b");
    struct unexamined gap = {SV("/locked"), REASON_DENIED, SV("no")};

    assert_int_equal(store_begin(s, sv_str(id), SV("host"), 1000, NULL), 0);
    assert_int_equal(store_add(s, &b, STORE_NOWHERE, NULL), 0);
    assert_int_equal(store_add(s, &a, STORE_NOWHERE, NULL), 0);
    assert_int_equal(store_add_unexamined(s, &gap, STORE_NOWHERE, NULL), 0);
    assert_int_equal(store_end(s, 2000, true, SV("{}"), SV(""), NULL), 0);
}

static void gives_back_what_was_kept_in_the_order_of_places(void **state)
{
    auto_store *s = NULL;
    auto_buf text = {0};
    struct stored_scan scan;
    auto_arena arena;
    (void)state;

    arena_init(&arena, 1 << 20);
    assert_int_equal(store_open(NULL, STORE_PRIVATE, NULL, &s, NULL), 0);
    write_scan(s, "11111111");

    assert_int_equal(store_choose(s, SV(""), &arena, &scan, NULL), 0);
    assert_int_equal(store_each_occurrence(s, describe, &text, NULL), 0);
    assert_string_equal(text.p, "/a deb:tool present\n"
                                "  [0] name=tool @7+4\n"
                                "  [0] version=1.0 @0+0\n"
                                "  [1] signer-cn=somebody @0+0\n"
                                "  [0] pid=42 @0+0\n"
                                "/b deb:tool present\n"
                                "  [0] name=tool @7+4\n"
                                "  [0] version=1.0 @0+0\n"
                                "  [1] signer-cn=somebody @0+0\n"
                                "  [0] pid=42 @0+0\n");
    assert_true(scan.complete);
}

static int describe_first(void *to, const struct occurrence *o, struct err *err)
{
    return sv_eq(o->place, SV("/a")) ? describe(to, o, err) : 0;
}

static void numbers_and_values_of_every_size_come_back(void **state)
{
    static char long_value[300];
    const struct field fields[] = {
        {.key = FIELD_NAME, .value = {long_value, sizeof(long_value)}, .offset = 0, .length = 1},
        {.key = FIELD_SIGNER_CN,
         .group = 300,
         .value = {"x", 1},
         .offset = 1ULL << 40,
         .length = 128},
        {.key = FIELD_COMMAND,
         .group = 129,
         .value = {"run", 3},
         .offset = UINT64_MAX,
         .length = 3},
        {.key = FIELD_PID, .value = {"1", 1}},
    };
    const struct field *own = &fields[2];
    struct occurrence all = occurrence_at("/a"), none = occurrence_at("/b");
    auto_buf in_order = {0}, stored = {0};
    struct stored_scan scan;
    auto_store *s = NULL;
    auto_arena arena;
    (void)state;

    memset(long_value, 'n', sizeof(long_value));
    all.component.fields = fields;
    all.component.field_count = ARRAY_LEN(fields);
    none.component.field_count = 0;
    arena_init(&arena, 1 << 20);
    assert_int_equal(store_open(NULL, STORE_PRIVATE, NULL, &s, NULL), 0);
    assert_int_equal(store_begin(s, SV("11111111"), SV("host"), 1000, NULL), 0);
    assert_int_equal(store_add(s, &none, STORE_NOWHERE, NULL), 0);
    assert_int_equal(store_add(s, &all, STORE_NOWHERE, NULL), 0);
    all.place = SV("/c");
    all.component = (struct component){.type = TYPE_FILE, .fields = own, .field_count = 1};
    assert_int_equal(store_add(s, &all, STORE_NOWHERE, NULL), 0);
    assert_int_equal(store_end(s, 2000, true, SV("{}"), SV(""), NULL), 0);

    assert_int_equal(store_choose(s, SV(""), &arena, &scan, NULL), 0);
    assert_int_equal(store_each_occurrence(s, describe, &in_order, NULL), 0);
    assert_int_equal(store_each_stored(s, describe_first, &stored, NULL), 0);
    assert_non_null(strstr(in_order.p, "nnn @0+1\n  [300] signer-cn=x @1099511627776+128\n"
                                       "  [129] command=run @18446744073709551615+3\n"
                                       "  [0] pid=1 @0+0\n/b deb:tool present\n/c deb:tool"));
    assert_true(sv_starts(buf_view(&in_order), buf_view(&stored)) && stored.n > 300);
}

static void damaged_fields_are_no_component(void **state)
{
    auto_buf identity = {0}, own = {0}, evidence = {0};
    struct occurrence o = occurrence_at("/a");
    struct field_room room = {0};
    struct component c = {0};
    struct err err;
    (void)state;

    identity_put(&identity, TYPE_APPLICATION, program, 3);
    own_put(&own, &o.component);
    evidence_put(&evidence, program, 3);
    const struct span whole[] = {{(const uint8_t *)identity.p, identity.n},
                                 {(const uint8_t *)own.p, own.n},
                                 {(const uint8_t *)evidence.p, evidence.n}};

    assert_int_equal(fields_join(whole[0], whole[1], whole[2], &room, &c, &err), 0);
    assert_int_equal(c.field_count, 4);
    for (size_t part = 0; part < 3; part++) {
        for (size_t n = part ? 1 : 0; n < whole[part].n; n++) {
            struct span cut[] = {whole[0], whole[1], whole[2]};
            uint8_t *exact = malloc(n ? n : 1); // so that a sanitizer sees what is read beyond

            memcpy(exact, whole[part].p, n);
            cut[part] = (struct span){exact, n};
            assert_int_equal(fields_join(cut[0], cut[1], cut[2], &room, &c, &err), -ERR_FORMAT);
            free(exact);
        }
    }
    for (size_t i = 0; i < identity.n; i++) {
        char was = identity.p[i];
        int r;

        identity.p[i] = (char)0xff;
        r = fields_join(whole[0], whole[1], whole[2], &room, &c, &err);
        assert_true(r == 0 || r == -ERR_FORMAT); // a letter of a value is as good as another
        identity.p[i] = was;
    }
    field_room_clear(&room);
}

static void an_identity_is_the_same_text_on_every_host(void **state)
{
    struct occurrence o = occurrence_at("/a");
    struct field *fields;
    auto_buf text = {0};
    auto_arena arena;
    size_t n;
    (void)state;

    arena_init(&arena, 1 << 20);
    assert_int_equal(identity_fields(&o.component, &arena, &fields, &n, NULL), 0);
    identity_write(o.component.type, fields, n, &text);

    assert_string_equal(text.p, "{\"fields\":{\"name\":[\"tool\"],\"version\":[\"1.0\"]},"
                                "\"groups\":[{\"signer-cn\":[\"somebody\"]}],"
                                "\"type\":\"application\"}");
}

static int make_folder(void **state)
{
    char *folder = strdup("/tmp/debar-store-XXXXXX");

    *state = folder;
    return folder && mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    auto_free char *command = NULL;
    int r = asprintf(&command, "rm -rf '%s'", (char *)*state) < 0 ? -1 : system(command);

    free(*state);
    return r;
}

static void a_scan_is_chosen_by_the_beginning_of_its_id(void **state)
{
    auto_store *s = NULL;
    struct stored_scan scan;
    auto_arena arena;
    struct err err;

    arena_init(&arena, 1 << 20);
    assert_int_equal(store_open(*state, STORE_WRITE, NULL, &s, NULL), 0);
    write_scan(s, "aaaa1111");
    write_scan(s, "aaaa2222");

    assert_int_equal(store_choose(s, SV("aaaa1"), &arena, &scan, NULL), 0);
    assert_true(sv_eq(scan.id, SV("aaaa1111")));
    assert_int_equal(store_choose(s, SV(""), &arena, &scan, NULL), 0);
    assert_true(sv_eq(scan.id, SV("aaaa2222")));
    assert_int_equal(store_choose(s, SV("aaaa"), &arena, &scan, &err), -ERR_USAGE);
    assert_int_equal(store_choose(s, SV("zzzz"), &arena, &scan, &err), -ERR_GONE);
}

/* ---- scans that follow each other ---- */

static void add_at(struct store *s, const char *place, struct store_origin origin)
{
    struct occurrence o = occurrence_at(place);

    assert_int_equal(store_add(s, &o, origin, NULL), 0);
}

static void begin_following(struct store *s, const char *id)
{
    struct store_before before;
    auto_arena arena;

    arena_init(&arena, 1 << 20);
    assert_int_equal(store_follow(s, SV("key"), &arena, &before, NULL), 0);
    assert_int_equal(store_begin(s, sv_str(id), SV("host"), 1, NULL), 0);
}

static void end_scan(struct store *s)
{
    assert_int_equal(store_end(s, 2, true, SV("{}"), SV(""), NULL), 0);
}

static int name_place(void *to, const struct occurrence *o, struct err *err)
{
    (void)err;
    buf_printf(to, "%.*s ", (int)o->place.n, o->place.p);
    return 0;
}

static void assert_places(struct store *s, const char *id, const char *expected)
{
    auto_buf text = {0};
    struct stored_scan scan;
    auto_arena arena;

    arena_init(&arena, 1 << 20);
    assert_int_equal(store_choose(s, sv_str(id), &arena, &scan, NULL), 0);
    assert_int_equal(store_each_occurrence(s, name_place, &text, NULL), 0);
    assert_string_equal(text.p ? text.p : "", expected);
}

static void a_scan_has_what_the_one_before_had_but_for_what_it_closes(void **state)
{
    const struct store_origin x = {1, 10}, y = {1, 20}, z = {2, 10};
    auto_store *s = NULL;

    assert_int_equal(store_open(*state, STORE_WRITE, NULL, &s, NULL), 0);
    begin_following(s, "aaaa");
    add_at(s, "/1/x", x);
    add_at(s, "/1/y", y);
    add_at(s, "/2/z", z);
    add_at(s, "/proc/1", STORE_NOWHERE);
    end_scan(s);
    begin_following(s, "bbbb");
    assert_false(store_changed(s));
    assert_int_equal(store_close_loose(s, NULL), 0);
    assert_int_equal(store_close_file(s, y, NULL), 0);
    add_at(s, "/1/y!/new", y);
    end_scan(s);
    begin_following(s, "cccc");
    assert_int_equal(store_close_folder(s, 1, NULL), 0);
    assert_true(store_changed(s));
    end_scan(s);
    begin_following(s, "dddd");
    assert_int_equal(store_close_all(s, NULL), 0);
    end_scan(s);

    assert_places(s, "aaaa", "/1/x /1/y /2/z /proc/1 ");
    assert_places(s, "bbbb", "/1/x /1/y!/new /2/z ");
    assert_places(s, "cccc", "/2/z ");
    assert_places(s, "dddd", "");
}

static void what_says_the_same_is_taken_back(void **state)
{
    const struct store_origin x = {1, 10};
    auto_store *s = NULL;
    bool same = false;

    assert_int_equal(store_open(*state, STORE_WRITE, NULL, &s, NULL), 0);
    begin_following(s, "aaaa");
    add_at(s, "/x", x);
    end_scan(s);
    begin_following(s, "bbbb");
    assert_int_equal(store_close_file(s, x, NULL), 0);
    add_at(s, "/x", x);
    assert_int_equal(store_settle(s, x, &same, NULL), 0);
    assert_true(same);
    assert_false(store_changed(s));
    assert_int_equal(store_close_file(s, x, NULL), 0);
    add_at(s, "/x!/other", x);
    assert_int_equal(store_settle(s, x, &same, NULL), 0);
    assert_false(same);
    assert_true(store_changed(s));
    end_scan(s);

    assert_places(s, "aaaa", "/x ");
    assert_places(s, "bbbb", "/x!/other ");
}

static void a_scan_that_did_not_end_has_the_folders_it_got_to(void **state)
{
    auto_store *s = NULL;

    assert_int_equal(store_open(*state, STORE_WRITE, NULL, &s, NULL), 0);
    begin_following(s, "aaaa");
    add_at(s, "/1/x", (struct store_origin){1, 10});
    add_at(s, "/9/x", (struct store_origin){9, 10});
    end_scan(s);
    begin_following(s, "bbbb");
    assert_int_equal(store_seen(s, (struct sv){"\0\2", 2}, NULL), 0); // folder 9
    assert_int_equal(store_save(s, NULL), 0);
    store_close(s);
    s = NULL;

    assert_int_equal(store_open(*state, STORE_WRITE, NULL, &s, NULL), 0);
    assert_places(s, "bbbb", "/9/x ");
    assert_places(s, "aaaa", "/1/x /9/x ");
}

static void what_was_not_saved_is_not_there(void **state)
{
    auto_store *s = NULL;

    assert_int_equal(store_open(*state, STORE_WRITE, NULL, &s, NULL), 0);
    begin_following(s, "aaaa");
    add_at(s, "/x", (struct store_origin){1, 10});
    assert_int_equal(store_put_memory(s, SV("header"), 1, NULL), 0);
    assert_int_equal(store_save(s, NULL), 0);
    add_at(s, "/y", (struct store_origin){2, 10});
    assert_int_equal(store_put_memory(s, SV("later"), 2, NULL), 0);
    store_close(s); // as when it is killed: nothing of the last part is kept
    s = NULL;

    assert_int_equal(store_open(*state, STORE_WRITE, NULL, &s, NULL), 0);
    assert_places(s, "aaaa", "/x ");
    {
        struct store_before before;
        struct sv header;
        uint32_t folders;
        auto_arena arena;

        arena_init(&arena, 1 << 20);
        assert_int_equal(store_follow(s, SV("key"), &arena, &before, NULL), 0);
        assert_true(before.exists && !before.complete);
        assert_int_equal(store_memory(s, &arena, &header, &folders, NULL), 0);
        assert_true(sv_eq(header, SV("header")));
        assert_int_equal(folders, 1);
    }
}

/* A writer that dies without a word, in the middle of a scan. */
static void die_writing(const char *folder)
{
    struct store *s = NULL;
    struct occurrence o = occurrence_at("/x");

    if (store_open(folder, STORE_WRITE, NULL, &s, NULL) == 0 &&
        store_begin(s, SV("dead1111"), SV("host"), 1, NULL) == 0)
        for (int i = 0; i < 50000; i++)
            if (store_add(s, &o, STORE_NOWHERE, NULL) < 0)
                break;
    _exit(0);
}

static void a_writer_that_dies_loses_nothing_of_the_scans_before(void **state)
{
    struct stored_scan scan;
    struct store *s = NULL;
    auto_buf text = {0};
    auto_arena arena;
    int status;
    pid_t child;

    arena_init(&arena, 1 << 20);
    assert_int_equal(store_open(*state, STORE_WRITE, NULL, &s, NULL), 0);
    write_scan(s, "aaaa1111");
    store_close(s);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        die_writing(*state);
    assert_int_equal(waitpid(child, &status, 0), child);

    assert_int_equal(store_open(*state, STORE_WRITE, NULL, &s, NULL), 0);
    assert_int_equal(store_choose(s, SV(""), &arena, &scan, NULL), 0);
    assert_true(sv_eq(scan.id, SV("aaaa1111")));
    assert_int_equal(store_each_occurrence(s, describe, &text, NULL), 0);
    assert_int_equal(store_choose(s, SV("dead"), &arena, &scan, NULL), 0);
    assert_false(scan.complete);
    store_close(s);
}

static void reading_needs_a_store_that_is_there(void **state)
{
    struct store *s = NULL;
    struct err err;

    assert_int_equal(store_open(*state, STORE_READ, NULL, &s, &err), -ERR_GONE);
    assert_non_null(strstr(err.text, "run `debar scan` first"));
}

static void what_is_no_store_is_refused(void **state)
{
    auto_free char *path = NULL;
    struct store *s = NULL;
    struct err err;
    FILE *f;

    assert_true(asprintf(&path, "%s/debar.db", (char *)*state) > 0);
    f = fopen(path, "w");
    assert_non_null(f);
    for (int i = 0; i < 1000; i++)
        (void)fputs("this is no database\n", f);
    assert_int_equal(fclose(f), 0);

    assert_int_equal(store_open(*state, STORE_WRITE, NULL, &s, &err), -ERR_IO);
    assert_non_null(strstr(err.text, "not a database"));
}

int main(void)
{
#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_what_was_kept_in_the_order_of_places),
        cmocka_unit_test(numbers_and_values_of_every_size_come_back),
        cmocka_unit_test(damaged_fields_are_no_component),
        cmocka_unit_test(an_identity_is_the_same_text_on_every_host),
        IN_FOLDER(a_scan_is_chosen_by_the_beginning_of_its_id),
        IN_FOLDER(a_scan_has_what_the_one_before_had_but_for_what_it_closes),
        IN_FOLDER(what_says_the_same_is_taken_back),
        IN_FOLDER(a_scan_that_did_not_end_has_the_folders_it_got_to),
        IN_FOLDER(what_was_not_saved_is_not_there),
        IN_FOLDER(a_writer_that_dies_loses_nothing_of_the_scans_before),
        IN_FOLDER(reading_needs_a_store_that_is_there),
        IN_FOLDER(what_is_no_store_is_refused),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
