// SPDX-License-Identifier: Apache-2.0
#include "scan/links.h"

#include "support/spy.h"

static void knows_the_same_unchanged_file_again(void **state)
{
    struct file_facts file = {.device = 8, .inode = 42, .size = 9, .mtime_ns = 1, .ctime_ns = 2};
    struct file_facts other = file, changed = file;
    struct field put[2] = {{.key = FIELD_LITERAL, .value = SV("abc"), .offset = 5, .length = 3},
                           {.key = FIELD_SHA256, .value = SV("00ff")}},
                 got[4];
    struct links *l = NULL;
    auto_arena arena;
    size_t n = 0;
    (void)state;

    other.inode++;
    changed.ctime_ns++;
    arena_init(&arena, 1 << 20);
    assert_int_equal(links_new(&l, NULL), 0);
    assert_false(links_get(l, &file, false, &arena, got, 4, &n));
    links_put(l, &file, true, put, 2);

    assert_true(links_get(l, &file, true, &arena, got, 4, &n));
    assert_int_equal(n, 2);
    assert_int_equal(got[0].key, FIELD_LITERAL);
    assert_true(sv_eq(got[0].value, SV("abc")) && got[0].offset == 5 && got[0].length == 3);
    assert_true(sv_eq(got[1].value, SV("00ff")));
    assert_false(links_get(l, &other, true, &arena, got, 4, &n));
    assert_false(links_get(l, &changed, true, &arena, got, 4, &n));
    assert_false(links_get(l, &file, true, &arena, got, 1, &n));
    links_free(l);
}

static void what_was_not_hashed_is_read_again_by_whom_a_digest_is_wanted(void **state)
{
    struct file_facts file = {.inode = 1};
    struct field got[1];
    struct links *l = NULL;
    auto_arena arena;
    size_t n = 7;
    (void)state;

    arena_init(&arena, 1 << 20);
    assert_int_equal(links_new(&l, NULL), 0);
    links_put(l, &file, false, NULL, 0);

    assert_true(links_get(l, &file, false, &arena, got, 1, &n));
    assert_int_equal(n, 0);
    assert_false(links_get(l, &file, true, &arena, got, 1, &n));
    links_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_same_unchanged_file_again),
        cmocka_unit_test(what_was_not_hashed_is_read_again_by_whom_a_digest_is_wanted),
    };
    return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}
