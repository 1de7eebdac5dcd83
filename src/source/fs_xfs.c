// SPDX-License-Identifier: Apache-2.0
/*
 * The file system XFS, versions 4 and 5.
 *
 *     allocation groups, each with inodes; an inode's fork: the bytes themselves, extents, or a
 *     tree of extents. A folder is in the inode, or in blocks of records; what is behind 32 GiB in
 *     it is only to find names faster.
 *
 * The log is not replayed. Format: "XFS Algorithms & Data Structures", 3rd edition.
 */
#include "source/fs.h"

#include <stdlib.h>
#include <string.h>

enum {
    SUPERBLOCK = 264,
    INODE_MAX = 2048,
    CORE_V3 = 176,
    CORE_V2 = 100,
    BLOCK_MAX = 64 * 1024,
    LEVELS_MAX = 8,
    EXTENT = 16,
    TREE_HEADER_V5 = 72,
    TREE_HEADER_V4 = 24,
    FOLDER_HEADER_V5 = 64,
    FOLDER_HEADER_V4 = 16,
    FOLDER_FREE = 0xffff,

    FORMAT_LOCAL = 1,
    FORMAT_EXTENTS = 2,
    FORMAT_TREE = 3,

    INCOMPAT_FTYPE = 1 << 0,
    INCOMPAT_KNOWN = 0xff,
    FEATURES2_FTYPE = 0x200,
    FLAG_REALTIME = 1,
    FLAGS2_MANY_EXTENTS = 1 << 4,

    TYPE_MASK = 0170000,
    TYPE_FOLDER = 0040000,
    TYPE_FILE = 0100000,
    TYPE_LINK = 0120000,
};

#define FOLDER_SPACE (UINT64_C(32) << 30)

struct xfs {
    struct fs fs;
    uint64_t blocks, root;
    uint32_t block, group_blocks, groups, folder_block;
    uint16_t inode_size;
    uint8_t inodes_log, group_log;
    bool v5, ftype;
};

struct xfs_inode {
    uint8_t bytes[INODE_MAX];
    uint16_t mode;
    uint8_t format;
    uint64_t size, extents;
    bool realtime;
    struct span fork;
};

struct xfs_file {
    struct mapped mapped;
    struct xfs *xfs;
    struct xfs_inode inode;
};

struct xfs_folder {
    struct xfs_file file;
    uint64_t at;      /* of the next block */
    uint8_t *block;   /* the fork, when the folder is in the inode */
    uint32_t n, next; /* bytes of it with records; the next record */
    uint32_t left;    /* names in the inode */
    bool wide;        /* their numbers have 8 bytes */
};

/* ---- inodes ---- */

static int read_inode(struct xfs *x, uint64_t number, struct xfs_inode *ret, struct err *err)
{
    uint64_t group = number >> (x->group_log + x->inodes_log),
             block = number >> x->inodes_log & ((UINT64_C(1) << x->group_log) - 1),
             index = number & ((UINT64_C(1) << x->inodes_log) - 1);
    uint8_t *b = ret->bytes;
    uint32_t core, end;

    if (group >= x->groups || block >= x->group_blocks)
        return ERR(err, ERR_FORMAT, "xfs: there is no inode %llu", (unsigned long long)number);
    TRY(disk_read(&x->fs.disk, (group * x->group_blocks + block) * x->block + index * x->inode_size,
                  b, x->inode_size, err));
    if (b[0] != 'I' || b[1] != 'N')
        return ERR(err, ERR_FORMAT, "xfs: inode %llu is damaged", (unsigned long long)number);
    core = b[4] >= 3 ? CORE_V3 : CORE_V2;
    end = b[82] ? core + b[82] * 8u : x->inode_size;
    if (end > x->inode_size || core >= x->inode_size)
        return ERR(err, ERR_FORMAT, "xfs: inode %llu is damaged", (unsigned long long)number);
    ret->mode = fs_be16(b + 2);
    ret->format = b[5];
    ret->size = fs_be64(b + 56);
    ret->extents =
        b[4] >= 3 && fs_be64(b + 120) & FLAGS2_MANY_EXTENTS ? fs_be64(b + 24) : fs_be32(b + 76);
    ret->realtime = fs_be16(b + 90) & FLAG_REALTIME;
    ret->fork = (struct span){b + core, end - core};
    return 0;
}

static int xfs_look(struct fs *fs, struct fs_node *node, struct err *err)
{
    struct xfs_inode inode;
    uint16_t type;

    TRY(read_inode((struct xfs *)fs, node->id, &inode, err));
    type = inode.mode & TYPE_MASK;
    if (inode.mode == 0)
        return ERR(err, ERR_FORMAT, "xfs: inode %llu is not in use", (unsigned long long)node->id);
    node->mode = inode.mode;
    node->size = inode.size;
    node->type = type == TYPE_FOLDER ? ENTRY_FOLDER
                 : type == TYPE_FILE ? ENTRY_FILE
                 : type == TYPE_LINK ? ENTRY_LINK
                                     : ENTRY_SPECIAL;
    return 0;
}

/* ---- extents ---- */

/* A block's number has its group in the high bits. */
static int block_at(const struct xfs *x, uint64_t number, uint64_t *ret, struct err *err)
{
    uint64_t group = number >> x->group_log, block = number & ((UINT64_C(1) << x->group_log) - 1);

    if (group >= x->groups || block >= x->group_blocks)
        return ERR(err, ERR_FORMAT, "xfs: block %llu is outside of it", (unsigned long long)number);
    *ret = (group * x->group_blocks + block) * x->block;
    return 0;
}

/* In records in order: the one that a block of the file is in, or how far the hole goes. */
static int pick_extent(const struct xfs *x, struct span records, uint64_t count, uint64_t wanted,
                       uint64_t limit, struct extent *ret, struct err *err)
{
    if (count > records.n / EXTENT)
        return ERR(err, ERR_FORMAT, "xfs: the extents of a file are damaged");
    ret->n = limit > wanted ? limit - wanted : 1;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t high = fs_be64(records.p + i * EXTENT), low = fs_be64(records.p + i * EXTENT + 8),
                 first = high >> 9 & ((UINT64_C(1) << 54) - 1), n = low & 0x1fffff,
                 at = (high & 0x1ff) << 43 | low >> 21;

        if (first > wanted) {
            ret->n = first - wanted;
            return 0;
        }
        if (wanted - first >= n)
            continue;
        ret->n = n - (wanted - first);
        // What was only reserved reads as zeros.
        if (high >> 63)
            return 0;
        ret->how = EXTENT_AT;
        ret->from = x->fs.disk.source;
        return block_at(x, at + (wanted - first), &ret->at, err);
    }
    return 0;
}

/* Down a tree: the last key at or before the wanted block; where the next begins is the limit. */
static uint64_t pick_child(struct span keys, struct span children, uint16_t count, uint64_t wanted,
                           uint64_t *limit)
{
    uint16_t i = 0;

    while (i + 1 < count && fs_be64(keys.p + (i + 1u) * 8) <= wanted)
        i++;
    if (i + 1 < count && fs_be64(keys.p + (i + 1u) * 8) < *limit)
        *limit = fs_be64(keys.p + (i + 1u) * 8);
    return fs_be64(children.p + i * 8u);
}

static int find_in_tree(struct xfs_file *f, uint64_t wanted, uint64_t limit, struct extent *ret,
                        struct err *err)
{
    struct xfs *x = f->xfs;
    struct span node = f->inode.fork, body = span_from(node, 4);
    uint16_t level = fs_be16(node.p), count = fs_be16(node.p + 2), above = LEVELS_MAX + 1;
    uint32_t header = x->v5 ? TREE_HEADER_V5 : TREE_HEADER_V4;
    auto_free uint8_t *block = malloc(x->block);
    uint64_t at = 0;

    if (!block)
        return ERR(err, ERR_NOMEM, "no memory");
    for (;;) {
        size_t room = body.n / 16;
        uint64_t child;

        if (level >= above || count > room || count == 0)
            return ERR(err, ERR_FORMAT, "xfs: the extents of a file are damaged");
        if (level == 0)
            return pick_extent(x, body, count, wanted, limit, ret, err);
        above = level;
        child = pick_child(body, span_from(body, room * 8), count, wanted, &limit);
        TRY(block_at(x, child, &at, err));
        TRY(disk_read(&x->fs.disk, at, block, x->block, err));
        if (memcmp(block, x->v5 ? "BMA3" : "BMAP", 4) != 0)
            return ERR(err, ERR_FORMAT, "xfs: the extents of a file are damaged");
        level = fs_be16(block + 4);
        count = fs_be16(block + 6);
        body = span_from((struct span){block, x->block}, header);
    }
}

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    struct xfs_file *f = (struct xfs_file *)m;
    struct xfs *x = f->xfs;
    uint64_t in_block = offset % x->block, blocks = m->source.size / x->block + 1;

    *ret = (struct extent){.how = EXTENT_ZEROS};
    TRY(f->inode.format == FORMAT_EXTENTS
            ? pick_extent(x, f->inode.fork, f->inode.extents, offset / x->block, blocks, ret, err)
            : find_in_tree(f, offset / x->block, blocks, ret, err));
    ret->n = ret->n * x->block - in_block;
    ret->at += x->fs.disk.base + in_block;
    return 0;
}

static int xfs_file_open(struct fs *fs, const struct fs_node *node, struct mapped *file,
                         struct err *err)
{
    struct xfs_file *f = (struct xfs_file *)file;

    f->xfs = (struct xfs *)fs;
    TRY(read_inode(f->xfs, node->id, &f->inode, err));
    file->find = find;
    if (f->inode.realtime)
        return ERR(err, ERR_UNSUPPORTED, "xfs: a file on another device (realtime)");
    if (f->inode.format != FORMAT_EXTENTS && f->inode.format != FORMAT_TREE)
        return ERR(err, ERR_FORMAT, "xfs: the extents of a file are damaged");
    return f->inode.fork.n < 8 ? ERR(err, ERR_FORMAT, "xfs: an inode is damaged") : 0;
}

/* ---- folders ---- */

static void folder_close(void *folder)
{
    struct xfs_folder *d = folder;

    free(d->block);
}

static int folder_open(struct fs *fs, const struct fs_node *node, void *folder, struct err *err)
{
    struct xfs_folder *d = folder;
    struct xfs *x = (struct xfs *)fs;
    struct xfs_inode *inode = &d->file.inode;

    TRY(read_inode(x, node->id, inode, err));
    if ((inode->mode & TYPE_MASK) != TYPE_FOLDER)
        return ERR(err, ERR_FORMAT, "xfs: it is no folder");
    if (inode->format == FORMAT_LOCAL) {
        if (inode->fork.n < 6)
            return ERR(err, ERR_FORMAT, "xfs: a folder is damaged");
        d->wide = inode->fork.p[1] != 0;
        d->left = d->wide ? inode->fork.p[1] : inode->fork.p[0];
        if (d->wide && inode->fork.p[0] > d->left)
            d->left = inode->fork.p[0];
        d->next = d->wide ? 10 : 6;
        return 0;
    }
    d->block = malloc(x->folder_block);
    if (!d->block)
        return ERR(err, ERR_NOMEM, "no memory");
    return fs_open(
        fs,
        &(struct fs_node){.id = node->id,
                          .size = inode->size < FOLDER_SPACE ? inode->size : FOLDER_SPACE},
        &d->file.mapped, err);
}

/* Length, a place that means nothing here, name, type, number. */
static int next_inside(const struct xfs *x, struct xfs_folder *d, struct buf *to,
                       struct fs_node *ret, struct err *err)
{
    struct reader r = reader_over(span_from(d->file.inode.fork, d->next));
    uint8_t n;
    struct span name;

    if (d->left == 0)
        return FS_ENDED;
    d->left--;
    n = reader_u8(&r);
    reader_skip(&r, 2);
    name = reader_take(&r, n);
    reader_skip(&r, x->ftype);
    ret->id = d->wide ? reader_u64be(&r) : reader_u32be(&r);
    if (!reader_ok(&r) || n == 0)
        return ERR(err, ERR_FORMAT, "xfs: a folder is damaged");
    d->next += 3u + n + x->ftype + (d->wide ? 8 : 4);
    buf_sv(to, sv_of(name));
    return 0;
}

/* The next block with records: 0 or FS_ENDED. */
static int next_block(struct xfs *x, struct xfs_folder *d, struct err *err)
{
    static const uint8_t hole[4];
    struct err why;

    while (d->at < d->file.mapped.source.size) {
        bool alone;

        TRY(fs_read(&d->file.mapped, d->at, d->block, x->folder_block, err));
        d->at += x->folder_block;
        d->next = x->v5 ? FOLDER_HEADER_V5 : FOLDER_HEADER_V4;
        d->n = x->folder_block;
        alone = memcmp(d->block, x->v5 ? "XDB3" : "XD2B", 4) == 0;
        // A folder of one block has a table for finding names at its end.
        if (alone) {
            uint32_t count = fs_be32(d->block + d->n - 8);

            d->n -= 8;
            d->n -= count < d->n / 8 ? count * 8 : d->n;
        }
        if (alone || memcmp(d->block, x->v5 ? "XDD3" : "XD2D", 4) == 0)
            return 0;
        if (memcmp(d->block, hole, 4) == 0)
            continue;
        (void)ERR(&why, ERR_FORMAT, "xfs: a block of a folder is damaged");
        fs_note(&x->fs, &why);
    }
    d->n = d->next = 0;
    return FS_ENDED;
}

static int next_record(struct xfs *x, struct xfs_folder *d, struct buf *to, struct fs_node *ret)
{
    const uint8_t *p = d->block + d->next;
    uint32_t left = d->n > d->next ? d->n - d->next : 0, length;

    if (left < 16)
        return FS_ENDED;
    if (fs_be16(p) == FOLDER_FREE) {
        length = fs_be16(p + 2);
    } else {
        length = (8u + 1 + p[8] + x->ftype + 2 + 7) & ~7u;
        if (p[8] == 0)
            length = 0;
    }
    if (length < 8 || length > left) {
        struct err why;

        (void)ERR(&why, ERR_FORMAT, "xfs: a record of a folder is damaged");
        fs_note(&x->fs, &why);
        return FS_ENDED;
    }
    d->next += length;
    if (fs_be16(p) != FOLDER_FREE) {
        ret->id = fs_be64(p);
        buf_bytes(to, p + 9, p[8]);
    }
    return 0;
}

static int folder_next(struct fs *fs, void *folder, struct buf *to, struct fs_node *ret,
                       struct err *err)
{
    struct xfs_folder *d = folder;
    struct xfs *x = (struct xfs *)fs;
    size_t before = to->n;

    if (!d->block)
        return next_inside(x, d, to, ret, err);
    do {
        TRY(budget_worked(fs->disk.budget, 16, err));
        if (next_record(x, d, to, ret) == FS_ENDED) {
            int r = next_block(x, d, err);

            if (r != 0)
                return r;
        }
    } while (to->n == before && !to->failed);
    return 0;
}

/* ---- the file system ---- */

static void xfs_close(struct fs *fs)
{
    free(fs);
}

static const struct fs_ops ops = {
    .folder_size = sizeof(struct xfs_folder),
    .file_size = sizeof(struct xfs_file),
    .folder_open = folder_open,
    .folder_next = folder_next,
    .folder_close = folder_close,
    .look = xfs_look,
    .file_open = xfs_file_open,
    .close = xfs_close,
};

static int read_superblock(struct xfs *x, struct err *err)
{
    uint8_t s[SUPERBLOCK];
    unsigned version;

    TRY(disk_read(&x->fs.disk, 0, s, sizeof(s), err));
    version = fs_be16(s + 100) & 15;
    x->block = fs_be32(s + 4);
    x->blocks = fs_be64(s + 8);
    x->root = fs_be64(s + 56);
    x->group_blocks = fs_be32(s + 84);
    x->groups = fs_be32(s + 88);
    x->inode_size = fs_be16(s + 104);
    x->inodes_log = s[123];
    x->group_log = s[124];
    x->v5 = version == 5;
    x->ftype = x->v5 ? fs_be32(s + 216) & INCOMPAT_FTYPE : fs_be32(s + 200) & FEATURES2_FTYPE;
    if (version != 4 && version != 5)
        return ERR(err, ERR_UNSUPPORTED, "xfs: version %u; 4 and 5 are read", version);
    if (x->v5 && fs_be32(s + 216) & ~(uint32_t)INCOMPAT_KNOWN)
        return ERR(err, ERR_UNSUPPORTED, "xfs: features that are not known, 0x%x",
                   fs_be32(s + 216) & ~(uint32_t)INCOMPAT_KNOWN);
    if (x->block < 512 || x->block > BLOCK_MAX || (x->block & (x->block - 1)) ||
        x->inode_size < 256 || x->inode_size > INODE_MAX || x->inode_size > x->block ||
        x->group_log > 32 || x->inodes_log > 8 || !x->group_blocks || s[192] > 7 ||
        x->block << s[192] > BLOCK_MAX || x->blocks > UINT64_MAX / BLOCK_MAX)
        return ERR(err, ERR_FORMAT, "xfs: its superblock is damaged");
    x->folder_block = x->block << s[192];
    fs_claims(&x->fs, x->blocks * x->block);
    return 0;
}

int xfs_open(struct source *source, uint64_t base, struct budget *budget, struct entry_reader **ret,
             struct err *err)
{
    struct xfs *x = calloc(1, sizeof(*x));
    int r;

    if (!x)
        return ERR(err, ERR_NOMEM, "no memory");
    x->fs.ops = &ops;
    disk_init(&x->fs.disk, source, base, budget);
    r = read_superblock(x, err);
    if (r < 0) {
        disk_clear(&x->fs.disk);
        free(x);
        return r;
    }
    return fs_walk(&x->fs, &(struct fs_node){.id = x->root}, ret, err);
}
