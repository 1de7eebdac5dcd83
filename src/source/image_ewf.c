// SPDX-License-Identifier: Apache-2.0
/*
 * The disk in a file of the Expert Witness Format (E01), as forensic tools take it.
 *
 *     "EVF" …   sections, each saying where the next is:
 *               volume: sizes   sectors: chunks   table: where each chunk is   … next or done
 *
 * Format: J. Metz, "Expert Witness Compression Format specification".
 */
#include "source/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/fs.h"
#include "source/unpack.h"

enum {
    FILE_HEADER = 13,
    SECTION = 76,
    TABLE_HEADER = 24,
    SECTIONS_MAX = 1 << 16,
    CHUNK_MAX = 4 << 20,
};

#define ENTRY_PACKED 0x80000000u

/* A table: `count` chunks from number `first` on. */
struct table {
    struct disk *file;
    uint64_t first, count, base, at, end; /* end: of the section of chunks */
};

struct ewf {
    struct image image;
    struct table *tables;
    size_t count, room;
    uint64_t chunks; /* in the tables */
    uint32_t chunk;  /* bytes */
    struct blocks blocks;
    uint8_t *packed;
    struct disk *others[SIBLINGS_MAX]; /* the files behind the first */
    unsigned other_count;
    bool more; /* in another file, which is not there */
};

static const struct table *table_of(const struct ewf *e, uint64_t chunk)
{
    size_t low = 0, high = e->count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (chunk < e->tables[middle].first)
            high = middle;
        else if (chunk - e->tables[middle].first >= e->tables[middle].count)
            low = middle + 1;
        else
            return &e->tables[middle];
    }
    return NULL;
}

/* Where a chunk is and how many bytes it may take. */
static int place(struct ewf *e, uint64_t chunk, struct disk **ret_file, uint64_t *ret_at,
                 size_t *ret_n, bool *ret_packed, struct err *err)
{
    const struct table *t = table_of(e, chunk);
    uint8_t entry[8];
    uint64_t index, end;

    if (!t)
        return e->more ? ERR(err, ERR_UNSUPPORTED, "ewf: the rest of it is in another file")
                       : ERR(err, ERR_FORMAT, "ewf: a chunk is missing");
    index = chunk - t->first;
    *ret_file = t->file;
    TRY(disk_read(t->file, t->at + index * 4, entry, index + 1 < t->count ? 8 : 4, err));
    *ret_at = t->base + (fs_u32(entry) & ~ENTRY_PACKED);
    *ret_packed = fs_u32(entry) & ENTRY_PACKED;
    end = index + 1 < t->count ? t->base + (fs_u32(entry + 4) & ~ENTRY_PACKED) : t->end;
    if (end <= *ret_at || end - *ret_at > 2 * (uint64_t)e->chunk)
        end = *ret_at + 2 * (uint64_t)e->chunk;
    if (*ret_at >= t->file->size)
        return ERR(err, ERR_FORMAT, "the image ends before its byte %llu is there",
                   (unsigned long long)*ret_at);
    *ret_n = (size_t)((end < t->file->size ? end : t->file->size) - *ret_at);
    return 0;
}

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    struct ewf *e = (struct ewf *)m;
    uint64_t chunk = offset / e->chunk, in_chunk = offset % e->chunk, at = 0;
    struct span unpacked;
    struct disk *file = NULL;
    size_t packed = 0, n = 0;
    bool is_packed = false;
    unsigned slot = 0;
    uint8_t *to;

    TRY(place(e, chunk, &file, &at, &packed, &is_packed, err));
    if (!is_packed) {
        *ret = (struct extent){
            .how = EXTENT_AT, .n = e->chunk - in_chunk, .from = file->source, .at = at + in_chunk};
        return 0;
    }
    if (!blocks_get(&e->blocks, chunk + 1, &unpacked)) {
        to = blocks_room(&e->blocks, &slot);
        if (!e->packed)
            e->packed = malloc(2 * (size_t)e->chunk);
        if (!to || !e->packed)
            return ERR(err, ERR_NOMEM, "no memory");
        TRY(budget_worked(e->image.disk.budget, e->chunk, err));
        TRY(disk_read(file, at, e->packed, packed, err));
        TRY(unpack_block(UNPACK_ZLIB, (struct span){e->packed, packed}, to, e->chunk, &n, err));
        memset(to + n, 0, e->chunk - n);
        unpacked = blocks_put(&e->blocks, slot, chunk + 1, e->chunk);
    }
    *ret = (struct extent){
        .how = EXTENT_MADE, .n = e->chunk - in_chunk, .made = unpacked.p + in_chunk};
    return 0;
}

/* ---- sections ---- */

static int add_table(struct ewf *e, struct disk *file, uint64_t at, uint64_t end, struct err *err)
{
    uint8_t h[TABLE_HEADER];
    struct table *t;

    TRY(disk_read(file, at, h, sizeof(h), err));
    if (e->count == e->room) {
        size_t room = e->room ? e->room * 2 : 16;

        t = realloc(e->tables, room * sizeof(*t));
        if (!t)
            return ERR(err, ERR_NOMEM, "no memory");
        e->tables = t;
        e->room = room;
    }
    t = &e->tables[e->count++];
    *t = (struct table){.file = file,
                        .first = e->chunks,
                        .count = fs_u32(h),
                        .base = fs_u64(h + 8),
                        .at = at + TABLE_HEADER,
                        .end = end};
    e->chunks += t->count;
    return 0;
}

static int read_volume(struct ewf *e, uint64_t at, uint64_t *ret_size, struct err *err)
{
    uint8_t v[24];
    uint64_t chunk, sectors;

    TRY(disk_read(&e->image.disk, at, v, sizeof(v), err));
    chunk = (uint64_t)fs_u32(v + 8) * fs_u32(v + 12);
    sectors = fs_u64(v + 16);
    if (chunk < 512 || chunk > CHUNK_MAX || sectors > UINT64_MAX >> 16)
        return ERR(err, ERR_FORMAT, "ewf: its sizes are damaged");
    e->chunk = (uint32_t)chunk;
    *ret_size = sectors * fs_u32(v + 12);
    blocks_init(&e->blocks, e->chunk);
    return 0;
}

static int read_sections(struct ewf *e, struct disk *file, uint64_t *ret_size, struct err *err)
{
    uint64_t at = FILE_HEADER, chunks_end = 0;

    for (unsigned i = 0; i < SECTIONS_MAX; i++) {
        uint8_t s[SECTION];
        uint64_t next;
        struct sv type;

        TRY(disk_read(file, at, s, sizeof(s), err));
        type = (struct sv){(const char *)s, strnlen((const char *)s, 16)};
        next = fs_u64(s + 16);
        if (file == &e->image.disk && (sv_eq(type, SV("volume")) || sv_eq(type, SV("disk"))))
            TRY(read_volume(e, at + SECTION, ret_size, err));
        else if (sv_eq(type, SV("sectors")))
            chunks_end = next;
        else if (sv_eq(type, SV("table")))
            TRY(add_table(e, file, at + SECTION, chunks_end > at ? 0 : chunks_end, err));
        e->more = sv_eq(type, SV("next"));
        if (e->more || sv_eq(type, SV("done")))
            break;
        if (next <= at)
            return ERR(err, ERR_FORMAT, "ewf: its sections are damaged");
        at = next;
    }
    return e->chunk ? 0 : ERR(err, ERR_FORMAT, "ewf: its sizes are missing");
}

/* ".E01" … ".E99", ".EAA" … ".EZZ"; of the first file the name says which letters are used. */
static int next_name(const struct image_file *file, unsigned number, char to[SIBLING_NAME_MAX + 1],
                     struct err *err)
{
    struct sv name = sv_from(file->name, sv_find_last(file->name, '/') + 1);
    char a = 'A';
    unsigned letters = number - 100;

    if (name.n < 5 || name.n > SIBLING_NAME_MAX || name.p[name.n - 4] != '.' ||
        number >= 100 + 26 * 26)
        return ERR(err, ERR_UNSUPPORTED,
                   "ewf: the rest of it is in files that its name does not tell");
    if (name.p[name.n - 3] >= 'a')
        a = 'a';
    if (number < 100)
        (void)snprintf(to, SIBLING_NAME_MAX + 1, "%.*s%02u", (int)name.n - 2, name.p, number);
    else
        (void)snprintf(to, SIBLING_NAME_MAX + 1, "%.*s%c%c", (int)name.n - 2, name.p,
                       a + (int)(letters / 26), a + (int)(letters % 26));
    return 0;
}

static int open_next(struct ewf *e, const struct image_file *file, unsigned number,
                     struct disk **ret, struct err *err)
{
    char name[SIBLING_NAME_MAX + 1];
    struct source *source;
    uint8_t h[FILE_HEADER];
    struct disk *d;

    TRY(next_name(file, number, name, err));
    if (e->other_count == SIBLINGS_MAX)
        return ERR(err, ERR_LIMIT, "ewf: a disk in more than %d files", SIBLINGS_MAX + 1);
    TRY(image_sibling(file, sv_str(name), &source, err));
    d = malloc(sizeof(*d));
    if (!d)
        return ERR(err, ERR_NOMEM, "no memory");
    disk_init(d, source, 0, e->image.disk.budget);
    e->others[e->other_count++] = d;
    TRY(disk_read(d, 0, h, sizeof(h), err));
    if (memcmp(h, "EVF\x09\r\n\xff\0", 8) != 0 || fs_u16(h + 9) != number)
        return ERR(err, ERR_FORMAT, "ewf: '%s' is not the part %u that it should be", name, number);
    *ret = d;
    return 0;
}

/* "x.E02" is read with "x.E01": IMAGE_NOT when that is there. */
static int is_part(const struct image_file *file, struct err *err)
{
    char name[SIBLING_NAME_MAX + 1];
    struct source *source;

    TRY(next_name(file, 1, name, err));
    TRY(image_sibling(file, sv_str(name), &source, err));
    return IMAGE_NOT;
}

static int read_file(struct ewf *e, const struct image_file *file, uint64_t *ret_size,
                     struct err *err)
{
    struct disk *part = &e->image.disk;
    uint8_t h[FILE_HEADER];
    struct err why;
    int r;

    TRY(disk_read(part, 0, h, sizeof(h), err));
    if (fs_u16(h + 9) != 1)
        return is_part(file, err);
    r = read_sections(e, part, ret_size, &why);
    for (unsigned number = 2; r == 0 && e->more; number++) {
        r = open_next(e, file, number, &part, &why);
        if (r == 0)
            r = read_sections(e, part, ret_size, &why);
    }
    if (r == 0)
        return 0;
    // What the sections before tell of can be read.
    if (e->count == 0 || e->chunk == 0 || (file->siblings && file->siblings->wanted)) {
        *err = why;
        return r;
    }
    e->image.noted = why;
    return 0;
}

static void ewf_close(struct image *image)
{
    struct ewf *e = (struct ewf *)image;

    for (unsigned i = 0; i < e->other_count; i++) {
        disk_clear(e->others[i]);
        free(e->others[i]);
    }
    blocks_clear(&e->blocks);
    free(e->packed);
    free(e->tables);
    free(e);
}

int ewf_open(const struct image_file *file, struct budget *budget, struct image **ret,
             struct err *err)
{
    struct ewf *e = image_new(sizeof(*e), file->source, budget, ewf_close, err);
    uint64_t size = 0;
    int r;

    if (!e)
        return -ERR_NOMEM;
    e->image.raw.find = find;
    r = read_file(e, file, &size, err);
    return image_opened(&e->image, r, size, ret, err);
}
