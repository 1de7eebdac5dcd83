// SPDX-License-Identifier: Apache-2.0
/* The patches that a removal proposes: what patch(1) makes of them is what was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "remedy/patch.h"

static struct span bytes_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

static void write_file(const char *name, const struct buf *b)
{
    FILE *f = fopen(name, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(b->p ? b->p : "", 1, b->n, f), b->n);
    assert_int_equal(fclose(f), 0);
}

static void read_file(const char *name, struct buf *to)
{
    FILE *f = fopen(name, "r");
    char piece[4096];
    size_t n;

    assert_non_null(f);
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_bytes(to, piece, n);
    (void)fclose(f);
}

static void check(const struct buf *before, const struct buf *after)
{
    auto_buf patch = {0}, got = {0};
    int r = patch_write(SV("/the file"), bytes_of(before), bytes_of(after), &patch, NULL);

    if (before->n == after->n && (before->n == 0 || memcmp(before->p, after->p, before->n) == 0)) {
        assert_int_equal(r, PATCH_SAME);
        assert_int_equal(patch.n, 0);
        return;
    }
    assert_int_equal(r, 0);
    write_file("the file", before);
    write_file("patch", &patch);
    if (system("patch -s -p1 --fuzz=0 -E < patch") != 0)
        fail_msg("patch(1) does not take: %s", patch.p);
    if (access("the file", F_OK) == 0)
        read_file("the file", &got);
    if (got.n != after->n || (got.n && memcmp(got.p, after->p, got.n) != 0))
        fail_msg("patched to '%s' not '%s' by %s", got.p, after->p, patch.p);
}

static void check_texts(const char *before, const char *after)
{
    auto_buf a = {0}, b = {0};

    buf_str(&a, before);
    buf_str(&b, after);
    check(&a, &b);
}

static void patch_makes_what_was_meant(void **state)
{
    (void)state;
    check_texts("a\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\ne\nf\ng\n");
    check_texts("a\nb\n", "b\n");
    check_texts("a\nb", "a\n");
    check_texts("a\nb", "a");
    check_texts("a\n", "");
    check_texts("", "a\n");
    check_texts("a\n", "a\n");
    check_texts("a\r\nb\r\n", "b\r\n");
    check_texts("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", "2\n3\n4\n5\n6\nx\n7\n8\n9\n10\n11\n");
    check_texts("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n",
                "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n");
}

static uint32_t next_number(uint32_t *seed)
{
    return *seed = *seed * 1664525 + 1013904223;
}

static void any_two_texts_can_be_told_apart(void **state)
{
    uint32_t seed = 1;
    (void)state;

    for (int round = 0; round < 60; round++) {
        auto_buf a = {0}, b = {0};

        for (unsigned i = next_number(&seed) % 40; i; i--)
            buf_printf(&a, "%u\n", next_number(&seed) >> 29);
        for (unsigned i = next_number(&seed) % 40; i; i--)
            buf_printf(&b, "%u%s", next_number(&seed) >> 29, i > 1 || round % 2 ? "\n" : "");
        check(&a, &b);
    }
}

static void texts_that_differ_much_are_replaced(void **state)
{
    auto_buf a = {0}, b = {0};
    (void)state;

    for (int i = 0; i < 3000; i++) {
        buf_printf(&a, "%d\n", i);
        buf_printf(&b, "%d\n", i + 10000);
    }
    check(&a, &b);
}

static void what_is_no_text_has_no_patch(void **state)
{
    auto_buf to = {0};
    struct err err;
    (void)state;

    assert_int_equal(patch_write(SV("x"), BYTES("a\0b"), BYTES("a"), &to, &err), -ERR_UNSUPPORTED);
}

static void the_patch_reads_like_one(void **state)
{
    auto_buf to = {0};
    (void)state;

    assert_int_equal(
        patch_write(SV("x.txt"), BYTES("a\nb\nc\nd\ne\n"), BYTES("a\nc\nd\ne\n"), &to, NULL), 0);
    assert_string_equal(to.p, "--- a/x.txt\n+++ b/x.txt\n@@ -1,5 +1,4 @@\n a\n-b\n c\n d\n e\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patch_makes_what_was_meant),
        cmocka_unit_test(any_two_texts_can_be_told_apart),
        cmocka_unit_test(texts_that_differ_much_are_replaced),
        cmocka_unit_test(what_is_no_text_has_no_patch),
        cmocka_unit_test(the_patch_reads_like_one),
    };
    char folder[] = "/tmp/debar-patch-XXXXXX";
    int failed;

    if (!mkdtemp(folder) || chdir(folder) != 0)
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink("the file");
    (void)unlink("patch");
    (void)rmdir(folder);
    return failed;
}
