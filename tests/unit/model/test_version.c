// SPDX-License-Identifier: Apache-2.0
#include "model/version.h"

#include "support/spy.h"

/* Oldest first; what stands in one row is equal. */
static const char *const ascending[][4] = {
    {"1.0~~"},
    {"1.0~rc1", "1~rc1"},
    {"1.0~"},
    {"1.0-dev", "1.0.dev0"},
    {"1.0-alpha"},
    {"1.0-alpha.1", "1.0alpha1"},
    {"1.0-beta2"},
    {"1.0-beta11"},
    {"1.0-rc1", "1.0rc1", "1.0_RC1"},
    {"1.0", "1", "v1.0.0", "1.0+build7"},
    {"1.0-1", "1.0.0-1", "1-1"},
    {"1.0-1ubuntu2"},
    {"1.0-1.2"},
    {"1.0-10"},
    {"1.0a"},
    {"1.0b"},
    {"1.0.0.1"},
    {"1.0.1", "1.00.01"},
    {"1.2"},
    {"1.10"},
    {"21.3.10.391"},
    {"21.3.10.391b"},
    {"99999999999999999999999999"},
    {"99999999999999999999999999999"},
    {"1:0.1"},
    {"2:0.1"},
};

static void versions_stand_in_one_order(void **state)
{
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(ascending); i++)
        for (size_t j = 0; j < ARRAY_LEN(ascending); j++)
            for (size_t k = 0; k < 4 && ascending[i][k]; k++)
                for (size_t l = 0; l < 4 && ascending[j][l]; l++) {
                    struct sv a = sv_str(ascending[i][k]), b = sv_str(ascending[j][l]);
                    int order = version_compare(a, b);

                    if ((order > 0) != (i > j) || (order < 0) != (i < j))
                        fail_msg("'%s' and '%s' give %d", a.p, b.p, order);
                }
}

static void any_bytes_compare(void **state)
{
    (void)state;

    assert_int_equal(version_compare(SV(""), SV("")), 0);
    assert_int_equal(version_compare(SV(""), SV("0")), 0);
    assert_true(version_compare(SV(""), SV("1")) < 0);
    assert_true(version_compare(SV("\xff\x00"), SV("1")) < 0);
    assert_int_equal(version_compare(SV("-.-:+~"), SV("-.-:+~")), 0);
}

static void a_range_holds_what_lies_between_its_bounds(void **state)
{
    const struct {
        const char *range, *version;
        bool inside;
    } cases[] = {
        {">=1.0 <2.0", "1.0", true},    {">=1.0 <2.0", "1.9.9", true},
        {">=1.0 <2.0", "2.0", false},   {">=1.0 <2.0", "2.0~rc1", true},
        {">=1.0 <2.0", "0.9", false},   {">1.0", "1.0", false},
        {">1.0", "1.0.1", true},        {"<=1.0", "1.0.0", true},
        {"=1.5", "1.5.0", true},        {"=1.5", "1.6", false},
        {">= 1.0, < 2.0", "1.5", true}, {">=1.0", "", false},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct version_range range;

        assert_int_equal(version_range_parse(sv_str(cases[i].range), &range, NULL), 0);
        if (version_in_range(sv_str(cases[i].version), &range) != cases[i].inside)
            fail_msg("'%s' in '%s'", cases[i].version, cases[i].range);
    }
    assert_true(version_in_range(SV(""), &(struct version_range){0}));
}

static void a_range_that_makes_no_sense_is_refused_with_the_reason(void **state)
{
    const struct {
        const char *range, *reason;
    } cases[] = {
        {"", "version range is empty; expected something like '>=1.0 <2.0'"},
        {"1.0", "version range term '1.0' has no operator; expected >=, >, <=, < or ="},
        {"=>1.0", "'=>' is no operator of a version range; expected >=, >, <=, < or ="},
        {"~1.0", "'~' is no operator of a version range; expected >=, >, <=, < or ="},
        {">=", "version range has no version after '>='"},
        {">=1 >2", "version range has two lower bounds"},
        {"<1 =0", "version range has two upper bounds"},
        {">=2.0 <1.0", "version range ends before it starts"},
        {">=2.0 <2.0.0", "version range holds no version"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct version_range range;
        struct err err;

        assert_int_equal(version_range_parse(sv_str(cases[i].range), &range, &err), -ERR_FORMAT);
        assert_string_equal(err.text, cases[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_stand_in_one_order),
        cmocka_unit_test(any_bytes_compare),
        cmocka_unit_test(a_range_holds_what_lies_between_its_bounds),
        cmocka_unit_test(a_range_that_makes_no_sense_is_refused_with_the_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
