// SPDX-License-Identifier: Apache-2.0
/*
 * gzip, by zlib itself: most compressed files of a machine are small ones of this kind, of which
 * only the beginning is wanted. Members that follow each other are one file.
 * Format: RFC 1952
 */
#include <stdlib.h>

#include <zlib.h>

#include "source/codec.h"

enum {
    OUT_FIRST = SOURCE_HEAD,
    OUT = 128 * 1024,
};

struct gzip {
    struct codec codec;
    struct input *in;
    z_stream z;
    bool between; /* after a member */
    bool bare;    /* deflated, without members */
    bool ended, begun;
    int failed; /* told once what came before it was given */
    struct err why;
    uint8_t out[OUT];
};

/* After a member: the next one, or padding that says nothing. */
static int next_member(struct gzip *g, struct err *err)
{
    struct span more;

    TRY(input_peek(g->in, 2, &more, err));
    if (g->bare || more.n < 2 || more.p[0] != 0x1f || more.p[1] != 0x8b) {
        g->ended = true;
        return 0;
    }
    g->between = false;
    if (inflateReset(&g->z) != Z_OK)
        return ERR(err, ERR_FORMAT, "gzip: no member follows");
    return 0;
}

/* Inflate one piece of input; *made grows by what came out of it. */
static int inflate_some(struct gzip *g, size_t room, size_t *made, struct err *err)
{
    struct span piece;
    uint64_t at = g->in->at;
    int r;

    TRY(input_next(g->in, &piece, err));
    if (piece.n == 0)
        return ERR(err, ERR_FORMAT, "gzip: it ends too early");
    g->z.next_in = (Bytef *)(uintptr_t)piece.p; // zlib only reads it
    g->z.avail_in = (uInt)(piece.n < UINT32_MAX ? piece.n : UINT32_MAX);
    piece.n = g->z.avail_in;
    g->z.next_out = g->out + *made;
    g->z.avail_out = (uInt)(room - *made);
    r = inflate(&g->z, Z_NO_FLUSH);
    *made = room - g->z.avail_out;
    g->in->at = at + piece.n - g->z.avail_in;
    if (r == Z_STREAM_END)
        g->between = true;
    else if (r == Z_MEM_ERROR)
        return ERR(err, ERR_NOMEM, "no memory to unpack it");
    else if (r != Z_OK && r != Z_BUF_ERROR)
        return ERR(err, ERR_FORMAT, "gzip: %s", g->z.msg ? g->z.msg : "the data is damaged");
    return 0;
}

static int gzip_next(struct codec *c, struct span *ret_piece, struct err *err)
{
    struct gzip *g = (struct gzip *)c;
    size_t room = g->begun ? OUT : OUT_FIRST, made = 0;

    g->begun = true;
    while (!g->ended && !g->failed && made < room)
        g->failed = g->between ? next_member(g, &g->why) : inflate_some(g, room, &made, &g->why);
    if (g->failed && made == 0) {
        *err = g->why;
        return g->failed;
    }
    *ret_piece = (struct span){g->out, made};
    return 0;
}

static void gzip_close(struct codec *c)
{
    struct gzip *g = (struct gzip *)c;

    (void)inflateEnd(&g->z);
    free(g);
}

static int open_with(struct input *in, bool bare, struct codec **ret, struct err *err)
{
    struct gzip *g = malloc(sizeof(*g));

    if (!g)
        return ERR(err, ERR_NOMEM, "no memory");
    g->codec = (struct codec){gzip_next, gzip_close};
    g->in = in;
    g->z = (z_stream){0};
    g->bare = bare;
    g->between = g->ended = g->begun = false;
    g->failed = 0;
    if (inflateInit2(&g->z, bare ? -15 : 15 + 16) != Z_OK) {
        free(g);
        return ERR(err, ERR_NOMEM, "no memory");
    }
    *ret = &g->codec;
    return 0;
}

int codec_gzip_open(struct input *in, struct codec **ret, struct err *err)
{
    return open_with(in, false, ret, err);
}

int codec_ostree_open(struct input *in, struct codec **ret, struct err *err)
{
    struct span head;
    struct reader r;
    uint32_t length;

    TRY(input_peek(in, 8, &head, err));
    r = reader_over(head);
    length = reader_u32be(&r);
    if (!reader_ok(&r) || length > INPUT_PIECE - 8)
        return ERR(err, ERR_FORMAT, "ostree: an object without a header");
    TRY(input_peek(in, 8 + (size_t)length, &head, err));
    if (head.n < 8 + (size_t)length)
        return ERR(err, ERR_FORMAT, "ostree: it ends within its header");
    in->at += 8 + (uint64_t)length;
    return open_with(in, true, ret, err);
}
