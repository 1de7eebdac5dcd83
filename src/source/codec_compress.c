// SPDX-License-Identifier: Apache-2.0
/*
 * compress (.Z): LZW with codes of 9 to 16 bits, the lowest bit first.
 *
 *     1f 9d  flags (0x80: code 256 clears the table; 0x1f: bits of the longest code)  codes…
 *
 * Codes come in groups of eight; when their width changes, the rest of a group is unused. There is
 * no end mark and no checksum: where the file ends, the data ends.
 */
#include <stdlib.h>

#include "source/codec.h"

enum {
    BITS_FIRST = 9,
    BITS_MAX = 16,
    CODES = 1 << BITS_MAX,
    CLEAR = 256,
    OUT = 2 * CODES,
};

struct lzw {
    struct codec codec;
    struct input *in;
    struct span piece;                          /* of the input, not read yet */
    uint64_t bits;                              /* read, not used yet */
    unsigned bit_count, width, width_max, used; /* used: bits of the current group */
    bool clears, ended;
    int32_t last; /* the code before; -1 at the beginning */
    uint8_t first_byte;
    uint32_t free_code, top; /* top: the last code of this width */
    uint16_t prefix[CODES];
    uint8_t suffix[CODES];
    uint8_t string[CODES];
    uint8_t out[OUT];
};

/* `n` bits, or none at the end. */
static int take_bits(struct lzw *z, unsigned n, uint32_t *ret, struct err *err)
{
    while (z->bit_count < n) {
        if (z->piece.n == 0)
            TRY(input_next(z->in, &z->piece, err));
        if (z->piece.n == 0) {
            z->ended = true;
            return 0;
        }
        z->bits |= (uint64_t)z->piece.p[0] << z->bit_count;
        z->bit_count += 8;
        z->piece = span_from(z->piece, 1);
    }
    *ret = (uint32_t)(z->bits & ((UINT64_C(1) << n) - 1));
    z->bits >>= n;
    z->bit_count -= n;
    z->used += n;
    return 0;
}

/* From now on codes are `width` bits wide: the rest of the group is unused. */
static int set_width(struct lzw *z, unsigned width, struct err *err)
{
    unsigned group = 8 * z->width, rest = (group - z->used % group) % group;
    uint32_t unused;

    for (; rest && !z->ended; rest -= rest < 32 ? rest : 32)
        TRY(take_bits(z, rest < 32 ? rest : 32, &unused, err));
    z->used = 0;
    z->width = width;
    z->top = width == z->width_max ? 1u << width : (1u << width) - 1;
    return 0;
}

/* The bytes that `code` stands for, appended to the output. */
static int put_string(struct lzw *z, uint32_t code, size_t *made, struct err *err)
{
    uint32_t incoming = code;
    size_t at = CODES;

    if (z->last < 0) {
        if (code >= 256)
            return ERR(err, ERR_FORMAT, "compress: it does not begin with a byte");
    } else if (code >= z->free_code) {
        // The one code that may be used before it is known: the last string and its first byte.
        if (code > z->free_code)
            return ERR(err, ERR_FORMAT, "compress: a code that was never defined");
        z->string[--at] = z->first_byte;
        code = (uint32_t)z->last;
    }
    while (code >= 256 && at > 1) {
        z->string[--at] = z->suffix[code];
        code = z->prefix[code];
    }
    if (code >= 256)
        return ERR(err, ERR_FORMAT, "compress: a string without end");
    z->string[--at] = z->first_byte = (uint8_t)code;
    while (at < CODES)
        z->out[(*made)++] = z->string[at++];
    if (z->last >= 0 && z->free_code < 1u << z->width_max) {
        z->prefix[z->free_code] = (uint16_t)z->last;
        z->suffix[z->free_code] = z->first_byte;
        z->free_code++;
    }
    z->last = (int32_t)incoming;
    return 0;
}

static int lzw_next(struct codec *c, struct span *ret_piece, struct err *err)
{
    struct lzw *z = (struct lzw *)c;
    size_t made = 0;

    while (!z->ended && made + CODES <= OUT) {
        uint32_t code = 0;

        if (z->free_code > z->top && z->width < z->width_max)
            TRY(set_width(z, z->width + 1, err));
        TRY(take_bits(z, z->width, &code, err));
        if (z->ended)
            break;
        if (code == CLEAR && z->clears && z->last >= 0) {
            // The entry that the next string makes is 256, which no code can name.
            z->free_code = CLEAR;
            TRY(set_width(z, BITS_FIRST, err));
            continue;
        }
        TRY(put_string(z, code, &made, err));
    }
    *ret_piece = (struct span){z->out, made};
    return 0;
}

static void lzw_close(struct codec *c)
{
    free(c);
}

int codec_compress_open(struct input *in, struct codec **ret, struct err *err)
{
    struct lzw *z = calloc(1, sizeof(*z));
    uint32_t magic = 0, flags = 0;
    int r;

    if (!z)
        return ERR(err, ERR_NOMEM, "no memory");
    z->codec = (struct codec){lzw_next, lzw_close};
    z->in = in;
    r = take_bits(z, 16, &magic, err);
    if (r == 0)
        r = take_bits(z, 8, &flags, err);
    z->width_max = flags & 0x1f;
    if (r == 0 && (z->ended || z->width_max < BITS_FIRST || z->width_max > BITS_MAX))
        r = ERR(err, ERR_FORMAT, "compress: its header is damaged");
    if (r < 0) {
        free(z);
        return r;
    }
    z->clears = flags & 0x80;
    z->free_code = z->clears ? CLEAR + 1 : CLEAR;
    z->last = -1;
    z->width = BITS_FIRST;
    z->top = z->width == z->width_max ? 1u << z->width : (1u << z->width) - 1;
    z->used = 0;
    *ret = &z->codec;
    return 0;
}
