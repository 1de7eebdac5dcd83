// SPDX-License-Identifier: Apache-2.0
#include "source/codec_nsis.h"

#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <lzma.h>
#include <zlib.h>

enum {
    OUT = 64 * 1024,
    LZMA_MEMORY = 96 << 20,
    LZMA_PROPERTIES = 5,
    BOUNDARY = 128, /* in data_type: a block ended */
    LAST_BLOCK = 64,
    TYPE_STORED = 0,
};

/* ---- deflate ---- */

struct nsis_inflate {
    struct codec codec;
    struct input *in;
    z_stream z;
    bool boundary, ended;
    uint8_t out[OUT];
};

/* Stopped at the end of a block, zlib has not seen yet that it was the last one. */
static void note_state(struct nsis_inflate *c, int r)
{
    bool at_end = (c->z.data_type & BOUNDARY) != 0;

    c->ended = r == Z_STREAM_END || (at_end && (c->z.data_type & LAST_BLOCK));
    c->boundary = at_end && !c->ended;
}

/* Give zlib bytes of a header, which it takes without an answer. */
static int feed(struct nsis_inflate *c, const uint8_t *bytes, unsigned n, struct err *err)
{
    int r;

    c->z.next_in = bytes;
    c->z.avail_in = n;
    r = inflate(&c->z, Z_BLOCK);
    if ((r != Z_OK && r != Z_BUF_ERROR) || c->z.avail_in)
        return ERR(err, ERR_FORMAT, "nsis: damaged deflate data");
    note_state(c, r);
    return 0;
}

/*
 * At the beginning of a block: three bits, of which up to seven stand in the byte before. When it
 * is a stored one, NSIS 2 wrote its length once, and zlib wants to see it twice.
 */
static int begin_block(struct nsis_inflate *c, struct err *err)
{
    unsigned unused = (unsigned)c->z.data_type & 7, bits = 0;
    uint8_t length[4];
    struct span ahead;
    struct reader r;

    c->boundary = false;
    if (unused) {
        c->in->at--;
        TRY(input_peek(c->in, 1, &ahead, err));
        bits = ahead.n ? (unsigned)ahead.p[0] >> (8 - unused) : 0;
        c->in->at++;
    }
    TRY(input_peek(c->in, 5, &ahead, err));
    r = reader_over(ahead);
    if (unused < 3)
        bits |= (unsigned)reader_u8(&r) << unused;
    if ((bits >> 1 & 3) != TYPE_STORED || r.rest.n < 4)
        return 0;
    memcpy(length, r.rest.p, 4);
    if ((length[0] ^ length[2]) == 0xff && (length[1] ^ length[3]) == 0xff)
        return 0;
    length[2] = (uint8_t)~length[0];
    length[3] = (uint8_t)~length[1];
    if (unused < 3)
        TRY(feed(c, ahead.p, 1, err));
    TRY(feed(c, length, 4, err));
    c->in->at += (unused < 3) + 2u;
    return 0;
}

static int inflate_next(struct codec *codec, struct span *ret_piece, struct err *err)
{
    struct nsis_inflate *c = (struct nsis_inflate *)codec;

    c->z.next_out = c->out;
    c->z.avail_out = OUT;
    while (c->z.avail_out && !c->ended) {
        struct span piece;
        int r;

        while (c->boundary)
            TRY(begin_block(c, err));
        if (c->ended)
            break;
        TRY(input_next(c->in, &piece, err));
        if (piece.n == 0)
            return ERR(err, ERR_FORMAT, "nsis: the deflate data ends too early");
        c->z.next_in = piece.p;
        c->z.avail_in = (unsigned)(piece.n < UINT32_MAX ? piece.n : UINT32_MAX);
        piece.n -= c->z.avail_in;
        r = inflate(&c->z, Z_BLOCK);
        c->in->at -= piece.n + c->z.avail_in;
        if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
            return ERR(err, r == Z_MEM_ERROR ? ERR_NOMEM : ERR_FORMAT,
                       "nsis: damaged deflate data");
        note_state(c, r);
    }
    *ret_piece = (struct span){c->out, OUT - c->z.avail_out};
    return 0;
}

static void inflate_close(struct codec *codec)
{
    struct nsis_inflate *c = (struct nsis_inflate *)codec;

    inflateEnd(&c->z);
    free(c);
}

static int inflate_open(struct input *in, struct codec **ret, struct err *err)
{
    struct nsis_inflate *c = calloc(1, sizeof(*c));

    if (c && inflateInit2(&c->z, -MAX_WBITS) != Z_OK) {
        free(c);
        c = NULL;
    }
    if (!c)
        return ERR(err, ERR_NOMEM, "no memory");
    c->codec.next = inflate_next;
    c->codec.close = inflate_close;
    c->in = in;
    c->boundary = true;
    c->z.data_type = 0;
    *ret = &c->codec;
    return 0;
}

/* ---- LZMA ---- */

struct nsis_lzma {
    struct codec codec;
    struct input *in;
    lzma_stream z;
    bool begun, ended;
    uint8_t head[LZMA_PROPERTIES + 8];
    uint8_t out[OUT];
};

static int lzma_failure(lzma_ret r, struct err *err)
{
    if (r == LZMA_MEMLIMIT_ERROR)
        return ERR(err, ERR_LIMIT, "nsis: unpacking it takes more than %d MiB of memory",
                   LZMA_MEMORY >> 20);
    return ERR(err, r == LZMA_MEM_ERROR ? ERR_NOMEM : ERR_FORMAT, "nsis: damaged LZMA data");
}

static int lzma_next(struct codec *codec, struct span *ret_piece, struct err *err)
{
    struct nsis_lzma *c = (struct nsis_lzma *)codec;

    c->z.next_out = c->out;
    c->z.avail_out = OUT;
    while (c->z.avail_out && !c->ended) {
        struct span piece = {c->head, sizeof(c->head)};
        lzma_ret r;

        if (c->begun)
            TRY(input_next(c->in, &piece, err));
        if (piece.n == 0) {
            if (c->z.avail_out < OUT)
                break;
            return ERR(err, ERR_FORMAT, "nsis: the LZMA data ends too early");
        }
        c->z.next_in = piece.p;
        c->z.avail_in = piece.n;
        r = lzma_code(&c->z, LZMA_RUN);
        if (c->begun)
            c->in->at -= c->z.avail_in;
        c->begun = true;
        if (r != LZMA_OK && r != LZMA_STREAM_END && r != LZMA_BUF_ERROR)
            return lzma_failure(r, err);
        c->ended = r == LZMA_STREAM_END;
    }
    *ret_piece = (struct span){c->out, OUT - c->z.avail_out};
    return 0;
}

static void lzma_close(struct codec *codec)
{
    struct nsis_lzma *c = (struct nsis_lzma *)codec;

    lzma_end(&c->z);
    free(c);
}

/* Properties without the length that the library wants to see behind them. */
static int lzma_open(struct input *in, struct codec **ret, struct err *err)
{
    struct nsis_lzma *c = calloc(1, sizeof(*c));
    struct span bytes;
    lzma_ret r;

    if (!c)
        return ERR(err, ERR_NOMEM, "no memory");
    c->codec.next = lzma_next;
    c->codec.close = lzma_close;
    c->in = in;
    *ret = &c->codec;
    TRY(input_peek(in, LZMA_PROPERTIES, &bytes, err));
    if (bytes.n < LZMA_PROPERTIES)
        return ERR(err, ERR_FORMAT, "nsis: the LZMA data ends too early");
    memset(c->head, 0xff, sizeof(c->head));
    memcpy(c->head, bytes.p, LZMA_PROPERTIES);
    in->at += LZMA_PROPERTIES;
    r = lzma_alone_decoder(&c->z, LZMA_MEMORY);
    return r == LZMA_OK ? 0 : lzma_failure(r, err);
}

int codec_nsis_open(enum nsis_method method, struct input *in, struct codec **ret, struct err *err)
{
    struct codec *c = NULL;
    int r = method == NSIS_LZMA      ? lzma_open(in, &c, err)
            : method == NSIS_DEFLATE ? inflate_open(in, &c, err)
                                     : codec_nsis_bzip2_open(in, &c, err);

    if (r < 0)
        codec_close(c);
    else
        *ret = c;
    return r;
}
