// SPDX-License-Identifier: Apache-2.0
/*
 *     record   "FILE", where the fields to put right are, flags, then attributes
 *     fields   the last two bytes of each sector were moved away, to tell a torn write
 */
#include "source/ntfs.h"

#include <stdlib.h>
#include <string.h>

enum {
    SECTOR = 512,
    LIST_MAX = 1 << 20,
    LIST_ENTRY = 26,
    RUNS_MAX = 1 << 18,
};

#define REFERENCE_MASK UINT64_C(0xffffffffffff)

void ntfs_runs_clear(struct ntfs_runs *r)
{
    free(r->p);
    *r = (struct ntfs_runs){0};
}

/* ---- records ---- */

/* Put back the last bytes of each sector; false when one was not written whole. */
bool ntfs_put_right(uint8_t *bytes, size_t n)
{
    uint16_t at = fs_u16(bytes + 4), count = fs_u16(bytes + 6);

    if (count < 2 || (size_t)(count - 1) * SECTOR != n || at + count * 2u > n)
        return false;
    for (uint16_t i = 1; i < count; i++) {
        uint8_t *last = bytes + (size_t)i * SECTOR - 2;

        if (memcmp(last, bytes + at, 2) != 0)
            return false;
        memcpy(last, bytes + at + i * 2u, 2);
    }
    return true;
}

static const struct ntfs_run *run_of(const struct ntfs_runs *r, uint64_t cluster)
{
    size_t low = 0, high = r->n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct ntfs_run *run = &r->p[middle];

        if (cluster < run->first)
            high = middle;
        else if (cluster - run->first >= run->count)
            low = middle + 1;
        else
            return run;
    }
    return NULL;
}

static int read_table(struct ntfs *n, uint64_t at, uint8_t *to, size_t size, struct err *err)
{
    while (size) {
        const struct ntfs_run *run = run_of(&n->table, at / n->cluster);
        uint64_t in_run;
        size_t piece = size;

        if (!run || run->at == NTFS_HOLE)
            return ERR(err, ERR_FORMAT, "ntfs: record %llu is outside of the file table",
                       (unsigned long long)(at / n->record));
        in_run = at - run->first * n->cluster;
        if (piece > run->count * n->cluster - in_run)
            piece = (size_t)(run->count * n->cluster - in_run);
        TRY(disk_read(&n->fs.disk, run->at * n->cluster + in_run, to, piece, err));
        at += piece;
        to += piece;
        size -= piece;
    }
    return 0;
}

static int check_record(struct ntfs *n, struct ntfs_record *r, struct err *err)
{
    const uint8_t *b = r->bytes;

    if (memcmp(b, "FILE", 4) != 0 || !ntfs_put_right(r->bytes, n->record))
        return ERR(err, ERR_FORMAT, "ntfs: record %llu is damaged", (unsigned long long)r->number);
    r->flags = fs_u16(b + 22);
    r->sequence = fs_u16(b + 16);
    r->n = fs_u32(b + 24);
    if (r->n > n->record)
        return ERR(err, ERR_FORMAT, "ntfs: record %llu is damaged", (unsigned long long)r->number);
    return 0;
}

int ntfs_read_record(struct ntfs *n, uint64_t reference, struct ntfs_record *ret, struct err *err)
{
    uint64_t sequence = reference >> 48;

    ret->number = reference & REFERENCE_MASK;
    TRY(read_table(n, ret->number * n->record, ret->bytes, n->record, err));
    TRY(check_record(n, ret, err));
    if (!(ret->flags & RECORD_IN_USE) || (sequence && sequence != ret->sequence))
        return ERR(err, ERR_FORMAT, "ntfs: record %llu is not the one that is meant",
                   (unsigned long long)ret->number);
    return 0;
}

/* ---- attributes ---- */

static struct span within(struct span s, size_t at, size_t n)
{
    struct reader r = reader_over(s);

    reader_skip(&r, at);
    return reader_take(&r, n);
}

bool ntfs_next_attribute(const struct ntfs_record *r, uint32_t *at, struct ntfs_attribute *ret)
{
    struct span rest, a;
    uint32_t length;

    if (*at == 0)
        *at = fs_u16(r->bytes + 20);
    if (*at > r->n || r->n - *at < 24)
        return false;
    rest = (struct span){r->bytes + *at, r->n - *at};
    *ret = (struct ntfs_attribute){.type = fs_u32(rest.p)};
    length = fs_u32(rest.p + 4);
    if (ret->type >= ATTRIBUTE_END || length < 24 || length > rest.n)
        return false;
    *at += length;
    a = (struct span){rest.p, length};
    ret->resident = a.p[8] == 0;
    ret->name = within(a, fs_u16(a.p + 10), a.p[9] * 2u);
    ret->flags = fs_u16(a.p + 12);
    if (ret->resident) {
        ret->value = within(a, fs_u16(a.p + 20), fs_u32(a.p + 16));
        ret->size = ret->filled = ret->value.n;
    } else if (a.n >= 64) {
        ret->first = fs_u64(a.p + 16);
        ret->runs = span_from(a, fs_u16(a.p + 32));
        ret->unit = fs_u16(a.p + 34);
        ret->size = fs_u64(a.p + 48);
        ret->filled = fs_u64(a.p + 56);
    }
    return true;
}

/* ---- runs ---- */

/* A number of so many bytes, signed or not. */
static int64_t number(struct reader *r, unsigned bytes, bool is_signed)
{
    struct span s = reader_take(r, bytes);
    uint64_t value = 0;

    for (size_t i = 0; i < s.n; i++)
        value |= (uint64_t)s.p[i] << 8 * i;
    if (is_signed && s.n && s.n < 8 && (s.p[s.n - 1] & 0x80))
        value |= UINT64_MAX << 8 * s.n;
    return (int64_t)value;
}

static int add_run(struct ntfs_runs *to, struct ntfs_run run, struct err *err)
{
    if (to->n == RUNS_MAX)
        return ERR(err, ERR_LIMIT, "ntfs: a file in more than %d pieces", RUNS_MAX);
    if (to->n == to->room) {
        size_t room = to->room ? to->room * 2 : 16;
        struct ntfs_run *p = realloc(to->p, room * sizeof(*p));

        if (!p)
            return ERR(err, ERR_NOMEM, "no memory");
        to->p = p;
        to->room = room;
    }
    to->p[to->n++] = run;
    return 0;
}

/* Each run: how long its two numbers are, its length, and how far it is from the one before. */
static int add_runs(const struct ntfs *n, const struct ntfs_attribute *a, struct ntfs_runs *to,
                    struct err *err)
{
    struct reader r = reader_over(a->runs);
    uint64_t at = 0, first = a->first;
    uint8_t lengths;

    if (to->n && first != to->p[to->n - 1].first + to->p[to->n - 1].count)
        return ERR(err, ERR_FORMAT, "ntfs: a part of a file is missing");
    while ((lengths = reader_u8(&r)) != 0) {
        struct ntfs_run run = {.first = first, .at = NTFS_HOLE};

        run.count = (uint64_t)number(&r, lengths & 15, false);
        if (lengths >> 4) {
            at += (uint64_t)number(&r, lengths >> 4, true);
            run.at = at;
        }
        if (!reader_ok(&r) || (lengths & 15) > 8 || lengths >> 4 > 8 || run.count == 0 ||
            run.count > UINT64_MAX >> 24 ||
            (run.at != NTFS_HOLE && (run.at >= n->clusters || run.count > n->clusters - run.at)))
            return ERR(err, ERR_FORMAT, "ntfs: the pieces of a file are damaged");
        TRY(add_run(to, run, err));
        first += run.count;
    }
    return 0;
}

/* ---- bytes ---- */

/* A unit of a compressed file: all there, or packed into fewer clusters, or a hole. */
static int find_in_unit(struct ntfs_file *f, uint64_t offset, struct extent *ret, struct err *err)
{
    struct ntfs *n = f->ntfs;
    uint64_t size = (uint64_t)n->cluster << f->unit, in_unit = offset % size,
             first = (offset - in_unit) / n->cluster, tag = f->number << 32 | (offset / size + 1);
    size_t have = 0;
    struct span unit;
    unsigned slot = 0;
    uint8_t *to;

    ret->n = size - in_unit;
    if (!blocks_get(&n->unpacked, tag, &unit)) {
        to = blocks_room(&n->unpacked, &slot);
        if (!n->packed)
            n->packed = malloc(n->unpacked.size);
        if (!to || !n->packed)
            return ERR(err, ERR_NOMEM, "no memory");
        while (have < size) {
            const struct ntfs_run *run = run_of(&f->runs, first + have / n->cluster);
            uint64_t skip;

            if (!run || run->at == NTFS_HOLE)
                break;
            skip = first + have / n->cluster - run->first;
            for (uint64_t i = skip; i < run->count && have < size; i++, have += n->cluster)
                TRY(disk_read(&n->fs.disk, (run->at + i) * n->cluster, n->packed + have, n->cluster,
                              err));
        }
        if (have == 0)
            return 0;
        memset(to, 0, (size_t)size);
        if (have == size)
            memcpy(to, n->packed, have);
        else
            TRY(ntfs_unpack((struct span){n->packed, have}, to, (size_t)size, err));
        unit = blocks_put(&n->unpacked, slot, tag, (size_t)size);
    }
    ret->how = EXTENT_MADE;
    ret->made = unit.p + in_unit;
    return 0;
}

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    struct ntfs_file *f = (struct ntfs_file *)m;
    const struct ntfs *n = f->ntfs;
    const struct ntfs_run *run;

    *ret = (struct extent){.how = EXTENT_ZEROS, .n = m->source.size - offset};
    if (offset >= f->filled)
        return 0;
    ret->n = f->filled - offset;
    if (f->value) {
        *ret = (struct extent){
            .how = EXTENT_MADE, .n = f->value_n - offset, .made = f->value + offset};
        return 0;
    }
    if (f->unit)
        return find_in_unit(f, offset, ret, err);
    run = run_of(&f->runs, offset / n->cluster);
    if (!run)
        return ERR(err, ERR_FORMAT, "ntfs: a file is shorter than it says");
    if ((run->first + run->count) * n->cluster - offset < ret->n)
        ret->n = (run->first + run->count) * n->cluster - offset;
    if (run->at == NTFS_HOLE)
        return 0;
    ret->how = EXTENT_AT;
    ret->from = n->fs.disk.source;
    ret->at = n->fs.disk.base + run->at * n->cluster + (offset - run->first * n->cluster);
    return 0;
}

static int begin_file(struct ntfs *n, const struct ntfs_attribute *a, struct ntfs_file *f,
                      struct err *err)
{
    f->ntfs = n;
    f->number = ++n->opened;
    f->filled = a->filled < a->size ? a->filled : a->size;
    f->mapped.find = find;
    if (a->resident) {
        f->value = malloc(a->value.n + 1);
        if (!f->value)
            return ERR(err, ERR_NOMEM, "no memory");
        if (a->value.n)
            memcpy(f->value, a->value.p, a->value.n);
        f->value_n = a->value.n;
    } else if (a->flags & DATA_COMPRESSED && a->unit) {
        if (a->unit > 8 || (uint64_t)n->cluster << a->unit > n->unpacked.size)
            return ERR(err, ERR_UNSUPPORTED, "ntfs: compressed in units that are too large");
        f->unit = a->unit;
    }
    mapped_init(&f->mapped, a->size, n->fs.disk.budget, f->mapped.unpacks);
    return a->resident ? 0 : add_runs(n, a, &f->runs, err);
}

void ntfs_file_close(struct mapped *file)
{
    struct ntfs_file *f = (struct ntfs_file *)file;

    ntfs_runs_clear(&f->runs);
    free(f->value);
    f->value = NULL;
}

/* ---- all attributes of a file ---- */

static int read_list(struct ntfs *n, const struct ntfs_attribute *a, struct ntfs_walk *w,
                     struct err *err)
{
    struct ntfs_file *f;
    int r;

    if (a->size > LIST_MAX)
        return ERR(err, ERR_LIMIT, "ntfs: a list of attributes is larger than %d KiB",
                   LIST_MAX >> 10);
    f = calloc(1, sizeof(*f));
    w->list = malloc((size_t)a->size + 1);
    if (!w->list || !f) {
        free(f);
        return ERR(err, ERR_NOMEM, "no memory");
    }
    r = begin_file(n, a, f, err);
    if (r == 0)
        r = fs_read(&f->mapped, 0, w->list, (size_t)a->size, err);
    w->list_n = (size_t)a->size;
    ntfs_file_close(&f->mapped);
    free(f);
    return r;
}

int ntfs_walk_begin(struct ntfs *n, uint64_t reference, struct ntfs_walk *ret, struct err *err)
{
    struct ntfs_attribute a;

    ret->at = 0;
    ret->list = NULL;
    ret->list_at = 0;
    ret->in_list = false;
    TRY(ntfs_read_record(n, reference, &ret->base, err));
    while (ntfs_next_attribute(&ret->base, &ret->at, &a))
        if (a.type == ATTRIBUTE_LIST && !ret->list)
            TRY(read_list(n, &a, ret, err));
    ret->at = 0;
    return 0;
}

void ntfs_walk_end(struct ntfs_walk *w)
{
    free(w->list);
    w->list = NULL;
}

/* The next entry of the list that is in another record: that record's attribute. */
static int next_in_list(struct ntfs *n, struct ntfs_walk *w, struct ntfs_attribute *ret,
                        struct err *err)
{
    while (w->list_n - w->list_at >= LIST_ENTRY) {
        const uint8_t *e = w->list + w->list_at;
        uint64_t reference = fs_u64(e + 16), first = fs_u64(e + 8);
        uint32_t type = fs_u32(e), at = 0;
        uint16_t length = fs_u16(e + 4), id = fs_u16(e + 24);

        if (length < LIST_ENTRY || length > w->list_n - w->list_at)
            return ERR(err, ERR_FORMAT, "ntfs: a list of attributes is damaged");
        w->list_at += length;
        if ((reference & REFERENCE_MASK) == w->base.number)
            continue;
        if (!w->in_list || w->other.number != (reference & REFERENCE_MASK))
            TRY(ntfs_read_record(n, reference, &w->other, err));
        w->in_list = true;
        for (uint32_t before = 0; ntfs_next_attribute(&w->other, &at, ret); before = at) {
            uint32_t begin = before ? before : fs_u16(w->other.bytes + 20);

            if (ret->type == type && fs_u16(w->other.bytes + begin + 14) == id &&
                (ret->resident || ret->first == first))
                return 0;
        }
        return ERR(err, ERR_FORMAT, "ntfs: an attribute is not where it is said to be");
    }
    return FS_ENDED;
}

int ntfs_walk_next(struct ntfs *n, struct ntfs_walk *w, struct ntfs_attribute *ret, struct err *err)
{
    TRY(budget_worked(n->fs.disk.budget, 64, err));
    if (!w->in_list && ntfs_next_attribute(&w->base, &w->at, ret))
        return 0;
    return w->list ? next_in_list(n, w, ret, err) : FS_ENDED;
}

static int gather(struct ntfs *n, struct ntfs_walk *w, uint32_t type, struct span name,
                  struct ntfs_file *f, struct err *err)
{
    struct ntfs_attribute a;
    bool begun = false;
    int r;

    while ((r = ntfs_walk_next(n, w, &a, err)) == 0) {
        if (a.type != type || a.name.n != name.n ||
            (name.n && memcmp(a.name.p, name.p, name.n) != 0))
            continue;
        if (!begun && !a.resident && a.first != 0)
            return ERR(err, ERR_FORMAT, "ntfs: the first part of a file is missing");
        TRY(begun ? add_runs(n, &a, &f->runs, err) : begin_file(n, &a, f, err));
        begun = true;
        if (a.resident)
            break;
    }
    return r < 0 ? r : begun ? 0 : FS_ENDED;
}

int ntfs_open_attribute(struct ntfs *n, uint64_t reference, uint32_t type, struct span name,
                        struct ntfs_file *ret, struct err *err)
{
    struct ntfs_walk *w = malloc(sizeof(*w));
    int r;

    if (!w)
        return ERR(err, ERR_NOMEM, "no memory");
    r = ntfs_walk_begin(n, reference, w, err);
    if (r == 0)
        r = gather(n, w, type, name, ret, err);
    ntfs_walk_end(w);
    free(w);
    return r;
}

/* ---- the file table ---- */

int ntfs_find_table(struct ntfs *n, uint64_t at, struct err *err)
{
    struct ntfs_record *first = calloc(1, sizeof(*first));
    struct ntfs_attribute a;
    uint32_t place = 0;
    struct ntfs_file *f = NULL;
    int r;

    if (!first)
        return ERR(err, ERR_NOMEM, "no memory");
    r = disk_read(&n->fs.disk, at, first->bytes, n->record, err);
    if (r == 0)
        r = check_record(n, first, err);
    while (r == 0 && ntfs_next_attribute(first, &place, &a))
        if (a.type == ATTRIBUTE_DATA && a.name.n == 0 && !a.resident && n->table.n == 0)
            r = add_runs(n, &a, &n->table, err);
    free(first);
    TRY(r);
    if (n->table.n == 0)
        return ERR(err, ERR_FORMAT, "ntfs: where its file table is cannot be read");
    // With what was found the rest of it can be, which may be in other records.
    f = calloc(1, sizeof(*f));
    if (!f)
        return ERR(err, ERR_NOMEM, "no memory");
    r = ntfs_open_attribute(n, 0, ATTRIBUTE_DATA, (struct span){0}, f, err);
    if (r == 0 && f->runs.n > n->table.n) {
        struct ntfs_runs runs = n->table;

        n->table = f->runs;
        f->runs = runs;
    }
    ntfs_file_close(&f->mapped);
    free(f);
    return r < 0 ? r : 0;
}
