// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/window.h"

enum {
    SIZE = 300000,
};

static int reads;
static int (*memory_read)(struct source *, uint64_t, void *, size_t, size_t *, struct err *);

static int counted_read(struct source *s, uint64_t offset, void *to, size_t n, size_t *ret_n,
                        struct err *err)
{
    reads++;
    return memory_read(s, offset, to, n, ret_n, err);
}

static void gives_the_bytes_of_any_place(void **state)
{
    uint8_t *bytes = malloc(SIZE);
    struct source_memory memory;
    auto_arena arena = {0};
    struct window w;
    struct span got;
    (void)state;

    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    source_memory_init(&memory, (struct span){bytes, SIZE});
    memory_read = memory.source.read_at;
    memory.source.read_at = counted_read;
    memory.source.piece_at = NULL; // as a file's, that has to be read
    arena_init(&arena, 1 << 20);
    window_init(&w, &memory.source, &arena);

    const struct {
        uint64_t offset;
        size_t n, got;
    } cases[] = {
        {0, 10, 10},
        {4095, 2, 2},
        {4096, WINDOW_SIZE, WINDOW_SIZE},
        {8191, WINDOW_SIZE, WINDOW_SIZE},
        {100, 100, 100},
        {SIZE - 1, 10, 1},
        {SIZE, 10, 0},
        {UINT64_MAX, 10, 0},
        {SIZE - WINDOW_SIZE, WINDOW_SIZE, WINDOW_SIZE},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(window_at(&w, cases[i].offset, cases[i].n, &got, NULL), 0);
        assert_int_equal(got.n, cases[i].got);
        if (got.n)
            assert_memory_equal(got.p, bytes + cases[i].offset, got.n);
    }

    // A thousand neighbours cost one read.
    reads = 0;
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(window_at(&w, 20000 + 10 * i, 10, &got, NULL), 0);
    assert_int_equal(reads, 1);

    // Two places in turn, as a table and its names, cost two; a third one costs one more.
    reads = 0;
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(window_at(&w, (i % 2 ? 100000 : 200000) + i, 10, &got, NULL), 0);
    assert_int_equal(reads, 2);
    assert_int_equal(window_at(&w, 10, 10, &got, NULL), 0);
    assert_int_equal(window_at(&w, 100000, 10, &got, NULL), 0);
    assert_int_equal(reads, 3);
    free(bytes);
}

static void what_is_in_memory_is_seen_where_it_is(void **state)
{
    struct source_memory memory;
    auto_arena arena = {0};
    struct window w;
    struct span got;
    (void)state;

    source_memory_init(&memory, BYTES("one two"));
    window_init(&w, &memory.source, &arena); // an arena that gives nothing
    assert_int_equal(window_at(&w, 4, 10, &got, NULL), 0);
    assert_ptr_equal(got.p, memory.bytes.p + 4);
    assert_int_equal(got.n, 3);
}

static void text_ends_at_nul_or_is_none(void **state)
{
    struct source_memory memory;
    auto_arena arena = {0};
    struct window w;
    struct sv text;
    (void)state;

    source_memory_init(&memory, BYTES("one\0two"));
    arena_init(&arena, 1 << 20);
    window_init(&w, &memory.source, &arena);
    assert_int_equal(window_text(&w, 0, 100, &text, NULL), 0);
    assert_true(sv_eq(text, SV("one")));
    assert_int_equal(window_text(&w, 0, 3, &text, NULL), 0);
    assert_int_equal(text.n, 0);
    assert_int_equal(window_text(&w, 4, 100, &text, NULL), 0);
    assert_int_equal(text.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_bytes_of_any_place),
        cmocka_unit_test(what_is_in_memory_is_seen_where_it_is),
        cmocka_unit_test(text_ends_at_nul_or_is_none),
    };
    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
