// SPDX-License-Identifier: Apache-2.0
/*
 * One product of a made-up vendor in a made tree: what is kept, what is read from it, and which of
 * the four words comes of it.
 */
#include "exposure/exposure.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/made_tree.h"
#include "support/spy.h"
#include "trust/digest.h"

static const char catalogue_text[] =
    "schema: debar.catalogue/1\n"
    "vendor: acme\n"
    "title: Acme\n"
    "entities:\n"
    "  - {name: Acme AG, relation: named, source: \"https://example.com/1\"}\n"
    "products:\n"
    "  - {id: anvil, name: Anvil, kind: anti-virus, platforms: [linux], source: \"x\"}\n"
    "  - {id: tongs, name: Tongs, kind: anti-virus, platforms: [linux], source: \"x\"}\n"
    "indicators: []\n"
    "evidence:\n"
    "  - id: acme.evidence.settings\n"
    "    products: [anvil]\n"
    "    kind: settings\n"
    "    title: Settings\n"
    "    paths: [/etc/anvil/*.ini, /etc/anvil/a.json, /etc/anvil/a.xml]\n"
    "    values:\n"
    "      - {name: Cloud, means: sending, form: ini, key: Net/Cloud, off: [\"No\"], queries: "
    "[Ask],\n"
    "         files: [Full], on: [\"Yes\"]}\n"
    "      - {name: Json server, means: server, form: json, key: server}\n"
    "      - {name: Xml source, means: update-source, form: xml, key: Source}\n"
    "      - {name: Xml agent, means: server, form: xml, key: Agent@host}\n"
    "    source: https://example.com/2\n"
    "  - id: acme.evidence.log\n"
    "    products: [anvil]\n"
    "    kind: log\n"
    "    title: Its log\n"
    "    paths: [/var/log/anvil/**]\n"
    "    values:\n"
    "      - {name: Sent object, means: sent, form: line, key: \"uploaded: \"}\n"
    "    source: https://example.com/3\n"
    "  - id: acme.evidence.quarantine\n"
    "    products: [anvil]\n"
    "    kind: quarantine\n"
    "    title: Object set aside\n"
    "    paths: [\"/Var/Anvil Data/**\"]\n"
    "    nocase: true\n"
    "    source: https://example.com/4\n";

/* What a sink was given: "name size" lines, and whether every digest was that of the bytes. */
struct kept {
    struct buf names, text, statement;
    bool wrong;
    const char *fail_at;
};

static int put(void *to, const struct exposure_item *item, struct err *err)
{
    struct kept *k = to;
    uint8_t digest[DIGEST_SHA256_SIZE];
    char bytes[4096], hex[65];
    ssize_t n = item->fd < 0 ? 0 : pread(item->fd, bytes, sizeof(bytes), 0);
    struct sv all = item->fd < 0 ? item->bytes : (struct sv){bytes, (size_t)n};

    if (k->fail_at && sv_ends(item->name, sv_str(k->fail_at)))
        return ERR(err, ERR_IO, "the vault is full");
    digest_sha256((struct span){(const uint8_t *)all.p, all.n}, digest);
    digest_hex((struct span){digest, sizeof(digest)}, hex);
    k->wrong = k->wrong || strcmp(hex, item->sha256) != 0 || all.n != item->size;
    if (item->file)
        buf_printf(&k->names, "%.*s %zu\n", (int)item->name.n, item->name.p, all.n);
    if (sv_eq(item->name, SV("statement.json")))
        buf_sv(&k->statement, all);
    if (sv_eq(item->name, SV("exposure.txt")))
        buf_sv(&k->text, all);
    return 0;
}

struct fixture {
    struct made_tree tree;
    struct rules *rules;
    struct arena arena;
    struct finding finding;
    struct scan_view view;
    struct exposure_report report;
    struct kept kept;
    struct err err;
    bool tolerate;
    int root_fd, result;
};

static void begin(struct fixture *f)
{
    const char *const none[] = {NULL};

    *f = (struct fixture){0};
    clock_fix(INT64_C(1796083200) * NS_PER_S); // 2026-12-01
    arena_init(&f->arena, 64 << 20);
    made_tree_init(&f->tree);
    made_file(&f->tree, "catalogue/acme.yaml", catalogue_text);
    if (rules_load(&(struct rules_options){.data = f->tree.path, .order_files = none}, &f->rules,
                   &f->err) != 0)
        fail_msg("%s", f->err.text);
    made_folder(&f->tree, "root");
    f->finding = (struct finding){.id = SV("f1"),
                                  .vendor = SV("acme"),
                                  .product = SV("anvil"),
                                  .name = SV("Anvil"),
                                  .version = SV("1.2"),
                                  .state = STATE_INSTALLED};
    f->view = (struct scan_view){.scan_id = SV("s1"), .finished_ns = clock_now_ns()};
}

static const struct exposure *collect(struct fixture *f)
{
    const struct finding *const findings[] = {&f->finding};
    struct exposure_sink sink = {.to = &f->kept, .put = put};

    f->root_fd = open(made_path(&f->tree, "root"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(f->root_fd >= 0);
    f->result = exposure_collect(&(struct exposure_request){.root_fd = f->root_fd,
                                                            .view = &f->view,
                                                            .findings = findings,
                                                            .finding_count = 1,
                                                            .rules = f->rules,
                                                            .tolerate = f->tolerate},
                                 &sink, &f->arena, &f->report, &f->err);
    (void)close(f->root_fd);
    return f->result == 0 ? &f->report.all[0] : NULL;
}

static void end(struct fixture *f)
{
    buf_clear(&f->kept.names);
    buf_clear(&f->kept.text);
    buf_clear(&f->kept.statement);
    made_tree_clear(&f->tree);
    rules_free(f->rules);
    arena_clear(&f->arena);
    clock_fix(0);
}

static bool has(const struct exposure *e, const char *what, const char *value, bool gap)
{
    for (const struct exposure_fact *x = e->facts; x; x = x->next)
        if (sv_eq(x->what, sv_str(what)) && sv_eq(x->value, sv_str(value)) && x->gap == gap)
            return true;
    return false;
}

static void one_of_four_words_comes_of_what_was_read(void **state)
{
    static const struct {
        const char *why;
        enum component_state state;
        const char *settings, *log, *aside;
        enum exposure_conclusion wanted;
    } rows[] = {
        {"named in a manifest", STATE_REFERENCED, NULL, NULL, NULL, EXPOSURE_NONE_SEEN},
        {"in an archive", STATE_CONTAINED, NULL, NULL, NULL, EXPOSURE_NONE_SEEN},
        {"nothing is known of it", STATE_INSTALLED, NULL, NULL, NULL, EXPOSURE_POSSIBLE},
        {"off, with a log", STATE_INSTALLED, "[Net]\nCloud=No\n", "x\n", NULL, EXPOSURE_NONE_SEEN},
        {"off, though objects", STATE_INSTALLED, "[Net]\nCloud=No\n", "x\n", "o",
         EXPOSURE_POSSIBLE},
        {"the key in another section", STATE_INSTALLED, "[Gross]\nCloud=No\n", "x\n", NULL,
         EXPOSURE_POSSIBLE},
        {"off in one place, asks in another", STATE_INSTALLED,
         "[Net]\nCloud=No\n[Net]\n Cloud = \"Ask\"\n", "x\n", NULL, EXPOSURE_POSSIBLE},
        {"off, and a word that nobody knows", STATE_INSTALLED, "[Net]\nCloud=No\nCloud=Maybe\n",
         "x\n", NULL, EXPOSURE_POSSIBLE},
        {"asks, with objects", STATE_INSTALLED, "[Net]\nCloud=Ask\n", NULL, "o", EXPOSURE_POSSIBLE},
        {"full, without objects", STATE_INSTALLED, "[Net]\nCloud=full\n", NULL, NULL,
         EXPOSURE_POSSIBLE},
        {"full, with objects", STATE_INSTALLED, "[Net]\nCloud=Full\n", NULL, "o", EXPOSURE_LIKELY},
        {"full, with an object that has no bytes", STATE_INSTALLED, "[Net]\nCloud=Full\n", NULL, "",
         EXPOSURE_POSSIBLE},
        {"yes, with objects", STATE_INSTALLED, "[Net]\nCloud=Yes\n", NULL, "o", EXPOSURE_LIKELY},
        {"off, and yet a record", STATE_INSTALLED, "[Net]\nCloud=No\n", "t uploaded: a.doc\n", NULL,
         EXPOSURE_RECORDED},
        {"a record of what is gone", STATE_RESIDUE, NULL, "uploaded: a.doc\n", NULL,
         EXPOSURE_RECORDED},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct exposure *e;
        struct fixture f;

        begin(&f);
        f.finding.state = rows[i].state;
        if (rows[i].settings)
            made_file(&f.tree, "root/etc/anvil/a.ini", rows[i].settings);
        if (rows[i].log)
            made_file(&f.tree, "root/var/log/anvil/1/a.log", rows[i].log);
        if (rows[i].aside)
            made_file(&f.tree, "root/var/ANVIL data/x/1", rows[i].aside);

        e = collect(&f);

        if (!e)
            fail_msg("%s: %s", rows[i].why, f.err.text);
        if (e->conclusion != rows[i].wanted)
            fail_msg("%s: %s", rows[i].why, exposure_conclusion_text(e->conclusion));
        assert_true(e->reason_count > 0);
        assert_int_equal(f.report.worst, rows[i].wanted);
        end(&f);
    }
}

static void a_log_that_was_not_kept_is_said(void **state)
{
    const struct exposure *e;
    struct fixture f;
    (void)state;

    begin(&f);
    made_file(&f.tree, "root/etc/anvil/a.ini", "[Net]\nCloud=No\n");

    e = collect(&f);

    assert_non_null(e);
    assert_true(e->gaps);
    assert_true(has(e, "No log kept: Its log", "", true));
    assert_non_null(strstr(f.kept.text.p, "No log kept"));
    end(&f);
}

static void values_stand_in_every_form(void **state)
{
    const struct exposure *e;
    struct fixture f;
    (void)state;

    begin(&f);
    made_file(&f.tree, "root/etc/anvil/a.json",
              "{\"xserver\": \"no\", \"a\": [{\"server\" : \"ksc.example\\\"x\"}], \"server\": 7}");
    made_file(&f.tree, "root/etc/anvil/a.xml",
              "<?xml?><u><Sources/><Source>http://a/</Source><Source/><Source >b</Source>"
              "<Agent ghost=\"no\" host='c'/></u><Source");

    e = collect(&f);

    assert_non_null(e);
    assert_true(has(e, "Json server", "ksc.example\\\"x", false));
    assert_true(has(e, "Json server", "7", false));
    assert_false(has(e, "Json server", "no", false));
    assert_true(has(e, "Xml source", "http://a/", false));
    assert_true(has(e, "Xml source", "b", false));
    assert_true(has(e, "Xml agent", "c", false));
    assert_false(has(e, "Xml agent", "no", false));
    end(&f);
}

/* Text that makes a careless search for the end of each of its beginnings takes minutes. */
static void text_without_ends_takes_no_time(void **state)
{
    static const struct {
        const char *file, *piece;
    } rows[] = {
        {"root/etc/anvil/a.xml", "<Source "},     {"root/etc/anvil/a.xml", "<Agent host=\""},
        {"root/etc/anvil/a.json", "\"server\":"}, {"root/etc/anvil/a.json", "\"server\":\""},
        {"root/etc/anvil/a.ini", "[Net]="},       {"root/var/log/anvil/a", "uploaded: "},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        auto_buf text = BUF_INIT(0);
        struct fixture f;

        begin(&f);
        while (text.n < EXPOSURE_LOOKED_MAX)
            buf_str(&text, rows[i].piece);
        made_file(&f.tree, rows[i].file, text.p);

        assert_non_null(collect(&f));

        end(&f);
    }
}

static void no_link_is_followed_and_each_is_said(void **state)
{
    const struct exposure *e;
    struct fixture f;
    (void)state;

    begin(&f);
    made_file(&f.tree, "secret/s.ini", "[Net]\nCloud=No\n");
    made_link(&f.tree, "root/etc/anvil/s.ini", "../../../secret/s.ini");
    made_folder(&f.tree, "root/var/log");
    made_link(&f.tree, "root/var/log/anvil", "../../../secret");
    made_folder(&f.tree, "root/var/anvil data");
    assert_int_equal(mkfifo(made_path(&f.tree, "root/var/anvil data/pipe"), 0600), 0);

    e = collect(&f);

    assert_non_null(e);
    assert_int_equal(f.report.file_count, 0);
    assert_true(has(e, "Not kept: a link, which is not followed", "", true));
    assert_true(has(e, "Not kept: neither a file nor a folder", "", true));
    end(&f);
}

static void what_is_kept_is_what_was_digested(void **state)
{
    struct fixture f;
    (void)state;

    begin(&f);
    made_file(&f.tree, "root/etc/anvil/b.ini", "");
    made_file(&f.tree, "root/etc/anvil/a.ini", "[Net]\n");
    made_file(&f.tree, "root/var/log/anvil/z", "log\n");
    made_file(&f.tree, "root/var/log/other", "log\n");

    assert_non_null(collect(&f));

    assert_string_equal(f.kept.names.p, "files/etc/anvil/a.ini 6\n"
                                        "files/etc/anvil/b.ini 0\n"
                                        "files/var/log/anvil/z 4\n");
    assert_false(f.kept.wrong);
    for (const struct exposure_file *x = f.report.files; x; x = x->next)
        assert_non_null(strstr(f.kept.statement.p, x->sha256));
    assert_non_null(strstr(f.kept.statement.p, "https://in-toto.io/Statement/v1"));
    end(&f);
}

static void another_product_of_the_vendor_has_other_evidence(void **state)
{
    const struct exposure *e;
    struct fixture f;
    (void)state;

    begin(&f);
    f.finding.product = SV("tongs");
    made_file(&f.tree, "root/etc/anvil/a.ini", "[Net]\nCloud=Full\n");

    e = collect(&f);

    assert_non_null(e);
    assert_int_equal(f.report.file_count, 0);
    assert_true(has(e, "The catalogue knows no log of this product", "", true));
    end(&f);
}

static void a_file_beyond_the_limit_is_left_out_and_said(void **state)
{
    const struct exposure *e;
    struct fixture f;
    (void)state;

    begin(&f);
    made_file(&f.tree, "root/var/log/anvil/huge", "");
    assert_int_equal(
        truncate(made_path(&f.tree, "root/var/log/anvil/huge"), (off_t)EXPOSURE_FILE_MAX + 1), 0);

    e = collect(&f);

    assert_non_null(e);
    assert_true(e->gaps);
    assert_int_equal(f.report.file_count, 0);
    assert_non_null(strstr(f.kept.text.p, "268435457 bytes"));
    assert_false(has(e, "No log kept: Its log", "", true)); // it was, only not here
    end(&f);
}

static void set_time(struct fixture *f, const char *path, time_t when)
{
    const struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};

    assert_int_equal(utimensat(AT_FDCWD, made_path(&f->tree, path), times, 0), 0);
}

/* What was set aside kept the time that it had before the product came. */
static void presence_is_told_by_what_the_product_wrote(void **state)
{
    const struct exposure *e;
    struct fixture f;
    (void)state;

    begin(&f);
    f.finding.state = STATE_RESIDUE;
    made_file(&f.tree, "root/etc/anvil/a.ini", "[Net]\n");
    made_file(&f.tree, "root/var/log/anvil/a", "x");
    made_file(&f.tree, "root/var/anvil data/old", "x");
    set_time(&f, "root/etc/anvil/a.ini", 1000);
    set_time(&f, "root/var/log/anvil/a", 3000);
    set_time(&f, "root/var/anvil data/old", 10);

    e = collect(&f);

    assert_non_null(e);
    assert_int_equal(e->first_ns, 1000 * NS_PER_S);
    assert_int_equal(e->last_ns, 3000 * NS_PER_S);
    end(&f);
}

static void very_many_facts_are_counted_and_not_listed(void **state)
{
    const struct exposure *e;
    struct fixture f;
    size_t listed = 0;
    (void)state;

    begin(&f);
    for (int i = 0; i < 70; i++) {
        auto_buf text = BUF_INIT(0);
        char name[64];

        for (int k = 0; k < 64; k++)
            buf_printf(&text, "uploaded: %d-%d\n", i, k);
        (void)snprintf(name, sizeof(name), "root/var/log/anvil/%02d", i);
        made_file(&f.tree, name, text.p);
    }

    e = collect(&f);

    assert_non_null(e);
    assert_int_equal(e->conclusion, EXPOSURE_RECORDED);
    assert_non_null(strstr(e->reasons[0].p, "4480 records")); // of all, also those left away
    for (const struct exposure_fact *x = e->facts; x; x = x->next)
        listed += x->topic == TOPIC_OBJECT;
    assert_int_equal(listed, 4096 + 1);
    assert_true(has(e, "384 more were left away", "", true));
    end(&f);
}

static void a_sink_that_fails_ends_the_collection(void **state)
{
    struct fixture f;
    (void)state;

    begin(&f);
    made_file(&f.tree, "root/etc/anvil/a.ini", "[Net]\nCloud=No\n");
    f.kept.fail_at = "a.ini";

    assert_null(collect(&f));

    assert_int_equal(f.result, -ERR_IO);
    assert_non_null(strstr(f.err.text, "/etc/anvil/a.ini"));
    assert_int_equal(f.kept.statement.n, 0);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_four_words_comes_of_what_was_read),
        cmocka_unit_test(a_log_that_was_not_kept_is_said),
        cmocka_unit_test(values_stand_in_every_form),
        cmocka_unit_test(text_without_ends_takes_no_time),
        cmocka_unit_test(no_link_is_followed_and_each_is_said),
        cmocka_unit_test(what_is_kept_is_what_was_digested),
        cmocka_unit_test(another_product_of_the_vendor_has_other_evidence),
        cmocka_unit_test(a_file_beyond_the_limit_is_left_out_and_said),
        cmocka_unit_test(presence_is_told_by_what_the_product_wrote),
        cmocka_unit_test(very_many_facts_are_counted_and_not_listed),
        cmocka_unit_test(a_sink_that_fails_ends_the_collection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
