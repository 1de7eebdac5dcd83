// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/starved.h"

enum {
    BLOCK_MIN = 64 * 1024,
    ALIGN = 16,
};

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    _Alignas(ALIGN) unsigned char bytes[];
};

void arena_init(struct arena *a, size_t max)
{
    *a = (struct arena){.max = max};
}

void arena_clear(struct arena *a)
{
    while (a->block) {
        struct arena_block *next = a->block->next;

        free(a->block);
        a->block = next;
    }
    a->used = 0;
    a->failed = false;
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = a->block;

    if (keep && keep->size == BLOCK_MIN) {
        a->block = keep->next;
        arena_clear(a);
        keep->next = NULL;
        keep->used = 0;
        a->block = keep;
    } else {
        arena_clear(a);
    }
    a->used = 0;
    a->failed = false;
}

void *arena_take_raw(struct arena *a, size_t size)
{
    size_t room = (size + ALIGN - 1) / ALIGN * ALIGN;
    struct arena_block *b = a->block;
    void *taken;

    if (room < size || room > a->max || a->used > a->max - room) {
        a->failed = true;
        return NULL;
    }
    if (!b || b->size - b->used < room) {
        size_t bytes = room > BLOCK_MIN ? room : BLOCK_MIN;

        b = malloc(sizeof(*b) + bytes);
        if (!b) {
            starved_note();
            a->failed = true;
            return NULL;
        }
        *b = (struct arena_block){.next = a->block, .size = bytes};
        a->block = b;
    }
    taken = b->bytes + b->used;
    b->used += room;
    a->used += room;
    return taken;
}

void *arena_take(struct arena *a, size_t size)
{
    void *taken = arena_take_raw(a, size);

    return taken ? memset(taken, 0, size) : NULL;
}

void *arena_take_array(struct arena *a, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        a->failed = true;
        return NULL;
    }
    return arena_take(a, bytes);
}

bool arena_failed(const struct arena *a)
{
    return a->failed;
}

struct sv arena_copy(struct arena *a, struct sv s)
{
    char *p = s.n < SIZE_MAX ? arena_take_raw(a, s.n + 1) : NULL;

    if (!p)
        return (struct sv){0};
    if (s.n)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (struct sv){p, s.n};
}

struct sv arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list args, again;
    struct sv made = {0};
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    if (n >= 0) {
        char *p = arena_take(a, (size_t)n + 1);

        if (p) {
            (void)vsnprintf(p, (size_t)n + 1, fmt, again);
            made = (struct sv){p, (size_t)n};
        }
    }
    va_end(again);
    va_end(args);
    return made;
}

int arena_error(const struct arena *a, struct err *err)
{
    return ERR(err, ERR_LIMIT, "needs more than the %zu MiB of memory that one file may use",
               a->max >> 20);
}
