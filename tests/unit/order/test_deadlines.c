// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "base/clock.h"
#include "order/order.h"
#include "support/spy.h"

static int64_t day(const char *text)
{
    int64_t n = 0;

    assert_true(clock_parse_day(sv_str(text), &n));
    return n;
}

/* One line a deadline: "due, every n, past". */
static void write_deadlines(const struct order *o, const struct order_clocks *clocks,
                            const char *today, struct buf *to)
{
    struct deadline *deadlines = NULL;
    size_t count = 0;
    auto_arena arena;

    arena_init(&arena, 1 << 20);
    assert_int_equal(order_deadlines(o, clocks, day(today), &arena, &deadlines, &count, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        buf_printf(to, "%.*s %.*s", (int)deadlines[i].kind.n, deadlines[i].kind.p,
                   (int)deadlines[i].due.n, deadlines[i].due.p);
        if (deadlines[i].every_days)
            buf_printf(to, ", every %u days", deadlines[i].every_days);
        buf_str(to, deadlines[i].past ? ", past\n" : "\n");
    }
}

static void a_date_comes_from_the_order_or_from_its_clock(void **state)
{
    struct milestone milestones[] = {
        {.kind = MILESTONE_IDENTIFY, .date = NO_DAY, .days = 30, .from = CLOCK_ISSUE},
        {.kind = MILESTONE_PLAN, .date = NO_DAY, .days = 60, .from = CLOCK_ISSUE},
        {.kind = MILESTONE_BEGIN_REMOVAL, .date = NO_DAY, .days = 90, .from = CLOCK_ISSUE},
        {.kind = MILESTONE_STATUS, .date = NO_DAY, .days = 120, .every_days = 30},
        {.kind = MILESTONE_EFFECTIVE, .date = day("2018-10-01")},
        {.kind = MILESTONE_REPORT,
         .date = NO_DAY,
         .days = 3,
         .business = true,
         .from = CLOCK_IDENTIFICATION},
        {.kind = MILESTONE_REPORT, .date = NO_DAY, .days = 1, .from = CLOCK_DETECTION},
    };
    const struct order o = {.issued = day("2017-09-13"),
                            .milestones = milestones,
                            .milestone_count = ARRAY_LEN(milestones)};
    auto_buf text = BUF_INIT(0);
    (void)state;

    write_deadlines(&o, &ORDER_CLOCKS_UNKNOWN, "2017-11-12", &text);

    // The three dates are those that the directive of 13 September 2017 is known for.
    assert_string_equal(text.p, "identify 2017-10-13, past\n"
                                "plan 2017-11-12\n"
                                "begin-removal 2017-12-12\n"
                                "status 2018-01-11, every 30 days\n"
                                "effective 2018-10-01\n"
                                "report 3 business days after identification\n"
                                "report 1 day after detection\n");
}

static void a_repeating_one_shows_its_next_date(void **state)
{
    struct milestone milestone = {
        .kind = MILESTONE_STATUS, .date = day("2018-01-11"), .every_days = 30};
    const struct order o = {.milestones = &milestone, .milestone_count = 1};
    const struct {
        const char *today, *next;
    } cases[] = {
        {"2017-01-01", "status 2018-01-11, every 30 days\n"},
        {"2018-01-11", "status 2018-01-11, every 30 days\n"},
        {"2018-01-12", "status 2018-02-10, every 30 days\n"},
        {"2018-02-10", "status 2018-02-10, every 30 days\n"},
        {"2018-02-11", "status 2018-03-12, every 30 days\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf text = BUF_INIT(0);

        write_deadlines(&o, &ORDER_CLOCKS_UNKNOWN, cases[i].today, &text);
        assert_string_equal(text.p, cases[i].next);
    }
}

static void business_days_are_monday_to_friday(void **state)
{
    const struct {
        const char *why, *start;
        unsigned days;
        const char *due;
    } cases[] = {
        {"Monday and one", "2026-11-23", 1, "2026-11-24"},
        {"Friday and one", "2026-11-27", 1, "2026-11-30"},
        {"over a weekend", "2026-11-26", 3, "2026-12-01"},
        {"a week is five", "2026-11-25", 5, "2026-12-02"},
        {"Friday and five", "2026-11-27", 5, "2026-12-04"},
        {"ten", "2026-11-23", 10, "2026-12-07"},
        {"from Saturday", "2026-11-28", 1, "2026-11-30"},
        {"from Sunday", "2026-11-29", 5, "2026-12-04"},
        {"none", "2026-11-25", 0, "2026-11-25"},
        {"the first of all days, a Thursday", "1970-01-01", 2, "1970-01-05"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct milestone m = {.kind = MILESTONE_REPORT,
                              .date = NO_DAY,
                              .days = cases[i].days,
                              .business = true,
                              .from = CLOCK_REPORT};
        const struct order o = {.milestones = &m, .milestone_count = 1};
        const struct order_clocks clocks = {
            .identification = NO_DAY, .detection = NO_DAY, .report = day(cases[i].start)};
        auto_buf text = BUF_INIT(0);
        char due[64];

        (void)snprintf(due, sizeof(due), "report %s\n", cases[i].due);
        write_deadlines(&o, &clocks, "1970-01-01", &text);
        if (strcmp(text.p, due) != 0)
            fail_msg("%s: %s", cases[i].why, text.p);
    }
}

static void the_same_component_is_in_under_one_order_and_out_under_another(void **state)
{
    const struct product anti_virus = {
        .id = SV("av"), .kind = SV("anti-virus"), .platforms = SET_OF(PLATFORM_LINUX)};
    const struct product any = {
        .id = SV("other"), .kind = SV("vpn"), .platforms = SET_OF(PLATFORM_ANY)};
    struct sv id = SV("av"), kind = SV("anti-virus"), why;
    const struct order engine_in = {.scope[SCOPE_EMBEDDED] = {ORDER_IN, SV("in whole or in part")}};
    const struct order engine_out = {.scope[SCOPE_EMBEDDED] = {ORDER_OUT, SV("not addressed")}};
    struct order restricted = {.scope[SCOPE_BRANDED] = {ORDER_IN, SV("branded")},
                               .products = {.clause = SV("others are not named")}};
    (void)state;

    assert_true(order_covers(&engine_in, &anti_virus, SCOPE_EMBEDDED, 0, &why));
    assert_true(sv_eq(why, SV("in whole or in part")));
    assert_false(order_covers(&engine_out, &anti_virus, SCOPE_EMBEDDED, 0, &why));
    assert_true(sv_eq(why, SV("not addressed")));
    assert_false(order_covers(&engine_out, &anti_virus, SCOPE_TRAINING, 0, &why));
    assert_true(sv_eq(why, SV("The order says nothing of this class.")));

    restricted.products.ids = &id;
    restricted.products.id_count = 1;
    assert_true(order_covers(&restricted, &anti_virus, SCOPE_BRANDED, 0, &why));
    assert_false(order_covers(&restricted, &any, SCOPE_BRANDED, 0, &why));
    assert_true(sv_eq(why, SV("others are not named")));

    restricted.products = (struct order_products){.kinds = &kind, .kind_count = 1};
    assert_true(order_covers(&restricted, &anti_virus, SCOPE_BRANDED, 0, &why));
    assert_false(order_covers(&restricted, &any, SCOPE_BRANDED, 0, &why));

    // The platform where it was seen counts; where that is not known, those of the product.
    restricted.products = (struct order_products){.platforms = SET_OF(PLATFORM_ANDROID)};
    assert_false(order_covers(&restricted, &anti_virus, SCOPE_BRANDED, 0, &why));
    assert_false(order_covers(&restricted, &any, SCOPE_BRANDED, 0, &why));
    assert_false(order_covers(&restricted, &any, SCOPE_BRANDED, SET_OF(PLATFORM_LINUX), &why));
    assert_true(order_covers(&restricted, &any, SCOPE_BRANDED, SET_OF(PLATFORM_ANDROID), &why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_date_comes_from_the_order_or_from_its_clock),
        cmocka_unit_test(a_repeating_one_shows_its_next_date),
        cmocka_unit_test(business_days_are_monday_to_friday),
        cmocka_unit_test(the_same_component_is_in_under_one_order_and_out_under_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
