// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <zlib.h>

#include "source/codec.h"
#include "support/spy.h"

/* What a codec makes of bytes, and how it ended. */
static int unpacked(enum container_kind kind, struct span bytes, struct buf *to)
{
    struct source_memory memory;
    struct codec *codec = NULL;
    struct budget budget;
    struct input in;
    struct span piece;
    struct err err;
    int r;

    source_memory_init(&memory, bytes);
    budget_begin(&budget, &limits_default, bytes.n, NULL, NULL);
    input_init(&in, &memory.source, 0, &budget);
    r = codec_open(kind, &in, &codec, &err);
    while (r == 0 && (r = codec->next(codec, &piece, &err)) == 0 && piece.n)
        buf_bytes(to, piece.p, piece.n);
    codec_close(codec);
    input_clear(&in);
    return r;
}

static struct span span_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

static void put_gzip(struct buf *to, const char *text, size_t n)
{
    uint8_t room[4096];
    z_stream z = {0};

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)n;
    z.next_out = room;
    z.avail_out = sizeof(room);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    buf_bytes(to, room, sizeof(room) - z.avail_out);
    (void)deflateEnd(&z);
}

static void gzip_members_are_one_file(void **state)
{
    auto_buf bytes = {0}, told = {0};
    (void)state;

    put_gzip(&bytes, "one ", 4);
    put_gzip(&bytes, "", 0);
    put_gzip(&bytes, "two", 3);
    buf_bytes(&bytes, "\0\0\0", 3);
    assert_int_equal(unpacked(KIND_GZIP, span_of(&bytes), &told), 0);
    assert_string_equal(told.p, "one two");
}

static void gzip_gives_what_came_before_the_damage(void **state)
{
    auto_buf bytes = {0}, told = {0};
    char text[3000];
    uint32_t seed = 1;
    (void)state;

    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
    put_gzip(&bytes, text, sizeof(text));
    bytes.n -= 200;
    assert_int_equal(unpacked(KIND_GZIP, span_of(&bytes), &told), -ERR_FORMAT);
    assert_true(told.n > 1000 && memcmp(told.p, text, told.n) == 0);
}

static void gzip_checks_its_checksum(void **state)
{
    auto_buf bytes = {0}, told = {0};
    (void)state;

    put_gzip(&bytes, "hello", 5);
    bytes.p[bytes.n - 8] = (char)(bytes.p[bytes.n - 8] ^ 1);
    assert_int_equal(unpacked(KIND_GZIP, span_of(&bytes), &told), -ERR_FORMAT);
}

/* "aaaaaa" as ncompress writes it: the codes 'a', 257 (before it is known), 258. */
static void compress_uses_a_code_before_it_is_known(void **state)
{
    auto_buf told = {0};
    (void)state;

    assert_int_equal(unpacked(KIND_COMPRESS, BYTES("\x1f\x9d\x90\x61\x02\x0a\x04"), &told), 0);
    assert_string_equal(told.p, "aaaaaa");
}

static void compress_refuses_codes_that_cannot_be(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
    } cases[] = {
        {"no header", BYTES("\x1f\x9d")},
        {"codes of 8 bits", BYTES("\x1f\x9d\x88\x61")},
        {"codes of 17 bits", BYTES("\x1f\x9d\x91\x61")},
        {"begins with a string", BYTES("\x1f\x9d\x90\x01\x01\0")},
        {"a string of tomorrow", BYTES("\x1f\x9d\x90\x61\x0a\x06")},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf told = {0};

        if (unpacked(KIND_COMPRESS, cases[i].bytes, &told) != -ERR_FORMAT)
            fail_msg("%s", cases[i].why);
    }
}

static void compress_survives_any_codes(void **state)
{
    uint8_t bytes[3000] = "\x1f\x9d\x90";
    uint32_t seed = 1;
    (void)state;

    for (unsigned round = 0; round < 200; round++) {
        auto_buf told = {0};

        for (size_t i = 3; i < sizeof(bytes); i++) {
            seed = seed * 1664525 + 1013904223;
            // Mostly small codes, so that it gets far.
            bytes[i] = (uint8_t)(i % 9 ? seed >> 24 & 0x55 : seed >> 24);
        }
        bytes[2] = (uint8_t)(0x80 | (9 + round % 8));
        (void)unpacked(KIND_COMPRESS, (struct span){bytes, sizeof(bytes)}, &told);
    }
}

static void zstd_says_that_it_would_take_too_much_memory(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        int result;
    } cases[] = {
        {"a window of 2 GiB", BYTES("\x28\xb5\x2f\xfd\0\xa8\1\0\0"), -ERR_LIMIT},
        {"one segment of 1 GiB", BYTES("\x28\xb5\x2f\xfd\xa0\0\0\0\x40\1\0\0"), -ERR_LIMIT},
        {"a window of 128 MiB", BYTES("\x28\xb5\x2f\xfd\0\x88\1\0\0"), 0},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf told = {0};

        if (unpacked(KIND_ZSTD, cases[i].bytes, &told) != cases[i].result)
            fail_msg("%s", cases[i].why);
    }
}

/* Pieces of four bytes, kept as they are. */
#define PBZX "pbzx\0\0\0\0\0\0\0\4"
#define PBZX_PIECE "\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\4"
#define PBZX_LAST "\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\2"

static void pbzx_ends_with_a_smaller_piece(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        int result;
        const char *text;
    } cases[] = {
        {"three pieces", BYTES(PBZX PBZX_PIECE "abcd" PBZX_PIECE "efgh" PBZX_LAST "ij and more"), 0,
         "abcdefghij"},
        {"no last piece", BYTES(PBZX PBZX_PIECE "abcd"), -ERR_FORMAT, "abcd"},
        {"a piece that ends early", BYTES(PBZX PBZX_PIECE "abc"), -ERR_FORMAT, NULL},
        {"a piece that is not xz",
         BYTES(PBZX "\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\3"
                    "abc"),
         -ERR_FORMAT, NULL},
        {"a huge piece", BYTES(PBZX "\0\0\0\0\0\0\0\4\0\0\0\1\0\0\0\0"), -ERR_LIMIT, NULL},
        {"nothing", BYTES("pbzx\0\0"), -ERR_FORMAT, NULL},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf told = {0};
        int r = unpacked(KIND_PBZX, cases[i].bytes, &told);

        if (r != cases[i].result ||
            (cases[i].text ? !told.p || strcmp(told.p, cases[i].text) != 0 : told.n != 0))
            fail_msg("%s: %d, '%s'", cases[i].why, r, told.p ? told.p : "");
    }
}

/* "abc", deflated as it is. */
#define OSTREE(length) \
    "\0\0\0" length "\0\0\0\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\x81\xa4\0\0\0\0\0\x19"
#define DEFLATED \
    "\1\3\0\xfc\xff" \
    "abc"

static void an_object_of_ostree_stands_behind_its_header(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        int result;
        const char *text;
    } cases[] = {
        {"a file", BYTES(OSTREE("\x1a") DEFLATED), 0, "abc"},
        {"with something behind it", BYTES(OSTREE("\x1a") DEFLATED "\x1f\x8b more"), 0, "abc"},
        {"cut short",
         BYTES(OSTREE("\x1a") "\1\3\0\xfc\xff"
                              "ab"),
         -ERR_FORMAT, "ab"},
        {"another compression", BYTES(OSTREE("\x1a") "\xff\xff"), -ERR_FORMAT, NULL},
        {"less than its header", BYTES(OSTREE("\x7a") DEFLATED), -ERR_FORMAT, NULL},
        {"nothing", BYTES("\0\0\0"), -ERR_FORMAT, NULL},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf told = {0};
        int r = unpacked(KIND_OSTREE, cases[i].bytes, &told);

        if (r != cases[i].result ||
            (cases[i].text ? !told.p || strcmp(told.p, cases[i].text) != 0 : told.n != 0))
            fail_msg("%s: %d, '%s'", cases[i].why, r, told.p ? told.p : "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_of_ostree_stands_behind_its_header),
        cmocka_unit_test(pbzx_ends_with_a_smaller_piece),
        cmocka_unit_test(gzip_members_are_one_file),
        cmocka_unit_test(gzip_gives_what_came_before_the_damage),
        cmocka_unit_test(gzip_checks_its_checksum),
        cmocka_unit_test(compress_uses_a_code_before_it_is_known),
        cmocka_unit_test(compress_refuses_codes_that_cannot_be),
        cmocka_unit_test(compress_survives_any_codes),
        cmocka_unit_test(zstd_says_that_it_would_take_too_much_memory),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
