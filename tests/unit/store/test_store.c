// SPDX-License-Identifier: Apache-2.0
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/identity.h"
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
        cmocka_unit_test(an_identity_is_the_same_text_on_every_host),
        IN_FOLDER(a_scan_is_chosen_by_the_beginning_of_its_id),
        IN_FOLDER(a_writer_that_dies_loses_nothing_of_the_scans_before),
        IN_FOLDER(reading_needs_a_store_that_is_there),
        IN_FOLDER(what_is_no_store_is_refused),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
