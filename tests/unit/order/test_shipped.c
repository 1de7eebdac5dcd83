// SPDX-License-Identifier: Apache-2.0
/* The orders and catalogues of the source tree, whose path is the only argument. */
#include <stdio.h>

#include "match/matcher.h"
#include "order/rules.h"
#include "support/spy.h"

static const char *tree;

static void the_shipped_orders_and_catalogues_have_no_problem(void **state)
{
    auto_buf problems = BUF_INIT(0);
    auto_rules *rules = NULL;
    struct err err;
    (void)state;

    if (rules_load(&(struct rules_options){.data = tree,
                                           .check_regex = matcher_check_regex,
                                           .problems = &problems},
                   &rules, &err) < 0)
        fail_msg("%s\n%s", err.text, problems.p ? problems.p : "");

    assert_true(rules->order_count >= 16);
    assert_true(rules->catalogue_count >= 9);
}

static void every_shipped_order_speaks_of_every_class(void **state)
{
    auto_rules *rules = NULL;
    (void)state;

    assert_int_equal(rules_load(&(struct rules_options){.data = tree}, &rules, NULL), 0);

    for (size_t i = 0; i < rules->order_count; i++)
        for (enum scope_class c = 0; c < SCOPE_COUNT_; c++)
            if (rules->orders[i].scope[c].rule == ORDER_SILENT)
                fail_msg("%s says nothing of %s", rules->orders[i].id.p, scope_class_text(c));
}

static void the_engine_inside_another_product_is_out_of_one_order_and_in_another(void **state)
{
    auto_rules *rules = NULL;
    const struct product engine = {.platforms = SET_OF(PLATFORM_ANY)};
    struct sv why;
    (void)state;

    assert_int_equal(rules_load(&(struct rules_options){.data = tree}, &rules, NULL), 0);

    assert_false(
        order_covers(rules_order(rules, SV("bod-17-01")), &engine, SCOPE_EMBEDDED, 0, &why));
    assert_true(
        order_covers(rules_order(rules, SV("ndaa-1634")), &engine, SCOPE_EMBEDDED, 0, &why));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_orders_and_catalogues_have_no_problem),
        cmocka_unit_test(every_shipped_order_speaks_of_every_class),
        cmocka_unit_test(the_engine_inside_another_product_is_out_of_one_order_and_in_another),
    };

    if (argc != 2) {
        fputs("usage: test_shipped TREE\n", stderr);
        return 2;
    }
    tree = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
