// SPDX-License-Identifier: Apache-2.0
#include "scan/governor.h"

#include "base/clock.h"
#include "support/spy.h"

enum {
    PROCESSORS = 4,
    TICK_NS = 20000000,
    SECONDS = 60,
};

/* A scan that uses all processors and reads as fast as it can whenever it may. */
static struct governor_use greedy(struct governor *g)
{
    struct governor_use use = {.now_ns = 1000 * NS_PER_S};
    int64_t rest_until = 0, end = use.now_ns + SECONDS * NS_PER_S;

    while (use.now_ns < end) {
        int64_t rest;

        if (use.now_ns >= rest_until) {
            use.cpu_ns += PROCESSORS * (int64_t)TICK_NS;
            use.bytes += 20 << 20;
        }
        use.now_ns += TICK_NS;
        rest = governor_decide(g, &use);
        if (rest)
            rest_until = use.now_ns + rest;
        assert_in_range(rest, 0, GOVERNOR_REST_MS * (NS_PER_S / 1000));
    }
    return use;
}

static struct governor made(struct governor_limits limits)
{
    struct governor g;

    governor_init(&g, &limits, PROCESSORS, &(struct governor_use){.now_ns = 1000 * NS_PER_S});
    return g;
}

static void assert_near(double is, double expected)
{
    if (is < 0.95 * expected || is > 1.05 * expected)
        fail_msg("%g, expected about %g", is, expected);
}

static void processor_time_is_the_percentage_of_all_processors(void **state)
{
    static const unsigned percents[] = {1, 10, 50, 90};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(percents); i++) {
        struct governor g = made((struct governor_limits){.cpu_percent = percents[i]});
        struct governor_use use = greedy(&g);

        assert_near((double)use.cpu_ns / 1e9, SECONDS * PROCESSORS * percents[i] / 100.0);
    }
}

static void bytes_are_what_a_second_may_read(void **state)
{
    struct governor g = made((struct governor_limits){.bytes_per_s = 30 << 20});
    (void)state;

    assert_near((double)greedy(&g).bytes, SECONDS * (30.0 * (1 << 20)));
}

static void the_tighter_of_two_limits_holds(void **state)
{
    struct governor g = made((struct governor_limits){.cpu_percent = 90, .bytes_per_s = 5 << 20});
    (void)state;

    assert_near((double)greedy(&g).bytes, SECONDS * (5.0 * (1 << 20)));
}

static void without_limits_nothing_rests_until_others_wait(void **state)
{
    static const struct governor_pressure busy = {.io = 90}, calm = {.cpu = 5};
    struct governor g = made((struct governor_limits){.idle = true});
    (void)state;

    assert_near((double)greedy(&g).cpu_ns / 1e9, SECONDS * PROCESSORS);
    governor_feel(&g, &busy);
    g.last = (struct governor_use){.now_ns = 1000 * NS_PER_S};
    assert_near((double)greedy(&g).cpu_ns / 1e9, SECONDS * PROCESSORS / 2.0);
    for (int i = 0; i < 20; i++)
        governor_feel(&g, &busy);
    g.last = (struct governor_use){.now_ns = 1000 * NS_PER_S};
    assert_near((double)greedy(&g).cpu_ns / 1e9, SECONDS * PROCESSORS / 4.0);
    for (int i = 0; i < 20; i++)
        governor_feel(&g, &calm);
    g.last = (struct governor_use){.now_ns = 1000 * NS_PER_S};
    assert_near((double)greedy(&g).cpu_ns / 1e9, SECONDS * PROCESSORS);
}

static void what_was_not_used_is_not_saved_up(void **state)
{
    struct governor g = made((struct governor_limits){.cpu_percent = 10});
    struct governor_use use = {.now_ns = 1000 * NS_PER_S};
    (void)state;

    use.now_ns += 3600 * NS_PER_S; // it waited for a disk
    assert_int_equal(governor_decide(&g, &use), 0);
    use.now_ns += TICK_NS;
    use.cpu_ns += NS_PER_S;
    assert_true(governor_decide(&g, &use) > NS_PER_S);
}

static void the_kernels_words_for_pressure_are_read(void **state)
{
    (void)state;

    assert_true(governor_read_pressure("some avg10=12.50 avg60=9.11 avg300=4.02 total=1\n"
                                       "full avg10=99.00 avg60=0 avg300=0 total=0\n") == 12.5);
    assert_true(governor_read_pressure("") == 0);
    assert_true(governor_read_pressure("some avg10=") == 0);
    assert_true(governor_read_pressure("some avg10=1e99 avg60=0") == 0);
    assert_true(governor_read_pressure("some avg10=nan") == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(processor_time_is_the_percentage_of_all_processors),
        cmocka_unit_test(bytes_are_what_a_second_may_read),
        cmocka_unit_test(the_tighter_of_two_limits_holds),
        cmocka_unit_test(without_limits_nothing_rests_until_others_wait),
        cmocka_unit_test(what_was_not_used_is_not_saved_up),
        cmocka_unit_test(the_kernels_words_for_pressure_are_read),
    };
    return cmocka_run_group_tests_name("governor", tests, NULL, NULL);
}
