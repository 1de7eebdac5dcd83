// SPDX-License-Identifier: Apache-2.0
/*
 * The bytes of a source in order, piece by piece, without a copy where they are at hand.
 *
 * The last piece is kept: to go back into it, or to jump within it, costs nothing. Going anywhere
 * else is for sources that can be read at any offset.
 */
#pragma once

#include "base/source.h"
#include "source/budget.h"

struct input {
    struct source *source;
    struct budget *budget;
    uint64_t base;     /* where in the source it begins; offsets count from there */
    uint64_t at;       /* of the next byte */
    uint64_t end;      /* no byte is read beyond it; 0: there is no such */
    struct span piece; /* the last one */
    uint64_t piece_at;
    uint8_t *room; /* for pieces that had to be copied; made when first needed */
};

void input_init(struct input *in, struct source *source, uint64_t base, struct budget *budget);
void input_clear(struct input *in);

/* The next bytes, valid until the next call; empty at the end. */
int input_next(struct input *in, struct span *ret_piece, struct err *err) MUST_USE;

/* At least `n` bytes (at most INPUT_PIECE) from here on without moving, unless the end is nearer.
 */
enum { INPUT_PIECE = 128 * 1024 };
int input_peek(struct input *in, size_t n, struct span *ret_bytes, struct err *err) MUST_USE;
