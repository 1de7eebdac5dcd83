// SPDX-License-Identifier: Apache-2.0
#include "scan/cache.h"

#include <stdlib.h>
#include <string.h>

#include "support/spy.h"

static const uint64_t words[] = {0x100, 0x200 | CACHE_ROWS | CACHE_NOTES, 0x300};
static const struct cache_note notes[] = {{1, 0, 7}, {1, 2, 1}};

static void write_folder(struct cache_writer *w, uint64_t key, uint32_t folder, uint32_t count)
{
    const struct cache_record head = {
        .key = {key, ~key}, .folder = folder, .count = count, .notes = count > 1 ? 2 : 0};

    cache_write(w, &head, words, notes);
}

/* As the store gives it back: bytes that lie anywhere. */
static int load(struct cache *c, const struct cache_writer *w, struct err *err)
{
    struct cache_writer copy = *w;
    struct span written = cache_written(&copy);

    return cache_load(c, written, err);
}

static void finds_what_was_written(void **state)
{
    struct cache_writer w = {0};
    struct cache *c;
    const struct cache_record *r;
    (void)state;

    assert_int_equal(cache_new(&c, NULL), 0);
    for (uint32_t i = 1; i <= 5000; i++)
        write_folder(&w, i * 1000, i, i % 4);
    assert_int_equal(load(c, &w, NULL), 0);

    assert_int_equal(cache_count(c), 5000);
    r = cache_find(c, (const uint64_t[]){7000, ~UINT64_C(7000)});
    assert_non_null(r);
    assert_int_equal(r->folder, 7);
    assert_int_equal(r->count, 3);
    assert_memory_equal(r->words, words, sizeof(words));
    assert_memory_equal(cache_notes(r), notes, sizeof(notes));
    assert_null(cache_find(c, (const uint64_t[]){7001, ~UINT64_C(7001)}));
    assert_null(cache_find(c, (const uint64_t[]){7000, 1}));
    cache_free(c);
    buf_clear(&w.segment);
}

static void the_later_record_of_a_folder_counts(void **state)
{
    struct cache_writer first = {0}, second = {0};
    const uint64_t key[] = {5, ~UINT64_C(5)};
    const uint32_t *replaced;
    struct cache *c;
    size_t n;
    (void)state;

    assert_int_equal(cache_new(&c, NULL), 0);
    write_folder(&first, 5, 1, 3);
    write_folder(&second, 5, 1, 2);
    assert_int_equal(load(c, &first, NULL), 0);
    assert_int_equal(load(c, &second, NULL), 0);
    assert_int_equal(cache_find(c, key)->count, 2);
    (void)cache_replaced(c, &n);
    assert_int_equal(n, 0);

    // The path went to another folder: what is stored under the old number is to be closed.
    buf_reset(&second.segment);
    write_folder(&second, 5, 9, 1);
    assert_int_equal(load(c, &second, NULL), 0);
    replaced = cache_replaced(c, &n);
    assert_int_equal(n, 1);
    assert_int_equal(replaced[0], 1);
    cache_free(c);
    buf_clear(&first.segment);
    buf_clear(&second.segment);
}

static void takes_nothing_of_what_is_damaged(void **state)
{
    struct cache_writer w = {0};
    struct span whole;
    (void)state;

    write_folder(&w, 1, 1, 3);
    write_folder(&w, 2, 2, 2);
    whole = cache_written(&w);
    for (size_t i = 0; i < whole.n; i++) {
        uint8_t *copy = malloc(whole.n); // of exactly that size: reading beyond it is seen
        struct cache *c;
        struct err err;

        assert_non_null(copy);
        memcpy(copy, whole.p, whole.n);
        assert_int_equal(cache_new(&c, NULL), 0);
        assert_int_equal(cache_load(c, (struct span){copy, i}, &err), -ERR_FORMAT);
        copy[i] ^= 1;
        assert_int_equal(cache_load(c, (struct span){copy, whole.n}, &err), -ERR_FORMAT);
        assert_int_equal(cache_count(c), 0);
        cache_free(c);
        free(copy);
    }
    buf_clear(&w.segment);
}

static void forgets_the_files_of_a_folder(void **state)
{
    struct cache_writer w = {0};
    const uint32_t gone[] = {2};
    struct cache *c;
    (void)state;

    assert_int_equal(cache_new(&c, NULL), 0);
    write_folder(&w, 1, 1, 3);
    write_folder(&w, 2, 2, 2);
    assert_int_equal(load(c, &w, NULL), 0);
    cache_forget(c, gone, 1);

    assert_int_equal(cache_find(c, (const uint64_t[]){1, ~UINT64_C(1)})->count, 3);
    assert_int_equal(cache_find(c, (const uint64_t[]){2, ~UINT64_C(2)})->count, 0);
    assert_int_equal(cache_find(c, (const uint64_t[]){2, ~UINT64_C(2)})->folder, 2);
    cache_free(c);
    buf_clear(&w.segment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_written),
        cmocka_unit_test(the_later_record_of_a_folder_counts),
        cmocka_unit_test(takes_nothing_of_what_is_damaged),
        cmocka_unit_test(forgets_the_files_of_a_folder),
    };
    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
