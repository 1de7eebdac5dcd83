// SPDX-License-Identifier: Apache-2.0
/*
 * A source whose bytes come once and in order, as they are unpacked.
 *
 *     offset 0          bytes.n              piece_at      pulled
 *            | kept bytes | … gone …           | piece       | to come
 *
 * Its first SOURCE_HEAD bytes are kept at once, so that it can be classified. After that there are
 * three ways on: forget it, and nothing more is unpacked; read it in order; or flow_keep() all of
 * it, in memory or spilled, and read it anywhere.
 */
#pragma once

#include "base/buf.h"
#include "base/source.h"
#include "os/spill_file.h"
#include "source/budget.h"

/* The room that a flow takes; the next flow takes the same. */
struct flow_room {
    struct buf bytes;
    struct spill_file *spill; /* borrowed; NULL: what is too large for memory cannot be kept */
};

void flow_room_clear(struct flow_room *room);

/* The next piece, valid until the next call; empty at the end. */
typedef int flow_pull(void *from, struct span *ret_piece, struct err *err);

struct flow {
    struct source source; /* size: as the archive claims it, exact once all of it was seen */
    flow_pull *pull;
    void *from;
    struct flow_room *room;
    struct budget *budget;
    struct span piece;
    uint64_t piece_at, pulled;
    uint64_t spill_at; /* where its bytes begin in the spill file, once they are there */
    bool ended, kept;
};

enum { FLOW_SIZE_UNKNOWN = -1 }; /* as uint64_t */

/* Begin with a flow whose size is claimed to be `size`. On failure flow_end() is still allowed. */
int flow_begin(struct flow *f, flow_pull *pull, void *from, uint64_t size, struct flow_room *room,
               struct budget *budget, struct err *err) MUST_USE;
void flow_end(struct flow *f);

/* Keep at least the first n bytes, unless it is shorter; nothing beyond them may have been read. */
int flow_peek(struct flow *f, size_t n, struct err *err) MUST_USE;

/* Unpack on, and drop what comes, until it ends or so many bytes came out of it in all. */
int flow_drop(struct flow *f, uint64_t until, struct err *err) MUST_USE;

/* Keep all of it. -ERR_LIMIT when there is no room for it. */
int flow_keep(struct flow *f, struct err *err) MUST_USE;
