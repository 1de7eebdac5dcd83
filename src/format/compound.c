// SPDX-License-Identifier: Apache-2.0
#include "format/compound.h"

#include <string.h>

enum {
    HEADER = 512,
    HEADER_TABLE_AT = 76, /* the first sectors of the FAT */
    HEADER_TABLE = 109,
    SMALL_SHIFT = 6,
    SMALL_BELOW = 4096,
    ENTRIES_MAX = 65536,
    EXTENTS_MAX = 1 << 19, /* pieces of one stream */
    ENTRY_CLASS = 80,
};

/* Numbers above it are marks: the end of a chain, no sector. */
#define SECTOR_MAX UINT32_C(0xfffffff9)

static const struct sv magic = {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8};

struct header {
    uint32_t directory, tables, small_table, small_tables, more, mores;
    struct span first_tables;
};

/* ---- sectors ---- */

static uint64_t offset_of(const struct compound *c, uint32_t sector)
{
    return c->base + (((uint64_t)sector + 1) << c->shift);
}

static int u32_at(struct compound *c, uint64_t offset, uint32_t *ret, struct err *err)
{
    struct span bytes;
    struct reader r;

    TRY(window_at(&c->window, offset, 4, &bytes, err));
    r = reader_over(bytes);
    *ret = reader_u32le(&r);
    return reader_ok(&r) ? 0 : ERR(err, ERR_FORMAT, "compound file: it is cut short");
}

/* The sector behind `sector`. */
static int follow(struct compound *c, uint32_t sector, uint32_t *ret, struct err *err)
{
    uint32_t each = 1u << (c->shift - 2), at = sector / each;

    if (at >= c->table_count)
        return ERR(err, ERR_FORMAT, "compound file: a sector that no table has");
    return u32_at(c, offset_of(c, c->table[at]) + (uint64_t)(sector % each) * 4, ret, err);
}

/* Where byte `at` of a chain stands in the file; false when it ends before. */
static bool locate(const struct compound_chain *chain, uint64_t at, uint64_t *ret_offset,
                   uint64_t *ret_n)
{
    size_t low = 0, high = chain->count;

    if (at >= chain->size)
        return false;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (chain->extents[middle].at <= at)
            low = middle;
        else
            high = middle;
    }

    const struct compound_extent *e = &chain->extents[low];

    *ret_offset = e->offset + (at - e->at);
    *ret_n = e->length - (at - e->at);
    return true;
}

/* ---- chains ---- */

struct growing {
    struct compound_chain *chain;
    struct arena *arena;
    size_t room;
    uint64_t at;
};

static int grow(struct growing *g, uint64_t offset, uint64_t length, struct err *err)
{
    struct compound_chain *chain = g->chain;
    struct compound_extent *last = chain->count ? &chain->extents[chain->count - 1] : NULL;

    if (last && last->offset + last->length == offset) {
        last->length += length;
        g->at += length;
        return 0;
    }
    if (chain->count == EXTENTS_MAX)
        return ERR(err, ERR_LIMIT, "compound file: a stream in more than %d pieces", EXTENTS_MAX);
    if (chain->count == g->room) {
        size_t room = g->room ? g->room * 2 : 4;
        struct compound_extent *more = arena_take_array(g->arena, room, sizeof(*more));

        if (!more)
            return arena_error(g->arena, err);
        if (chain->count)
            memcpy(more, chain->extents, chain->count * sizeof(*more));
        chain->extents = more;
        g->room = room;
    }
    chain->extents[chain->count++] = (struct compound_extent){g->at, offset, length};
    g->at += length;
    return 0;
}

/* `size` bytes from a sector on; UINT64_MAX: up to the end of the chain. */
static int chain_of(struct compound *c, uint32_t sector, uint64_t size, struct arena *arena,
                    struct compound_chain *ret, struct err *err)
{
    uint64_t sector_size = UINT64_C(1) << c->shift;
    struct growing g = {.chain = ret, .arena = arena};
    bool open = size == UINT64_MAX;

    *ret = (struct compound_chain){0};
    if (!open && size > c->size)
        return ERR(err, ERR_FORMAT, "compound file: a stream that is longer than the file");
    for (uint32_t n = 0; open ? sector <= SECTOR_MAX : g.at < size; n++) {
        if (sector >= c->sectors || n > c->sectors)
            return ERR(err, ERR_FORMAT,
                       sector > SECTOR_MAX ? "compound file: a stream ends too early"
                       : n > c->sectors    ? "compound file: a chain of sectors runs in circles"
                                           : "compound file: a sector beyond its end");
        TRY(grow(&g, offset_of(c, sector), sector_size, err));
        if (open || g.at < size)
            TRY(follow(c, sector, &sector, err));
    }
    ret->size = open ? g.at : size;
    return 0;
}

static int small_chain_of(struct compound *c, uint32_t sector, uint64_t size, struct arena *arena,
                          struct compound_chain *ret, struct err *err)
{
    struct growing g = {.chain = ret, .arena = arena};
    uint64_t offset, n;

    *ret = (struct compound_chain){0};
    while (g.at < size) {
        if (!locate(&c->small, (uint64_t)sector << SMALL_SHIFT, &offset, &n))
            return ERR(err, ERR_FORMAT, "compound file: a small stream ends too early");
        TRY(grow(&g, offset, UINT64_C(1) << SMALL_SHIFT, err));
        if (g.at >= size)
            break;
        if (!locate(&c->small_table, (uint64_t)sector * 4, &offset, &n))
            return ERR(err, ERR_FORMAT, "compound file: a sector that no table has");
        TRY(u32_at(c, offset, &sector, err));
    }
    ret->size = size;
    return 0;
}

/* ---- header ---- */

static int read_header(struct compound *c, struct header *ret, struct err *err)
{
    struct span bytes;
    struct reader r;
    uint16_t version;
    uint64_t sectors;

    TRY(window_at(&c->window, c->base, HEADER, &bytes, err));
    if (!sv_starts(sv_of(bytes), magic))
        return COMPOUND_NONE;
    r = reader_over(bytes);
    reader_skip(&r, 26);
    version = reader_u16le(&r);
    reader_skip(&r, 2);
    c->shift = reader_u16le(&r);
    reader_skip(&r, 12);
    ret->tables = reader_u32le(&r);
    ret->directory = reader_u32le(&r);
    reader_skip(&r, 8);
    ret->small_table = reader_u32le(&r);
    ret->small_tables = reader_u32le(&r);
    ret->more = reader_u32le(&r);
    ret->mores = reader_u32le(&r);
    ret->first_tables = reader_take(&r, (size_t)HEADER_TABLE * 4);
    if (!reader_ok(&r) || (c->shift != 9 && c->shift != 12))
        return ERR(err, ERR_FORMAT, "compound file: its header is damaged");
    c->wide = version >= 4;
    c->size = c->source->size - c->base;
    // The last sector may be cut.
    sectors = (c->size + (UINT64_C(1) << c->shift) - 1) >> c->shift;
    c->sectors = sectors < SECTOR_MAX ? (uint32_t)sectors : SECTOR_MAX;
    return 0;
}

static void add_tables(struct compound *c, struct reader *r, size_t max)
{
    while (r->rest.n >= 4 && c->table_count < max) {
        uint32_t sector = reader_u32le(r);

        if (sector <= SECTOR_MAX)
            c->table[c->table_count++] = sector;
    }
}

/* The sectors of the FAT: 109 of them in the header, the others in a chain of their own. */
static int read_tables(struct compound *c, const struct header *h, struct err *err)
{
    uint32_t each = 1u << (c->shift - 2), sector = h->more;
    size_t max = c->sectors / each + 1;
    struct reader r = reader_over(h->first_tables);

    if (h->tables < max)
        max = h->tables;
    c->table = arena_take_array(c->arena, max, sizeof(*c->table));
    if (!c->table && max)
        return arena_error(c->arena, err);
    add_tables(c, &r, max);
    for (size_t n = 0; c->table_count < max && sector < c->sectors; n++) {
        struct span bytes;

        if (n > c->sectors / (each - 1))
            return ERR(err, ERR_FORMAT, "compound file: its tables run in circles");
        TRY(window_at(&c->window, offset_of(c, sector), (size_t)each * 4, &bytes, err));
        if (bytes.n < (size_t)each * 4)
            return ERR(err, ERR_FORMAT, "compound file: it is cut short");
        r = reader_over((struct span){bytes.p, bytes.n - 4});
        add_tables(c, &r, max);
        r = reader_over(span_from(bytes, bytes.n - 4));
        sector = reader_u32le(&r);
    }
    return 0;
}

/* ---- directory ---- */

static struct compound_entry entry_of(const struct compound *c, struct span record)
{
    struct compound_entry e = {.record = record, .parent = UINT32_MAX};
    struct reader r = reader_over(record);
    struct span name = reader_take(&r, 64);
    uint16_t n = reader_u16le(&r);

    e.name = (struct span){name.p, n >= 2 && n <= 64 ? n - 2u : 0};
    e.type = (enum compound_type)reader_u8(&r);
    reader_skip(&r, 49);
    e.start = reader_u32le(&r);
    e.size = c->wide ? reader_u64le(&r) : reader_u32le(&r);
    return e;
}

static int read_directory(struct compound *c, uint32_t sector, struct err *err)
{
    struct compound_chain chain;
    uint8_t *bytes;
    size_t got;

    TRY(chain_of(c, sector, UINT64_MAX, c->arena, &chain, err));
    if (chain.size / COMPOUND_ENTRY > ENTRIES_MAX)
        return ERR(err, ERR_LIMIT, "compound file: more than %d entries", ENTRIES_MAX);
    c->count = (uint32_t)(chain.size / COMPOUND_ENTRY);
    bytes = arena_take(c->arena, (size_t)chain.size);
    c->entries = arena_take_array(c->arena, c->count, sizeof(*c->entries));
    if (c->count == 0)
        return ERR(err, ERR_FORMAT, "compound file: it has no directory");
    if (!bytes || !c->entries)
        return arena_error(c->arena, err);
    for (size_t i = 0; i < chain.count; i++) {
        const struct compound_extent *x = &chain.extents[i];

        TRY(c->source->read_at(c->source, x->offset, bytes + x->at, (size_t)x->length, &got, err));
        if (got != x->length)
            return ERR(err, ERR_FORMAT, "compound file: it is cut short");
    }
    for (uint32_t i = 0; i < c->count; i++)
        c->entries[i] =
            entry_of(c, (struct span){bytes + (size_t)i * COMPOUND_ENTRY, COMPOUND_ENTRY});
    if (c->entries[COMPOUND_ROOT].type != COMPOUND_ROOT_STORAGE)
        return ERR(err, ERR_FORMAT, "compound file: its directory has no root");
    return 0;
}

static bool is_storage(const struct compound_entry *e)
{
    return e->type == COMPOUND_STORAGE || e->type == COMPOUND_ROOT_STORAGE;
}

static unsigned depth_of(const struct compound *c, uint32_t entry)
{
    unsigned depth = 0;

    for (; entry != COMPOUND_ROOT && depth <= COMPOUND_DEPTH; depth++)
        entry = c->entries[entry].parent;
    return depth;
}

/* Give an entry its parent and put it on the list of those to look at, once. */
static void enter(struct compound *c, uint32_t *list, uint32_t *n, uint32_t entry, uint32_t parent)
{
    if (entry == UINT32_MAX)
        return;
    if (entry >= c->count || entry == COMPOUND_ROOT || c->entries[entry].parent != UINT32_MAX ||
        (c->entries[entry].type != COMPOUND_STREAM && c->entries[entry].type != COMPOUND_STORAGE)) {
        c->damaged = true;
        return;
    }
    c->entries[entry].parent = parent;
    list[(*n)++] = entry;
}

/* Who is in which storage: every entry names two siblings and a child. */
static int read_tree(struct compound *c, struct err *err)
{
    uint32_t *list = arena_take_array(c->arena, c->count, sizeof(*list)), n = 1;

    if (!list)
        return arena_error(c->arena, err);
    list[0] = COMPOUND_ROOT;
    for (uint32_t i = 0; i < n; i++) {
        struct compound_entry *e = &c->entries[list[i]];
        struct reader r = reader_over(span_from(e->record, 68));
        uint32_t left = reader_u32le(&r), right = reader_u32le(&r), child = reader_u32le(&r);

        if (list[i] != COMPOUND_ROOT) {
            enter(c, list, &n, left, e->parent);
            enter(c, list, &n, right, e->parent);
        }
        if (!is_storage(e))
            continue;
        if (depth_of(c, list[i]) >= COMPOUND_DEPTH)
            c->damaged = true;
        else
            enter(c, list, &n, child, list[i]);
    }
    return 0;
}

int compound_open(struct compound *ret, struct source *source, uint64_t base, struct arena *arena,
                  struct err *err)
{
    struct compound c = {.source = source, .base = base, .arena = arena};
    struct header h;
    int r;

    window_init(&c.window, source, arena);
    r = read_header(&c, &h, err);
    if (r != 0)
        return r;
    TRY(read_tables(&c, &h, err));
    TRY(read_directory(&c, h.directory, err));
    TRY(read_tree(&c, err));
    TRY(chain_of(&c, c.entries[COMPOUND_ROOT].start, c.entries[COMPOUND_ROOT].size, arena, &c.small,
                 err));
    TRY(chain_of(&c, h.small_table, (uint64_t)h.small_tables << c.shift, arena, &c.small_table,
                 err));
    *ret = c;
    return 0;
}

int compound_class(struct source *source, uint64_t base, uint8_t ret_class[COMPOUND_CLASS],
                   struct err *err)
{
    auto_arena arena;
    struct compound c = {.source = source, .base = base, .arena = &arena};
    struct header h;
    struct span bytes;
    int r;

    arena_init(&arena, 4 * WINDOW_SIZE);
    window_init(&c.window, source, &arena);
    r = read_header(&c, &h, err);
    if (r != 0)
        return r;
    if (h.directory >= c.sectors)
        return COMPOUND_NONE;
    TRY(window_at(&c.window, offset_of(&c, h.directory) + ENTRY_CLASS, COMPOUND_CLASS, &bytes,
                  err));
    if (bytes.n < COMPOUND_CLASS)
        return COMPOUND_NONE;
    memcpy(ret_class, bytes.p, COMPOUND_CLASS);
    return 0;
}

struct span compound_class_of(const struct compound_entry *e)
{
    return (struct span){e->record.p + ENTRY_CLASS, COMPOUND_CLASS};
}

/* ---- streams ---- */

static int stream_read_at(struct source *s, uint64_t offset, void *to, size_t n, size_t *ret_n,
                          struct err *err)
{
    struct compound_stream *stream = (struct compound_stream *)s;
    uint64_t at, there;

    *ret_n = 0;
    while (n && locate(&stream->chain, offset, &at, &there)) {
        size_t want = n < there ? n : (size_t)there, got;

        if (want > stream->chain.size - offset)
            want = (size_t)(stream->chain.size - offset);
        TRY(stream->file->read_at(stream->file, at, (uint8_t *)to + *ret_n, want, &got, err));
        *ret_n += got;
        if (got < want)
            break;
        offset += want;
        n -= want;
    }
    return 0;
}

int compound_stream_open(struct compound *c, uint32_t entry, struct arena *arena,
                         struct compound_stream **ret, struct err *err)
{
    const struct compound_entry *e = &c->entries[entry];
    struct compound_stream *stream = arena_take(arena, sizeof(*stream));
    size_t head = e->size < SOURCE_HEAD ? (size_t)e->size : SOURCE_HEAD, got;
    uint8_t *bytes = arena_take(arena, head);

    if (!stream || (!bytes && head))
        return arena_error(arena, err);
    TRY((e->size < SMALL_BELOW ? small_chain_of : chain_of)(c, e->start, e->size, arena,
                                                            &stream->chain, err));
    stream->file = c->source;
    stream->source = (struct source){.size = e->size, .read_at = stream_read_at};
    if (head) {
        TRY(stream_read_at(&stream->source, 0, bytes, head, &got, err));
        if (got != head)
            return ERR(err, ERR_FORMAT, "compound file: it is cut short");
    }
    stream->source.head = (struct span){bytes, head};
    *ret = stream;
    return 0;
}
