// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "source/codec_nsis.h"

static int unpacked(enum nsis_method method, struct span bytes, struct buf *to)
{
    struct budget budget;
    struct source_memory memory;
    struct codec *codec = NULL;
    struct input in;
    struct span piece;
    struct err err;
    uint8_t *exact = malloc(bytes.n + !bytes.n);
    int r;

    memcpy(exact, bytes.p, bytes.n);
    source_memory_init(&memory, (struct span){exact, bytes.n});
    budget_begin(&budget, &limits_default, bytes.n, NULL, NULL);
    input_init(&in, &memory.source, 0, &budget);
    r = codec_nsis_open(method, &in, &codec, &err);
    while (r == 0 && (r = codec->next(codec, &piece, &err)) == 0 && piece.n && to->n < 1 << 20)
        buf_bytes(to, piece.p, piece.n);
    codec_close(codec);
    input_clear(&in);
    free(exact);
    return r;
}

#define STORED "\1\5\0hello"
#define TWICE "\1\5\0\xfa\xffhello"
/* An empty block with fixed codes is ten bits: 0, 1 0 and seven zeros. */
#define EMPTY_THEN_STORED "\x02\x04\5\0hello"

static void a_stored_block_may_have_one_length_or_two(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        const char *text; /* NULL: damaged */
    } cases[] = {
        {"once, as NSIS 2 writes", BYTES(STORED), "hello"},
        {"twice, as everybody else", BYTES(TWICE), "hello"},
        {"behind a block that ends within a byte", BYTES(EMPTY_THEN_STORED), "hello"},
        {"cut", BYTES("\1\5\0hel"), NULL},
        {"nothing", BYTES(""), NULL},
        {"a kind of block that there is not", BYTES("\7\0\0\0\0"), NULL},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf text = {0};
        int r = unpacked(NSIS_DEFLATE, cases[i].bytes, &text);

        if (r != (cases[i].text ? 0 : -ERR_FORMAT) ||
            (cases[i].text && !sv_eq(buf_view(&text), sv_str(cases[i].text))))
            fail_msg("%s: got %d, '%s'", cases[i].why, r, text.p ? text.p : "");
    }
}

static void damage_ends(void **state)
{
    static const char lzma[] = "\x5d\0\0\x80\0\0\x41\2\x7c\x17\xbc\0\x7c\xc1\x87\x57";
    static const char bzip2[] = "\x31\0\0\1\x20\0\x40\0\x40\0\x40\x11\x22\x33\x44\x55\x66\x77\x17";
    (void)state;

    for (unsigned seed = 1; seed < 3000; seed++) {
        char bytes[64];
        uint32_t dice = seed * 2654435761u;
        enum nsis_method method = NSIS_DEFLATE + seed % 3;
        auto_buf text = {0};

        for (size_t i = 0; i < sizeof(bytes); i++) {
            dice = dice * 1664525 + 1013904223;
            bytes[i] = (char)(dice >> 24);
        }
        if (method == NSIS_LZMA)
            memcpy(bytes, lzma, 5 + seed % 12);
        if (method == NSIS_BZIP2)
            memcpy(bytes, bzip2, 1 + seed % 12);
        (void)unpacked(method, (struct span){(const uint8_t *)bytes, seed % sizeof(bytes)}, &text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stored_block_may_have_one_length_or_two),
        cmocka_unit_test(damage_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
