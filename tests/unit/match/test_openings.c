// SPDX-License-Identifier: Apache-2.0
#include "match/openings.h"

#include <stdlib.h>
#include <string.h>

#include "support/spy.h"

static struct openings of(enum indicator_op op, const char *value)
{
    struct openings o = {0};

    openings_add(&o, &(struct pattern){.field = FIELD_URL, .op = op, .value = sv_str(value)});
    return o;
}

/* On an exact-size copy, so that a read beyond it is seen. */
static bool fits(const struct openings *o, const char *value)
{
    size_t n = strlen(value);
    char *copy = malloc(n ? n : 1);
    bool fit;

    assert_non_null(copy);
    memcpy(copy, value, n);
    fit = openings_fit(o, (struct sv){copy, n});
    free(copy);
    return fit;
}

static void a_value_that_a_pattern_holds_for_fits_and_others_do_not(void **state)
{
    static const struct {
        const char *why;
        enum indicator_op op;
        const char *value;
        const char *fit[5], *unfit[5];
    } cases[] = {
        {"exact", OP_EXACT, "kesl", {"kesl", "KESL", "kesl2"}, {"kes", "kosl", "x", ""}},
        {"exact, longer than an opening",
         OP_EXACT,
         "kaspersky",
         {"kaspersky", "Kaspersk"},
         {"kasper"}},
        {"prefix", OP_PREFIX, "NET_DVR_", {"NET_DVR_Login"}, {"NET_DVR", "SNET_DVR_", "printf"}},
        {"suffix", OP_SUFFIX, ".klr", {"anything", ""}, {NULL}},
        {"a bound regex", OP_REGEX, "^kpsn([-_0-9].*)?$", {"kpsn", "kpsn-1"}, {"kps", "xkpsn"}},
        {"one that is not", OP_REGEX, "Kaspersky Labs", {"of Kaspersky Labs", "x"}, {NULL}},
        {"bound in one alternative only", OP_REGEX, "^abc|xyz", {"1xyz", "q"}, {NULL}},
        {"bound in each", OP_REGEX, "^abc|^xyz", {"abc", "xyz1"}, {"qxyz", "b"}},
        {"without case", OP_REGEX, "(?i)^AVP$", {"avp", "AvP"}, {"bvp"}},
        {"a group",
         OP_REGEX,
         "^(_ZNK?5Dah|\\?x)",
         {"_ZN5Dah1", "_ZNK5Dah", "?x"},
         {"_ZN4Dah", "?y"}},
        {"an optional group",
         OP_REGEX,
         "^(git\\+)?https",
         {"git+https", "https:"},
         {"ftp", "git-"}},
        {"a class", OP_REGEX, "^k[0-9]x", {"k0x", "kzz"}, {"j0x"}},
        {"a class with a bracket", OP_REGEX, "^[])]a|^b", {"]a", "zz"}, {NULL}},
        {"a repeated letter", OP_REGEX, "^ab*c", {"ac", "abc", "abbc"}, {"bc", "xc"}},
        {"once or more", OP_REGEX, "^ab+c", {"abc", "abbc"}, {"ac", "b"}},
        {"counted", OP_REGEX, "^ab{0,3}c", {"ac", "abc", "abbbc"}, {"bc"}},
        {"an escape that is no letter", OP_REGEX, "^a\\.b", {"a.b"}, {"axb"}},
        {"an escape that stands for many", OP_REGEX, "^a\\db", {"a1b", "azz"}, {"b1"}},
        {"a letter beyond ASCII", OP_REGEX, "^é?x", {"x", "éx", "y"}, {NULL}},
        {"that without case", OP_REGEX, "(?i)^k华", {"\xe2\x84\xaa华", "q"}, {NULL}},
        {"what is not understood", OP_REGEX, "^(?=a)b", {"b", "z"}, {NULL}},
        {"a quotation", OP_REGEX, "^\\Qa(b\\E", {"a(b", "z"}, {NULL}},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct openings o = of(cases[i].op, cases[i].value);

        for (size_t j = 0; j < 5 && cases[i].fit[j]; j++)
            if (!fits(&o, cases[i].fit[j]))
                fail_msg("%s: '%s' does not fit", cases[i].why, cases[i].fit[j]);
        for (size_t j = 0; j < 5 && cases[i].unfit[j]; j++)
            if (fits(&o, cases[i].unfit[j]))
                fail_msg("%s: '%s' fits", cases[i].why, cases[i].unfit[j]);
    }
}

static void damaged_expressions_open_with_anything_or_end(void **state)
{
    static const char all[] = "^(a|b(c?d)*[^x-z]{2,3}|\\.e+)f|^\\dg\\Qh";
    (void)state;

    for (size_t n = 0; n < sizeof(all); n++) {
        for (int c = 0; c < 128; c++) {
            char text[sizeof(all)];

            memcpy(text, all, sizeof(all));
            text[n] = (char)c;
            text[sizeof(all) - 1] = '\0';
            (void)of(OP_REGEX, text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_that_a_pattern_holds_for_fits_and_others_do_not),
        cmocka_unit_test(damaged_expressions_open_with_anything_or_end),
    };
    return cmocka_run_group_tests_name("openings", tests, NULL, NULL);
}
