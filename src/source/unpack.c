// SPDX-License-Identifier: Apache-2.0
#include "source/unpack.h"

#include <stdlib.h>

#include <lz4.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

enum {
    ROOM = 2 << 20,
    XZ_MEMORY = 64 << 20,
};

static bool inflate_block(int window, struct span from, uint8_t *to, size_t room, size_t *ret_n)
{
    z_stream z = {.next_in = (z_const Bytef *)(uintptr_t)from.p,
                  .avail_in = (uInt)from.n,
                  .next_out = to,
                  .avail_out = (uInt)room};
    int r;

    if (inflateInit2(&z, window) != Z_OK)
        return false;
    r = inflate(&z, Z_FINISH);
    *ret_n = room - z.avail_out;
    (void)inflateEnd(&z);
    // Room that is filled exactly may be noticed before the end is.
    return r == Z_STREAM_END || (r == Z_BUF_ERROR && *ret_n == room);
}

static bool unxz(struct span from, uint8_t *to, size_t room, size_t *ret_n)
{
    uint64_t memory = XZ_MEMORY;
    size_t in = 0;

    *ret_n = 0;
    return lzma_stream_buffer_decode(&memory, 0, NULL, from.p, &in, from.n, to, ret_n, room) ==
           LZMA_OK;
}

static bool unpacked(enum unpack_how how, struct span from, uint8_t *to, size_t room, size_t *ret_n)
{
    lzo_uint lzo_n = room;
    int n;

    switch (how) {
    case UNPACK_DEFLATE:
        return inflate_block(-MAX_WBITS, from, to, room, ret_n);
    case UNPACK_ZLIB:
        return inflate_block(MAX_WBITS, from, to, room, ret_n);
    case UNPACK_ZSTD: {
        // What is read in whole sectors has other bytes behind its end.
        size_t frame = ZSTD_findFrameCompressedSize(from.p, from.n);

        *ret_n = ZSTD_isError(frame) ? frame : ZSTD_decompress(to, room, from.p, frame);
        return !ZSTD_isError(*ret_n);
    }
    case UNPACK_XZ:
        return unxz(from, to, room, ret_n);
    case UNPACK_LZ4:
        n = LZ4_decompress_safe((const char *)from.p, (char *)to, (int)from.n, (int)room);
        *ret_n = n < 0 ? 0 : (size_t)n;
        return n >= 0;
    case UNPACK_LZO:
        n = lzo1x_decompress_safe(from.p, from.n, to, &lzo_n, NULL);
        *ret_n = lzo_n;
        return n == LZO_E_OK;
    }
    return false;
}

int unpack_block(enum unpack_how how, struct span from, uint8_t *to, size_t room, size_t *ret_n,
                 struct err *err)
{
    *ret_n = 0;
    if (!unpacked(how, from, to, room, ret_n))
        return ERR(err, ERR_FORMAT, "a compressed block is damaged");
    return 0;
}

void blocks_init(struct blocks *b, size_t size)
{
    *b = (struct blocks){.size = size, .count = (unsigned)(size ? ROOM / size : 1)};
    if (b->count < 2)
        b->count = 2;
    if (b->count > BLOCKS_MAX)
        b->count = BLOCKS_MAX;
}

void blocks_clear(struct blocks *b)
{
    free(b->room);
    b->room = NULL;
}

bool blocks_get(struct blocks *b, uint64_t tag, struct span *ret)
{
    for (unsigned i = 0; i < b->count; i++)
        if (b->tags[i] == tag) {
            b->used[i] = ++b->clock;
            *ret = (struct span){b->room + i * b->size, b->filled[i]};
            return true;
        }
    return false;
}

uint8_t *blocks_room(struct blocks *b, unsigned *ret_slot)
{
    unsigned oldest = 0;

    if (!b->room)
        b->room = malloc(b->size * b->count);
    if (!b->room)
        return NULL;
    for (unsigned i = 1; i < b->count; i++)
        if (b->used[i] < b->used[oldest])
            oldest = i;
    b->tags[oldest] = 0;
    *ret_slot = oldest;
    return b->room + oldest * b->size;
}

struct span blocks_put(struct blocks *b, unsigned slot, uint64_t tag, size_t n)
{
    b->tags[slot] = tag;
    b->filled[slot] = n;
    b->used[slot] = ++b->clock;
    return (struct span){b->room + slot * b->size, n};
}
