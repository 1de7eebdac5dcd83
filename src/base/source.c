// SPDX-License-Identifier: Apache-2.0
#include "base/source.h"

#include <string.h>

int source_read(struct source *s, uint64_t offset, size_t n, struct arena *arena,
                struct span *ret_bytes, struct err *err)
{
    struct span all = source_at_hand(s);
    size_t got = 0;
    uint8_t *p;

    if (offset >= s->size || n == 0) {
        *ret_bytes = (struct span){0};
        return 0;
    }
    if (n > s->size - offset)
        n = (size_t)(s->size - offset);
    if (!all.n)
        all = s->head;
    if (offset <= all.n && n <= all.n - offset) {
        *ret_bytes = (struct span){all.p + offset, n};
        return 0;
    }
    p = arena_take_raw(arena, n);
    if (!p)
        return arena_error(arena, err);
    TRY(s->read_at(s, offset, p, n, &got, err));
    *ret_bytes = (struct span){p, got};
    return 0;
}

int source_read_all(struct source *s, size_t max, struct arena *arena, struct span *ret_bytes,
                    struct err *err)
{
    if (s->size > max)
        return ERR(err, ERR_LIMIT, "%llu bytes, and %zu are the most that this format may have",
                   (unsigned long long)s->size, max);
    return source_read(s, 0, (size_t)s->size, arena, ret_bytes, err);
}

static int memory_read_at(struct source *s, uint64_t offset, void *to, size_t n, size_t *ret_n,
                          struct err *err)
{
    struct source_memory *m = (struct source_memory *)s;

    (void)err;
    if (offset >= m->bytes.n)
        n = 0;
    else if (n > m->bytes.n - offset)
        n = m->bytes.n - (size_t)offset;
    if (n)
        memcpy(to, m->bytes.p + offset, n);
    *ret_n = n;
    return 0;
}

static int memory_piece_at(struct source *s, uint64_t offset, struct span *ret_piece,
                           struct err *err)
{
    struct source_memory *m = (struct source_memory *)s;

    (void)err;
    *ret_piece = offset < m->bytes.n ? span_from(m->bytes, (size_t)offset) : (struct span){0};
    return 0;
}

void source_memory_init(struct source_memory *m, struct span bytes)
{
    *m = (struct source_memory){
        .source = {.size = bytes.n,
                   .head = {bytes.p, bytes.n < SOURCE_HEAD ? bytes.n : SOURCE_HEAD},
                   .read_at = memory_read_at,
                   .piece_at = memory_piece_at},
        .bytes = bytes,
    };
}

struct span source_at_hand(const struct source *s)
{
    return s->piece_at == memory_piece_at ? ((const struct source_memory *)(const void *)s)->bytes
                                          : (struct span){0};
}
