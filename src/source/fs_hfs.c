// SPDX-License-Identifier: Apache-2.0
/*
 * The file systems HFS+ and HFSX of macOS.
 *
 *     header at 1024 ─► catalog, a tree: (folder, name) ─► file or folder ─► extents
 *                       overflow, a tree: (file, fork, block) ─► the extents that had no room
 *
 * All big-endian. A tree is made of nodes, which end with the offsets of their records. A name of
 * a hard link leads to a file in a folder of the system's own, where its bytes are found. The
 * journal is not replayed. Format: Apple, Technical Note TN1150 "HFS Plus Volume Format".
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "source/fs.h"

enum {
    HEADER = 1024,
    HEADER_SIZE = 512,
    ID_ROOT = 2,
    ID_OVERFLOW = 3,
    ID_CATALOG = 4,
    EXTENTS = 8,
    FORK_SIZE = 80,
    NODE_MIN = 512,
    NODE_MAX = 32768,
    NODE_HEADER = 14,
    NODE_LEAF = 0xff,
    NODE_INDEX = 0,
    DEPTH_MAX = 16,
    RECORD_FOLDER = 1,
    RECORD_FILE = 2,
    FILE_SIZE = 248,
    FOLDER_SIZE = 88,
    FLAG_COMPRESSED = 0x20, /* of the owner's flags */
    TYPE_MASK = 0170000,
    TYPE_FILE = 0100000,
    TYPE_LINK = 0120000,
    PART_DATA = 0,
    PART_RESOURCE = 1,
};

struct fork {
    uint32_t id;
    uint8_t kind; /* 0: data, 0xff: resources */
    uint64_t size;
    uint32_t start[EXTENTS], count[EXTENTS];
    uint32_t more_first, more_start[EXTENTS], more_count[EXTENTS]; /* last seen of the overflow */
};

struct tree {
    struct fork fork;
    uint32_t node_size, nodes, root;
    uint8_t *node; /* the one that was read last */
    uint32_t loaded;
    bool any;
};

struct hfs {
    struct fs fs;
    uint32_t block, blocks;
    struct tree catalog, overflow;
};

struct hfs_file {
    struct mapped mapped;
    struct hfs *hfs;
    struct fork fork;
};

struct hfs_folder {
    uint32_t id, node, record, passed;
    struct fs_node rest; /* the resources of the file that was told last */
    size_t rest_name;    /* bytes of its name; 0: there are none */
    char name[3 * 256];
};

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)u16(p) << 16 | u16(p + 2);
}

static uint64_t u64(const uint8_t *p)
{
    return (uint64_t)u32(p) << 32 | u32(p + 4);
}

/* ---- forks ---- */

static void parse_extents(const uint8_t *p, uint32_t start[EXTENTS], uint32_t count[EXTENTS])
{
    for (unsigned i = 0; i < EXTENTS; i++) {
        start[i] = u32(p + 8 * (size_t)i);
        count[i] = u32(p + 8 * (size_t)i + 4);
    }
}

static void parse_fork(const uint8_t *p, uint32_t id, uint8_t kind, struct fork *ret)
{
    *ret = (struct fork){.id = id, .kind = kind, .size = u64(p)};
    parse_extents(p + 16, ret->start, ret->count);
}

static bool in_extents(uint32_t first, const uint32_t start[EXTENTS], const uint32_t count[EXTENTS],
                       uint32_t block, uint32_t *ret_at, uint32_t *ret_n)
{
    uint64_t at = first;

    for (unsigned i = 0; i < EXTENTS && block >= at; i++) {
        if (block - at < count[i]) {
            *ret_at = start[i] + (uint32_t)(block - at);
            *ret_n = count[i] - (uint32_t)(block - at);
            return true;
        }
        at += count[i];
    }
    return false;
}

static int find_overflow(struct hfs *h, struct fork *f, uint32_t block, struct err *err);

/* Where a block of a fork stands on the volume, and how many follow each other there. */
static int find_block(struct hfs *h, struct fork *f, uint32_t block, uint32_t *ret_at,
                      uint32_t *ret_n, struct err *err)
{
    bool found = in_extents(0, f->start, f->count, block, ret_at, ret_n) ||
                 in_extents(f->more_first, f->more_start, f->more_count, block, ret_at, ret_n);

    if (!found && f->id != ID_OVERFLOW) {
        TRY(find_overflow(h, f, block, err));
        found = in_extents(f->more_first, f->more_start, f->more_count, block, ret_at, ret_n);
    }
    if (!found || *ret_at >= h->blocks || *ret_n > h->blocks - *ret_at)
        return ERR(err, ERR_FORMAT, "hfs+: where a file stands is damaged");
    return 0;
}

static int read_fork(struct hfs *h, struct fork *f, uint64_t at, uint8_t *to, size_t n,
                     struct err *err)
{
    if (at > f->size || n > f->size - at)
        return ERR(err, ERR_FORMAT, "hfs+: a tree ends too early");
    while (n) {
        uint32_t block, count, in_block = (uint32_t)(at % h->block);
        uint64_t there;
        size_t piece;

        TRY(find_block(h, f, (uint32_t)(at / h->block), &block, &count, err));
        there = (uint64_t)count * h->block - in_block;
        piece = n < there ? n : (size_t)there;
        TRY(disk_read(&h->fs.disk, (uint64_t)block * h->block + in_block, to, piece, err));
        to += piece;
        at += piece;
        n -= piece;
    }
    return 0;
}

/* ---- trees ---- */

static int load_node(struct hfs *h, struct tree *t, uint32_t number, struct err *err)
{
    if (t->any && t->loaded == number)
        return 0;
    if (number >= t->nodes)
        return ERR(err, ERR_FORMAT, "hfs+: a tree is damaged");
    t->any = false;
    TRY(read_fork(h, &t->fork, (uint64_t)number * t->node_size, t->node, t->node_size, err));
    t->loaded = number;
    t->any = true;
    return 0;
}

static uint32_t record_count(const struct tree *t)
{
    uint32_t count = u16(t->node + 10), most = (t->node_size - NODE_HEADER) / 2 - 1;

    return count < most ? count : most;
}

/* A record of the node that is loaded: its key, and what stands behind that. */
static bool record_at(const struct tree *t, uint32_t i, struct span *ret_key, struct span *ret_data)
{
    uint32_t from = u16(t->node + t->node_size - 2 * (i + 1)),
             to = u16(t->node + t->node_size - 2 * (i + 2)), key;

    if (from < NODE_HEADER || to > t->node_size || to < from + 2)
        return false;
    key = u16(t->node + from);
    if (key > to - from - 2)
        return false;
    *ret_key = (struct span){t->node + from + 2, key};
    key = (key + 3) & ~1u;
    *ret_data =
        key <= to - from ? (struct span){t->node + from + key, to - from - key} : (struct span){0};
    return true;
}

/* < 0, 0, > 0: as the key is before, at or behind what is looked for. */
typedef int compare(struct span key, const void *wanted);

/* Load the leaf that has the last key that is not behind the wanted one; *ret: its record. */
static int find_leaf(struct hfs *h, struct tree *t, compare *how, const void *wanted, uint32_t *ret,
                     struct err *err)
{
    uint32_t number = t->root;

    for (unsigned depth = 0; depth < DEPTH_MAX; depth++) {
        uint32_t best = 0, count;
        struct span key, data;

        TRY(load_node(h, t, number, err));
        count = record_count(t);
        for (uint32_t i = 0; i < count; i++) {
            if (!record_at(t, i, &key, &data))
                return ERR(err, ERR_FORMAT, "hfs+: a record of a tree is damaged");
            if (how(key, wanted) > 0)
                break;
            best = i;
        }
        *ret = best;
        if (t->node[8] == NODE_LEAF)
            return 0;
        if (t->node[8] != NODE_INDEX || count == 0 || !record_at(t, best, &key, &data) ||
            data.n < 4)
            break;
        number = u32(data.p);
    }
    return ERR(err, ERR_FORMAT, "hfs+: a tree is damaged");
}

/* ---- the overflow ---- */

struct overflow_key {
    uint32_t id, block;
    uint8_t kind;
};

static int compare_overflow(struct span key, const void *wanted)
{
    const struct overflow_key *w = wanted;
    uint32_t id, block;

    if (key.n < 10)
        return 1;
    id = u32(key.p + 2);
    block = u32(key.p + 6);
    if (id != w->id)
        return id < w->id ? -1 : 1;
    if (key.p[0] != w->kind)
        return key.p[0] < w->kind ? -1 : 1;
    return block != w->block ? block < w->block ? -1 : 1 : 0;
}

static int find_overflow(struct hfs *h, struct fork *f, uint32_t block, struct err *err)
{
    const struct overflow_key wanted = {f->id, block, f->kind};
    struct span key, data;
    uint32_t i = 0;

    if (h->overflow.nodes == 0)
        return ERR(err, ERR_FORMAT, "hfs+: where a file stands is damaged");
    TRY(find_leaf(h, &h->overflow, compare_overflow, &wanted, &i, err));
    if (record_count(&h->overflow) == 0 || !record_at(&h->overflow, i, &key, &data) || key.n < 10 ||
        u32(key.p + 2) != f->id || key.p[0] != f->kind || data.n < 8 * EXTENTS)
        return ERR(err, ERR_FORMAT, "hfs+: where a file stands is damaged");
    f->more_first = u32(key.p + 6);
    parse_extents(data.p, f->more_start, f->more_count);
    return 0;
}

/* ---- folders ---- */

/* A folder's records begin behind those of all folders with smaller numbers. */
static int compare_catalog(struct span key, const void *wanted)
{
    const uint32_t *id = wanted;
    uint32_t parent = key.n >= 4 ? u32(key.p) : UINT32_MAX;

    return parent < *id ? -1 : parent == *id && key.n >= 6 && u16(key.p + 4) == 0 ? 0 : 1;
}

static int folder_open(struct fs *fs, const struct fs_node *node, void *folder, struct err *err)
{
    struct hfs *h = (struct hfs *)fs;
    struct hfs_folder *d = folder;

    d->id = (uint32_t)node->id;
    TRY(find_leaf(h, &h->catalog, compare_catalog, &d->id, &d->record, err));
    d->node = h->catalog.loaded;
    return 0;
}

/* The record at hand, after which the next one is; FS_ENDED behind the last one of the folder. */
static int next_record(struct hfs *h, struct hfs_folder *d, struct span *ret_key,
                       struct span *ret_data, struct err *err)
{
    struct tree *t = &h->catalog;

    for (;;) {
        TRY(budget_worked(h->fs.disk.budget, 64, err));
        TRY(load_node(h, t, d->node, err));
        if (t->node[8] != NODE_LEAF || d->passed > t->nodes)
            return ERR(err, ERR_FORMAT, "hfs+: the catalog is damaged");
        if (d->record >= record_count(t)) {
            d->node = u32(t->node);
            d->record = 0;
            d->passed++;
            if (d->node == 0)
                return FS_ENDED;
            continue;
        }
        if (!record_at(t, d->record++, ret_key, ret_data) || ret_key->n < 6)
            return ERR(err, ERR_FORMAT, "hfs+: a record of the catalog is damaged");
        if (u32(ret_key->p) > d->id)
            return FS_ENDED;
        if (u32(ret_key->p) == d->id)
            return 0;
    }
}

static void put_name(struct span key, struct buf *to)
{
    size_t before = to->n, n = 2 * (size_t)u16(key.p + 4);
    struct span name = span_from(key, 6);

    if (name.n > n)
        name.n = n;
    utf16be_append(to, name);
    // What is a slash on the disk is a colon in paths.
    for (size_t i = before; i < to->n; i++)
        if (to->p[i] == '/')
            to->p[i] = ':';
}

static void set_type(const uint8_t *p, bool compressed, struct fs_node *ret)
{
    uint16_t mode = u16(p + 42), type = mode & TYPE_MASK;
    bool hard_link = memcmp(p + 48, "hlnkhfs+", 8) == 0 || memcmp(p + 48, "fdrpMACS", 8) == 0;

    ret->mode = mode;
    ret->type = hard_link || type == TYPE_LINK   ? ENTRY_LINK
                : type == TYPE_FILE || type == 0 ? ENTRY_FILE
                                                 : ENTRY_SPECIAL;
    ret->size = compressed ? (uint64_t)FLOW_SIZE_UNKNOWN : u64(p + 88);
}

static void set_file(struct hfs *h, struct hfs_folder *d, const uint8_t *p, struct sv name,
                     struct fs_node *ret)
{
    bool compressed = p[41] & FLAG_COMPRESSED && u64(p + 88) == 0;

    ret->id = u32(p + 8);
    ret->at = (uint64_t)h->catalog.loaded << 16 | (d->record - 1);
    ret->part = PART_DATA;
    set_type(p, compressed, ret);
    // Resources are a second file behind the name, as macOS itself shows them.
    if (ret->type != ENTRY_FILE || compressed || u64(p + 168) == 0 || name.n > sizeof(d->name))
        return;
    memcpy(d->name, name.p, name.n);
    d->rest_name = name.n;
    d->rest = *ret;
    d->rest.part = PART_RESOURCE;
    d->rest.size = u64(p + 168);
}

static int folder_next(struct fs *fs, void *folder, struct buf *to, struct fs_node *ret,
                       struct err *err)
{
    struct hfs *h = (struct hfs *)fs;
    struct hfs_folder *d = folder;
    struct span key, data;
    size_t before = to->n;
    int r;

    if (d->rest_name) {
        buf_bytes(to, d->name, d->rest_name);
        buf_str(to, "/..namedfork/rsrc");
        *ret = d->rest;
        d->rest_name = 0;
        return 0;
    }
    while ((r = next_record(h, d, &key, &data, err)) == 0) {
        uint16_t kind = data.n >= 2 ? u16(data.p) : 0;

        if (kind == RECORD_FOLDER && data.n >= FOLDER_SIZE) {
            put_name(key, to);
            *ret = (struct fs_node){.id = u32(data.p + 8), .type = ENTRY_FOLDER};
            return 0;
        }
        if (kind == RECORD_FILE && data.n >= FILE_SIZE) {
            put_name(key, to);
            set_file(h, d, data.p, sv_from(buf_view(to), before), ret);
            return 0;
        }
    }
    return r;
}

/* ---- files ---- */

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    struct hfs_file *f = (struct hfs_file *)m;
    struct hfs *h = f->hfs;
    uint32_t block, count, in_block = (uint32_t)(offset % h->block);

    TRY(find_block(h, &f->fork, (uint32_t)(offset / h->block), &block, &count, err));
    *ret = (struct extent){.how = EXTENT_AT,
                           .n = (uint64_t)count * h->block - in_block,
                           .from = h->fs.disk.source,
                           .at = h->fs.disk.base + (uint64_t)block * h->block + in_block};
    return 0;
}

static int file_open(struct fs *fs, const struct fs_node *node, struct mapped *file,
                     struct err *err)
{
    struct hfs_file *f = (struct hfs_file *)file;
    struct hfs *h = (struct hfs *)fs;
    struct span key, data;

    if (node->size == (uint64_t)FLOW_SIZE_UNKNOWN)
        return ERR(err, ERR_UNSUPPORTED, "hfs+: the file system has compressed it");
    TRY(load_node(h, &h->catalog, (uint32_t)(node->at >> 16), err));
    if (!record_at(&h->catalog, (uint32_t)(node->at & 0xffff), &key, &data) || data.n < FILE_SIZE)
        return ERR(err, ERR_FORMAT, "hfs+: a record of the catalog is damaged");
    f->hfs = h;
    parse_fork(data.p + (node->part == PART_DATA ? 88 : 88 + FORK_SIZE), (uint32_t)node->id,
               node->part == PART_DATA ? 0 : 0xff, &f->fork);
    if (f->fork.size / h->block >= UINT32_MAX)
        return ERR(err, ERR_FORMAT, "hfs+: a file is larger than any can be");
    f->mapped.find = find;
    return 0;
}

/* ---- the volume ---- */

static int open_tree(struct hfs *h, struct tree *t, const uint8_t *fork, uint32_t id,
                     struct err *err)
{
    uint8_t b[64];

    parse_fork(fork, id, 0, &t->fork);
    if (id == ID_OVERFLOW && t->fork.size == 0)
        return 0;
    TRY(read_fork(h, &t->fork, 0, b, sizeof(b), err));
    t->root = u32(b + 16);
    t->node_size = u16(b + 32);
    if (t->node_size < NODE_MIN || t->node_size > NODE_MAX ||
        (t->node_size & (t->node_size - 1)) != 0 || t->fork.size / t->node_size > UINT32_MAX)
        return ERR(err, ERR_FORMAT, "hfs+: the header of a tree is damaged");
    t->nodes = (uint32_t)(t->fork.size / t->node_size);
    t->node = malloc(t->node_size);
    return t->node ? 0 : ERR(err, ERR_NOMEM, "no memory");
}

static int read_volume(struct hfs *h, struct err *err)
{
    uint8_t b[HEADER_SIZE];

    TRY(disk_read(&h->fs.disk, HEADER, b, sizeof(b), err));
    h->block = u32(b + 40);
    h->blocks = u32(b + 44);
    if (h->block < 512 || (h->block & (h->block - 1)) != 0 || h->blocks == 0)
        return ERR(err, ERR_FORMAT, "hfs+: its header is damaged");
    fs_claims(&h->fs, (uint64_t)h->blocks * h->block);
    TRY(open_tree(h, &h->overflow, b + 192, ID_OVERFLOW, err));
    return open_tree(h, &h->catalog, b + 272, ID_CATALOG, err);
}

static void close_hfs(struct fs *fs)
{
    struct hfs *h = (struct hfs *)fs;

    free(h->catalog.node);
    free(h->overflow.node);
    free(h);
}

static const struct fs_ops ops = {
    .folder_size = sizeof(struct hfs_folder),
    .file_size = sizeof(struct hfs_file),
    .folder_open = folder_open,
    .folder_next = folder_next,
    .file_open = file_open,
    .close = close_hfs,
};

int hfs_open(struct source *source, uint64_t base, struct budget *budget, struct entry_reader **ret,
             struct err *err)
{
    const struct fs_node root = {.id = ID_ROOT, .type = ENTRY_FOLDER};
    struct hfs *h = calloc(1, sizeof(*h));
    int r;

    if (!h)
        return ERR(err, ERR_NOMEM, "no memory");
    h->fs.ops = &ops;
    disk_init(&h->fs.disk, source, base, budget);
    r = read_volume(h, err);
    if (r < 0) {
        disk_clear(&h->fs.disk);
        close_hfs(&h->fs);
        return r;
    }
    return fs_walk(&h->fs, &root, ret, err);
}
