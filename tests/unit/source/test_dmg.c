// SPDX-License-Identifier: Apache-2.0
#include "source/dmg.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/buf.h"

enum {
    SECTOR = 512,
    SECTORS = 8,
};

static void put_be(struct buf *b, uint64_t value, unsigned bytes)
{
    while (bytes--)
        buf_char(b, (char)(bytes < 8 ? value >> 8 * bytes & 0xff : 0));
}

struct run {
    uint32_t kind;
    uint64_t start, count;
    struct span bytes;
};

static void put_base64(struct buf *to, struct span bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < bytes.n; i += 3) {
        uint32_t three = 0;

        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (i + k < bytes.n ? bytes.p[i + k] : 0u);
        for (size_t k = 0; k < 4; k++)
            buf_char(to, i + k > bytes.n ? '=' : digits[three >> (18 - 6 * k) & 63]);
        buf_char(to, '\n');
    }
}

/* An image whose table has these runs. */
static void put_dmg(struct buf *to, const struct run *runs, size_t count, uint32_t segments)
{
    auto_buf table = {0};
    uint64_t at = 0, list;

    buf_str(&table, "mish");
    put_be(&table, 1, 4);
    put_be(&table, 0, 8);
    put_be(&table, SECTORS, 8);
    put_be(&table, 0, 204 - 24 - 4);
    put_be(&table, count + 1, 4);
    for (size_t i = 0; i < count; i++) {
        buf_bytes(to, runs[i].bytes.p, runs[i].bytes.n);
        put_be(&table, runs[i].kind, 4);
        put_be(&table, 0, 4);
        put_be(&table, runs[i].start, 8);
        put_be(&table, runs[i].count, 8);
        put_be(&table, at, 8);
        put_be(&table, runs[i].bytes.n, 8);
        at += runs[i].bytes.n;
    }
    put_be(&table, UINT32_MAX, 4);
    put_be(&table, 0, 36);
    list = to->n;
    buf_str(to, "<plist><dict><key>resource-fork</key><dict><key>blkx</key><array><dict>"
                "<key>Data</key><data>\n");
    put_base64(to, (struct span){(const uint8_t *)table.p, table.n});
    buf_str(to, "</data></dict></array></dict></dict></plist>");
    at = to->n - list;
    buf_str(to, "koly");
    put_be(to, 4, 4);
    put_be(to, 512, 4);
    put_be(to, 0, 60 - 12);
    put_be(to, segments, 4);
    put_be(to, 0, 216 - 64);
    put_be(to, list, 8);
    put_be(to, at, 8);
    put_be(to, 0, 492 - 232);
    put_be(to, SECTORS, 8);
    put_be(to, 0, 12);
}

static struct span packed(struct buf *room, char fill, size_t n)
{
    uint8_t *plain = malloc(n);
    uLongf size = compressBound(n);

    memset(plain, fill, n);
    for (size_t i = 0; i < size; i++)
        buf_char(room, 0);
    assert_int_equal(compress((Bytef *)room->p, &size, plain, n), Z_OK);
    free(plain);
    return (struct span){(const uint8_t *)room->p, size};
}

/* What stands on the disk: one letter a sector; or the failure. */
static int told(struct span bytes, char sectors[SECTORS + 1], struct err *err)
{
    uint8_t *copy = malloc(bytes.n ? bytes.n : 1);
    struct source_memory memory;
    struct image *image = NULL;
    struct budget budget;
    int r;

    if (bytes.n)
        memcpy(copy, bytes.p, bytes.n);
    source_memory_init(&memory, (struct span){copy, bytes.n});
    budget_begin(&budget, &limits_default, bytes.n, NULL, NULL);
    r = dmg_open(&(struct image_file){.source = &memory.source}, &budget, &image, err);
    // backwards, so that nothing is read in order
    for (unsigned i = SECTORS; r == 0 && i-- > 0;) {
        uint8_t sector[SECTOR];
        size_t got = 0;

        r = image->raw.source.read_at(&image->raw.source, (uint64_t)i * SECTOR, sector, SECTOR,
                                      &got, err);
        sectors[i] = r == 0 && got == SECTOR && sector[0] == sector[SECTOR - 1]
                         ? sector[0] ? (char)sector[0] : '.'
                         : '?';
    }
    if (image)
        image_close(image);
    free(copy);
    sectors[SECTORS] = '\0';
    return r;
}

/* 512 bytes: a plain 'c', and copies of what came before. */
static const char adc[] = "\x80"
                          "c"
                          "\x7f\0\0\x7f\0\0\x7f\0\0\x7f\0\0\x7f\0\0\x7f\0\0\x7f\0\0\x64\0\0\x04\0";

static void sample(struct buf *to, struct buf *room)
{
    static uint8_t raw[SECTOR];

    memset(raw, 'a', sizeof(raw));

    const struct run runs[] = {
        {0x80000005, 3, 2, packed(room, 'b', (size_t)2 * SECTOR)},
        {1, 1, 1, {raw, sizeof(raw)}},
        {0, 0, 1, {0}},
        {0x80000004, 6, 1, BYTES(adc)},
        {0x7ffffffe, 0, 0, {0}},
    };

    put_dmg(to, runs, ARRAY_LEN(runs), 1);
}

static struct span bytes_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

static void the_disk_is_what_the_runs_say(void **state)
{
    auto_buf image = {0}, room = {0};
    char sectors[SECTORS + 1];
    struct err err = {0};
    (void)state;

    sample(&image, &room);
    if (told(bytes_of(&image), sectors, &err) != 0)
        fail_msg("%s", err.text);
    assert_string_equal(sectors, ".a.bb.c.");
}

static void says_what_it_cannot_read(void **state)
{
    static uint8_t raw[2 * SECTOR];
    const struct {
        const char *why;
        struct run runs[2];
        uint32_t segments;
        int result;
    } cases[] = {
        {"packed by LZFSE", {{0x80000007, 0, 1, BYTES("bvx2")}}, 1, -ERR_UNSUPPORTED},
        {"packed in a way of tomorrow", {{0x80000009, 0, 1, BYTES("x")}}, 1, -ERR_UNSUPPORTED},
        {"one of several parts", {{1, 0, 1, {raw, SECTOR}}}, 2, -ERR_UNSUPPORTED},
        {"no blocks", {{0x7ffffffe, 0, 0, {0}}}, 1, -ERR_FORMAT},
        {"behind the end", {{1, SECTORS, 1, {raw, SECTOR}}}, 1, -ERR_FORMAT},
        {"so far that it wraps", {{1, UINT64_MAX, 1, {raw, SECTOR}}}, 1, -ERR_FORMAT},
        {"too short", {{1, 0, 2, {raw, SECTOR}}}, 1, -ERR_FORMAT},
        {"overlapping", {{1, 0, 2, {raw, sizeof(raw)}}, {1, 1, 1, {raw, SECTOR}}}, 1, -ERR_FORMAT},
        {"damaged", {{0x80000005, 0, 1, BYTES("x\1 is not zlib")}}, 1, -ERR_FORMAT},
        {"copies of nothing", {{0x80000004, 0, 1, BYTES("\x7f\0\0")}}, 1, -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char sectors[SECTORS + 1];
        auto_buf image = {0};
        struct err err = {0};
        int r;

        put_dmg(&image, cases[i].runs, cases[i].runs[1].count ? 2 : 1, cases[i].segments);
        r = told(bytes_of(&image), sectors, &err);
        if (r != cases[i].result)
            fail_msg("%s: %d, %s", cases[i].why, r, err.text);
    }
}

static void a_huge_run_of_zeros_costs_nothing(void **state)
{
    const struct run runs[] = {{2, 0, SECTORS, {0}}};
    char sectors[SECTORS + 1];
    auto_buf image = {0};
    struct err err;
    (void)state;

    put_dmg(&image, runs, 1, 1);
    assert_int_equal(told(bytes_of(&image), sectors, &err), 0);
    assert_string_equal(sectors, "........");
}

static void survives_damage(void **state)
{
    auto_buf image = {0}, room = {0};
    char sectors[SECTORS + 1];
    struct err err;
    (void)state;

    sample(&image, &room);
    for (size_t i = 0; i < image.n; i++) {
        char byte = image.p[i];

        image.p[i] = (char)(byte ^ 0x55);
        (void)told(bytes_of(&image), sectors, &err);
        image.p[i] = byte;
        (void)told((struct span){(const uint8_t *)image.p, i}, sectors, &err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_disk_is_what_the_runs_say),
        cmocka_unit_test(says_what_it_cannot_read),
        cmocka_unit_test(a_huge_run_of_zeros_costs_nothing),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("dmg", tests, NULL, NULL);
}
