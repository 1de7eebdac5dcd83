// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/utf16.h"

static void becomes_utf8(void **state)
{
    const struct {
        const char *why;
        struct span utf16;
        const char *utf8;
    } cases[] = {
        {"nothing", {0}, ""},
        {"ASCII", BYTES("a\0b\0"), "ab"},
        {"two bytes", BYTES("\xfc\0"), "\xc3\xbc"},
        {"three bytes", BYTES("\x1b\x04"), "\xd0\x9b"},
        {"three bytes, Chinese", BYTES("\x0f\x5c"), "\xe5\xb0\x8f"},
        {"a pair", BYTES("\x3d\xd8\x00\xde"), "\xf0\x9f\x98\x80"},
        {"half a pair, then text", BYTES("\x3d\xd8\x61\x00"), "\xef\xbf\xbd\x61"},
        {"the other half", BYTES("\x00\xde"), "\xef\xbf\xbd"},
        {"half a pair at the end", BYTES("\x3d\xd8"), "\xef\xbf\xbd"},
        {"an odd byte", BYTES("a\0b"), "a"},
        {"NUL inside", BYTES("a\0\0\0b\0"),
         "a\xef\xbf\xbd"
         "b"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf b = {0};

        buf_str(&b, "");
        utf16le_append(&b, cases[i].utf16);
        if (!sv_eq(buf_view(&b), sv_str(cases[i].utf8)))
            fail_msg("%s: '%.*s'", cases[i].why, (int)b.n, b.p);
    }
}

static void reads_both_byte_orders(void **state)
{
    auto_buf b = {0};
    (void)state;

    utf16be_append(&b, BYTES("\x04\x1b\0a"));
    assert_true(sv_eq(buf_view(&b), SV("\xd0\x9b"
                                       "a")));
}

static void ends_at_the_first_nul_character(void **state)
{
    (void)state;
    assert_int_equal(utf16_until_nul(BYTES("a\0\0b\0\0")).n, 4); // "\0b" is no NUL character
    assert_int_equal(utf16_until_nul(BYTES("a\0b\0c")).n, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(becomes_utf8),
        cmocka_unit_test(reads_both_byte_orders),
        cmocka_unit_test(ends_at_the_first_nul_character),
    };
    return cmocka_run_group_tests_name("utf16", tests, NULL, NULL);
}
