// SPDX-License-Identifier: Apache-2.0
/*
 *     label, in one of the first four sectors ─► where the metadata are ─► text:
 *
 *     vg { extent_size = 8192
 *          physical_volumes { pv0 { id = "…" pe_start = 2048 } }
 *          logical_volumes { root { segment1 { start_extent = 0 extent_count = 25 type = "striped"
 *                                              stripe_count = 1 stripes = [ "pv0", 0 ] } } } }
 *
 * A volume that is in pieces on this disk is read; one that has other disks, mirrors, snapshots or
 * thin pools is named. Format: lvmconfig(8); J. Metz, "Logical Volume Manager (LVM) format".
 */
#include "source/lvm.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "source/container.h"
#include "source/fs.h"
#include "source/volume.h"

enum {
    SECTOR = 512,
    LABEL_SECTORS = 4,
    METADATA_HEADER = 512,
    METADATA_MAX = 8 << 20,
    TEXT_MEMORY = 64 << 20,
    VOLUMES_MAX = 256,
    SEGMENTS_MAX = 4096,
};

struct segment {
    uint64_t first, count, at; /* extents; bytes on the disk */
};

struct lvm_volume {
    struct sv name;
    struct segment *segments; /* in order */
    size_t count;
    uint64_t size; /* bytes */
    struct sv why; /* why it is not read; empty: it is */
    bool hidden;   /* a part of another volume */
};

struct lvm_reader {
    struct entry_reader entries;
    struct disk disk;
    struct arena arena;
    struct sv disk_id, disk_name;
    uint64_t extent, first_at; /* bytes */
    struct lvm_volume volumes[VOLUMES_MAX];
    size_t count, at;

    /* the current one */
    struct lvm_map {
        struct mapped mapped;
        struct lvm_reader *reader;
        const struct lvm_volume *volume;
    } map;
    struct err why;
};

/* ---- the text ---- */

/* The next word: a name, a number, a quoted text without its quotes, or one of "{}[]=,". */
static struct sv word(struct sv *text, bool *ret_quoted)
{
    size_t n = 0;
    struct sv w;

    *ret_quoted = false;
    for (;;) {
        *text = sv_trim(*text);
        if (!sv_starts(*text, SV("#")))
            break;
        (void)sv_line(text);
    }
    if (sv_starts(*text, SV("\""))) {
        *ret_quoted = true;
        *text = sv_from(*text, 1);
        while (n < text->n && text->p[n] != '"')
            n += text->p[n] == '\\' ? 2 : 1;
        n = n > text->n ? text->n : n;
        w = (struct sv){text->p, n};
        *text = sv_from(*text, n < text->n ? n + 1 : n);
        return w;
    }
    while (n < text->n && !strchr(" \t\r\n{}[]=,#\"", text->p[n]))
        n++;
    if (n == 0 && text->n)
        n = 1;
    w = (struct sv){text->p, n};
    *text = sv_from(*text, n);
    return w;
}

/* From behind a '{' to behind its '}'. false when there is none. */
static bool skip_section(struct sv *text)
{
    unsigned depth = 1;

    while (text->n && depth) {
        bool quoted;
        struct sv w = word(text, &quoted);

        if (!quoted && sv_eq(w, SV("{")))
            depth++;
        if (!quoted && sv_eq(w, SV("}")))
            depth--;
    }
    return depth == 0;
}

/* The next thing in a section: its name, and its value or what is in its own section. */
static bool next_setting(struct sv *text, struct sv *ret_name, struct sv *ret_value,
                         bool *ret_section)
{
    bool quoted;
    struct sv mark, at;

    *ret_name = word(text, &quoted);
    if (ret_name->n == 0 || (!quoted && sv_eq(*ret_name, SV("}"))))
        return false;
    mark = word(text, &quoted);
    *ret_section = sv_eq(mark, SV("{"));
    if (*ret_section) {
        *ret_value = *text;
        return skip_section(text);
    }
    if (!sv_eq(mark, SV("=")))
        return false;
    *ret_value = sv_trim(*text);
    at = *text;
    if (sv_eq(word(&at, &quoted), SV("[")) && !quoted) {
        *ret_value = at;
        while (at.n && !(sv_eq(word(&at, &quoted), SV("]")) && !quoted))
            continue;
        *text = at;
        return true;
    }
    *ret_value = word(text, &quoted);
    return true;
}

static uint64_t number(struct sv value)
{
    uint64_t n = 0;

    return sv_to_u64(value, &n) ? n : 0;
}

static void read_disks(struct lvm_reader *r, struct sv text)
{
    struct sv name, value;
    bool section;

    while (next_setting(&text, &name, &value, &section)) {
        struct sv key, of, id = {0};
        uint64_t start = 0;

        while (section && next_setting(&value, &key, &of, &(bool){false})) {
            if (sv_eq(key, SV("id")))
                id = of;
            if (sv_eq(key, SV("pe_start")))
                start = number(of);
        }
        // In the label the same number stands without hyphens.
        struct sv left = id, want = r->disk_id;
        bool same = id.n > 0;

        while (same && left.n) {
            if (left.p[0] != '-') {
                same = want.n && want.p[0] == left.p[0];
                want = sv_from(want, 1);
            }
            left = sv_from(left, 1);
        }
        if (same && want.n == 0) {
            r->disk_name = name;
            r->first_at = start * SECTOR;
        }
    }
}

static void add_segment(struct lvm_reader *r, struct lvm_volume *v, struct sv text)
{
    struct segment s = {0};
    struct sv name, value, type = {0}, disk = {0};
    uint64_t stripes = 0, extent = 0;
    bool section, quoted;

    while (next_setting(&text, &name, &value, &section)) {
        if (sv_eq(name, SV("start_extent")))
            s.first = number(value);
        if (sv_eq(name, SV("extent_count")))
            s.count = number(value);
        if (sv_eq(name, SV("type")))
            type = value;
        if (sv_eq(name, SV("stripe_count")))
            stripes = number(value);
        if (sv_eq(name, SV("stripes"))) {
            disk = word(&value, &quoted);
            (void)word(&value, &quoted);
            extent = number(word(&value, &quoted));
        }
    }
    if (!sv_eq(type, SV("striped")))
        v->why = type.n ? type : SV("of an unknown type");
    else if (stripes != 1)
        v->why = SV("striped over several disks");
    else if (!sv_eq(disk, r->disk_name))
        v->why = SV("on another disk");
    s.at = r->first_at + extent * r->extent;
    if (s.count == 0 || s.count > UINT64_MAX / 16 / r->extent || v->count == SEGMENTS_MAX ||
        (v->count &&
         s.first != v->segments[v->count - 1].first + v->segments[v->count - 1].count)) {
        v->why = SV("damaged in its description");
        return;
    }
    if (v->segments)
        v->segments[v->count++] = s;
    v->size += s.count * r->extent;
}

static void read_volumes(struct lvm_reader *r, struct sv text)
{
    struct sv name, value;
    bool section;

    while (r->count < VOLUMES_MAX && next_setting(&text, &name, &value, &section)) {
        struct lvm_volume *v = &r->volumes[r->count];
        struct sv key, of, inside = value;
        uint64_t segments = 0;
        bool visible = false;

        while (section && next_setting(&inside, &key, &of, &(bool){false})) {
            if (sv_eq(key, SV("segment_count")))
                segments = number(of);
            if (sv_eq(key, SV("status")) && sv_find(of, SV("VISIBLE")) < 64)
                visible = true;
        }
        *v = (struct lvm_volume){.name = name, .hidden = !visible};
        if (segments == 0 || segments > SEGMENTS_MAX)
            continue;
        v->segments = arena_take_array(&r->arena, segments, sizeof(*v->segments));
        for (inside = value; v->segments && next_setting(&inside, &key, &of, &section);)
            if (section && sv_starts(key, SV("segment")) && v->count < segments)
                add_segment(r, v, of);
        r->count++;
    }
}

static int read_text(struct lvm_reader *r, struct sv text, struct err *err)
{
    struct sv name, value, group = {0}, disks = {0}, volumes = {0};
    bool section = false;

    while (next_setting(&text, &name, &value, &section))
        if (section && !group.n)
            group = value;
    while (next_setting(&group, &name, &value, &section)) {
        if (sv_eq(name, SV("extent_size")))
            r->extent = number(value) * SECTOR;
        if (section && sv_eq(name, SV("physical_volumes")))
            disks = value;
        if (section && sv_eq(name, SV("logical_volumes")))
            volumes = value;
    }
    if (r->extent == 0 || r->extent > UINT64_C(1) << 44)
        return ERR(err, ERR_FORMAT, "lvm: its description is damaged");
    read_disks(r, disks);
    read_volumes(r, volumes);
    if (arena_failed(&r->arena))
        return arena_error(&r->arena, err);
    return 0;
}

/* ---- the disk ---- */

/* The text is in a ring: it may go on at the ring's beginning. */
static int read_ring(struct lvm_reader *r, uint64_t at, uint64_t size, struct err *err)
{
    uint8_t h[METADATA_HEADER], *text;
    uint64_t text_at, n, piece;

    TRY(disk_read(&r->disk, at, h, sizeof(h), err));
    text_at = fs_u64(h + 40);
    n = fs_u64(h + 48);
    if (!sv_starts(sv_of(span_from((struct span){h, sizeof(h)}, 4)), SV(" LVM2 x[5A%r0N*>")) ||
        text_at < METADATA_HEADER || text_at >= size || n > size)
        return ERR(err, ERR_FORMAT, "lvm: its description is damaged");
    if (n > METADATA_MAX)
        return ERR(err, ERR_LIMIT, "lvm: its description is larger than %d MiB",
                   METADATA_MAX >> 20);
    text = arena_take(&r->arena, (size_t)n + 1);
    if (!text)
        return arena_error(&r->arena, err);
    piece = n < size - text_at ? n : size - text_at;
    TRY(disk_read(&r->disk, at + text_at, text, (size_t)piece, err));
    TRY(disk_read(&r->disk, at + METADATA_HEADER, text + piece, (size_t)(n - piece), err));
    return read_text(r, (struct sv){(const char *)text, strnlen((const char *)text, (size_t)n)},
                     err);
}

static int read_label(struct lvm_reader *r, struct err *err)
{
    uint8_t s[SECTOR];
    uint64_t at = 0;
    struct reader b;
    struct sv id;

    do {
        if (at == LABEL_SECTORS * SECTOR)
            return ERR(err, ERR_FORMAT, "lvm: its label is damaged");
        TRY(disk_read(&r->disk, at, s, SECTOR, err));
        at += SECTOR;
    } while (memcmp(s, "LABELONE", 8) != 0);
    b = reader_over((struct span){s, SECTOR});
    reader_skip(&b, fs_u32(s + 20));
    id = sv_of(reader_take(&b, 32));
    reader_skip(&b, 8);
    r->disk_id = arena_copy(&r->arena, id);
    // First where the data are, up to an empty one, then the same of the metadata.
    for (unsigned lists = 0; reader_ok(&b);) {
        uint64_t from = reader_u64le(&b), size = reader_u64le(&b);

        if (from == 0)
            lists++;
        if (lists == 2 || (lists == 1 && from == 0 && !reader_ok(&b)))
            break;
        if (lists == 1 && from)
            return read_ring(r, from, size, err);
    }
    return ERR(err, ERR_UNSUPPORTED, "lvm: its description is on another disk");
}

/* ---- as a container ---- */

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    const struct lvm_map *map = (const struct lvm_map *)m;
    const struct lvm_reader *r = map->reader;
    uint64_t extent = offset / r->extent;

    for (size_t i = 0; i < map->volume->count; i++) {
        const struct segment *s = &map->volume->segments[i];
        uint64_t skip = offset - s->first * r->extent;

        if (extent - s->first >= s->count || extent < s->first)
            continue;
        *ret = (struct extent){.how = EXTENT_AT,
                               .n = s->count * r->extent - skip,
                               .from = r->disk.source,
                               .at = r->disk.base + s->at + skip};
        return 0;
    }
    return ERR(err, ERR_FORMAT, "lvm: a part of the volume is missing");
}

static int look(struct lvm_reader *r, const struct lvm_volume *v, bool *ret, struct err *err)
{
    enum container_kind kind;
    struct disk disk;
    int result;

    *ret = true;
    if (v->why.n)
        return ERR(err, ERR_UNSUPPORTED, "lvm: a volume that is not read: %.*s",
                   (int)(v->why.n < 60 ? v->why.n : 60), v->why.p);
    memset(&r->map, 0, sizeof(r->map));
    r->map.mapped.find = find;
    r->map.reader = r;
    r->map.volume = v;
    mapped_init(&r->map.mapped, v->size, r->disk.budget, false);
    TRY(mapped_read_head(&r->map.mapped, err));
    kind = kind_of(r->map.mapped.source.head, v->size);
    TRY(container_settle(&kind, &r->map.mapped.source, r->disk.budget, err));
    if (kind != KIND_NONE)
        return 0;
    disk_init(&disk, &r->map.mapped.source, 0, r->disk.budget);
    result = volume_explain(&disk, "", err);
    disk_clear(&disk);
    *ret = result != 0;
    return result;
}

static int next(struct entry_reader *entries, struct entry_item *ret, struct err *err)
{
    struct lvm_reader *r = (struct lvm_reader *)entries;

    while (r->at < r->count) {
        const struct lvm_volume *v = &r->volumes[r->at++];
        bool something = true;

        if (v->hidden)
            continue;
        r->why.code = 0;
        if (look(r, v, &something, &r->why) < 0 && budget_is_hit(r->disk.budget)) {
            *err = r->why;
            return -(int)err->code;
        }
        if (!something)
            continue;
        *ret = (struct entry_item){
            .name = v->name, .type = ENTRY_FILE, .size = v->size, .volume = true};
        return 0;
    }
    return ENTRIES_ENDED;
}

static int open_volume(struct entry_reader *entries, struct source **ret, struct err *err)
{
    struct lvm_reader *r = (struct lvm_reader *)entries;

    if (r->why.code) {
        *err = r->why;
        return -(int)err->code;
    }
    *ret = &r->map.mapped.source;
    return 0;
}

static void close_reader(struct entry_reader *entries)
{
    struct lvm_reader *r = (struct lvm_reader *)entries;

    disk_clear(&r->disk);
    arena_clear(&r->arena);
    free(r);
}

int lvm_open(struct source *source, uint64_t base, struct budget *budget, struct entry_reader **ret,
             struct err *err)
{
    struct lvm_reader *r = calloc(1, sizeof(*r));
    int result;

    if (!r)
        return ERR(err, ERR_NOMEM, "no memory");
    r->entries = (struct entry_reader){.next = next, .open = open_volume, .close = close_reader};
    disk_init(&r->disk, source, base, budget);
    arena_init(&r->arena, TEXT_MEMORY);
    result = read_label(r, err);
    if (result < 0)
        close_reader(&r->entries);
    else
        *ret = &r->entries;
    return result;
}
