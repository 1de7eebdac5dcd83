// SPDX-License-Identifier: Apache-2.0
/* Blocks that are compressed each on its own, and a few of them that were unpacked last. */
#pragma once

#include "base/bytes.h"
#include "base/err.h"

enum unpack_how {
    UNPACK_DEFLATE, /* without a header */
    UNPACK_ZLIB,
    UNPACK_ZSTD,
    UNPACK_XZ,
    UNPACK_LZ4,
    UNPACK_LZO,
};

/* At most `room` bytes; what does not end there is damaged. */
int unpack_block(enum unpack_how how, struct span from, uint8_t *to, size_t room, size_t *ret_n,
                 struct err *err) MUST_USE;

enum { BLOCKS_MAX = 8 };

struct blocks {
    size_t size;    /* bytes of one, at most */
    unsigned count; /* so many are kept */
    uint8_t *room;
    uint64_t tags[BLOCKS_MAX], used[BLOCKS_MAX], clock; /* a tag of 0: nothing is there */
    size_t filled[BLOCKS_MAX];
};

/* As many as fit into a few MiB. */
void blocks_init(struct blocks *b, size_t size);
void blocks_clear(struct blocks *b);

/* The block with this tag, which is not 0; false when it is not there. */
bool blocks_get(struct blocks *b, uint64_t tag, struct span *ret);

/* Room for one, instead of the one that was used the longest ago; NULL without memory. */
uint8_t *blocks_room(struct blocks *b, unsigned *ret_slot);
struct span blocks_put(struct blocks *b, unsigned slot, uint64_t tag, size_t n);
