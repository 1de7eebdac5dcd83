// SPDX-License-Identifier: Apache-2.0
#include "base/suggest.h"

#include "support/spy.h"

static void the_nearest_word_is_suggested_and_a_far_one_is_not(void **state)
{
    const char *const words[] = {"field", "values", "value", "version", "op", "hit"};
    const struct {
        const char *why, *wrong, *meant;
    } cases[] = {
        {"swapped letters", "feild", "field"},
        {"a letter too few", "valus", "values"},
        {"a letter too many", "hits", "hit"},
        {"another case", "Version", "version"},
        {"nearer of two", "valu", "value"},
        {"nothing near", "colour", NULL},
        {"nothing", "", NULL},
        {"short words do not attract everything", "xy", NULL},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got = suggest(sv_str(cases[i].wrong), words, ARRAY_LEN(words));

        if (!got != !cases[i].meant || (got && strcmp(got, cases[i].meant) != 0))
            fail_msg("%s: '%s' gave '%s'", cases[i].why, cases[i].wrong, got ? got : "(none)");
    }
}

static void a_word_of_any_length_is_taken(void **state)
{
    char word[100000];
    const char *const words[] = {"field"};
    (void)state;

    memset(word, 'f', sizeof(word));

    assert_null(suggest((struct sv){word, sizeof(word)}, words, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_word_is_suggested_and_a_far_one_is_not),
        cmocka_unit_test(a_word_of_any_length_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
