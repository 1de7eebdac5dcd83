// SPDX-License-Identifier: Apache-2.0
/*
 * The file systems ext2, ext3 and ext4.
 *
 *     superblock at 1024 ─► group descriptors ─► inode tables ─► a file's map ─► its blocks
 *
 * The map of a file is a tree of extents, or of block numbers, or the file stands in the inode
 * itself. The journal is not replayed. Format: Linux, Documentation/filesystems/ext4.
 */
#include "source/fs.h"

#include <stdlib.h>
#include <string.h>

#define XATTR_MAGIC UINT32_C(0xea020000)

enum {
    SUPERBLOCK = 1024,
    ROOT_INODE = 2,
    INODE_MAX = 4096,
    BLOCK_MAX = 64 * 1024,
    MAP_BYTES = 60,

    COMPAT_FILETYPE = 0x2,
    COMPAT_JOURNAL_DEVICE = 0x8,
    COMPAT_META_BG = 0x10,
    COMPAT_64BIT = 0x80,
    COMPAT_KNOWN = 0x2 | 0x4 | 0x10 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 |
                   0x8000 | 0x10000 | 0x20000,

    FLAG_COMPRESSED = 0x4,
    FLAG_ENCRYPTED = 0x800,
    FLAG_EXTENTS = 0x80000,
    FLAG_INLINE = 0x10000000,

    EXTENT_MAGIC = 0xf30a,
    EXTENT_SIZE = 12,
    EXTENT_DEPTH_MAX = 5,
    EXTENT_WRITTEN_MAX = 32768, /* blocks; one that was only reserved is longer by so much */
    XATTR_SYSTEM = 7,
    POINTERS = 64, /* of a block of pointers that are looked at together */

    TYPE_MASK = 0170000,
    TYPE_FOLDER = 0040000,
    TYPE_FILE = 0100000,
    TYPE_LINK = 0120000,
};

struct ext {
    struct fs fs;
    uint64_t blocks;
    uint32_t block, inodes, inodes_per_group, blocks_per_group, first_block, incompat;
    uint32_t first_meta_group;
    uint16_t inode_size, descriptor_size;
    bool sparse_super;
};

struct ext_file {
    struct mapped mapped;
    struct ext *ext;
    uint32_t flags;
    uint8_t map[MAP_BYTES];
    uint8_t inside[INODE_MAX]; /* of a file that stands in its inode */
    size_t inside_n;
};

struct ext_folder {
    struct ext_file file;
    uint64_t at;     /* of the next record */
    uint64_t loaded; /* where the block that is in memory begins, plus 1 */
    uint32_t n;      /* bytes of it */
    uint8_t *block;
};

/* ---- inodes ---- */

static bool is_power(uint32_t n, uint32_t base)
{
    while (n > 1 && n % base == 0)
        n /= base;
    return n == 1;
}

static bool has_superblock(const struct ext *e, uint64_t group)
{
    return !e->sparse_super || group <= 1 || is_power((uint32_t)group, 3) ||
           is_power((uint32_t)group, 5) || is_power((uint32_t)group, 7);
}

/* Where the descriptor of a group is. */
static uint64_t descriptor_at(const struct ext *e, uint64_t group)
{
    uint64_t each = e->block / e->descriptor_size, number = group / each, block, first;

    if (!(e->incompat & COMPAT_META_BG) || number < e->first_meta_group) {
        block = e->first_block + 1 + number;
    } else {
        first = number * each;
        block = e->first_block + first * e->blocks_per_group + has_superblock(e, first);
    }
    return block * e->block + group % each * e->descriptor_size;
}

static int read_inode(struct ext *e, uint64_t number, uint8_t inode[INODE_MAX], struct err *err)
{
    uint8_t descriptor[64] = {0};
    uint64_t group = (number - 1) / e->inodes_per_group, in_group, table;

    if (number == 0 || number > e->inodes)
        return ERR(err, ERR_FORMAT, "ext: there is no inode %llu", (unsigned long long)number);
    in_group = (number - 1) % e->inodes_per_group;
    TRY(disk_read(&e->fs.disk, descriptor_at(e, group), descriptor,
                  e->descriptor_size < 64 ? 32 : 64, err));
    table = fs_u32(descriptor + 8) | (uint64_t)fs_u32(descriptor + 40) << 32;
    if (table >= e->blocks)
        return ERR(err, ERR_FORMAT, "ext: the inodes of group %llu are outside of it",
                   (unsigned long long)group);
    return disk_read(&e->fs.disk, table * e->block + in_group * e->inode_size, inode, e->inode_size,
                     err);
}

static int ext_look(struct fs *fs, struct fs_node *node, struct err *err)
{
    struct ext *e = (struct ext *)fs;
    uint8_t inode[INODE_MAX];
    uint16_t type;

    TRY(read_inode(e, node->id, inode, err));
    node->mode = fs_u16(inode);
    type = node->mode & TYPE_MASK;
    node->size = fs_u32(inode + 4);
    if (type == TYPE_FILE || type == TYPE_FOLDER)
        node->size |= (uint64_t)fs_u32(inode + 108) << 32;
    if (fs_u16(inode + 26) == 0)
        return ERR(err, ERR_FORMAT, "ext: inode %llu is not in use", (unsigned long long)node->id);
    node->type = type == TYPE_FOLDER ? ENTRY_FOLDER
                 : type == TYPE_FILE ? ENTRY_FILE
                 : type == TYPE_LINK ? ENTRY_LINK
                                     : ENTRY_SPECIAL;
    // Of what is encrypted the names are, too: nothing is to be seen in a folder.
    if ((fs_u32(inode + 32) & FLAG_ENCRYPTED) &&
        (node->type == ENTRY_FILE || node->type == ENTRY_FOLDER)) {
        node->type = ENTRY_FILE;
        node->encrypted = true;
    }
    return 0;
}

/* ---- the map of a file ---- */

static int at_block(const struct ext *e, uint64_t block, uint64_t in_block, struct extent *ret,
                    struct err *err)
{
    if (block >= e->blocks)
        return ERR(err, ERR_FORMAT, "ext: block %llu is outside of it", (unsigned long long)block);
    ret->how = EXTENT_AT;
    ret->from = e->fs.disk.source;
    ret->at = e->fs.disk.base + block * e->block + in_block;
    return 0;
}

/* An extent in blocks; `wanted` is in a hole when it is before `first`. */
struct run {
    uint64_t first, count, at;
    bool reserved;
};

/*
 * In one node: the last entry that begins at or before `wanted`, and where the next one begins.
 * false: all begin later.
 */
static bool pick(const uint8_t *entries, uint16_t count, uint32_t wanted, const uint8_t **ret,
                 uint64_t *limit)
{
    const uint8_t *best = NULL;

    for (uint16_t i = 0; i < count; i++) {
        const uint8_t *entry = entries + (size_t)i * EXTENT_SIZE;

        if (fs_u32(entry) > wanted) {
            if (fs_u32(entry) < *limit)
                *limit = fs_u32(entry);
            break;
        }
        best = entry;
    }
    *ret = best;
    return best != NULL;
}

/* What is there for a block: *ret_at 0 means a hole; *ret_count blocks are alike. */
static int find_extent(struct ext_file *f, uint64_t wanted, uint64_t *ret_at, uint64_t *ret_count,
                       struct err *err)
{
    struct ext *e = f->ext;
    uint64_t limit = UINT32_MAX;
    auto_free uint8_t *node = NULL;
    const uint8_t *header = f->map, *entry;
    size_t room = MAP_BYTES;

    *ret_at = 0;
    for (unsigned above = EXTENT_DEPTH_MAX + 1;;) {
        uint16_t count = fs_u16(header + 2), depth = fs_u16(header + 6), length;
        uint64_t next;

        if (fs_u16(header) != EXTENT_MAGIC || depth >= above || (count + 1u) * EXTENT_SIZE > room)
            return ERR(err, ERR_FORMAT, "ext: the extents of a file are damaged");
        above = depth;
        if (wanted > UINT32_MAX ||
            !pick(header + EXTENT_SIZE, count, (uint32_t)wanted, &entry, &limit))
            break;
        if (depth == 0) {
            uint64_t skip = wanted - fs_u32(entry);

            length = fs_u16(entry + 4);
            bool reserved = length > EXTENT_WRITTEN_MAX;

            if (reserved)
                length = (uint16_t)(length - EXTENT_WRITTEN_MAX);
            if (skip >= length)
                break;
            limit = wanted + length - skip;
            if (!reserved)
                *ret_at = (fs_u32(entry + 8) | (uint64_t)fs_u16(entry + 6) << 32) + skip;
            break;
        }
        next = fs_u32(entry + 4) | (uint64_t)fs_u16(entry + 8) << 32;
        if (!node)
            node = malloc(e->block);
        if (!node)
            return ERR(err, ERR_NOMEM, "no memory");
        if (next >= e->blocks)
            return ERR(err, ERR_FORMAT, "ext: the extents of a file are outside of it");
        TRY(disk_read(&e->fs.disk, next * e->block, node, e->block, err));
        header = node;
        room = e->block;
    }
    *ret_count = limit > wanted ? limit - wanted : 1;
    return 0;
}

/* The same with blocks of pointers: up to three levels of them. */
static int find_pointer(struct ext_file *f, uint64_t wanted, uint64_t *ret_at, uint64_t *ret_count,
                        struct err *err)
{
    struct ext *e = f->ext;
    uint64_t each = e->block / 4, span = 1, index = wanted, n = 0;
    uint8_t pointers[POINTERS * 4];
    uint32_t at;
    unsigned level;

    *ret_count = 1;
    if (wanted < 12) {
        *ret_at = fs_u32(f->map + wanted * 4);
        return 0;
    }
    index -= 12;
    for (level = 1; level <= 3 && index >= span * each; level++) {
        index -= span * each;
        span *= each;
    }
    if (level > 3)
        return ERR(err, ERR_FORMAT, "ext: a file is larger than its map");
    at = fs_u32(f->map + (11 + level) * 4);
    for (;; span /= each) {
        uint64_t slot = index / span;

        if (at == 0) {
            *ret_at = 0;
            *ret_count = span * each - index;
            return 0;
        }
        if (at >= e->blocks)
            return ERR(err, ERR_FORMAT, "ext: the map of a file is outside of it");
        if (span == 1) {
            n = each - slot < POINTERS ? each - slot : POINTERS;
            TRY(disk_read(&e->fs.disk, (uint64_t)at * e->block + slot * 4, pointers, n * 4, err));
            break;
        }
        TRY(disk_read(&e->fs.disk, (uint64_t)at * e->block + slot * 4, pointers, 4, err));
        at = fs_u32(pointers);
        index %= span;
    }
    *ret_at = fs_u32(pointers);
    while (*ret_count < n &&
           fs_u32(pointers + *ret_count * 4) == (*ret_at ? *ret_at + *ret_count : 0))
        (*ret_count)++;
    return 0;
}

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    struct ext_file *f = (struct ext_file *)m;
    uint32_t block = f->ext->block;
    uint64_t in_block = offset % block, at = 0, count = 0;

    if (f->flags & FLAG_INLINE) {
        bool here = offset < f->inside_n;

        *ret = (struct extent){.how = here ? EXTENT_MADE : EXTENT_ZEROS,
                               .n = here ? f->inside_n - offset : m->source.size - offset,
                               .made = f->inside + (here ? offset : 0)};
        return 0;
    }
    TRY(f->flags & FLAG_EXTENTS ? find_extent(f, offset / block, &at, &count, err)
                                : find_pointer(f, offset / block, &at, &count, err));
    ret->n = count * block - in_block;
    ret->how = EXTENT_ZEROS;
    return at ? at_block(f->ext, at, in_block, ret, err) : 0;
}

/* What does not fit into the map goes on as an attribute behind the fields of the inode. */
static void read_inside(struct ext_file *f, const uint8_t *inode, size_t size)
{
    struct reader r = reader_over((struct span){inode, size});
    struct span entries;

    memcpy(f->inside, f->map, MAP_BYTES);
    f->inside_n = MAP_BYTES;
    reader_skip(&r, 128);
    reader_skip(&r, reader_ok(&r) && r.rest.n >= 2 ? fs_u16(r.rest.p) : 0);
    if (reader_u32le(&r) != XATTR_MAGIC)
        return;
    entries = r.rest;
    while (reader_ok(&r) && r.rest.n >= 16 && fs_u32(r.rest.p) != 0) {
        uint8_t name_n = reader_u8(&r), index = reader_u8(&r);
        uint16_t at = reader_u16le(&r);
        uint32_t n;
        struct span value;

        reader_skip(&r, 4);
        n = reader_u32le(&r);
        reader_skip(&r, 4);
        struct sv name = sv_of(reader_take(&r, name_n));

        reader_skip(&r, (4 - name_n % 4u) % 4);
        value = span_from(entries, at);
        if (index == XATTR_SYSTEM && sv_eq(name, SV("data")) && n && n <= value.n &&
            n <= sizeof(f->inside) - MAP_BYTES) {
            memcpy(f->inside + MAP_BYTES, value.p, n);
            f->inside_n += n;
            return;
        }
    }
}

static int ext_file_open(struct fs *fs, const struct fs_node *node, struct mapped *file,
                         struct err *err)
{
    struct ext_file *f = (struct ext_file *)file;
    struct ext *e = (struct ext *)fs;
    uint8_t inode[INODE_MAX];

    TRY(read_inode(e, node->id, inode, err));
    f->ext = e;
    f->flags = fs_u32(inode + 32);
    memcpy(f->map, inode + 40, MAP_BYTES);
    file->find = find;
    if (f->flags & FLAG_COMPRESSED)
        return ERR(err, ERR_UNSUPPORTED, "ext: a compressed file");
    if (f->flags & FLAG_INLINE)
        read_inside(f, inode, e->inode_size);
    return 0;
}

/* ---- folders ---- */

static int ext_folder_open(struct fs *fs, const struct fs_node *node, void *folder, struct err *err)
{
    struct ext_folder *d = folder;
    struct ext *e = (struct ext *)fs;
    struct fs_node found = *node;

    TRY(ext_look(fs, &found, err));
    if (found.type != ENTRY_FOLDER)
        return ERR(err, ERR_FORMAT, "ext: it is no folder");
    d->block = malloc(e->block);
    if (!d->block)
        return ERR(err, ERR_NOMEM, "no memory");
    return fs_open(fs, &found, &d->file.mapped, err);
}

static void ext_folder_close(void *folder)
{
    struct ext_folder *d = folder;

    free(d->block);
}

/* The block that `at` is in; of a folder in its inode, all of it, as if it were two. */
static int load(struct ext *e, struct ext_folder *d, struct err *err)
{
    struct mapped *m = &d->file.mapped;
    uint64_t begin = d->at - d->at % e->block;

    if (d->file.flags & FLAG_INLINE) {
        d->n = (uint32_t)(d->at < MAP_BYTES ? MAP_BYTES : d->file.inside_n);
        d->n = d->n > m->source.size ? (uint32_t)m->source.size : d->n;
        d->n = d->n > e->block ? e->block : d->n;
        memcpy(d->block, d->file.inside, d->n);
        if (d->at == 0)
            d->at = 4; // its parent's number
        return 0;
    }
    if (d->loaded == begin + 1)
        return 0;
    d->loaded = 0;
    d->n = m->source.size - begin < e->block ? (uint32_t)(m->source.size - begin) : e->block;
    TRY(fs_read(m, begin, d->block, d->n, err));
    d->loaded = begin + 1;
    return 0;
}

/* One record at `at`: its length; what it says when it names something. */
static int read_record(struct ext *e, struct ext_folder *d, struct sv *ret_name,
                       struct fs_node *ret, struct err *err)
{
    size_t in_block = (size_t)(d->file.flags & FLAG_INLINE ? d->at : d->at % e->block);
    const uint8_t *p = d->block + in_block;
    uint32_t length, name_n;

    *ret_name = (struct sv){0};
    if (d->n < in_block || d->n - in_block < 8) {
        d->at += d->n > in_block ? d->n - in_block : 1;
        return 0;
    }
    length = fs_u16(p + 4);
    if (e->block == BLOCK_MAX && (length == 0 || length == 65535))
        length = BLOCK_MAX;
    name_n = e->incompat & COMPAT_FILETYPE ? p[6] : fs_u16(p + 6);
    if (length < 8 || length > d->n - in_block || name_n > length - 8) {
        // The rest of the block is lost, not the rest of the folder.
        d->at += d->n - in_block;
        return ERR(err, ERR_FORMAT, "ext: a record in it is damaged");
    }
    d->at += length;
    ret->id = fs_u32(p);
    if (ret->id != 0)
        *ret_name = (struct sv){(const char *)p + 8, name_n};
    return 0;
}

static int ext_folder_next(struct fs *fs, void *folder, struct buf *to, struct fs_node *ret,
                           struct err *err)
{
    struct ext_folder *d = folder;
    struct ext *e = (struct ext *)fs;
    struct sv name = {0};
    struct err why;

    while (d->at < d->file.mapped.source.size) {
        TRY(budget_worked(fs->disk.budget, 16, err));
        TRY(load(e, d, err));
        if (read_record(e, d, &name, ret, &why) < 0)
            fs_note(fs, &why);
        if (name.n) {
            buf_sv(to, name);
            return 0;
        }
    }
    return FS_ENDED;
}

/* ---- the file system ---- */

static void ext_close(struct fs *fs)
{
    free(fs);
}

static const struct fs_ops ops = {
    .folder_size = sizeof(struct ext_folder),
    .file_size = sizeof(struct ext_file),
    .folder_open = ext_folder_open,
    .folder_next = ext_folder_next,
    .folder_close = ext_folder_close,
    .look = ext_look,
    .file_open = ext_file_open,
    .close = ext_close,
};

static int read_superblock(struct ext *e, struct err *err)
{
    uint8_t s[1024];
    uint32_t compat_ro;

    TRY(disk_read(&e->fs.disk, SUPERBLOCK, s, sizeof(s), err));
    if (fs_u16(s + 56) != 0xef53 || fs_u32(s + 24) > 6)
        return ERR(err, ERR_FORMAT, "ext: its superblock is damaged");
    e->block = 1024u << fs_u32(s + 24);
    e->inodes = fs_u32(s);
    e->first_block = fs_u32(s + 20);
    e->blocks_per_group = fs_u32(s + 32);
    e->inodes_per_group = fs_u32(s + 40);
    e->incompat = fs_u32(s + 76) ? fs_u32(s + 96) : 0;
    compat_ro = fs_u32(s + 76) ? fs_u32(s + 100) : 0;
    e->sparse_super = compat_ro & 1;
    e->inode_size = fs_u32(s + 76) ? fs_u16(s + 88) : 128;
    e->descriptor_size = e->incompat & COMPAT_64BIT ? fs_u16(s + 254) : 32;
    e->blocks = fs_u32(s + 4);
    if (e->incompat & COMPAT_64BIT)
        e->blocks |= (uint64_t)fs_u32(s + 336) << 32;
    e->first_meta_group = fs_u32(s + 260);
    if (e->incompat & COMPAT_JOURNAL_DEVICE)
        return ERR(err, ERR_UNSUPPORTED, "ext: the journal of another file system");
    if (e->incompat & ~(uint32_t)COMPAT_KNOWN)
        return ERR(err, ERR_UNSUPPORTED, "ext: features that are not known, 0x%x",
                   e->incompat & ~(uint32_t)COMPAT_KNOWN);
    if (!e->inodes_per_group || !e->blocks_per_group || e->inode_size < 128 ||
        e->inode_size > INODE_MAX || e->inode_size > e->block || e->descriptor_size < 32 ||
        e->descriptor_size > 1024 || (e->descriptor_size & (e->descriptor_size - 1)))
        return ERR(err, ERR_FORMAT, "ext: its superblock is damaged");
    if (e->blocks < UINT64_MAX / BLOCK_MAX)
        fs_claims(&e->fs, e->blocks * e->block);
    return 0;
}

int ext_open(struct source *source, uint64_t base, struct budget *budget, struct entry_reader **ret,
             struct err *err)
{
    struct ext *e = calloc(1, sizeof(*e));
    int r;

    if (!e)
        return ERR(err, ERR_NOMEM, "no memory");
    e->fs.ops = &ops;
    disk_init(&e->fs.disk, source, base, budget);
    r = read_superblock(e, err);
    if (r < 0) {
        disk_clear(&e->fs.disk);
        free(e);
        return r;
    }
    return fs_walk(&e->fs, &(struct fs_node){.id = ROOT_INODE}, ret, err);
}
