// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include <stdlib.h>
#include <string.h>

#include "identify/bolt.h"

extern const struct recogniser recog_containerd;

enum {
    GATE_META,
    GATE_SNAPSHOTS,
    PAGE = 4096,
    PAGES = 4,
};

/* ---- bolt files: two pages that say where the tree begins, and a leaf for the root ---- */

struct made {
    uint8_t bytes[PAGES * PAGE];
};

static void put(uint8_t *to, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t fnv(const uint8_t *p, size_t n)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < n; i++)
        sum = (sum ^ p[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static void make_meta(uint8_t *page, uint64_t number, uint64_t root, uint64_t transaction)
{
    uint8_t *meta = page + 16;

    put(page, number, 8);
    put(page + 8, 4, 2);
    put(meta, 0xED0CDAED, 4);
    put(meta + 4, 2, 4);
    put(meta + 8, PAGE, 4);
    put(meta + 16, root, 8);
    put(meta + 40, PAGES, 8);
    put(meta + 48, transaction, 8);
    put(meta + 56, fnv(meta, 56), 8);
}

/* One entry in a leaf; the bytes of the leaf. */
static size_t make_leaf(uint8_t *to, const char *key, const uint8_t *value, size_t n, bool bucket)
{
    size_t key_n = strlen(key);

    put(to + 8, 2, 2);
    put(to + 10, 1, 2);
    put(to + 16, bucket, 4);
    put(to + 20, 16, 4);
    put(to + 24, key_n, 4);
    put(to + 28, n, 4);
    memcpy(to + 32, key, key_n);
    memcpy(to + 32 + key_n, value, n);
    return 32 + key_n + n;
}

/* Buckets in buckets, each within the value of the one around it; names from the outermost. */
static void make_tree(struct made *m, const char *const *names, size_t count, const uint8_t *value,
                      size_t n)
{
    uint8_t inner[2048] = {0}, outer[2048];

    *m = (struct made){0};
    make_meta(m->bytes, 0, 3, 1);
    make_meta(m->bytes + PAGE, 1, 2, 2);
    memcpy(inner, value, n);
    for (size_t i = count; i-- > 0;) {
        bool bucket = i + 1 < count;

        memset(outer, 0, sizeof(outer));
        // A bucket that stands in its value: no page, no sequence.
        n = make_leaf(outer + (i ? 16 : 0), names[i], inner, n, bucket) + (i ? 16 : 0);
        memcpy(inner, outer, sizeof(inner));
    }
    memcpy(m->bytes + (size_t)2 * PAGE, inner, n);
    put(m->bytes + (size_t)2 * PAGE, 2, 8);
}

static struct span whole(const struct made *m)
{
    return (struct span){m->bytes, sizeof(m->bytes)};
}

#define HEX "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
static const char *const image[] = {"v1", "default", "images", "r.test/a/b:1", "target", "digest"};
static const char *const snapshot[] = {"v1", "snapshots", "default/12/sha256:" HEX, "id"};

static void make_image(struct made *m)
{
    make_tree(m, image, ARRAY_LEN(image), (const uint8_t *)"sha256:" HEX, 71);
}

static void reads_names_of_images(void **state)
{
    struct made m;
    struct spy spy;
    (void)state;

    make_image(&m);
    spy_identify(&spy, &recog_containerd, GATE_META, whole(&m));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "container installed\n"
                                    "  image=r.test/a/b:1\n"
                                    "  name=r.test/a/b\n"
                                    "  version=1\n"
                                    "  manifest=" HEX "\n");
    spy_clear(&spy);
}

static void reads_where_snapshots_are(void **state)
{
    struct made m;
    struct spy spy;
    (void)state;

    make_tree(&m, snapshot, ARRAY_LEN(snapshot), (const uint8_t *)"\xac\x02", 2);
    spy_identify(&spy, &recog_containerd, GATE_SNAPSHOTS, whole(&m));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "data contained\n"
                                    "  layer=sha256:" HEX "\n"
                                    "  layer-place=snapshots/300/fs\n");
    spy_clear(&spy);
}

static void the_newer_first_page_that_is_whole_counts(void **state)
{
    struct made m;
    struct spy spy;
    (void)state;

    // The other leads to an empty page.
    make_image(&m);
    m.bytes[PAGE + 16 + 20] ^= 1;
    spy_identify(&spy, &recog_containerd, GATE_META, whole(&m));

    assert_int_equal(spy.result, -ERR_FORMAT);
    spy_clear(&spy);
}

static void tells_other_files_from_damage(void **state)
{
    struct made ring, far, outside;
    const struct {
        const char *why;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", BYTES(""), RECOG_NOT_MINE},
        {"another file", BYTES("SQLite format 3"), RECOG_NOT_MINE},
        {"pages in a ring", whole(&ring), -ERR_FORMAT},
        {"a page beyond the end", whole(&far), -ERR_FORMAT},
        {"an entry beyond its page", whole(&outside), -ERR_FORMAT},
        {"cut short", {ring.bytes, 200}, -ERR_FORMAT},
    };
    (void)state;

    make_image(&ring);
    put(ring.bytes + (size_t)2 * PAGE + 8, 1, 2); // a branch
    put(ring.bytes + (size_t)2 * PAGE + 16 + 8, 2, 8);
    make_image(&far);
    put(far.bytes + (size_t)2 * PAGE + 8, 1, 2);
    put(far.bytes + (size_t)2 * PAGE + 16 + 8, UINT64_MAX / 2, 8);
    make_image(&outside);
    put(outside.bytes + (size_t)2 * PAGE + 28, UINT32_MAX, 4);
    // Neither of the first pages is whole.
    put(ring.bytes + 16 + 8, 0, 4);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_containerd, GATE_META, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    struct made m;
    (void)state;

    make_image(&m);
    spy_contract(&recog_containerd, GATE_META, whole(&m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_names_of_images),
        cmocka_unit_test(reads_where_snapshots_are),
        cmocka_unit_test(the_newer_first_page_that_is_whole_counts),
        cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_containerd", tests, NULL, NULL);
}
