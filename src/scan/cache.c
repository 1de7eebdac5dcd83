// SPDX-License-Identifier: Apache-2.0
#include "scan/cache.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

enum {
    SEGMENT_HEAD = 16,
    FIRST_ROOM = 1024, /* slots; a power of two */
};

struct slot {
    uint64_t key; /* the first half */
    const struct cache_record *record;
};

struct cache {
    uint8_t **segments;
    size_t segment_count, segment_room;
    struct slot *slots;
    size_t used, room;
    uint32_t *replaced;
    size_t replaced_count, replaced_room;
};

int cache_new(struct cache **ret, struct err *err)
{
    *ret = calloc(1, sizeof(**ret));
    return *ret ? 0 : ERR(err, ERR_NOMEM, "no memory");
}

void cache_drop(struct cache *c)
{
    for (size_t i = 0; i < c->segment_count; i++)
        free(c->segments[i]);
    free(c->segments);
    free(c->slots);
    free(c->replaced);
    *c = (struct cache){0};
}

void cache_free(struct cache *c)
{
    if (!c)
        return;
    cache_drop(c);
    free(c);
}

size_t cache_record_size(uint32_t count, uint32_t notes)
{
    return sizeof(struct cache_record) + (size_t)count * sizeof(uint64_t) +
           (size_t)notes * sizeof(struct cache_note);
}

const struct cache_note *cache_notes(const struct cache_record *r)
{
    return (const struct cache_note *)(const void *)(r->words + r->count);
}

/* ---- the table ---- */

static struct slot *slot_of(const struct cache *c, const uint64_t key[2])
{
    size_t at = key[0] & (c->room - 1);

    while (c->slots[at].record && (c->slots[at].key != key[0] || //
                                   c->slots[at].record->key[1] != key[1]))
        at = (at + 1) & (c->room - 1);
    return &c->slots[at];
}

static bool grow(struct cache *c)
{
    struct cache bigger = {.room = c->room ? 2 * c->room : FIRST_ROOM};

    bigger.slots = calloc(bigger.room, sizeof(*bigger.slots));
    if (!bigger.slots)
        return false;
    for (size_t i = 0; i < c->room; i++)
        if (c->slots[i].record)
            *slot_of(&bigger, c->slots[i].record->key) = c->slots[i];
    free(c->slots);
    c->slots = bigger.slots;
    c->room = bigger.room;
    return true;
}

static bool note_replaced(struct cache *c, uint32_t folder)
{
    if (c->replaced_count == c->replaced_room) {
        size_t room = c->replaced_room ? 2 * c->replaced_room : 64;
        uint32_t *more = realloc(c->replaced, room * sizeof(*more));

        if (!more)
            return false;
        c->replaced = more;
        c->replaced_room = room;
    }
    c->replaced[c->replaced_count++] = folder;
    return true;
}

static bool put(struct cache *c, const struct cache_record *r)
{
    struct slot *slot;

    if (c->used + 1 > c->room / 2 && !grow(c))
        return false;
    slot = slot_of(c, r->key);
    if (!slot->record)
        c->used++;
    else if (slot->record->folder != r->folder && !note_replaced(c, slot->record->folder))
        return false;
    *slot = (struct slot){r->key[0], r};
    return true;
}

const struct cache_record *cache_find(const struct cache *c, const uint64_t key[2])
{
    return c->room ? slot_of(c, key)->record : NULL;
}

size_t cache_count(const struct cache *c)
{
    return c->used;
}

void cache_each(const struct cache *c, void (*each)(void *to, const struct cache_record *r),
                void *to)
{
    for (size_t i = 0; i < c->room; i++)
        if (c->slots[i].record)
            each(to, c->slots[i].record);
}

void cache_forget(struct cache *c, const uint32_t *folders, size_t count)
{
    for (size_t i = 0; i < c->room && count; i++) {
        struct cache_record *r = (struct cache_record *)(uintptr_t)c->slots[i].record;

        for (size_t n = 0; r && n < count; n++)
            if (r->folder == folders[n])
                r->count = r->notes = 0;
    }
}

const uint32_t *cache_replaced(const struct cache *c, size_t *ret_count)
{
    *ret_count = c->replaced_count;
    return c->replaced;
}

/* ---- segments ---- */

static bool keep_segment(struct cache *c, uint8_t *bytes)
{
    if (c->segment_count == c->segment_room) {
        size_t room = c->segment_room ? 2 * c->segment_room : 64;
        uint8_t **more = realloc(c->segments, room * sizeof(*more));

        if (!more)
            return false;
        c->segments = more;
        c->segment_room = room;
    }
    c->segments[c->segment_count++] = bytes;
    return true;
}

/* Sums go with the bytes: what is read back is what was written, or nothing of it is taken. */
static bool is_whole(struct span segment)
{
    uint64_t head[2];

    if (segment.n < SEGMENT_HEAD || segment.n % sizeof(uint64_t))
        return false;
    memcpy(head, segment.p, sizeof(head));
    return head[1] == segment.n &&
           head[0] == XXH3_64bits(segment.p + sizeof(uint64_t), segment.n - sizeof(uint64_t));
}

static bool is_record(const struct cache_record *r, size_t room)
{
    if (room < sizeof(*r) || cache_record_size(r->count, r->notes) > room || r->folder == 0)
        return false;
    for (uint32_t i = 0; i < r->notes; i++)
        if (cache_notes(r)[i].entry >= r->count)
            return false;
    return true;
}

int cache_load(struct cache *c, struct span segment, struct err *err)
{
    uint8_t *bytes;

    if (!is_whole(segment))
        return ERR(err, ERR_FORMAT, "it is damaged");
    bytes = malloc(segment.n);
    if (!bytes || !keep_segment(c, bytes)) {
        free(bytes);
        return ERR(err, ERR_NOMEM, "no memory for what is remembered of files");
    }
    memcpy(bytes, segment.p, segment.n);
    for (size_t at = SEGMENT_HEAD; at < segment.n;) {
        const struct cache_record *r = (const struct cache_record *)(const void *)(bytes + at);

        if (!is_record(r, segment.n - at))
            return ERR(err, ERR_FORMAT, "it is damaged");
        if (!put(c, r))
            return ERR(err, ERR_NOMEM, "no memory for what is remembered of files");
        at += cache_record_size(r->count, r->notes);
    }
    return 0;
}

void cache_write(struct cache_writer *w, const struct cache_record *head, const uint64_t *words,
                 const struct cache_note *notes)
{
    static const uint8_t none[SEGMENT_HEAD];

    if (w->segment.n == 0)
        buf_bytes(&w->segment, none, sizeof(none));
    buf_bytes(&w->segment, head, sizeof(*head));
    if (head->count)
        buf_bytes(&w->segment, words, (size_t)head->count * sizeof(*words));
    if (head->notes)
        buf_bytes(&w->segment, notes, (size_t)head->notes * sizeof(*notes));
}

struct span cache_written(struct cache_writer *w)
{
    uint64_t head[2] = {0, w->segment.n};

    if (w->segment.n == 0 || !buf_ok(&w->segment))
        return (struct span){0};
    memcpy(w->segment.p + sizeof(uint64_t), &head[1], sizeof(uint64_t));
    head[0] = XXH3_64bits(w->segment.p + sizeof(uint64_t), w->segment.n - sizeof(uint64_t));
    memcpy(w->segment.p, &head[0], sizeof(uint64_t));
    return (struct span){(const uint8_t *)w->segment.p, w->segment.n};
}
