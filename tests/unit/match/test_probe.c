// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "match/matcher.h"
#include "support/matching.h"

#define PRODUCTS \
    "products:\n" \
    "  - {id: anvil, name: Acme Anvil, kind: anti-virus, platforms: [any], source: here}\n" \
    "indicators:\n"
#define INDICATOR(id, more, hit) \
    "  - {id: acme.t." id ", product: anvil, " more \
    ", strength: strong, scope: branded, source: here, hit: [" hit "]}\n"

struct told {
    struct buf text;
};

static void tell_seen(void *to, const struct matcher_seen *seen)
{
    buf_printf(to, "%s %.*s @%llu+%llu\n", field_text(seen->field), (int)seen->value.n,
               seen->value.p, (unsigned long long)seen->offset, (unsigned long long)seen->length);
}

static void tell_path(void *to, const struct matcher_path *path)
{
    buf_printf(to, "%s %.*s below %zu, folder %zu\n", field_text(path->field), (int)path->value.n,
               path->value.p, path->prefix, path->folder);
}

/* The same bytes in pieces of `size`. */
static void in_pieces(struct matching *w, struct matcher_scratch *s, struct span bytes, size_t size,
                      struct buf *to)
{
    assert_int_equal(matcher_bytes_begin(w->matcher, s, &w->err), 0);
    for (size_t at = 0; at < bytes.n; at += size) {
        struct span piece = {bytes.p + at, bytes.n - at < size ? bytes.n - at : size};

        assert_int_equal(matcher_bytes_add(w->matcher, s, piece, tell_seen, to, &w->err), 0);
    }
    assert_int_equal(matcher_bytes_end(w->matcher, s, tell_seen, to, &w->err), 0);
}

static int by_line(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

/* The lines in order, since a database tells what it finds as it goes. */
static void sort_lines(struct buf *text)
{
    struct sv lines[64], rest = buf_view(text);
    auto_buf sorted = {0};
    size_t n = 0;

    while (rest.n && n < ARRAY_LEN(lines))
        lines[n++] = sv_line(&rest);
    qsort(lines, n, sizeof(*lines), by_line);
    buf_str(&sorted, "");
    for (size_t i = 0; i < n; i++)
        buf_printf(&sorted, "%.*s\n", (int)lines[i].n, lines[i].p);
    buf_reset(text);
    buf_sv(text, buf_view(&sorted));
}

static const char byte_catalogue[] = PRODUCTS INDICATOR(
    "magic", "field: magic, op: exact, value: ANVL, offset: 4", "ANVL")
    INDICATOR("raw", "field: magic, op: exact, value: \"hex:00ff4d5a\", offset: 0",
              "\"hex:00ff4d5a\"") INDICATOR("text", "field: literal, op: exact, value: Acme Engine",
                                            "Acme Engine")
        INDICATOR("caseless", "field: literal, op: exact, value: acmekey, nocase: true", "acmekey")
            INDICATOR("regex", "field: literal, op: regex, value: \"AVP[0-9]{2}x\"", "AVP21x");

static void finds_what_stands_in_the_bytes_whole_or_in_pieces(void **state)
{
    const struct span bytes = BYTES("\x00\xff\x4d\x5a"
                                    "ANVL....ANVL Acme Engine Acme Engine ACMEKey AVP21x "
                                    "A\0c\0m\0e\0 \0E\0n\0g\0i\0n\0e\0 a\0C\0m\0e\0k\0e\0y\0");
    const char *expected = "literal AVP[0-9]{2}x @49+6\n"
                           "literal Acme Engine @17+11\n"
                           "literal Acme Engine @56+22\n"
                           "literal acmekey @41+7\n"
                           "literal acmekey @79+14\n"
                           "magic  @0+4\n"
                           "magic ANVL @4+4\n";
    auto_matcher_scratch *scratch = NULL;
    auto_buf whole = {0};
    struct matching w;
    (void)state;
    matching_init(&w, byte_catalogue, NULL, NULL);
    assert_int_equal(matcher_scratch_new(w.matcher, &scratch, &w.err), 0);

    assert_int_equal(matcher_probe_bytes(w.matcher, scratch, bytes, tell_seen, &whole, &w.err), 0);

    sort_lines(&whole);
    assert_string_equal(whole.p, expected);
    for (size_t size = 1; size < 40; size++) {
        auto_buf pieces = {0};

        in_pieces(&w, scratch, bytes, size, &pieces);

        sort_lines(&pieces);
        assert_int_equal(pieces.n, whole.n);
        assert_memory_equal(pieces.p, whole.p, whole.n);
    }
    matching_clear(&w);
}

static void the_beginning_of_a_file_is_asked_for_magic_alone(void **state)
{
    static const char catalogue[] = PRODUCTS INDICATOR(
        "first", "field: magic, op: exact, value: ANVL, offset: 4", "ANVL")
        INDICATOR("second", "field: magic, op: exact, value: ANVIL, offset: 4", "ANVIL") INDICATOR(
            "caseless", "field: magic, op: exact, value: acme, offset: 0, nocase: true", "acme")
            INDICATOR("text", "field: literal, op: exact, value: ANVIL engine", "ANVIL engine");
    const struct {
        struct span head;
        const char *expected;
    } cases[] = {
        {BYTES("ACmeANVIL engine"), "magic ANVIL @4+5\nmagic acme @0+4\n"},
        {BYTES("....ANVL"), "magic ANVL @4+4\n"},
        {BYTES("....ANV"), ""},
        {BYTES("...ANVIL engine"), ""},
        {{NULL, 0}, ""},
    };
    struct matching w;
    (void)state;
    matching_init(&w, catalogue, NULL, NULL);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf told = {0};

        matcher_probe_magic(w.matcher, cases[i].head, tell_seen, &told);

        sort_lines(&told);
        assert_string_equal(told.p, cases[i].expected);
    }
    matching_clear(&w);
}

static void finds_nothing_where_it_does_not_belong(void **state)
{
    const struct span none[] = {
        BYTES("ANVL at the wrong offset"),
        BYTES("....ANV"),
        BYTES("acme engine, in the wrong case"),
        BYTES("A\0c\0m\0e\0 Engine"),
        BYTES("AVP2x"),
        {NULL, 0},
    };
    auto_matcher_scratch *scratch = NULL;
    struct matching w;
    (void)state;
    matching_init(&w, byte_catalogue, NULL, NULL);
    assert_int_equal(matcher_scratch_new(w.matcher, &scratch, &w.err), 0);

    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        auto_buf told = {0};

        assert_int_equal(matcher_probe_bytes(w.matcher, scratch, none[i], tell_seen, &told, &w.err),
                         0);
        in_pieces(&w, scratch, none[i], 3, &told);

        if (told.n)
            fail_msg("bytes %zu: %s", i, told.p);
    }
    matching_clear(&w);
}

static void a_run_of_bytes_that_was_given_up_leaves_nothing_behind(void **state)
{
    auto_matcher_scratch *scratch = NULL;
    auto_buf told = {0};
    struct matching w;
    (void)state;
    matching_init(&w, byte_catalogue, NULL, NULL);
    assert_int_equal(matcher_scratch_new(w.matcher, &scratch, &w.err), 0);

    assert_int_equal(matcher_bytes_begin(w.matcher, scratch, &w.err), 0);
    assert_int_equal(
        matcher_bytes_add(w.matcher, scratch, BYTES("Acme En"), tell_seen, &told, &w.err), 0);
    in_pieces(&w, scratch, BYTES("gine"), 4, &told);

    assert_int_equal(told.n, 0);
    matching_clear(&w);
}

static void a_catalogue_without_byte_indicators_wants_no_bytes(void **state)
{
    auto_matcher_scratch *scratch = NULL;
    auto_buf told = {0};
    struct matching w;
    (void)state;
    matching_init(&w, PRODUCTS INDICATOR("deb", "field: package, op: exact, value: anvil", "anvil"),
                  NULL, NULL);
    assert_int_equal(matcher_scratch_new(w.matcher, &scratch, &w.err), 0);

    in_pieces(&w, scratch, BYTES("anvil"), 2, &told);

    assert_false(matcher_wants_bytes(w.matcher));
    assert_int_equal(told.n, 0);
    matching_clear(&w);
}

static const char path_catalogue[] = PRODUCTS INDICATOR(
    "exact", "field: path, op: exact, value: /usr/bin/anvil", "/usr/bin/anvil")
    INDICATOR("tree", "field: path, op: glob, value: \"/opt/acme/**\"", "/opt/acme/x") INDICATOR(
        "part", "field: path, op: glob, value: \"/opt/acme/anvil/**\"", "/opt/acme/anvil/x")
        INDICATOR("anywhere", "field: path, op: glob, value: \"/**/AcmeCom/*.so\"",
                  "/AcmeCom/a.so") INDICATOR("end", "field: path, op: suffix, value: /acme.cfg",
                                             "/etc/acme.cfg")
            INDICATOR("windows",
                      "field: path, op: glob, platform: windows, value: \"/ProgramData/Acme/**\"",
                      "/ProgramData/Acme/x")
                INDICATOR("regex", "field: path, op: regex, value: '^/srv/acme[0-9]*/[^/]+/.+'",
                          "/srv/acme1/a/b")
                    INDICATOR("name",
                              "field: file-name, op: exact, value: anvil.dll, platform: windows",
                              "anvil.dll");

static void says_which_paths_are_wanted_and_from_where(void **state)
{
    const struct {
        const char *why, *path, *told;
    } cases[] = {
        {"nobody's", "/usr/bin/sl", ""},
        {"an exact one", "/usr/bin/anvil", "path /usr/bin/anvil below 0, folder 8\n"},
        {"not a longer one", "/usr/bin/anvils", ""},
        {"a tree", "/opt/acme/lib/a.so", "path /opt/acme/lib/a.so below 0, folder 9\n"},
        {"the longest folder that is spelt out", "/opt/acme/anvil/bin/a",
         "path /opt/acme/anvil/bin/a below 0, folder 15\n"},
        {"below another root", "/mnt/disk/usr/bin/anvil",
         "path /usr/bin/anvil below 9, folder 8\n"},
        {"at any depth, told once", "/a/b/AcmeCom/c.so",
         "path /a/b/AcmeCom/c.so below 0, folder 0\n"},
        {"from the top, which is more than below a root", "/opt/acme/x/opt/acme/y",
         "path /opt/acme/x/opt/acme/y below 0, folder 9\n"},
        {"each root that it may lie in", "/a/opt/acme/x/opt/acme/y",
         "path /opt/acme/x/opt/acme/y below 2, folder 9\n"
         "path /opt/acme/y below 13, folder 9\n"},
        {"an end", "/home/a/acme.cfg", "path /home/a/acme.cfg below 0, folder 0\n"},
        {"without case on Windows", "/mnt/c/programdata/ACME/a/b",
         "path /programdata/ACME/a/b below 6, folder 17\n"},
        {"with case elsewhere", "/OPT/acme/x", ""},
        {"an expression from the top", "/srv/acme12/a/b",
         "path /srv/acme12/a/b below 0, folder 13\n"},
        {"an expression below a root", "/mnt/srv/acme/a/b",
         "path /srv/acme/a/b below 4, folder 11\n"},
        {"a name", "/x/Anvil.DLL", "file-name Anvil.DLL below 0, folder 0\n"},
        {"a path and a name", "/opt/acme/anvil.dll",
         "path /opt/acme/anvil.dll below 0, folder 9\n"
         "file-name anvil.dll below 0, folder 0\n"},
        {"no folder at all", "anvil.dll", "file-name anvil.dll below 0, folder 0\n"},
        {"bytes that are not UTF-8", "/opt/acme/\xff\xfe",
         "path /opt/acme/\xff\xfe below 0, folder 9\n"},
        {"folders without end, none of them the pattern's",
         "/AcmeCo/AcmeCo/AcmeCo/AcmeCo/AcmeCo/AcmeCo/AcmeCo/AcmeCo/AcmeCo/a.so", ""},
        {"nothing", "", ""},
    };
    auto_matcher_scratch *scratch = NULL;
    struct matching w;
    (void)state;
    matching_init(&w, path_catalogue, NULL, NULL);
    assert_int_equal(matcher_scratch_new(w.matcher, &scratch, &w.err), 0);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf told = {0};

        buf_str(&told, "");
        assert_int_equal(
            matcher_probe_path(w.matcher, scratch, sv_str(cases[i].path), tell_path, &told, &w.err),
            0);

        if (strcmp(told.p, cases[i].told) != 0)
            fail_msg("%s: '%s' gives\n%s", cases[i].why, cases[i].path, told.p);
    }
    matching_clear(&w);
}

static void tell_unknown(void *to, const struct indicator *indicator)
{
    buf_printf(to, "%.*s ", (int)indicator->id.n, indicator->id.p);
}

static void names_the_indicators_that_an_inventory_was_not_scanned_with(void **state)
{
    const char before[] = PRODUCTS INDICATOR("a", "field: literal, op: exact, value: aaaa", "aaaa")
        INDICATOR("p", "field: path, op: exact, value: /a", "/a")
            INDICATOR("m", "field: magic, op: exact, value: mmmm, offset: 1", "mmmm");
    const char after[] =
        PRODUCTS INDICATOR("renamed", "field: literal, op: exact, value: aaaa", "aaaa")
            INDICATOR("case", "field: literal, op: exact, value: aaaa, nocase: true", "aaaa")
                INDICATOR("p", "field: path, op: exact, values: [/a, /b]", "/a")
                    INDICATOR("m", "field: magic, op: exact, value: mmmm, offset: 2", "mmmm")
                        INDICATOR("name", "field: file-name, op: exact, value: x", "x")
                            INDICATOR("deb", "field: package, op: exact, value: new", "new");
    struct matching old, new;
    const struct sv *recorded;
    auto_buf unknown = {0}, none = {0};
    size_t count;
    (void)state;
    matching_init(&old, before, NULL, NULL);
    matching_init(&new, after, NULL, NULL);

    recorded = matcher_probe_digests(old.matcher, &count);
    assert_int_equal(count, 3);
    assert_int_equal(recorded[0].n, 64);
    assert_int_equal(
        matcher_unknown(new.matcher, recorded, count, tell_unknown, &unknown, &new.err), 0);
    assert_int_equal(matcher_unknown(old.matcher, recorded, count, tell_unknown, &none, &old.err),
                     0);

    // A package name needs no second look at any file.
    assert_string_equal(unknown.p, "acme.t.case acme.t.m acme.t.name acme.t.p ");
    assert_int_equal(none.n, 0);
    matching_clear(&old);
    matching_clear(&new);
}

static void knows_which_texts_import_nothing_that_is_asked_for(void **state)
{
    static const struct {
        const char *text;
        bool may;
    } cases[] = {
        {"import os, sys", false},
        {"from anvil.sub import x", true},
        {"import \"example.com/acme/anvil\"\n", true},
        {"require('@acme/x')", true},
        {"require('ACMECORP')", true},
        {"import acme", false},
        {"", false},
    };
    struct matching w;
    auto_matcher_scratch *s = NULL;
    (void)state;

    matching_init(
        &w,
        PRODUCTS INDICATOR("a", "field: import, op: regex, value: '^anvil(\\.|$)'", "anvil")
            INDICATOR("b", "field: import, op: exact, value: example.com/acme/anvil",
                      "example.com/acme/anvil")
                INDICATOR("c", "field: import, op: prefix, value: '@acme/'", "'@acme/x'") INDICATOR(
                    "d", "field: import, op: glob, nocase: true, value: acmecorp*", "acmecorp"),
        NULL, NULL);
    assert_int_equal(matcher_scratch_new(w.matcher, &s, &w.err), 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (matcher_may_import(w.matcher, s,
                               (struct span){(const uint8_t *)cases[i].text,
                                             strlen(cases[i].text)}) != cases[i].may)
            fail_msg("%s", cases[i].text);
    matching_clear(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_which_texts_import_nothing_that_is_asked_for),
        cmocka_unit_test(finds_what_stands_in_the_bytes_whole_or_in_pieces),
        cmocka_unit_test(the_beginning_of_a_file_is_asked_for_magic_alone),
        cmocka_unit_test(finds_nothing_where_it_does_not_belong),
        cmocka_unit_test(a_run_of_bytes_that_was_given_up_leaves_nothing_behind),
        cmocka_unit_test(a_catalogue_without_byte_indicators_wants_no_bytes),
        cmocka_unit_test(says_which_paths_are_wanted_and_from_where),
        cmocka_unit_test(names_the_indicators_that_an_inventory_was_not_scanned_with),
    };
    return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
