// SPDX-License-Identifier: Apache-2.0
#include "base/glob.h"

#include "support/spy.h"

static void a_pattern_has_to_match_the_whole_text(void **state)
{
    const struct {
        const char *why, *pattern, *text;
        bool matches;
    } cases[] = {
        {"itself", "/opt/a", "/opt/a", true},
        {"nothing", "", "", true},
        {"longer text", "/opt/a", "/opt/ab", false},
        {"star stays in its folder", "/opt/*", "/opt/a/b", false},
        {"star may be empty", "/opt/*", "/opt/", true},
        {"star in the middle", "/opt/k*l/x", "/opt/kesl/x", true},
        {"two stars", "*.so.*", "libx.so.1", true},
        {"two stars that overlap", "a*ab", "aab", true},
        {"double star crosses folders", "/opt/**", "/opt/a/b/c", true},
        {"double star needs what is before it", "/opt/**", "/op/a", false},
        {"double star and slash may be nothing", "/opt/**/x", "/opt/x", true},
        {"double star and slash may be folders", "/opt/**/x", "/opt/a/b/x", true},
        {"double star and slash end at a slash", "/opt/**/x", "/opt/ax", false},
        {"at the start", "**/x", "x", true},
        {"at the start, whole names only", "**/x", "ax", false},
        {"several", "/**/b/**/d", "/a/b/c/c/d", true},
        {"several, in order", "/**/b/**/d", "/a/d/c/b", false},
        {"double star then star", "/**/*.dll", "/x/y.dll", true},
        {"one character", "a?c", "abc", true},
        {"one character of several bytes", "a?c",
         "a\xc3\xbc"
         "c",
         true},
        {"one character, not two", "a?c", "abbc", false},
        {"one character, not none", "a?c", "ac", false},
        {"one character is no slash", "a?c", "a/c", false},
        {"an entry inside an image", "/a.iso!/**", "/a.iso!/b/c", true},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (glob_match(sv_str(cases[i].pattern), sv_str(cases[i].text)) != cases[i].matches)
            fail_msg("%s: '%s' and '%s'", cases[i].why, cases[i].pattern, cases[i].text);
}

static void a_pattern_that_is_too_long_matches_nothing(void **state)
{
    char pattern[GLOB_MAX + 1];
    (void)state;

    memset(pattern, '*', sizeof(pattern));

    assert_true(glob_match((struct sv){pattern, GLOB_MAX}, SV("/a")));
    assert_false(glob_match((struct sv){pattern, GLOB_MAX + 1}, SV("/a")));
}

static void the_worst_pattern_still_ends_at_once(void **state)
{
    char text[4096];
    (void)state;

    memset(text, 'a', sizeof(text));

    // With backtracking this would not end before the sun does.
    assert_false(glob_match(SV("**a**a**a**a**a**a*a*a*a*a*a*a*a*a*a*a*b"),
                            (struct sv){text, sizeof(text)}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_has_to_match_the_whole_text),
        cmocka_unit_test(a_pattern_that_is_too_long_matches_nothing),
        cmocka_unit_test(the_worst_pattern_still_ends_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
