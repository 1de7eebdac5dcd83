// SPDX-License-Identifier: Apache-2.0
#include "report/plain.h"

#include <errno.h>

#include "report/visible.h"
#include "support/spy.h"

/* Every row: what is written, and how it looks spelt out. */
static void spells_out_what_would_change_the_screen(void **state)
{
    static const struct {
        const char *why, *text, *shown;
    } rows[] = {
        {"plain", "a b", "a b"},
        {"letters of any script", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
         "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"},
        {"line ends", "a\r\nb\tc", "a\\r\\nb\\tc"},
        {"terminal sequence", "\x1b[31m", "\\x1B[31m"},
        {"delete", "\x7f", "\\x7F"},
        {"C1 control", "\xc2\x9b", "\\u{009B}"},
        {"right-to-left override",
         "\xe2\x80\xae"
         "x",
         "\\u{202E}x"},
        {"zero width",
         "a\xe2\x80\x8b"
         "b",
         "a\\u{200B}b"},
        {"line separator", "\xe2\x80\xa8", "\\u{2028}"},
        {"tag character", "\xf3\xa0\x80\x81", "\\u{E0001}"},
        {"a byte that starts nothing",
         "a\xff"
         "b",
         "a\\xFFb"},
        {"a cut character", "\xe2\x80", "\\xE2\\x80"},
        {"a surrogate", "\xed\xa0\x80", "\\xED\\xA0\\x80"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        auto_sink s;

        sink_init(&s, NULL);
        plain_text(&s, sv_str(rows[i].text));
        if (!sv_eq(buf_view(&s.buf), sv_str(rows[i].shown)))
            fail_msg("%s: %.*s", rows[i].why, (int)s.buf.n, s.buf.p);
    }
}

static void cuts_text_into_pieces_that_make_it_up(void **state)
{
    struct sv text = SV("ab\n\xffz"), plain;
    char escape[VISIBLE_ESCAPE_MAX];
    (void)state;

    assert_true(visible_next(&text, &plain, escape));
    assert_true(sv_eq(plain, SV("ab")) && !escape[0]);
    assert_true(visible_next(&text, &plain, escape));
    assert_string_equal(escape, "\\n");
    assert_int_equal(plain.n, 0);
    assert_true(visible_next(&text, &plain, escape));
    assert_string_equal(escape, "\\xFF");
    assert_true(visible_next(&text, &plain, escape));
    assert_true(sv_eq(plain, SV("z")));
    assert_false(visible_next(&text, &plain, escape));
}

static void a_cell_is_as_wide_as_it_should_be(void **state)
{
    static const struct {
        const char *text, *left, *right;
    } rows[] = {
        {"abc", "abc  |", "  abc|"},
        {"abcde", "abcde|", "abcde|"},
        {"abcdef", "abcd\xe2\x80\xa6|", "abcd\xe2\x80\xa6|"},
        {"ab\xc3\xa9", "ab\xc3\xa9  |", "  ab\xc3\xa9|"},
        {"\xe6\xbc\xa2\xe5\xad\x97", "\xe6\xbc\xa2\xe5\xad\x97 |", " \xe6\xbc\xa2\xe5\xad\x97|"},
        {"\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", "\xe6\xbc\xa2\xe5\xad\x97\xe2\x80\xa6|",
         "\xe6\xbc\xa2\xe5\xad\x97\xe2\x80\xa6|"},
        {"a\xe6\xbc\xa2\xe5\xad\x97z", "a\xe6\xbc\xa2\xe2\x80\xa6 |",
         "a\xe6\xbc\xa2\xe2\x80\xa6 |"},
        {"abc\n\n", "abc\xe2\x80\xa6 |", "abc\xe2\x80\xa6 |"},
        {"", "     |", "     |"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        for (int right = 0; right < 2; right++) {
            const char *want = right ? rows[i].right : rows[i].left;
            auto_sink s;

            sink_init(&s, NULL);
            plain_cell(&s, sv_str(rows[i].text), 5, right);
            sink_char(&s, '|');
            if (!sv_eq(buf_view(&s.buf), sv_str(want)))
                fail_msg("'%s': '%.*s', not '%s'", rows[i].text, (int)s.buf.n, s.buf.p, want);
        }
    }
}

static void wraps_words_and_never_breaks_one(void **state)
{
    auto_sink s;
    (void)state;

    sink_init(&s, NULL);
    s.columns = PLAIN_COLUMNS_MIN;
    plain_labelled(&s, "places", 8, SV("one two three four five six seven eight nine"));
    plain_labelled(&s, "longer than that", 8, SV("x"));
    plain_labelled(&s, "nothing", 8, SV(""));
    plain_wrap(&s, 0, 2, SV("a /very/long/path/that/does/not/fit/into/forty/columns b"));
    assert_string_equal(s.buf.p, "places  one two three four five six\n"
                                 "        seven eight nine\n"
                                 "longer than that x\n"
                                 "a\n"
                                 "  /very/long/path/that/does/not/fit/into/forty/columns\n"
                                 "  b\n");
}

static void colours_only_where_the_sink_has_them(void **state)
{
    auto_sink s;
    (void)state;

    sink_init(&s, NULL);
    plain_style(&s, PLAIN_BAD);
    assert_int_equal(s.buf.n, 0);
    s.colour = true;
    plain_style(&s, PLAIN_NORMAL);
    assert_string_equal(s.buf.p, "\x1b[0m");
}

static void a_sink_tells_its_first_failure_at_the_end(void **state)
{
    FILE *full = fopen("/dev/full", "w");
    struct err err = {0};
    auto_sink s;
    (void)state;

    assert_non_null(full);
    sink_init(&s, full);
    for (int i = 0; i < 100000; i++)
        sink_printf(&s, "%d ", i);
    assert_int_equal(sink_finish(&s, &err), -ERR_IO);
    assert_int_equal(err.sys_errno, ENOSPC);
    assert_true(s.buf.n < 1 << 17);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spells_out_what_would_change_the_screen),
        cmocka_unit_test(cuts_text_into_pieces_that_make_it_up),
        cmocka_unit_test(a_cell_is_as_wide_as_it_should_be),
        cmocka_unit_test(wraps_words_and_never_breaks_one),
        cmocka_unit_test(colours_only_where_the_sink_has_them),
        cmocka_unit_test(a_sink_tells_its_first_failure_at_the_end),
    };
    return cmocka_run_group_tests_name("plain", tests, NULL, NULL);
}
