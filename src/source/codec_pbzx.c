// SPDX-License-Identifier: Apache-2.0
/*
 * pbzx: what the files of a macOS package are compressed with, xz in pieces.
 *
 *     "pbzx"  u64 size of pieces   { u64 size, u64 packed size, xz or the bytes as they are }…
 *
 * All big-endian. A piece that is smaller than the first number says is the last one.
 * Format: not published; as Apple's installer writes it.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "source/codec.h"

enum {
    PIECE_MAX = 32 << 20,
    FILE_HEADER = 12,
    PIECE_HEADER = 16,
};

struct pbzx {
    struct codec codec;
    struct input *in;
    uint64_t size; /* of all pieces but the last */
    struct buf packed;
    struct source_memory memory;
    struct input unpacked_in;
    struct codec *xz; /* of the piece at hand; NULL: between pieces */
    bool begun, last;
};

static void end_piece(struct pbzx *p)
{
    codec_close(p->xz);
    input_clear(&p->unpacked_in);
    p->xz = NULL;
}

static int read_packed(struct pbzx *p, uint64_t n, struct err *err)
{
    buf_reset(&p->packed);
    while (p->packed.n < n) {
        struct span piece;
        size_t left = (size_t)n - p->packed.n;
        uint64_t at = p->in->at;

        TRY(input_next(p->in, &piece, err));
        if (piece.n == 0)
            return ERR(err, ERR_FORMAT, "pbzx: it ends too early");
        piece.n = piece.n < left ? piece.n : left;
        p->in->at = at + piece.n;
        buf_bytes(&p->packed, piece.p, piece.n);
    }
    return buf_ok(&p->packed) ? 0 : ERR(err, ERR_NOMEM, "no memory");
}

static int read_number(struct pbzx *p, uint64_t *ret, struct err *err)
{
    struct span bytes;
    struct reader r;

    TRY(input_peek(p->in, 8, &bytes, err));
    r = reader_over(bytes);
    *ret = reader_u64be(&r);
    if (!reader_ok(&r))
        return ERR(err, ERR_FORMAT, "pbzx: it ends too early");
    p->in->at += 8;
    return 0;
}

static int begin(struct pbzx *p, struct err *err)
{
    p->begun = true;
    p->in->at += FILE_HEADER - 8;
    return read_number(p, &p->size, err);
}

/* The next piece: *ret_bytes is what it holds when it is not compressed. */
static int begin_piece(struct pbzx *p, struct span *ret_bytes, struct err *err)
{
    uint64_t size, packed;

    TRY(read_number(p, &size, err));
    TRY(read_number(p, &packed, err));
    if (packed > PIECE_MAX || size > PIECE_MAX)
        return ERR(err, ERR_LIMIT, "pbzx: a piece of more than %d MiB", PIECE_MAX >> 20);
    p->last = size < p->size;
    TRY(read_packed(p, packed, err));
    if (packed == size) {
        *ret_bytes = (struct span){(const uint8_t *)p->packed.p, p->packed.n};
        return 0;
    }
    source_memory_init(&p->memory, (struct span){(const uint8_t *)p->packed.p, p->packed.n});
    input_init(&p->unpacked_in, &p->memory.source, 0, p->in->budget);
    return codec_open(KIND_XZ, &p->unpacked_in, &p->xz, err);
}

static int pbzx_next(struct codec *c, struct span *ret_piece, struct err *err)
{
    struct pbzx *p = (struct pbzx *)c;

    *ret_piece = (struct span){0};
    if (!p->begun)
        TRY(begin(p, err));
    for (;;) {
        if (p->xz) {
            TRY(p->xz->next(p->xz, ret_piece, err));
            if (ret_piece->n)
                return 0;
            end_piece(p);
        }
        if (p->last)
            return 0;
        TRY(begin_piece(p, ret_piece, err));
        if (ret_piece->n)
            return 0;
    }
}

static void pbzx_close(struct codec *c)
{
    struct pbzx *p = (struct pbzx *)c;

    end_piece(p);
    buf_clear(&p->packed);
    free(p);
}

int codec_pbzx_open(struct input *in, struct codec **ret, struct err *err)
{
    struct pbzx *p = calloc(1, sizeof(*p));

    if (!p)
        return ERR(err, ERR_NOMEM, "no memory");
    p->codec = (struct codec){pbzx_next, pbzx_close};
    p->in = in;
    *ret = &p->codec;
    return 0;
}
