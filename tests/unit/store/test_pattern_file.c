// SPDX-License-Identifier: Apache-2.0
#include "store/pattern_file.h"

#include <string.h>
#include <sys/stat.h>

#include "support/made_tree.h"
#include "support/spy.h"

static const uint8_t one[PATTERN_KEY] = "one", two[PATTERN_KEY] = "two";

static struct span text(const char *s)
{
    return (struct span){(const uint8_t *)s, strlen(s)};
}

static void assert_kept(struct pattern_file *f, const uint8_t *key, const char *expected)
{
    struct span bytes;

    if (!expected) {
        assert_false(pattern_file_get(f, key, &bytes));
        return;
    }
    assert_true(pattern_file_get(f, key, &bytes));
    assert_int_equal(bytes.n, strlen(expected));
    assert_memory_equal(bytes.p, expected, bytes.n);
}

static void keep_both(const char *path)
{
    struct pattern_file *f = pattern_file_open(path);

    pattern_file_put(f, one, text("the first"));
    pattern_file_put(f, two, text("the second one"));
    pattern_file_close(f, true);
}

static void gives_back_what_was_kept(void **state)
{
    struct made_tree tree;
    struct pattern_file *f;
    const char *path;
    (void)state;

    made_tree_init(&tree);
    path = made_path(&tree, "patterns");
    keep_both(path);
    f = pattern_file_open(path);
    assert_kept(f, two, "the second one");
    assert_kept(f, one, "the first");
    pattern_file_put(f, one, text("better"));
    pattern_file_close(f, true);

    f = pattern_file_open(path);
    assert_kept(f, one, "better");
    assert_kept(f, two, "the second one");
    pattern_file_close(f, true);
    made_tree_clear(&tree);
}

static void forgets_what_nobody_asked_for_when_it_is_written(void **state)
{
    struct made_tree tree;
    struct pattern_file *f;
    const char *path;
    (void)state;

    made_tree_init(&tree);
    path = made_path(&tree, "patterns");
    keep_both(path);
    f = pattern_file_open(path);
    pattern_file_put(f, one, text("new"));
    pattern_file_close(f, true);
    f = pattern_file_open(path);
    assert_kept(f, two, NULL);
    pattern_file_close(f, true);
    made_tree_clear(&tree);
}

static void does_not_read_what_is_damaged_or_others_may_write(void **state)
{
    static const char cut[] =
        "debar.patterns1\none\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff";
    struct made_tree tree;
    struct pattern_file *f;
    const char *path;
    (void)state;

    made_tree_init(&tree);
    made_bytes(&tree, "patterns", cut, sizeof(cut) - 1);
    path = made_path(&tree, "patterns");
    f = pattern_file_open(path);
    assert_kept(f, one, NULL);
    pattern_file_close(f, false);

    keep_both(path);
    assert_int_equal(chmod(path, 0666), 0);
    f = pattern_file_open(path);
    assert_kept(f, one, NULL);
    pattern_file_close(f, false);
    made_tree_clear(&tree);
}

static void writes_nothing_unless_it_may(void **state)
{
    struct made_tree tree;
    struct pattern_file *f;
    struct stat s;
    (void)state;

    made_tree_init(&tree);
    f = pattern_file_open(made_path(&tree, "patterns"));
    pattern_file_put(f, one, text("the first"));
    pattern_file_close(f, false);
    assert_int_not_equal(stat(made_path(&tree, "patterns"), &s), 0);
    made_tree_clear(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_what_was_kept),
        cmocka_unit_test(forgets_what_nobody_asked_for_when_it_is_written),
        cmocka_unit_test(does_not_read_what_is_damaged_or_others_may_write),
        cmocka_unit_test(writes_nothing_unless_it_may),
    };
    return cmocka_run_group_tests_name("pattern_file", tests, NULL, NULL);
}
