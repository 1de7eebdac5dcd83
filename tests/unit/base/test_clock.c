// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "support/spy.h"

static void reads_only_days_that_exist(void **state)
{
    int64_t ns, day;
    char text[CLOCK_TEXT];
    (void)state;

    assert_true(clock_parse(SV("2026-11-23T22:38:25Z"), &ns));
    assert_string_equal(clock_text(ns, text), "2026-11-23T22:38:25Z");
    assert_true(clock_parse_day(SV("2017-09-13"), &day));
    assert_string_equal(clock_day_text(day + 30, text), "2017-10-13");
    assert_false(clock_parse_day(SV("2017-06-31"), &day));
    assert_false(clock_parse_day(SV("2017-13-01"), &day));
    assert_false(clock_parse(SV("2017-06-30T25:00:00Z"), &ns));
    assert_false(clock_parse(SV("2017-06-30 10:00"), &ns));
}

static void stands_still_when_told(void **state)
{
    (void)state;

    clock_fix(NS_PER_S);
    assert_int_equal(clock_now_ns(), NS_PER_S);
    clock_fix(0);
    assert_true(clock_now_ns() > NS_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_only_days_that_exist),
        cmocka_unit_test(stands_still_when_told),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
