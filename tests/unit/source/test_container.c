// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <archive.h>

#include "base/clock.h"
#include "support/packed.h"

static const struct packed_file two[] = {
    {"a/one.txt", {"the first", 9}}, {"two", {"the second", 10}}, {0}};

static const struct {
    const char *why;
    int format, filter;
} kinds[] = {
    {"zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE},
    {"tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE},
    {"tar, pax", ARCHIVE_FORMAT_TAR_PAX_RESTRICTED, ARCHIVE_FILTER_NONE},
    {"tar, gzip", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP},
    {"tar, bzip2", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_BZIP2},
    {"tar, xz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_XZ},
    {"tar, lzma", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_LZMA},
    {"tar, lzip", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_LZIP},
    {"tar, zstd", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD},
    {"tar, lz4", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_LZ4},
    {"tar, compress", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_COMPRESS},
    {"cpio, newc", ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_NONE},
    {"cpio, odc", ARCHIVE_FORMAT_CPIO_POSIX, ARCHIVE_FILTER_NONE},
    {"cpio, gzip", ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_GZIP},
    {"7z", ARCHIVE_FORMAT_7ZIP, ARCHIVE_FILTER_NONE},
    {"xar", ARCHIVE_FORMAT_XAR, ARCHIVE_FILTER_NONE},
    {"iso", ARCHIVE_FORMAT_ISO9660, ARCHIVE_FILTER_NONE},
};

static void pack(size_t kind, struct buf *to)
{
    packed_archive(kinds[kind].format, kinds[kind].filter, two, to);
}

static struct span span_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

static void tells_the_entries_of_every_kind(void **state)
{
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct unpacking how = {.limits = limits_default, .name = "x"};
        auto_buf bytes = {0}, told = {0};

        pack(i, &bytes);
        unpack_told(span_of(&bytes), &how, &told);
        if (strcmp(told.p, "a/one.txt 9 the first\ntwo 10 the second\nended") != 0)
            fail_msg("%s: %s", kinds[i].why, told.p);
    }
}

static void reads_in_order_what_comes_once(void **state)
{
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct unpacking how = {.limits = limits_default, .name = "x", .once = true, .keep = true};
        auto_buf bytes = {0}, told = {0};

        pack(i, &bytes);
        if (kind_is_random(kind_of(span_of(&bytes), bytes.n)))
            continue;
        unpack_told(span_of(&bytes), &how, &told);
        if (strcmp(told.p, "a/one.txt 9 the first\ntwo 10 the second\nended") != 0)
            fail_msg("%s: %s", kinds[i].why, told.p);
    }
}

/* A file of one kind that was cut or changed ends, and says so or not; it never crashes or hangs.
 */
static void try_damaged(const char *why, struct span bytes)
{
    struct unpacking how = {.limits = limits_default, .name = "x", .keep = true, .quiet = true};
    auto_buf told = {0};

    (void)why;
    how.limits.bytes = 1 << 20;
    how.limits.entries = 1000;
    unpack_told(bytes, &how, &told);
    assert_true(buf_ok(&told));
    how.once = !kind_is_random(kind_of(bytes, bytes.n));
    unpack_told(bytes, &how, &told);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void survives_damage(void **state)
{
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        auto_buf bytes = {0};
        uint32_t seed = 1;
        size_t points;

        pack(i, &bytes);
        // All there are in a small one, and some of a large one.
        points = bytes.n < 1500 ? bytes.n : 700;
        for (size_t k = 0; k < points; k++) {
            size_t at = points == bytes.n ? k : next_random(&seed) % bytes.n;
            char was = bytes.p[at];

            try_damaged(kinds[i].why, (struct span){(const uint8_t *)bytes.p, at});
            bytes.p[at] = (char)(was ^ (1 << k % 8));
            try_damaged(kinds[i].why, span_of(&bytes));
            bytes.p[at] = (char)~was;
            try_damaged(kinds[i].why, span_of(&bytes));
            bytes.p[at] = was;
        }
    }
}

static void says_that_a_cut_archive_is_damaged(void **state)
{
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct unpacking how = {.limits = limits_default, .name = "x", .quiet = true};
        auto_buf bytes = {0}, told = {0};

        // LZW has neither an end nor a checksum: the tar archive in it is whole.
        if (kinds[i].filter == ARCHIVE_FILTER_COMPRESS)
            continue;
        pack(i, &bytes);
        unpack_told((struct span){(const uint8_t *)bytes.p, bytes.n / 2}, &how, &told);
        if (!sv_starts(buf_view(&told), SV("damaged: ")))
            fail_msg("%s: %s", kinds[i].why, told.p);
    }
}

static void names_one_compressed_file_after_the_outer_one(void **state)
{
    const struct {
        const char *name, *told;
    } cases[] = {
        {"notes.txt.gz", "notes.txt 5 hello\nended"},
        {"NOTES.TXT.GZ", "NOTES.TXT 5 hello\nended"},
        {"picture.svgz", "picture.svg 5 hello\nended"},
        {"blob", "blob 5 hello\nended"},
        {".gz", ".gz 5 hello\nended"},
    };
    const struct packed_file one[] = {{"ignored", SV("hello")}, {0}};
    auto_buf bytes = {0};
    (void)state;

    packed_archive(ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, one, &bytes);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct unpacking how = {.limits = limits_default, .name = cases[i].name};
        auto_buf told = {0};

        unpack_told(span_of(&bytes), &how, &told);
        assert_string_equal(told.p, cases[i].told);
    }
}

static void follows_a_chain_of_cpio_archives(void **state)
{
    const struct packed_file early[] = {{"early", SV("x")}, {0}};
    struct unpacking how = {.limits = limits_default, .name = "initrd"};
    auto_buf bytes = {0}, told = {0};
    (void)state;

    packed_archive(ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_NONE, early, &bytes);
    packed_archive(ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_NONE, two, &bytes);
    packed_archive(ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_GZIP, two, &bytes);
    unpack_told(span_of(&bytes), &how, &told);

    assert_string_equal(told.p, "early 1 x\na/one.txt 9 the first\ntwo 10 the second\n"
                                "a/one.txt 9 the first\ntwo 10 the second\nended");
}

static void says_what_follows_a_cpio_archive_and_is_none(void **state)
{
    struct unpacking how = {.limits = limits_default, .name = "initrd", .quiet = true};
    auto_buf bytes = {0}, told = {0};
    (void)state;

    packed_archive(ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, ARCHIVE_FILTER_NONE, two, &bytes);
    buf_str(&bytes, "something else");
    unpack_told(span_of(&bytes), &how, &told);

    assert_true(sv_starts(buf_view(&told), SV("damaged: cpio: something else follows it")));
}

static void ends_at_each_limit(void **state)
{
    char zeros[4096] = {0};
    const struct packed_file files[] = {
        {"a", {zeros, sizeof(zeros)}}, {"b", {zeros, sizeof(zeros)}}, {0}};
    struct unpacking how = {.limits = limits_default, .name = "x", .keep = true, .quiet = true};
    auto_buf bytes = {0}, told = {0};
    (void)state;

    packed_archive(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, files, &bytes);
    how.limits.bytes = 5000;
    unpack_told(span_of(&bytes), &how, &told);
    assert_true(sv_starts(buf_view(&told), SV("limit-bytes: ")));

    buf_reset(&told);
    how.limits = limits_default;
    how.limits.entries = 1;
    unpack_told(span_of(&bytes), &how, &told);
    assert_true(sv_starts(buf_view(&told), SV("limit-entries: ")));
}

static void spills_what_is_too_large_for_memory(void **state)
{
    char bytes_of_a[70000];
    const struct packed_file files[] = {{"a", {bytes_of_a, sizeof(bytes_of_a)}}, {0}};
    struct unpacking how = {.limits = limits_default, .name = "x", .keep = true};
    auto_buf bytes = {0}, told = {0};
    (void)state;

    memset(bytes_of_a, 'a', sizeof(bytes_of_a));
    packed_archive(ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, files, &bytes);
    how.limits.memory = 20000;
    unpack_told(span_of(&bytes), &how, &told);
    assert_string_equal(told.p, "a 70000 aaaaaaaaaaaaaaaaaaaaaaaa\nended");

    buf_reset(&told);
    how.limits.spill = 60000;
    unpack_told(span_of(&bytes), &how, &told);
    assert_string_equal(told.p, "a limit-bytes\nended");
}

static void counts_what_a_zip_says_is_in_it(void **state)
{
    struct unpacking how = {.limits = limits_default, .name = "x", .quiet = true};
    auto_buf bytes = {0}, told = {0};
    (void)state;

    packed_archive(ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, two, &bytes);
    bytes.p[bytes.n - 22 + 8] = bytes.p[bytes.n - 22 + 10] = 3;
    unpack_told(span_of(&bytes), &how, &told);

    assert_string_equal(told.p, "damaged: zip: it says that 3 entries are in it, and 2 were found");
}

static void settles_what_is_no_container(void **state)
{
    uint8_t zeros[40000] = {0};
    struct unpacking how = {.limits = limits_default, .name = "x"};
    struct span cases[] = {
        {zeros, sizeof(zeros)},
        BYTES("MZ and no program"),
        BYTES("#!/bin/sh\n\0\n"),
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf told = {0};

        assert_int_not_equal(kind_of(cases[i], cases[i].n), KIND_NONE);
        unpack_told(cases[i], &how, &told);
        assert_string_equal(told.p, "not a container");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_the_entries_of_every_kind),
        cmocka_unit_test(reads_in_order_what_comes_once),
        cmocka_unit_test(says_that_a_cut_archive_is_damaged),
        cmocka_unit_test(names_one_compressed_file_after_the_outer_one),
        cmocka_unit_test(follows_a_chain_of_cpio_archives),
        cmocka_unit_test(says_what_follows_a_cpio_archive_and_is_none),
        cmocka_unit_test(ends_at_each_limit),
        cmocka_unit_test(spills_what_is_too_large_for_memory),
        cmocka_unit_test(counts_what_a_zip_says_is_in_it),
        cmocka_unit_test(settles_what_is_no_container),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("container", tests, NULL, NULL);
}
