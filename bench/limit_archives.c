// SPDX-License-Identifier: Apache-2.0
#include "limit_archives.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <bzlib.h>
#include <libdeflate.h>
#include <lzma.h>
#include <zstd.h>

enum {
    DEPTH_MAX = 16,
    ROOM_FIRST = 1 << 20,
    TAR_BLOCK = 512,
    PIECE_MAX = 1 << 30, /* of one call to Vectorscan */
};

#define ROOM_MAX ((size_t)4 << 30)

/* What was decompressed at one depth; it is used again for the next at this depth. */
struct level {
    uint8_t *bytes;
    size_t n, room;
};

struct unpacker {
    const hs_database_t *patterns;
    hs_scratch_t *scratch;
    struct libdeflate_decompressor *deflate;
    ZSTD_DCtx *zstd;
    struct level levels[DEPTH_MAX];
    uint64_t bytes, hits;
};

struct unpacker *unpacker_new(const hs_database_t *patterns)
{
    struct unpacker *u = calloc(1, sizeof(*u));

    if (!u)
        return NULL;
    u->patterns = patterns;
    u->deflate = libdeflate_alloc_decompressor();
    u->zstd = ZSTD_createDCtx();
    if (!u->deflate || !u->zstd || hs_alloc_scratch(patterns, &u->scratch) != HS_SUCCESS)
        return NULL;
    return u;
}

uint64_t unpacker_bytes(const struct unpacker *u)
{
    return u->bytes;
}

uint64_t unpacker_hits(const struct unpacker *u)
{
    return u->hits;
}

/* ---- room for what comes out ---- */

static bool grow(struct level *l, size_t room)
{
    uint8_t *bigger;

    if (room <= l->room)
        return true;
    if (room > ROOM_MAX)
        return false;
    bigger = realloc(l->bytes, room);
    if (!bigger)
        return false;
    l->bytes = bigger;
    l->room = room;
    return true;
}

static bool double_room(struct level *l)
{
    return grow(l, l->room ? 2 * l->room : ROOM_FIRST);
}

/* ---- the codecs: true when all of it came out ---- */

static bool gunzip(struct unpacker *u, struct level *l, const uint8_t *p, size_t n)
{
    size_t used = 0, made = 0;

    l->n = 0;
    for (size_t at = 0; at + 18 <= n && p[at] == 0x1f && p[at + 1] == 0x8b; at += used) {
        enum libdeflate_result r;

        do {
            r = libdeflate_gzip_decompress_ex(u->deflate, p + at, n - at, l->bytes + l->n,
                                              l->room - l->n, &used, &made);
        } while (r == LIBDEFLATE_INSUFFICIENT_SPACE && double_room(l));
        if (r != LIBDEFLATE_SUCCESS)
            return l->n > 0;
        l->n += made;
    }
    return true;
}

static bool unxz(struct level *l, const uint8_t *p, size_t n)
{
    lzma_stream s = LZMA_STREAM_INIT;
    lzma_ret r = lzma_stream_decoder(&s, UINT64_MAX, LZMA_CONCATENATED);

    s.next_in = p;
    s.avail_in = n;
    l->n = 0;
    while (r == LZMA_OK) {
        if (l->n == l->room && !double_room(l))
            break;
        s.next_out = l->bytes + l->n;
        s.avail_out = l->room - l->n;
        r = lzma_code(&s, LZMA_FINISH);
        l->n = l->room - s.avail_out;
    }
    lzma_end(&s);
    return r == LZMA_STREAM_END;
}

static bool unzstd(struct unpacker *u, struct level *l, const uint8_t *p, size_t n)
{
    ZSTD_inBuffer in = {p, n, 0};
    size_t r = 1;

    ZSTD_DCtx_reset(u->zstd, ZSTD_reset_session_only);
    l->n = 0;
    while (in.pos < in.size || r) {
        if (l->n == l->room && !double_room(l))
            return false;

        ZSTD_outBuffer out = {l->bytes, l->room, l->n};
        size_t before = in.pos;

        r = ZSTD_decompressStream(u->zstd, &out, &in);
        if (ZSTD_isError(r) || (out.pos == l->n && in.pos == before && out.pos < out.size))
            return false;
        l->n = out.pos;
    }
    return true;
}

static bool bunzip2(struct level *l, const uint8_t *p, size_t n)
{
    bz_stream s = {.next_in = (char *)(uintptr_t)p, .avail_in = (unsigned)n};
    int r = BZ2_bzDecompressInit(&s, 0, 0);

    l->n = 0;
    while (r == BZ_OK) {
        if (l->n == l->room && !double_room(l))
            break;
        s.next_out = (char *)l->bytes + l->n;
        s.avail_out = (unsigned)(l->room - l->n);
        r = BZ2_bzDecompress(&s);
        if (r == BZ_OK && !s.avail_in && s.avail_out)
            break;
        l->n = l->room - s.avail_out;
    }
    BZ2_bzDecompressEnd(&s);
    return r == BZ_STREAM_END;
}

/* ---- what is no container ---- */

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                  void *unpacker)
{
    (void)id;
    (void)from;
    (void)to;
    (void)flags;
    ((struct unpacker *)unpacker)->hits++;
    return 0;
}

static void match(struct unpacker *u, const uint8_t *p, size_t n)
{
    u->bytes += n;
    for (size_t at = 0; at < n; at += PIECE_MAX) {
        size_t piece = n - at < PIECE_MAX ? n - at : PIECE_MAX;

        hs_scan(u->patterns, (const char *)p + at, (unsigned)piece, 0, u->scratch, on_hit, u);
    }
}

/* ---- containers ---- */

static void open_at(struct unpacker *u, unsigned depth, const uint8_t *p, size_t n);

static size_t number(const uint8_t *p, size_t digits, size_t base)
{
    size_t v = 0;

    for (size_t i = 0; i < digits && p[i] >= '0' && p[i] < '0' + base; i++)
        v = v * base + (size_t)(p[i] - '0');
    return v;
}

static void walk_tar(struct unpacker *u, unsigned depth, const uint8_t *p, size_t n)
{
    for (size_t at = 0; at + TAR_BLOCK <= n && p[at];) {
        size_t size = number(p + at + 124, 11, 8);
        bool plain = p[at + 156] == '0' || p[at + 156] == '\0';

        at += TAR_BLOCK;
        if (size > n - at)
            return;
        if (plain)
            open_at(u, depth, p + at, size);
        at += (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
        if (at > n)
            return;
    }
}

static void walk_ar(struct unpacker *u, unsigned depth, const uint8_t *p, size_t n)
{
    for (size_t at = 8; at + 60 <= n;) {
        size_t size = number(p + at + 48, 10, 10);

        at += 60;
        if (size > n - at)
            return;
        open_at(u, depth, p + at, size);
        at += size + (size & 1);
    }
}

static size_t le(const uint8_t *p, unsigned bytes)
{
    size_t v = 0;

    while (bytes--)
        v = v << 8 | p[bytes];
    return v;
}

static void open_zip_entry(struct unpacker *u, unsigned depth, const uint8_t *p, size_t n,
                           const uint8_t *central)
{
    size_t method = le(central + 10, 2), packed = le(central + 20, 4), size = le(central + 24, 4),
           at = le(central + 42, 4);
    struct level *l = &u->levels[depth];

    if (le(central + 8, 2) & 1 || at + 30 > n)
        return;
    at += 30 + le(p + at + 26, 2) + le(p + at + 28, 2);
    if (at > n || packed > n - at)
        return;
    if (method == 0)
        open_at(u, depth, p + at, packed);
    else if (method == 8 && grow(l, size) &&
             libdeflate_deflate_decompress(u->deflate, p + at, packed, l->bytes, size, NULL) ==
                 LIBDEFLATE_SUCCESS)
        open_at(u, depth + 1, l->bytes, size);
}

static bool walk_zip(struct unpacker *u, unsigned depth, const uint8_t *p, size_t n)
{
    size_t end = n < 22 ? 0 : n - 22, stop = end > 0xffff ? end - 0xffff : 0, at, count;

    if (n < 22)
        return false;
    while (le(p + end, 4) != 0x06054b50)
        if (end-- == stop)
            return false;
    count = le(p + end + 10, 2);
    at = le(p + end + 16, 4);
    for (size_t i = 0; i < count && at + 46 <= n && le(p + at, 4) == 0x02014b50; i++) {
        open_zip_entry(u, depth, p, n, p + at);
        at += 46 + le(p + at + 28, 2) + le(p + at + 30, 2) + le(p + at + 32, 2);
    }
    return true;
}

static bool starts(const uint8_t *p, size_t n, const char *magic, size_t length)
{
    return n >= length && memcmp(p, magic, length) == 0;
}

/* What is at this depth is in the caller's hands; what comes out of it is in levels[depth]. */
static void open_at(struct unpacker *u, unsigned depth, const uint8_t *p, size_t n)
{
    struct level *l = &u->levels[depth < DEPTH_MAX ? depth : 0];
    bool out = false;

    if (depth + 1 < DEPTH_MAX) {
        if (starts(p, n, "\x1f\x8b", 2))
            out = gunzip(u, l, p, n);
        else if (starts(p, n,
                        "\xfd"
                        "7zXZ\0",
                        6))
            out = unxz(l, p, n);
        else if (starts(p, n, "\x28\xb5\x2f\xfd", 4))
            out = unzstd(u, l, p, n);
        else if (starts(p, n, "BZh", 3))
            out = bunzip2(l, p, n);
        else if (n > 262 && memcmp(p + 257, "ustar", 5) == 0) {
            walk_tar(u, depth, p, n);
            return;
        } else if (starts(p, n, "!<arch>\n", 8)) {
            walk_ar(u, depth, p, n);
            return;
        } else if (starts(p, n, "PK\3\4", 4) && walk_zip(u, depth, p, n)) {
            return;
        }
    }
    if (out)
        open_at(u, depth + 1, l->bytes, l->n);
    else
        match(u, p, n);
}

void unpacker_open(struct unpacker *u, const uint8_t *bytes, size_t n)
{
    open_at(u, 0, bytes, n);
}
