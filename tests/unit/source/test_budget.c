// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "source/budget.h"

#define MIB (UINT64_C(1) << 20)

static struct budget budget_of(uint64_t size)
{
    struct budget b;

    budget_begin(&b, &limits_default, size, NULL, NULL);
    return b;
}

static void a_small_file_may_unpack_to_a_hundred_mebibytes(void **state)
{
    struct budget b = budget_of(100);
    struct err err;
    (void)state;

    assert_int_equal(budget_unpacked(&b, 128 * MIB, &err), 0);
    assert_int_equal(budget_unpacked(&b, 1, &err), -ERR_LIMIT_RATIO);
}

static void a_large_file_may_unpack_to_a_thousand_times_its_size(void **state)
{
    struct budget b = budget_of(MIB);
    struct err err;
    (void)state;

    assert_int_equal(budget_unpacked(&b, 1000 * MIB, &err), 0);
    assert_int_equal(budget_unpacked(&b, 1001, &err), -ERR_LIMIT_RATIO);
}

static void a_budget_that_was_hit_stays_hit(void **state)
{
    struct budget b = budget_of(1000 * MIB);
    struct err err;
    (void)state;

    assert_false(budget_is_hit(&b));
    assert_int_equal(budget_unpacked(&b, 64 * 1024 * MIB + 1, &err), -ERR_LIMIT);
    assert_true(budget_is_hit(&b));
    memset(&err, 0, sizeof(err));
    assert_int_equal(budget_entry(&b, &err), -ERR_LIMIT);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_string_equal(err.text, "it unpacks to more than 65536 MiB");
}

static void time_is_looked_at_when_there_was_work(void **state)
{
    struct err err;
    struct budget b;
    (void)state;

    clock_fix(1000 * NS_PER_S);
    b = budget_of(MIB);
    clock_fix(1601 * NS_PER_S);
    assert_int_equal(budget_worked(&b, 1, &err), 0);
    assert_int_equal(budget_worked(&b, MIB, &err), -ERR_LIMIT_TIME);
    clock_fix(0);
}

static void cancelling_ends_the_work(void **state)
{
    atomic_bool cancel = false;
    struct budget b;
    struct err err;
    (void)state;

    budget_begin(&b, &limits_default, MIB, &cancel, NULL);
    assert_int_equal(budget_worked(&b, MIB, &err), 0);
    atomic_store(&cancel, true);
    assert_int_equal(budget_worked(&b, MIB, &err), -ERR_CANCELLED);
}

static void no_room_to_spill_is_no_end_of_all(void **state)
{
    struct budget b = budget_of(MIB);
    struct err err;
    (void)state;

    assert_int_equal(budget_spill(&b, 128 * MIB, &err), 0);
    assert_int_equal(budget_spill(&b, 1, &err), -ERR_LIMIT);
    assert_false(budget_is_hit(&b));
    budget_unspill(&b, 128 * MIB);
    assert_int_equal(budget_spill(&b, 1, &err), 0);
}

static void limits_are_set_by_words(void **state)
{
    const struct {
        const char *word;
        int result;
    } cases[] = {
        {"bytes=16G", 0},         {"ratio=50", 0},
        {"entries=7", 0},         {"time=5", 0},
        {"depth=3", 0},           {"memory=64K", 0},
        {"spill=2T", 0},          {"bytes", -ERR_USAGE},
        {"bytes=", -ERR_USAGE},   {"bytes=1X", -ERR_USAGE},
        {"depth=65", -ERR_USAGE}, {"entries=1K", -ERR_USAGE},
        {"size=1", -ERR_USAGE},   {"bytes=99999999999999999T", -ERR_USAGE},
    };
    struct limits l = limits_default;
    struct err err;
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (limits_set(&l, sv_str(cases[i].word), &err) != cases[i].result)
            fail_msg("%s", cases[i].word);
    assert_int_equal(l.bytes, 16 * 1024 * MIB);
    assert_int_equal(l.ratio, 50);
    assert_int_equal(l.entries, 7);
    assert_int_equal(l.time_ns, 5 * NS_PER_S);
    assert_int_equal(l.depth, 3);
    assert_int_equal(l.memory, 64 * 1024);
    assert_int_equal(l.spill, 2 * 1024 * 1024 * MIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_file_may_unpack_to_a_hundred_mebibytes),
        cmocka_unit_test(a_large_file_may_unpack_to_a_thousand_times_its_size),
        cmocka_unit_test(a_budget_that_was_hit_stays_hit),
        cmocka_unit_test(time_is_looked_at_when_there_was_work),
        cmocka_unit_test(cancelling_ends_the_work),
        cmocka_unit_test(no_room_to_spill_is_no_end_of_all),
        cmocka_unit_test(limits_are_set_by_words),
    };
    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
