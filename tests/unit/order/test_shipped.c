// SPDX-License-Identifier: Apache-2.0
/* The orders and catalogues of the source tree, whose path is the only argument. */
#include <stdio.h>

#include "match/matcher.h"
#include "order/rules.h"
#include "order/show.h"
#include "order/yaml_compiled.h"
#include "os/compiled_file.h"
#include "os/own_files.h"
#include "support/made_tree.h"
#include "support/spy.h"
#include "trust/digest.h"

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

/* Everything that the rules say. */
static void say_all(struct compiled_file *compiled, struct buf *to)
{
    auto_rules *rules = NULL;
    const struct rules_options options = {.data = tree, .compiled = compiled};

    assert_int_equal(rules_load(&options, &rules, NULL), 0);
    for (size_t i = 0; i < rules->order_count; i++)
        show_order(&rules->orders[i], 20000, to);
    for (size_t i = 0; i < rules->catalogue_count; i++) {
        const struct catalogue *c = &rules->catalogues[i];

        buf_bytes(to, c->digest, sizeof(c->digest));
        show_catalogue(c, to);
        for (size_t j = 0; j < c->indicator_count; j++)
            show_indicator(&c->indicators[j], to);
    }
}

static void rules_compiled_before_say_what_their_files_say(void **state)
{
    auto_buf parsed = {0}, again = {0}, compiled = {0};
    struct made_tree folder;
    struct compiled_file *f;
    (void)state;
    made_tree_init(&folder);

    say_all(NULL, &parsed);
    f = compiled_file_open(made_path(&folder, "compiled"));
    say_all(f, &again);
    compiled_file_save(f);
    compiled_file_close(f);
    f = compiled_file_open(made_path(&folder, "compiled"));
    say_all(f, &compiled);
    compiled_file_close(f);

    assert_int_equal(parsed.n, compiled.n);
    assert_memory_equal(parsed.p, compiled.p, parsed.n);
    made_tree_clear(&folder);
}

/* Keep other bytes under the digest of an order's file. */
static void keep_for_order(struct compiled_file *f, struct span bytes)
{
    char path[512];
    auto_buf text = {0};
    uint8_t key[COMPILED_KEY];

    (void)snprintf(path, sizeof(path), "%s/orders/lt-2017.yaml", tree);
    assert_int_equal(own_file_read(path, &text, NULL), 0);
    digest_sha256((struct span){(const uint8_t *)text.p, text.n}, key);
    compiled_file_put(f, key, bytes);
}

static bool loads_with(struct span kept)
{
    struct made_tree folder;
    struct compiled_file *f;
    auto_rules *rules = NULL;
    bool loads;

    made_tree_init(&folder);
    f = compiled_file_open(made_path(&folder, "compiled"));
    keep_for_order(f, kept);
    loads = rules_load(&(struct rules_options){.data = tree, .compiled = f}, &rules, NULL) == 0;
    compiled_file_close(f);
    made_tree_clear(&folder);
    return loads;
}

static void what_was_compiled_is_used_as_long_as_it_is_whole(void **state)
{
    struct yaml *root = NULL;
    auto_buf bytes = {0};
    auto_arena arena;
    unsigned line;
    (void)state;
    arena_init(&arena, 1 << 20);
    assert_int_equal(yaml_parse(SV("id: another"), &arena, &root, &line, NULL), 0);
    yaml_compile(root, &bytes);

    assert_false(loads_with((struct span){(const uint8_t *)bytes.p, bytes.n}));
    bytes.p[bytes.n - 2] ^= 1;
    assert_true(loads_with((struct span){(const uint8_t *)bytes.p, bytes.n}));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_orders_and_catalogues_have_no_problem),
        cmocka_unit_test(every_shipped_order_speaks_of_every_class),
        cmocka_unit_test(the_engine_inside_another_product_is_out_of_one_order_and_in_another),
        cmocka_unit_test(rules_compiled_before_say_what_their_files_say),
        cmocka_unit_test(what_was_compiled_is_used_as_long_as_it_is_whole),
    };

    if (argc != 2) {
        fputs("usage: test_shipped TREE\n", stderr);
        return 2;
    }
    tree = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
