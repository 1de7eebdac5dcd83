// SPDX-License-Identifier: Apache-2.0
#include "source/layer_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#include "trust/digest.h"

enum {
    ROOM = 256 << 10,
    GZIP_WINDOW = 15 + 16, /* with a gzip header */
    ZSTD_WINDOW_MAX = 27,  /* 128 MiB, as other readers of images allow */
};

/* ---- reading ---- */

struct layer_reader {
    int fd;
    uint64_t at, end;
    enum layer_packing packing;
    bool gzip_open, stream_ends; /* the last stream has ended; another may follow */
    z_stream gzip;
    ZSTD_DStream *zstd;
    uint8_t in[ROOM];
    size_t in_at, in_n;
};

static int fill(struct layer_reader *r, struct err *err)
{
    size_t want = r->end - r->at < ROOM ? (size_t)(r->end - r->at) : ROOM;
    ssize_t n;

    r->in_at = r->in_n = 0;
    if (want == 0)
        return 0;
    do
        n = pread(r->fd, r->in, want, (off_t)r->at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return ERR_SYS(err, "reading a layer");
    if (n == 0)
        return ERR(err, ERR_FORMAT, "a layer ends before its size");
    r->at += (uint64_t)n;
    r->in_n = (size_t)n;
    return 0;
}

static enum layer_packing packing_of(const uint8_t *p, size_t n)
{
    if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
        return LAYER_GZIP;
    if (n >= 4 && ((p[0] == 0x28 && memcmp(p + 1, "\xb5\x2f\xfd", 3) == 0) ||
                   ((p[0] & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d\x18", 3) == 0)))
        return LAYER_ZSTD;
    return LAYER_PLAIN;
}

int layer_reader_open(int fd, uint64_t offset, uint64_t size, struct layer_reader **ret,
                      struct err *err)
{
    auto_layer_reader *r = calloc(1, sizeof(*r));

    if (!r)
        return ERR(err, ERR_NOMEM, "no memory for a layer");
    r->fd = fd;
    r->at = offset;
    r->end = offset + size;
    TRY(fill(r, err));
    r->packing = packing_of(r->in, r->in_n);
    if (r->packing == LAYER_GZIP) {
        r->gzip_open = inflateInit2(&r->gzip, GZIP_WINDOW) == Z_OK;
        if (!r->gzip_open)
            return ERR(err, ERR_NOMEM, "no memory for a layer");
    }
    if (r->packing == LAYER_ZSTD) {
        r->zstd = ZSTD_createDStream();
        if (!r->zstd)
            return ERR(err, ERR_NOMEM, "no memory for a layer");
        (void)ZSTD_DCtx_setParameter(r->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_MAX);
    }
    *ret = STEAL(r);
    return 0;
}

enum layer_packing layer_reader_packing(const struct layer_reader *r)
{
    return r->packing;
}

static int inflate_some(struct layer_reader *r, uint8_t *to, size_t n, size_t *ret_n,
                        struct err *err)
{
    int code;

    if (r->stream_ends) {
        if (inflateReset(&r->gzip) != Z_OK)
            return ERR(err, ERR_FORMAT, "a layer's gzip stream cannot be begun again");
        r->stream_ends = false;
    }
    r->gzip.next_in = r->in + r->in_at;
    r->gzip.avail_in = (uInt)(r->in_n - r->in_at);
    r->gzip.next_out = to;
    r->gzip.avail_out = (uInt)(n < ROOM ? n : ROOM);
    code = inflate(&r->gzip, Z_NO_FLUSH);
    *ret_n = (size_t)(r->gzip.next_out - to);
    r->in_at = r->in_n - r->gzip.avail_in;
    if (code == Z_STREAM_END)
        r->stream_ends = true;
    else if (code != Z_OK && code != Z_BUF_ERROR)
        return ERR(err, code == Z_MEM_ERROR ? ERR_NOMEM : ERR_FORMAT, "a layer is no sound gzip");
    return 0;
}

static int unpack_some(struct layer_reader *r, uint8_t *to, size_t n, size_t *ret_n,
                       struct err *err)
{
    ZSTD_inBuffer in = {r->in, r->in_n, r->in_at};
    ZSTD_outBuffer out = {to, n, 0};
    size_t left;

    if (r->packing == LAYER_GZIP)
        return inflate_some(r, to, n, ret_n, err);
    if (r->packing == LAYER_PLAIN) {
        *ret_n = r->in_n - r->in_at < n ? r->in_n - r->in_at : n;
        memcpy(to, r->in + r->in_at, *ret_n);
        r->in_at += *ret_n;
        return 0;
    }
    left = ZSTD_decompressStream(r->zstd, &out, &in);
    if (ZSTD_isError(left))
        return ERR(err, ERR_FORMAT, "a layer is no sound zstd: %s", ZSTD_getErrorName(left));
    r->in_at = in.pos;
    r->stream_ends = left == 0;
    *ret_n = out.pos;
    return 0;
}

int layer_read(struct layer_reader *r, void *to, size_t n, size_t *ret_n, struct err *err)
{
    size_t done = 0;

    while (done < n) {
        size_t some = 0;

        if (r->in_at == r->in_n)
            TRY(fill(r, err));
        if (r->in_n == 0 && (r->packing == LAYER_PLAIN || r->stream_ends))
            break;
        TRY(unpack_some(r, (uint8_t *)to + done, n - done, &some, err));
        if (some == 0 && r->in_n == 0)
            return ERR(err, ERR_FORMAT, "a layer breaks off");
        done += some;
    }
    *ret_n = done;
    return 0;
}

void layer_reader_auto(struct layer_reader **r)
{
    if (!*r)
        return;
    if ((*r)->gzip_open)
        (void)inflateEnd(&(*r)->gzip);
    (void)ZSTD_freeDStream((*r)->zstd);
    free(*r);
}

/* ---- writing ---- */

struct layer_writer {
    int fd;
    enum layer_packing packing;
    bool gzip_open;
    z_stream gzip;
    ZSTD_CStream *zstd;
    struct digest packed, plain;
    uint64_t size;
    uint8_t out[ROOM];
};

int layer_writer_open(int fd, enum layer_packing packing, struct layer_writer **ret,
                      struct err *err)
{
    auto_layer_writer *w = calloc(1, sizeof(*w));

    if (!w)
        return ERR(err, ERR_NOMEM, "no memory for a layer");
    w->fd = fd;
    w->packing = packing;
    digest_init(&w->packed, DIGEST_SHA256);
    digest_init(&w->plain, DIGEST_SHA256);
    if (packing == LAYER_GZIP)
        w->gzip_open = deflateInit2(&w->gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8,
                                    Z_DEFAULT_STRATEGY) == Z_OK;
    if (packing == LAYER_ZSTD)
        w->zstd = ZSTD_createCStream();
    if ((packing == LAYER_GZIP && !w->gzip_open) || (packing == LAYER_ZSTD && !w->zstd))
        return ERR(err, ERR_NOMEM, "no memory for a layer");
    *ret = STEAL(w);
    return 0;
}

static int put(struct layer_writer *w, const uint8_t *p, size_t n, struct err *err)
{
    digest_update(&w->packed, (struct span){p, n});
    w->size += n;
    while (w->fd >= 0 && n) {
        ssize_t some = write(w->fd, p, n);

        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0)
            return ERR_SYS(err, "writing a layer");
        p += some;
        n -= (size_t)some;
    }
    return 0;
}

static int deflate_all(struct layer_writer *w, const uint8_t *p, size_t n, bool end,
                       struct err *err)
{
    w->gzip.next_in = (Bytef *)(uintptr_t)p;
    w->gzip.avail_in = (uInt)n;
    do {
        w->gzip.next_out = w->out;
        w->gzip.avail_out = ROOM;
        if (deflate(&w->gzip, end ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR)
            return ERR(err, ERR_IO, "packing a layer failed");
        TRY(put(w, w->out, ROOM - w->gzip.avail_out, err));
    } while (w->gzip.avail_out == 0);
    return 0;
}

static int compress_all(struct layer_writer *w, const uint8_t *p, size_t n, bool end,
                        struct err *err)
{
    ZSTD_inBuffer in = {p, n, 0};
    size_t left;

    do {
        ZSTD_outBuffer out = {w->out, ROOM, 0};

        left = ZSTD_compressStream2(w->zstd, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return ERR(err, ERR_IO, "packing a layer failed: %s", ZSTD_getErrorName(left));
        TRY(put(w, w->out, out.pos, err));
    } while (in.pos < in.size || (end && left));
    return 0;
}

static int pack(struct layer_writer *w, const uint8_t *p, size_t n, bool end, struct err *err)
{
    if (w->packing == LAYER_GZIP)
        return deflate_all(w, p, n, end, err);
    if (w->packing == LAYER_ZSTD)
        return compress_all(w, p, n, end, err);
    return put(w, p, n, err);
}

int layer_write(struct layer_writer *w, const void *p, size_t n, struct err *err)
{
    digest_update(&w->plain, (struct span){p, n});
    while (n) {
        size_t some = n < ROOM ? n : ROOM;

        TRY(pack(w, p, some, false, err));
        p = (const uint8_t *)p + some;
        n -= some;
    }
    return 0;
}

int layer_writer_finish(struct layer_writer *w, struct layer_digests *ret, struct err *err)
{
    uint8_t packed[DIGEST_MAX], plain[DIGEST_MAX];

    TRY(pack(w, w->out, 0, true, err));
    TRY(digest_finish(&w->packed, packed, err));
    TRY(digest_finish(&w->plain, plain, err));
    digest_hex((struct span){packed, DIGEST_SHA256_SIZE}, ret->packed);
    digest_hex((struct span){plain, DIGEST_SHA256_SIZE}, ret->plain);
    ret->size = w->size;
    return 0;
}

void layer_writer_auto(struct layer_writer **w)
{
    if (!*w)
        return;
    if ((*w)->gzip_open)
        (void)deflateEnd(&(*w)->gzip);
    (void)ZSTD_freeCStream((*w)->zstd);
    digest_clear(&(*w)->packed);
    digest_clear(&(*w)->plain);
    free(*w);
}
