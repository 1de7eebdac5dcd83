// SPDX-License-Identifier: Apache-2.0
/*
 *     packed blocks … | property list in XML | trailer, "koly", 512 bytes
 *
 * The list has one table for each part of the disk, "mish", in base64: runs of sectors, each with
 * how and where it is packed. All numbers are big-endian. Sectors that no run names are zeros.
 * Format: not published; as Apple's hdiutil writes it.
 */
#include "source/dmg.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/arena.h"
#include "source/codec.h"
#include "trust/base64.h"

enum {
    SECTOR = 512,
    XML_MAX = 24 << 20,
    RUNS_MAX = 1 << 20,
    RUN_PACKED_MAX = 16 << 20, /* bytes; what makes images has runs of at most 1 MiB */
    CACHE_BYTES = 16 << 20,
    CACHE_SLOTS = 16,
    TABLE_HEADER = 204,
    TABLE_RUN = 40,
    TRAILER_SEGMENTS = 60,
    TRAILER_XML = 216,
    TRAILER_SECTORS = 492,
};

#define RUN_ZEROS UINT32_C(0)
#define RUN_RAW UINT32_C(1)
#define RUN_IGNORED UINT32_C(2)
#define RUN_COMMENT UINT32_C(0x7ffffffe)
#define RUN_ADC UINT32_C(0x80000004)
#define RUN_ZLIB UINT32_C(0x80000005)
#define RUN_BZIP2 UINT32_C(0x80000006)
#define RUN_LZFSE UINT32_C(0x80000007)
#define RUN_XZ UINT32_C(0x80000008)
#define RUN_END UINT32_MAX

struct run {
    uint64_t start, count; /* sectors */
    uint64_t at, packed;   /* bytes in the file */
    uint32_t kind;
};

struct slot {
    const struct run *run; /* NULL: free */
    uint8_t *bytes;
    size_t n;
    uint64_t used; /* when last */
};

struct dmg {
    struct image image;
    uint64_t size;    /* of the disk */
    uint64_t data;    /* where the packed blocks begin */
    struct run *runs; /* sorted */
    size_t run_count, run_room;
    struct slot slots[CACHE_SLOTS];
    size_t cached;
    uint64_t clock;
};

bool dmg_is_trailer(struct span tail)
{
    return tail.n == DMG_TRAILER && sv_starts(sv_of(tail), SV("koly\0\0\0\4\0\0\2\0"));
}

static uint64_t number_at(struct span s, size_t at, unsigned bytes)
{
    struct reader r = reader_over(span_from(s, at));

    return bytes == 8 ? reader_u64be(&r) : reader_u32be(&r);
}

/* ---- the table of runs ---- */

static bool kind_is_known(uint32_t kind)
{
    return kind <= RUN_IGNORED || kind == RUN_ADC || kind == RUN_ZLIB || kind == RUN_BZIP2 ||
           kind == RUN_XZ;
}

static bool kind_is_zeros(uint32_t kind)
{
    return kind == RUN_ZEROS || kind == RUN_IGNORED;
}

static int check_run(const struct dmg *d, const struct run *run, struct err *err)
{
    uint64_t end;

    if (run->kind == RUN_LZFSE)
        return ERR(err, ERR_UNSUPPORTED, "dmg: its blocks are packed by LZFSE");
    if (!kind_is_known(run->kind))
        return ERR(err, ERR_UNSUPPORTED, "dmg: its blocks are packed in the way %#x", run->kind);
    if (__builtin_add_overflow(run->start, run->count, &end) || end > d->size / SECTOR)
        return ERR(err, ERR_FORMAT, "dmg: a block stands behind the end of the disk");
    if (kind_is_zeros(run->kind))
        return 0;
    if (run->at > d->image.disk.size || run->packed > d->image.disk.size - run->at)
        return ERR(err, ERR_FORMAT, "dmg: it ends before its blocks do");
    if (run->kind == RUN_RAW)
        return run->packed >= run->count * SECTOR
                   ? 0
                   : ERR(err, ERR_FORMAT, "dmg: a block is shorter than what it is for");
    if (run->packed > RUN_PACKED_MAX || run->count > RUN_PACKED_MAX / SECTOR)
        return ERR(err, ERR_LIMIT, "dmg: a packed block of more than %d MiB", RUN_PACKED_MAX >> 20);
    return 0;
}

static int add_run(struct dmg *d, const struct run *run, struct err *err)
{
    TRY(check_run(d, run, err));
    if (d->run_count == RUNS_MAX)
        return ERR(err, ERR_LIMIT, "dmg: more than %d blocks", RUNS_MAX);
    if (d->run_count == d->run_room) {
        size_t room = d->run_room ? 2 * d->run_room : 256;
        struct run *bigger = realloc(d->runs, room * sizeof(*bigger));

        if (!bigger)
            return ERR(err, ERR_NOMEM, "no memory");
        d->runs = bigger;
        d->run_room = room;
    }
    d->runs[d->run_count++] = *run;
    return 0;
}

static int read_table(struct dmg *d, struct span table, struct err *err)
{
    uint64_t first = number_at(table, 8, 8), offset = number_at(table, 24, 8);
    uint64_t count = number_at(table, TABLE_HEADER - 4, 4);
    struct reader r = reader_over(span_from(table, TABLE_HEADER));

    if (!sv_starts(sv_of(table), SV("mish")) || count > r.rest.n / TABLE_RUN)
        return ERR(err, ERR_FORMAT, "dmg: a table of its blocks is damaged");
    while (count--) {
        struct run run = {.kind = reader_u32be(&r)};

        reader_skip(&r, 4);
        run.start = reader_u64be(&r);
        run.count = reader_u64be(&r);
        run.at = reader_u64be(&r);
        run.packed = reader_u64be(&r);
        if (run.kind == RUN_END)
            break;
        if (run.kind == RUN_COMMENT || run.count == 0)
            continue;
        if (__builtin_add_overflow(run.start, first, &run.start) ||
            __builtin_add_overflow(run.at, offset, &run.at) ||
            __builtin_add_overflow(run.at, d->data, &run.at))
            return ERR(err, ERR_FORMAT, "dmg: a table of its blocks is damaged");
        TRY(add_run(d, &run, err));
    }
    return 0;
}

/* What follows "<key>name</key>", up to the end of the text; empty without such a key. */
static struct sv after_key(struct sv xml, struct sv key)
{
    size_t at = sv_find(xml, key);

    return at == SIZE_MAX ? (struct sv){0} : sv_from(xml, at + key.n);
}

/* The tables are the data of the dictionaries under "blkx", an array. */
static int read_tables(struct dmg *d, struct sv xml, struct err *err)
{
    const struct sv open = SV("<data>"), close = SV("</data>");
    struct sv rest = after_key(xml, SV("<key>blkx</key>"));
    size_t end = sv_find(rest, SV("</array>"));
    auto_arena arena;

    rest.n = end == SIZE_MAX ? 0 : end;
    arena_init(&arena, XML_MAX);
    while ((rest = after_key(rest, open)).n) {
        struct span table;

        end = sv_find(rest, close);
        if (end == SIZE_MAX)
            break;
        arena_reset(&arena);
        TRY(base64_decode((struct sv){rest.p, end}, &arena, &table, err));
        TRY(read_table(d, table, err));
        rest = sv_from(rest, end);
    }
    return d->run_count ? 0 : ERR(err, ERR_FORMAT, "dmg: it has no table of its blocks");
}

static int by_start(const void *a, const void *b)
{
    const struct run *x = a, *y = b;

    return x->start != y->start ? x->start < y->start ? -1 : 1 : 0;
}

static int sort_runs(struct dmg *d, struct err *err)
{
    qsort(d->runs, d->run_count, sizeof(*d->runs), by_start);
    for (size_t i = 1; i < d->run_count; i++)
        if (d->runs[i].start < d->runs[i - 1].start + d->runs[i - 1].count)
            return ERR(err, ERR_FORMAT, "dmg: its blocks overlap");
    return 0;
}

static int read_list(struct dmg *d, uint64_t at, uint64_t size, struct err *err)
{
    uint8_t *xml;
    int r;

    if (size == 0)
        return ERR(err, ERR_UNSUPPORTED, "dmg: its table is in a resource fork");
    if (size > XML_MAX)
        return ERR(err, ERR_LIMIT, "dmg: a property list of more than %d MiB", XML_MAX >> 20);
    xml = malloc((size_t)size);
    if (!xml)
        return ERR(err, ERR_NOMEM, "no memory");
    r = image_read(&d->image, at, xml, (size_t)size, err);
    if (r == 0)
        r = read_tables(d, (struct sv){(const char *)xml, (size_t)size}, err);
    free(xml);
    return r < 0 ? r : sort_runs(d, err);
}

/* ---- blocks ---- */

/* Apple Data Compression: plain bytes, and copies of what came before, near or far. */
static size_t unpack_adc(struct span packed, uint8_t *to, size_t room)
{
    struct reader r = reader_over(packed);
    size_t n = 0;

    while (r.rest.n && n < room) {
        uint8_t code = reader_u8(&r);
        size_t length, back;

        if (code & 0x80) {
            struct span plain = reader_take(&r, (code & 0x7fu) + 1);

            length = plain.n < room - n ? plain.n : room - n;
            if (length)
                memcpy(to + n, plain.p, length);
            n += length;
            if (!reader_ok(&r))
                break;
            continue;
        }
        if (code & 0x40) {
            length = (code & 0x3fu) + 4;
            back = reader_u16be(&r);
        } else {
            length = (code >> 2 & 0xfu) + 3;
            back = (code & 3u) << 8 | reader_u8(&r);
        }
        if (!reader_ok(&r) || back >= n)
            break;
        for (; length && n < room; length--, n++)
            to[n] = to[n - back - 1];
    }
    return n;
}

static size_t unpack_zlib(struct span packed, uint8_t *to, size_t room)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)packed.p, // zlib only reads it
                  .avail_in = (uInt)packed.n,
                  .next_out = to,
                  .avail_out = (uInt)room};

    if (inflateInit(&z) != Z_OK)
        return 0;
    (void)inflate(&z, Z_FINISH);
    (void)inflateEnd(&z);
    return room - z.avail_out;
}

static int unpack_codec(struct dmg *d, enum container_kind kind, struct span packed, uint8_t *to,
                        size_t room, size_t *ret_n, struct err *err)
{
    struct source_memory memory;
    struct codec *codec = NULL;
    struct input in;
    struct span piece = {0};
    int r;

    source_memory_init(&memory, packed);
    input_init(&in, &memory.source, 0, d->image.disk.budget);
    r = codec_open(kind, &in, &codec, err);
    *ret_n = 0;
    while (r == 0 && *ret_n < room && (r = codec->next(codec, &piece, err)) == 0 && piece.n) {
        size_t n = piece.n < room - *ret_n ? piece.n : room - *ret_n;

        memcpy(to + *ret_n, piece.p, n);
        *ret_n += n;
    }
    codec_close(codec);
    input_clear(&in);
    return r;
}

static int unpack_into(struct dmg *d, const struct run *run, uint8_t *packed, uint8_t *to,
                       size_t room, struct err *err)
{
    struct span in = {packed, (size_t)run->packed};
    size_t n = 0;

    TRY(image_read(&d->image, run->at, packed, (size_t)run->packed, err));
    if (run->kind == RUN_ADC)
        n = unpack_adc(in, to, room);
    else if (run->kind == RUN_ZLIB)
        n = unpack_zlib(in, to, room);
    else
        TRY(unpack_codec(d, run->kind == RUN_BZIP2 ? KIND_BZIP2 : KIND_XZ, in, to, room, &n, err));
    return n == room ? 0
                     : ERR(err, ERR_FORMAT, "dmg: the block at byte %llu is damaged",
                           (unsigned long long)run->at);
}

static void drop_slot(struct dmg *d, struct slot *s)
{
    d->cached -= s->n;
    free(s->bytes);
    *s = (struct slot){0};
}

/* A slot for so many bytes: the one that was not used for the longest time. */
static struct slot *take_slot(struct dmg *d, size_t n)
{
    struct slot *oldest;

    for (;;) {
        oldest = &d->slots[0];
        for (size_t i = 1; i < CACHE_SLOTS; i++)
            if (d->slots[i].used < oldest->used)
                oldest = &d->slots[i];
        if (!oldest->run && d->cached + n <= CACHE_BYTES)
            return oldest;
        if (!oldest->run) {
            for (size_t i = 0; i < CACHE_SLOTS; i++)
                if (d->slots[i].run && (!oldest->run || d->slots[i].used < oldest->used))
                    oldest = &d->slots[i];
        }
        drop_slot(d, oldest);
    }
}

static int unpack_run(struct dmg *d, struct run *run, struct slot *slot, struct err *err)
{
    size_t room = (size_t)run->count * SECTOR;
    uint8_t *packed = malloc((size_t)run->packed + 1), *bytes = malloc(room);
    int r = packed && bytes ? 0 : ERR(err, ERR_NOMEM, "no memory");

    if (r == 0)
        r = budget_worked(d->image.disk.budget, room, err);
    if (r == 0)
        r = unpack_into(d, run, packed, bytes, room, err);
    free(packed);
    if (r < 0) {
        free(bytes);
        return r;
    }
    *slot = (struct slot){.run = run, .bytes = bytes, .n = room};
    d->cached += room;
    return 0;
}

static int cached_run(struct dmg *d, struct run *run, const uint8_t **ret, struct err *err)
{
    struct slot *slot = NULL;

    for (size_t i = 0; i < CACHE_SLOTS && !slot; i++)
        if (d->slots[i].run == run)
            slot = &d->slots[i];
    if (!slot) {
        slot = take_slot(d, (size_t)run->count * SECTOR);
        TRY(unpack_run(d, run, slot, err));
    }
    slot->used = ++d->clock;
    *ret = slot->bytes;
    return 0;
}

/* ---- the disk ---- */

/* The run that holds a sector, or the first one behind it. */
static size_t run_at(const struct dmg *d, uint64_t sector)
{
    size_t low = 0, high = d->run_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (d->runs[middle].start + d->runs[middle].count <= sector)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    struct dmg *d = (struct dmg *)m;
    size_t i = run_at(d, offset / SECTOR);
    struct run *run = i < d->run_count ? &d->runs[i] : NULL;
    uint64_t start = run ? run->start * SECTOR : d->size, n;
    const uint8_t *bytes;

    if (offset < start) {
        *ret = (struct extent){.how = EXTENT_ZEROS, .n = start - offset};
        return 0;
    }
    n = start + run->count * SECTOR - offset;
    if (kind_is_zeros(run->kind)) {
        *ret = (struct extent){.how = EXTENT_ZEROS, .n = n};
        return 0;
    }
    if (run->kind == RUN_RAW) {
        image_extent(&d->image, run->at + (offset - start), n, ret);
        return 0;
    }
    TRY(cached_run(d, run, &bytes, err));
    *ret = (struct extent){.how = EXTENT_MADE, .n = n, .made = bytes + (offset - start)};
    return 0;
}

/* ---- the image ---- */

static void close_image(struct image *image)
{
    struct dmg *d = (struct dmg *)image;

    for (size_t i = 0; i < CACHE_SLOTS; i++)
        free(d->slots[i].bytes);
    free(d->runs);
    free(d);
}

static int read_trailer(struct dmg *d, struct err *err)
{
    uint8_t bytes[DMG_TRAILER];
    struct span trailer = {bytes, sizeof(bytes)};
    uint64_t file = d->image.disk.size, sectors;

    if (file < DMG_TRAILER)
        return ERR(err, ERR_FORMAT, "dmg: it ends too early");
    TRY(image_read(&d->image, file - DMG_TRAILER, bytes, sizeof(bytes), err));
    if (!dmg_is_trailer(trailer))
        return ERR(err, ERR_FORMAT, "dmg: it has no trailer");
    if (number_at(trailer, TRAILER_SEGMENTS, 4) > 1)
        return ERR(err, ERR_UNSUPPORTED, "dmg: it is one of several parts");
    d->data = number_at(trailer, 24, 8);
    sectors = number_at(trailer, TRAILER_SECTORS, 8);
    if (sectors > INT64_MAX / SECTOR || d->data > file)
        return ERR(err, ERR_FORMAT, "dmg: its trailer is damaged");
    d->size = sectors * SECTOR;
    return read_list(d, number_at(trailer, TRAILER_XML, 8), number_at(trailer, TRAILER_XML + 8, 8),
                     err);
}

int dmg_open(const struct image_file *file, struct budget *budget, struct image **ret,
             struct err *err)
{
    struct dmg *d = image_new(sizeof(*d), file->source, budget, close_image, err);
    int r;

    if (!d)
        return -ERR_NOMEM;
    d->image.raw.find = find;
    r = read_trailer(d, err);
    return image_opened(&d->image, r, d->size, ret, err);
}
