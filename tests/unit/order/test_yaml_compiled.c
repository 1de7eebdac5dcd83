// SPDX-License-Identifier: Apache-2.0
#include "order/yaml_compiled.h"

#include <stdlib.h>
#include <string.h>

#include "support/spy.h"

static const struct sv source = {
    "id: one\nempty: []\nlist:\n  - \"two\"\n  - {a: 3, b: null}\n  -\n    - x\n"
    "folded: >-\n  four\n  five\n",
    0};

static struct yaml *parsed(struct arena *arena)
{
    struct yaml *root = NULL;
    unsigned line;

    assert_int_equal(yaml_parse(sv_str(source.p), arena, &root, &line, NULL), 0);
    return root;
}

static void assert_text(struct sv a, struct sv b)
{
    assert_true(sv_eq(a, b));
    assert_int_equal(a.n && a.p[a.n], 0);
}

static void assert_same(const struct yaml *a, const struct yaml *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->plain, b->plain);
    assert_int_equal(a->in_list, b->in_list);
    assert_int_equal(a->line, b->line);
    assert_int_equal(a->key_line, b->key_line);
    assert_int_equal(a->count, b->count);
    assert_text(a->key, b->key);
    assert_text(a->text, b->text);
    for (a = a->first, b = b->first; a && b; a = a->next, b = b->next)
        assert_same(a, b);
    assert_true(!a && !b);
}

static void a_tree_comes_back_as_it_was(void **state)
{
    const struct yaml *root, *back;
    auto_buf bytes = {0};
    auto_arena arena;
    (void)state;
    arena_init(&arena, 1 << 20);
    root = parsed(&arena);

    yaml_compile(root, &bytes);
    back = yaml_compiled((struct span){(const uint8_t *)bytes.p, bytes.n}, &arena);

    assert_non_null(back);
    assert_same(root, back);
}

static void bytes_that_were_changed_or_cut_give_nothing(void **state)
{
    auto_buf bytes = {0};
    auto_arena arena;
    (void)state;
    arena_init(&arena, 16 << 20);
    yaml_compile(parsed(&arena), &bytes);

    for (size_t n = 0; n < bytes.n; n++) {
        uint8_t *cut = malloc(n + 1);

        assert_non_null(cut);
        memcpy(cut, bytes.p, n);
        assert_null(yaml_compiled((struct span){cut, n}, &arena));
        free(cut);
    }
    for (size_t i = 0; i < bytes.n; i++) {
        bytes.p[i] ^= 1;
        assert_null(yaml_compiled((struct span){(const uint8_t *)bytes.p, bytes.n}, &arena));
        bytes.p[i] ^= 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_comes_back_as_it_was),
        cmocka_unit_test(bytes_that_were_changed_or_cut_give_nothing),
    };
    return cmocka_run_group_tests_name("yaml_compiled", tests, NULL, NULL);
}
