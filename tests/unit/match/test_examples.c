// SPDX-License-Identifier: Apache-2.0
/*
 * The examples of every catalogue of the source tree, whose path is the only argument, through the
 * compiled matcher.
 */
#include "match/examples.h"

#include <stdio.h>

#include "support/spy.h"

static const char *tree;

static void every_shipped_example_does_what_it_says(void **state)
{
    const struct rules_options options = {.data = tree, .check_regex = matcher_check_regex};
    auto_matcher *matcher = NULL;
    auto_rules *rules = NULL;
    auto_buf problems = {0};
    size_t failed = 0;
    struct err err;
    (void)state;

    if (rules_load(&options, &rules, &err) < 0 || matcher_new(rules, NULL, &matcher, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(rules->catalogue_count > 0);
    buf_str(&problems, "");
    for (size_t i = 0; i < rules->catalogue_count; i++) {
        size_t run_here, failed_here;

        assert_int_equal(
            examples_run(matcher, &rules->catalogues[i], &problems, &run_here, &failed_here, &err),
            0);
        // Every indicator has at least one value that must match.
        assert_true(run_here >= rules->catalogues[i].indicator_count);
        failed += failed_here;
    }

    if (failed)
        fail_msg("%zu examples fail:\n%s", failed, problems.p);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shipped_example_does_what_it_says),
    };

    if (argc != 2) {
        (void)fputs("usage: test_examples TREE\n", stderr);
        return 2;
    }
    tree = argv[1];
    return cmocka_run_group_tests_name("examples", tests, NULL, NULL);
}
