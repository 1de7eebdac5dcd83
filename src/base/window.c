// SPDX-License-Identifier: Apache-2.0
#include "base/window.h"

#include <string.h>

enum {
    PAGE = 4096,
};

void window_init(struct window *w, struct source *source, struct arena *arena)
{
    *w = (struct window){.source = source, .arena = arena};
}

static bool holds(const struct window_block *b, uint64_t offset, size_t n)
{
    return offset >= b->offset && offset - b->offset <= b->n && n <= b->n - (offset - b->offset);
}

static int read_block(struct window *w, struct window_block *b, uint64_t offset, struct err *err)
{
    size_t got = 0;

    if (!b->bytes)
        b->bytes = arena_take_raw(w->arena, WINDOW_SIZE + PAGE);
    if (!b->bytes)
        return arena_error(w->arena, err);
    b->n = 0; // nothing of a block that could not be read
    b->offset = offset / PAGE * PAGE;
    TRY(w->source->read_at(w->source, b->offset, b->bytes, WINDOW_SIZE + PAGE, &got, err));
    b->n = got;
    return 0;
}

int window_at(struct window *w, uint64_t offset, size_t n, struct span *ret, struct err *err)
{
    struct source *s = w->source;
    struct span seen = source_at_hand(s);

    bug_if(n > WINDOW_SIZE);
    *ret = (struct span){0};
    if (offset >= s->size || n == 0)
        return 0;
    if (n > s->size - offset)
        n = (size_t)(s->size - offset);
    if (seen.n) {
        seen = span_from(seen, (size_t)offset);
    } else {
        struct window_block *b = w->blocks;

        if (!holds(&b[0], offset, n)) {
            struct window_block first = b[0];

            b[0] = b[1];
            b[1] = first;
            if (!holds(&b[0], offset, n))
                TRY(read_block(w, &b[0], offset, err));
        }
        seen = span_from((struct span){b->bytes, b->n}, (size_t)(offset - b->offset));
    }
    *ret = (struct span){seen.p, n < seen.n ? n : seen.n};
    return 0;
}

int window_text(struct window *w, uint64_t offset, size_t max, struct sv *ret, struct err *err)
{
    struct span bytes;
    const uint8_t *end;

    TRY(window_at(w, offset, max, &bytes, err));
    end = bytes.n ? memchr(bytes.p, '\0', bytes.n) : NULL;
    *ret = end ? (struct sv){(const char *)bytes.p, (size_t)(end - bytes.p)} : (struct sv){0};
    return 0;
}
