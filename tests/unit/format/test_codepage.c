// SPDX-License-Identifier: Apache-2.0
#include "format/codepage.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "support/spy.h"

static void assert_sv(struct sv made, const char *expected)
{
    assert_int_equal(made.n, strlen(expected));
    assert_memory_equal(made.p, expected, made.n);
}

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, 64 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_clear(&arena);
    return 0;
}

/* What the C library makes of it, with U+FFFD for each byte that is no text. */
static void by_iconv(const char *name, struct span text, struct buf *to)
{
    iconv_t page = iconv_open("UTF-8", name);
    char *from = (char *)(uintptr_t)text.p;
    size_t left = text.n;

    assert_true(page != (iconv_t)-1);
    buf_reset(to);
    while (left) {
        char out[4096], *p = out;
        size_t room = sizeof(out);
        bool wrong = iconv(page, &from, &left, &p, &room) == (size_t)-1 && errno != E2BIG;

        if (wrong || !left)
            (void)iconv(page, NULL, NULL, &p, &room);
        buf_bytes(to, out, sizeof(out) - room);
        if (wrong) {
            buf_str(to, "\xef\xbf\xbd");
            from++;
            left--;
        }
    }
    assert_true(buf_ok(to));
    (void)iconv_close(page);
}

static void same(unsigned number, const char *name, struct span text)
{
    struct sv made = codepage_text(number, text, &arena);
    auto_buf expected = {0};

    by_iconv(name, text, &expected);
    if (!sv_eq(made, buf_view(&expected)))
        fail_msg("page %u, byte %02x %02x: %.*s, not %s", number, text.p[0],
                 text.n > 1 ? text.p[1] : 0, (int)made.n, made.p, expected.p);
    arena_reset(&arena);
}

/* A pair after which glibc swallows a byte; Vietnamese marks, of which it joins some. */
static bool is_misread(unsigned number, unsigned first, unsigned second)
{
    return number == 1258 || (number == 949 && first == 0xa2 && second == 0xe8);
}

static void test_every_byte_and_pair_is_what_the_c_library_says(void **state)
{
    static const struct {
        unsigned number;
        const char *name;
    } pages[] = {{0, "CP1252"},    {1252, "CP1252"}, {20127, "ASCII"}, {65001, "UTF-8"},
                 {874, "CP874"},   {932, "CP932"},   {936, "CP936"},   {949, "CP949"},
                 {950, "BIG5"},    {1250, "CP1250"}, {1251, "CP1251"}, {1253, "CP1253"},
                 {1254, "CP1254"}, {1256, "CP1256"}, {1257, "CP1257"}, {1258, "CP1258"},
                 {866, "CP866"},   {437, "CP437"},   {850, "CP850"}};

    (void)state;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        for (unsigned first = 0x80; first < 0x100; first++) {
            uint8_t row[3 * 256 + 1];
            size_t n = 0;

            // Each pair with a letter behind it, so that one does not reach into the next.
            for (unsigned second = 0; second < 256; second++) {
                if (is_misread(pages[i].number, first, second))
                    continue;
                row[n++] = (uint8_t)first;
                row[n++] = (uint8_t)second;
                row[n++] = 'x';
                same(pages[i].number, pages[i].name, (struct span){row + n - 3, 3});
            }
            row[n] = (uint8_t)first;
            same(pages[i].number, pages[i].name, (struct span){row, n + 1});
        }
    }
}

static void test_hebrew_points_stay_after_their_letters(void **state)
{
    struct sv made = codepage_text(1255, (struct span){(const uint8_t *)"\xf9\xd1", 2}, &arena);

    (void)state;
    assert_sv(made, "\xd7\xa9\xd7\x81"); // shin, shin dot: as NFC has it
}

static void test_vietnamese_marks_join_their_letters(void **state)
{
    static const uint8_t text[] = {'a', 0xec, 0xe2, 0xec};
    struct sv made = codepage_text(1258, (struct span){text, sizeof(text)}, &arena);

    (void)state;
    assert_sv(made, "\xc3\xa1\xe1\xba\xa5");
}

static void test_an_unknown_page_keeps_ascii(void **state)
{
    struct sv made = codepage_text(4711, (struct span){(const uint8_t *)"a\xe9z", 3}, &arena);

    (void)state;
    assert_sv(made, "a\xef\xbf\xbdz");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_byte_and_pair_is_what_the_c_library_says, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_hebrew_points_stay_after_their_letters, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_vietnamese_marks_join_their_letters, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_an_unknown_page_keeps_ascii, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
