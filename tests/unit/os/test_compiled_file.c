// SPDX-License-Identifier: Apache-2.0
#include "os/compiled_file.h"

#include <string.h>
#include <sys/stat.h>

#include "support/made_tree.h"
#include "support/spy.h"

static const uint8_t one[COMPILED_KEY] = "one", two[COMPILED_KEY] = "two";

static struct span text(const char *s)
{
    return (struct span){(const uint8_t *)s, strlen(s)};
}

static void assert_kept(struct compiled_file *f, const uint8_t *key, const char *expected)
{
    struct span bytes;

    if (!expected) {
        assert_false(compiled_file_get(f, key, &bytes));
        return;
    }
    assert_true(compiled_file_get(f, key, &bytes));
    assert_true(!compiled_file_holds(f, bytes.p) || (uintptr_t)bytes.p % COMPILED_ALIGN == 0);
    assert_int_equal(bytes.n, strlen(expected));
    assert_memory_equal(bytes.p, expected, bytes.n);
}

static void keep_both(const char *path)
{
    struct compiled_file *f = compiled_file_open(path);

    compiled_file_put(f, one, text("the first"));
    compiled_file_put(f, two, text("the second one"));
    compiled_file_save(f);
    compiled_file_close(f);
}

static void gives_back_what_was_kept(void **state)
{
    struct made_tree tree;
    struct span second;
    struct compiled_file *f;
    const char *path;
    (void)state;

    made_tree_init(&tree);
    path = made_path(&tree, "compiled");
    keep_both(path);
    f = compiled_file_open(path);
    assert_kept(f, two, "the second one");
    assert_kept(f, one, "the first");
    assert_true(compiled_file_get(f, two, &second) && compiled_file_holds(f, second.p));
    assert_false(compiled_file_holds(f, path));
    compiled_file_put(f, one, text("better"));
    compiled_file_save(f);
    compiled_file_close(f);

    f = compiled_file_open(path);
    assert_kept(f, one, "better");
    assert_kept(f, two, "the second one");
    compiled_file_save(f);
    compiled_file_close(f);
    made_tree_clear(&tree);
}

static void forgets_what_nobody_asked_for_when_it_is_written(void **state)
{
    struct made_tree tree;
    struct compiled_file *f;
    const char *path;
    (void)state;

    made_tree_init(&tree);
    path = made_path(&tree, "compiled");
    keep_both(path);
    f = compiled_file_open(path);
    compiled_file_put(f, one, text("new"));
    compiled_file_save(f);
    compiled_file_close(f);
    f = compiled_file_open(path);
    assert_kept(f, two, NULL);
    compiled_file_save(f);
    compiled_file_close(f);
    made_tree_clear(&tree);
}

static void does_not_read_what_is_damaged_or_others_may_write(void **state)
{
    char cut[2 * COMPILED_ALIGN] = "debar.compiled2\n";
    struct made_tree tree;
    struct compiled_file *f;
    const char *path;
    (void)state;

    made_tree_init(&tree);
    memcpy(cut + COMPILED_ALIGN, one, COMPILED_KEY);
    memset(cut + COMPILED_ALIGN + COMPILED_KEY, 0xff, 8);
    made_bytes(&tree, "compiled", cut, sizeof(cut));
    path = made_path(&tree, "compiled");
    f = compiled_file_open(path);
    assert_kept(f, one, NULL);
    compiled_file_close(f);

    keep_both(path);
    assert_int_equal(chmod(path, 0666), 0);
    f = compiled_file_open(path);
    assert_kept(f, one, NULL);
    compiled_file_close(f);
    made_tree_clear(&tree);
}

static void writes_nothing_unless_it_is_told_to(void **state)
{
    struct made_tree tree;
    struct compiled_file *f;
    struct stat s;
    (void)state;

    made_tree_init(&tree);
    f = compiled_file_open(made_path(&tree, "compiled"));
    compiled_file_put(f, one, text("the first"));
    compiled_file_close(f);
    assert_int_not_equal(stat(made_path(&tree, "compiled"), &s), 0);
    made_tree_clear(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_what_was_kept),
        cmocka_unit_test(forgets_what_nobody_asked_for_when_it_is_written),
        cmocka_unit_test(does_not_read_what_is_damaged_or_others_may_write),
        cmocka_unit_test(writes_nothing_unless_it_is_told_to),
    };
    return cmocka_run_group_tests_name("compiled_file", tests, NULL, NULL);
}
