// SPDX-License-Identifier: Apache-2.0
#include "source/flow.h"

#include <string.h>

enum {
    ROOM_IDLE = 256 * 1024, /* bytes of memory that may wait for the next flow */
};

void flow_room_clear(struct flow_room *room)
{
    buf_clear(&room->bytes);
}

/* Pull the next piece; the one before is gone. */
static int advance(struct flow *f, struct err *err)
{
    if (f->ended)
        return 0;
    f->piece = (struct span){0};
    f->piece_at = f->pulled;
    TRY(f->pull(f->from, &f->piece, err));
    f->pulled += f->piece.n;
    if (f->piece.n == 0) {
        f->ended = true;
        f->source.size = f->pulled;
        return 0;
    }
    return budget_unpacked(f->budget, f->piece.n, err);
}

static int flow_piece_at(struct source *s, uint64_t offset, struct span *ret_piece, struct err *err)
{
    struct flow *f = (struct flow *)s;
    const struct buf *bytes = &f->room->bytes;

    if (offset < bytes->n) {
        *ret_piece = (struct span){(const uint8_t *)bytes->p + offset, bytes->n - (size_t)offset};
        return 0;
    }
    while (!f->ended && offset >= f->pulled)
        TRY(advance(f, err));
    if (offset < f->piece_at && offset < f->pulled)
        return ERR(err, ERR_UNSUPPORTED, "it would have to be unpacked twice");
    *ret_piece = span_from(f->piece, (size_t)(offset - f->piece_at));
    return 0;
}

static int flow_read_at(struct source *s, uint64_t offset, void *to, size_t n, size_t *ret_n,
                        struct err *err)
{
    size_t used = 0;

    while (used < n) {
        struct span piece;

        TRY(flow_piece_at(s, offset + used, &piece, err));
        if (piece.n == 0)
            break;
        if (piece.n > n - used)
            piece.n = n - used;
        memcpy((char *)to + used, piece.p, piece.n);
        used += piece.n;
    }
    *ret_n = used;
    return 0;
}

static int spilled_read_at(struct source *s, uint64_t offset, void *to, size_t n, size_t *ret_n,
                           struct err *err)
{
    struct flow *f = (struct flow *)s;

    if (offset >= f->source.size) {
        *ret_n = 0;
        return 0;
    }
    if (n > f->source.size - offset)
        n = (size_t)(f->source.size - offset);
    return spill_read_at(f->room->spill, f->spill_at + offset, to, n, ret_n, err);
}

static void set_head(struct flow *f)
{
    const struct buf *b = &f->room->bytes;

    f->source.head = (struct span){(const uint8_t *)b->p, b->n < SOURCE_HEAD ? b->n : SOURCE_HEAD};
}

int flow_peek(struct flow *f, size_t n, struct err *err)
{
    struct buf *b = &f->room->bytes;
    int r = 0;

    while (b->n < n && (r = flow_piece_at(&f->source, b->n, &f->piece, err)) == 0) {
        // From here on the piece begins where the kept bytes end.
        f->piece_at = b->n;
        if (f->piece.n == 0)
            break;
        buf_bytes(b, f->piece.p, f->piece.n < n - b->n ? f->piece.n : n - b->n);
        if (!buf_ok(b)) {
            r = ERR(err, ERR_NOMEM, "no memory to unpack it");
            break;
        }
    }
    set_head(f);
    return r;
}

int flow_begin(struct flow *f, flow_pull *pull, void *from, uint64_t size, struct flow_room *room,
               struct budget *budget, struct err *err)
{
    *f = (struct flow){
        .source = {.size = size, .read_at = flow_read_at, .piece_at = flow_piece_at},
        .pull = pull,
        .from = from,
        .room = room,
        .budget = budget,
    };
    buf_reset(&room->bytes);
    return flow_peek(f, SOURCE_HEAD, err);
}

int flow_drop(struct flow *f, uint64_t until, struct err *err)
{
    while (!f->ended && f->pulled < until)
        TRY(advance(f, err));
    return 0;
}

void flow_end(struct flow *f)
{
    if (!f->room)
        return;
    if (f->kept && f->room->spill) {
        budget_unspill(f->budget, f->room->spill->size - f->spill_at);
        spill_cut(f->room->spill, f->spill_at);
    }
    if (f->room->bytes.room > ROOM_IDLE)
        buf_clear(&f->room->bytes);
    f->room = NULL;
}

static int spill(struct flow *f, struct span bytes, struct err *err)
{
    TRY(budget_spill(f->budget, bytes.n, err));
    return spill_append(f->room->spill, bytes, err);
}

/* What is in memory, and the rest, to the spill file. */
static int keep_spilled(struct flow *f, struct err *err)
{
    struct buf *b = &f->room->bytes;
    uint64_t at = b->n;

    TRY(spill(f, (struct span){(const uint8_t *)b->p, b->n}, err));
    for (;;) {
        struct span piece;

        TRY(flow_piece_at(&f->source, at, &piece, err));
        if (piece.n == 0)
            break;
        TRY(spill(f, piece, err));
        at += piece.n;
    }
    b->n = SOURCE_HEAD;
    f->source.read_at = spilled_read_at;
    f->source.piece_at = NULL;
    return 0;
}

int flow_keep(struct flow *f, struct err *err)
{
    uint64_t memory = f->budget->limits.memory;

    if (f->kept)
        return 0;
    f->kept = true;
    f->spill_at = f->room->spill ? f->room->spill->size : 0;
    TRY(flow_peek(f, (size_t)memory, err));
    if (f->ended && f->room->bytes.n == f->pulled)
        return 0;
    if (!f->room->spill)
        return ERR(err, ERR_LIMIT, "it is larger than %llu MiB",
                   (unsigned long long)(memory >> 20));
    // What says itself that there is no room for it need not be unpacked to see that.
    if (f->source.size != (uint64_t)FLOW_SIZE_UNKNOWN &&
        f->source.size > f->budget->limits.spill - f->budget->spilled)
        return budget_spill(f->budget, f->source.size, err);
    return keep_spilled(f, err);
}
