// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "remedy/vault.h"
#include "support/made_tree.h"
#include "trust/digest.h"

static struct made_tree tree;
static struct vault *vault;

static int set_up(void **state)
{
    (void)state;
    made_tree_init(&tree);
    return vault_open(tree.path, true, &vault, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    vault_close(vault);
    made_tree_clear(&tree);
    return 0;
}

static const char *object_path(const uint8_t sha256[32])
{
    char hex[65], path[120];

    digest_hex((struct span){sha256, 32}, hex);
    (void)snprintf(path, sizeof(path), "vault/objects/%.2s/%s.zst", hex, hex);
    return made_path(&tree, path);
}

static int open_made(const char *path)
{
    return open(made_path(&tree, path), O_RDONLY | O_CLOEXEC);
}

static void what_is_kept_can_be_read_again(void **state)
{
    const size_t sizes[] = {0, 1, 65535, 65536, 65537, 1000000};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        uint8_t *bytes = malloc(sizes[i] + 1), sha256[32], other[32];
        struct span back;
        auto_arena arena;
        int fd;

        arena_init(&arena, 8 << 20);
        for (size_t k = 0; k < sizes[i]; k++)
            bytes[k] = (uint8_t)(k * 7 + k / 251);
        made_bytes(&tree, "file", bytes, sizes[i]);
        fd = open_made("file");
        digest_sha256((struct span){bytes, sizes[i]}, sha256);

        assert_int_equal(vault_keep(vault, fd, sizes[i], sha256, NULL), 0);
        assert_int_equal(vault_keep_bytes(vault, (struct span){bytes, sizes[i]}, other, NULL), 0);
        assert_int_equal(vault_sync(vault, NULL), 0);

        assert_memory_equal(sha256, other, 32);
        assert_int_equal(vault_read(vault, sha256, sizes[i], sizes[i], &arena, &back, NULL), 0);
        assert_int_equal(back.n, sizes[i]);
        if (sizes[i])
            assert_memory_equal(back.p, bytes, sizes[i]);
        close(fd);
        free(bytes);
        unlink(made_path(&tree, "file"));
    }
}

static void bytes_that_are_not_what_was_said_are_not_kept(void **state)
{
    uint8_t sha256[32];
    struct err err = {0};
    int fd;
    (void)state;

    digest_sha256(BYTES("what it was"), sha256);
    made_file(&tree, "file", "what it is now");
    fd = open_made("file");

    assert_int_equal(vault_keep(vault, fd, 11, sha256, &err), -ERR_CONFLICT);

    assert_false(vault_has(vault, sha256));
    close(fd);
}

static void a_damaged_object_is_found_and_made_good(void **state)
{
    const struct {
        const char *why;
        int (*damage)(const char *path);
        int result;
    } cases[] = {
        {"gone", unlink, -ERR_GONE},
        {"cut short", NULL, -ERR_FORMAT},
    };
    uint8_t sha256[32];
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};

        assert_int_equal(vault_keep_bytes(vault, BYTES("something to keep"), sha256, NULL), 0);
        assert_int_equal(vault_check(vault, sha256, NULL), 0);
        if (cases[i].damage)
            assert_int_equal(cases[i].damage(object_path(sha256)), 0);
        else
            assert_int_equal(truncate(object_path(sha256), 12), 0);

        if (vault_check(vault, sha256, &err) != cases[i].result)
            fail_msg("%s: %s", cases[i].why, err.text);
        assert_int_equal(vault_keep_bytes(vault, BYTES("something to keep"), sha256, NULL), 0);
        assert_int_equal(vault_check(vault, sha256, NULL), 0);
    }
}

/* A valid object that is not what its name says. */
static void an_object_under_a_wrong_name_is_damaged(void **state)
{
    uint8_t one[32], two[32];
    auto_buf from = {0};
    (void)state;

    assert_int_equal(vault_keep_bytes(vault, BYTES("one"), one, NULL), 0);
    assert_int_equal(vault_keep_bytes(vault, BYTES("two"), two, NULL), 0);
    buf_str(&from, object_path(one));
    assert_int_equal(rename(from.p, object_path(two)), 0);

    assert_int_equal(vault_check(vault, two, NULL), -ERR_FORMAT);
}

static void lists_what_it_has_and_drops_it(void **state)
{
    uint8_t one[32], two[32];
    struct vault_entry *all;
    size_t count;
    auto_arena arena;
    (void)state;

    arena_init(&arena, 1 << 20);
    assert_int_equal(vault_keep_bytes(vault, BYTES("one"), one, NULL), 0);
    assert_int_equal(vault_keep_bytes(vault, BYTES("two"), two, NULL), 0);
    assert_int_equal(vault_list(vault, true, &arena, &all, &count, NULL), 0);
    assert_int_equal(count, 2);
    assert_true(memcmp(all[0].sha256, all[1].sha256, 32) < 0 && all[0].stored > 0);

    assert_int_equal(vault_drop(vault, one, NULL), 0);

    assert_int_equal(vault_list(vault, true, &arena, &all, &count, NULL), 0);
    assert_int_equal(count, 1);
    assert_memory_equal(all[0].sha256, two, 32);
}

static void a_vault_that_others_can_write_to_is_not_used(void **state)
{
    struct vault *again = NULL;
    struct err err = {0};
    (void)state;

    assert_int_equal(chmod(made_path(&tree, "vault"), 0770), 0);

    assert_int_equal(vault_open(tree.path, true, &again, &err), -ERR_DENIED);

    assert_null(again);
    assert_non_null(strstr(err.text, "belong to you alone"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_kept_can_be_read_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_that_are_not_what_was_said_are_not_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_object_is_found_and_made_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_object_under_a_wrong_name_is_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_what_it_has_and_drops_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_vault_that_others_can_write_to_is_not_used, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
