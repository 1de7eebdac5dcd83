// SPDX-License-Identifier: Apache-2.0
#include "source/input.h"

#include <stdlib.h>
#include <string.h>

void input_init(struct input *in, struct source *source, uint64_t base, struct budget *budget)
{
    *in = (struct input){.source = source, .budget = budget, .base = base};
}

void input_clear(struct input *in)
{
    free(in->room);
    in->room = NULL;
}

static int make_room(struct input *in, struct err *err)
{
    if (!in->room)
        in->room = malloc(INPUT_PIECE);
    return in->room ? 0 : ERR(err, ERR_NOMEM, "no memory");
}

/* The piece at `at` into in->piece. */
static int fetch(struct input *in, struct err *err)
{
    struct source *s = in->source;
    uint64_t offset = in->base + in->at;
    size_t got = 0;

    if (in->end && in->at >= in->end) {
        in->piece = (struct span){0};
    } else if (offset < s->head.n) {
        in->piece = span_from(s->head, (size_t)offset);
    } else if (s->piece_at) {
        TRY(s->piece_at(s, offset, &in->piece, err));
    } else {
        TRY(make_room(in, err));
        TRY(s->read_at(s, offset, in->room, INPUT_PIECE, &got, err));
        in->piece = (struct span){in->room, got};
    }
    in->piece_at = in->at;
    return budget_worked(in->budget, in->piece.n, err);
}

int input_next(struct input *in, struct span *ret_piece, struct err *err)
{
    if (in->at < in->piece_at || in->at - in->piece_at >= in->piece.n)
        TRY(fetch(in, err));
    *ret_piece = span_from(in->piece, (size_t)(in->at - in->piece_at));
    in->at += ret_piece->n;
    return 0;
}

int input_peek(struct input *in, size_t n, struct span *ret_bytes, struct err *err)
{
    uint64_t at = in->at;
    struct span piece;
    size_t used = 0;

    bug_if(n > INPUT_PIECE);
    TRY(input_next(in, &piece, err));
    in->at = at;
    if (piece.n >= n || piece.n == 0) {
        *ret_bytes = piece;
        return 0;
    }
    // It stands across pieces: gather it. A source that is copied from is asked once more.
    TRY(make_room(in, err));
    if (!in->source->piece_at)
        TRY(in->source->read_at(in->source, in->base + at, in->room, INPUT_PIECE, &used, err));
    while (in->source->piece_at && used < n) {
        TRY(input_next(in, &piece, err));
        if (piece.n == 0)
            break;
        if (piece.n > INPUT_PIECE - used)
            piece.n = INPUT_PIECE - used;
        memmove(in->room + used, piece.p, piece.n); // it may stand in there already
        used += piece.n;
        in->at = at + used;
    }
    in->piece = (struct span){in->room, used};
    in->piece_at = in->at = at;
    *ret_bytes = in->piece;
    return 0;
}
