// SPDX-License-Identifier: Apache-2.0
#include "order/exception.h"

#include "support/spy.h"

enum {
    TODAY = 20000,
};

/* SV() for what is not on the stack. */
#define TEXT(literal) \
    { \
        (literal), sizeof(literal) - 1 \
    }

static struct sv lab_places[] = {TEXT("/opt/lab/bin/anvil"), TEXT("/opt/lab/etc/anvil.conf")};
static struct sv two_places[] = {TEXT("/opt/lab/bin/anvil"), TEXT("/usr/bin/anvil")};

static const struct finding lab = {
    .id = TEXT("6ba7b810-9dad-51d1-80b4-00c04fd430c8"),
    .vendor = TEXT("acme"),
    .product = TEXT("anvil"),
    .anchor = TEXT("/"),
    .places = lab_places,
    .place_count = 2,
};

static const struct finding both = {
    .id = TEXT("6ba7b810-9dad-51d1-80b4-00c04fd430c9"),
    .vendor = TEXT("acme"),
    .product = TEXT("anvil"),
    .anchor = TEXT("/"),
    .places = two_places,
    .place_count = 2,
};

static void it_covers_what_it_names_and_nothing_else(void **state)
{
    struct sv order = SV("no-acme");
    const struct {
        const char *why;
        struct exception exception;
        const struct finding *finding;
        enum exception_answer answer;
    } cases[] = {
        {"by id", {.finding = SV("6ba7b810-9dad-51d1-80b4-00c04fd430c8")}, &lab, EXCEPTION_YES},
        {"by id in capitals",
         {.finding = SV("6BA7B810-9DAD-51D1-80B4-00C04FD430C8")},
         &lab,
         EXCEPTION_YES},
        {"by another id",
         {.finding = SV("6ba7b810-9dad-51d1-80b4-00c04fd430c8")},
         &both,
         EXCEPTION_NO},
        {"by vendor", {.vendor = SV("acme")}, &lab, EXCEPTION_YES},
        {"by another vendor", {.vendor = SV("acne")}, &lab, EXCEPTION_NO},
        {"by product", {.vendor = SV("acme"), .product = SV("anvil")}, &lab, EXCEPTION_YES},
        {"by another product", {.vendor = SV("acme"), .product = SV("hammer")}, &lab, EXCEPTION_NO},
        {"by place", {.place = SV("/opt/lab/**")}, &lab, EXCEPTION_YES},
        {"by a place that does not hold all of it",
         {.place = SV("/opt/lab/**")},
         &both,
         EXCEPTION_NO},
        {"by the place of installation", {.place = SV("/")}, &both, EXCEPTION_YES},
        {"for gaps", {.kind = EXCEPTION_COVERAGE}, &lab, EXCEPTION_NO},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct exception e = cases[i].exception;

        e.orders = &order;
        e.order_count = 1;
        e.from = NO_DAY;
        e.until = TODAY;
        if (exception_covers(&e, cases[i].finding, order, TODAY) != cases[i].answer)
            fail_msg("%s", cases[i].why);
        assert_int_equal(exception_covers(&e, cases[i].finding, SV("other"), TODAY), EXCEPTION_NO);
        e.all_orders = true;
        if (exception_covers(&e, cases[i].finding, SV("other"), TODAY) != cases[i].answer)
            fail_msg("%s, all orders", cases[i].why);
    }
}

static void it_begins_and_ends_on_its_days(void **state)
{
    const struct exception e = {
        .vendor = SV("acme"), .all_orders = true, .from = TODAY, .until = TODAY + 1};
    (void)state;

    assert_int_equal(exception_covers(&e, &lab, SV("o"), TODAY - 1), EXCEPTION_NO);
    assert_int_equal(exception_covers(&e, &lab, SV("o"), TODAY), EXCEPTION_YES);
    assert_int_equal(exception_covers(&e, &lab, SV("o"), TODAY + 1), EXCEPTION_YES);
    assert_int_equal(exception_covers(&e, &lab, SV("o"), TODAY + 2), EXCEPTION_EXPIRED);
}

static void of_several_the_one_that_applies_and_lasts_longest_is_named(void **state)
{
    const struct exception list[] = {
        {.id = SV("a"), .all_orders = true, .from = NO_DAY, .until = TODAY - 9},
        {.id = SV("b"), .all_orders = true, .from = NO_DAY, .until = TODAY - 2},
        {.id = SV("c"), .all_orders = true, .from = NO_DAY, .until = TODAY - 5},
        {.id = SV("d"), .all_orders = true, .from = NO_DAY, .until = TODAY + 2},
        {.id = SV("e"), .all_orders = true, .from = NO_DAY, .until = TODAY + 5},
        {.id = SV("f"), .all_orders = true, .from = TODAY + 1, .until = TODAY + 9},
    };
    const struct exception *which = NULL;
    (void)state;

    assert_int_equal(exceptions_cover(list, 6, &lab, SV("o"), TODAY, &which), EXCEPTION_YES);
    assert_ptr_equal(which, &list[4]);
    assert_int_equal(exceptions_cover(list, 3, &lab, SV("o"), TODAY, &which), EXCEPTION_EXPIRED);
    assert_ptr_equal(which, &list[1]);
    assert_int_equal(exceptions_cover(list + 5, 1, &lab, SV("o"), TODAY, &which), EXCEPTION_NO);
    assert_null(which);
}

static void a_gap_is_accepted_by_place_digest_and_reason(void **state)
{
    const struct unexamined gap = {.place = SV("/srv/vault.zip"), .reason = REASON_ENCRYPTED};
    const struct sv digest = SV("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    const struct exception by_place = {
        .kind = EXCEPTION_COVERAGE, .gap_place = SV("/srv/*.zip"), .from = NO_DAY, .until = TODAY};
    struct exception by_reason = by_place, by_digest = by_place;
    (void)state;
    by_reason.has_reason = true;
    by_reason.reason = REASON_DAMAGED;
    by_digest.gap_sha256 = digest;

    assert_int_equal(exception_accepts_gap(&by_place, &gap, SV(""), TODAY), EXCEPTION_YES);
    assert_int_equal(exception_accepts_gap(&by_place, &gap, SV(""), TODAY + 1), EXCEPTION_EXPIRED);
    assert_int_equal(exception_accepts_gap(&by_reason, &gap, SV(""), TODAY), EXCEPTION_NO);
    by_reason.reason = REASON_ENCRYPTED;
    assert_int_equal(exception_accepts_gap(&by_reason, &gap, SV(""), TODAY), EXCEPTION_YES);
    assert_int_equal(exception_accepts_gap(&by_digest, &gap, SV(""), TODAY), EXCEPTION_NO);
    assert_int_equal(exception_accepts_gap(&by_digest, &gap, digest, TODAY), EXCEPTION_YES);
    assert_int_equal(
        exception_accepts_gap(&(struct exception){.kind = EXCEPTION_FINDING, .until = TODAY}, &gap,
                              SV(""), TODAY),
        EXCEPTION_NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_covers_what_it_names_and_nothing_else),
        cmocka_unit_test(it_begins_and_ends_on_its_days),
        cmocka_unit_test(of_several_the_one_that_applies_and_lasts_longest_is_named),
        cmocka_unit_test(a_gap_is_accepted_by_place_digest_and_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
