// SPDX-License-Identifier: Apache-2.0
#include "os/spill_file.h"

#include "support/made_tree.h"
#include "support/spy.h"

static void keeps_bytes_in_memory_or_on_a_volume(void **state)
{
    struct made_tree tree;
    (void)state;

    made_tree_init(&tree);
    for (int on_volume = 0; on_volume < 2; on_volume++) {
        struct spill_file f;
        struct err err;
        char bytes[16];
        size_t n;

        spill_init(&f, on_volume ? tree.path : NULL);
        assert_int_equal(spill_append(&f, BYTES("hello, "), &err), 0);
        assert_int_equal(spill_append(&f, BYTES("world"), &err), 0);
        assert_int_equal(spill_read_at(&f, 7, bytes, sizeof(bytes), &n, &err), 0);
        assert_int_equal(n, 5);
        assert_memory_equal(bytes, "world", 5);
        spill_cut(&f, 7);
        assert_int_equal(spill_read_at(&f, 7, bytes, sizeof(bytes), &n, &err), 0);
        assert_int_equal(n, 0);
        assert_int_equal(spill_append(&f, BYTES("again"), &err), 0);
        assert_int_equal(f.size, 12);
        assert_int_equal(spill_read_at(&f, 5, bytes, sizeof(bytes), &n, &err), 0);
        assert_int_equal(n, 7);
        assert_memory_equal(bytes, ", again", 7);
        spill_clear(&f);
    }
    made_tree_clear(&tree); // fails when anything has a name in it
}

static void says_that_a_folder_will_not_do(void **state)
{
    struct spill_file f;
    struct err err;
    (void)state;

    spill_init(&f, "/nowhere/at/all");
    assert_true(spill_append(&f, BYTES("x"), &err) < 0);
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
    spill_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_bytes_in_memory_or_on_a_volume),
        cmocka_unit_test(says_that_a_folder_will_not_do),
    };
    return cmocka_run_group_tests_name("spill_file", tests, NULL, NULL);
}
