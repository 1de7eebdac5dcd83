// SPDX-License-Identifier: Apache-2.0
#include "base/window.h"

#include <string.h>

enum {
    PAGE = 4096,
};

int window_init(struct window *w, struct source *source, struct arena *arena, struct err *err)
{
    *w = (struct window){.source = source, .bytes = arena_take(arena, WINDOW_SIZE + PAGE)};
    return w->bytes ? 0 : arena_error(arena, err);
}

int window_at(struct window *w, uint64_t offset, size_t n, struct span *ret, struct err *err)
{
    uint64_t start = offset / PAGE * PAGE;
    struct source *s = w->source;

    bug_if(n > WINDOW_SIZE);
    if (offset >= s->size || n == 0) {
        *ret = (struct span){0};
        return 0;
    }
    if (n > s->size - offset)
        n = (size_t)(s->size - offset);
    if (offset < w->offset || offset - w->offset > w->n || n > w->n - (offset - w->offset)) {
        size_t got = 0;

        w->n = 0; // nothing of a block that could not be read
        TRY(s->read_at(s, start, w->bytes, WINDOW_SIZE + PAGE, &got, err));
        w->offset = start;
        w->n = got;
    }

    struct span seen = span_from((struct span){w->bytes, w->n}, (size_t)(offset - w->offset));

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
