// SPDX-License-Identifier: Apache-2.0
/*
 * Many small reads here and there in one source, with the memory of two blocks.
 *
 * A format whose records point all over the file (symbols, imports, archive members) would pay a
 * system call and a piece of the arena for each. A window keeps the last two blocks that it read:
 * a table, and the names that it points to. What is in memory is seen where it is.
 */
#pragma once

#include <stdint.h>

#include "base/arena.h"
#include "base/source.h"

enum {
    WINDOW_SIZE = 64 * 1024, /* the most that one call gives */
};

struct window_block {
    uint8_t *bytes; /* in the arena; NULL: none yet */
    uint64_t offset;
    size_t n;
};

struct window {
    struct source *source; /* borrowed, as the arena is */
    struct arena *arena;
    struct window_block blocks[2]; /* the one that was used last before the other */
};

void window_init(struct window *w, struct source *source, struct arena *arena);

/* Bytes [offset, offset + n), n <= WINDOW_SIZE; short only at the end. Valid until the next call.
 */
int window_at(struct window *w, uint64_t offset, size_t n, struct span *ret,
              struct err *err) MUST_USE;

/* What stands before the first NUL within `max` bytes; empty when there is none. As valid. */
int window_text(struct window *w, uint64_t offset, size_t max, struct sv *ret,
                struct err *err) MUST_USE;
