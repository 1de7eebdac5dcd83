// SPDX-License-Identifier: Apache-2.0
/*
 * The file system squashfs, version 4: snaps, AppImages, live systems.
 *
 *     superblock   blocks of files   inodes   folders   fragments: ends of files, many in a block
 *
 * Inodes and folders are in metadata blocks of 8 KiB, each compressed on its own. Format: Linux,
 * Documentation/filesystems/squashfs.rst; "The Squashfs Binary Format", D. Oberhollenzer.
 */
#include "source/fs.h"

#include <stdlib.h>
#include <string.h>

#include "source/unpack.h"

enum {
    SUPERBLOCK = 96,
    META = 8192,
    META_PLAIN = 0x8000,
    BLOCK_MAX = 1 << 20,
    BLOCK_PLAIN = 1 << 24,
    FRAGMENTS_IN_META = META / 16,
    DATA_TAG = 1, /* so that no tag is 0 */

    INODE_FOLDER = 1,
    INODE_FILE = 2,
    INODE_LINK = 3,
    INODE_LARGE = 7, /* more than the same kinds without it */
    INODE_KINDS = 14,
    INODE_BYTES = 56, /* of the longest that matters */
};

#define NO_FRAGMENT UINT32_MAX

struct squash {
    struct fs fs;
    uint32_t block, fragments;
    enum unpack_how how;
    uint64_t inodes_at, folders_at, fragments_at;
    struct blocks meta, data;
    uint8_t *packed;
};

/* A place in metadata: a block, and a byte in it. */
struct place {
    uint64_t block;
    uint32_t at;
};

struct squash_file {
    struct mapped mapped;
    struct squash *squash;
    uint64_t first_at; /* of its blocks */
    uint32_t fragment, in_fragment;
    struct place sizes; /* of the sizes of its blocks */

    /* the block that the next size is of */
    struct place next;
    uint64_t next_block, next_at;
    uint32_t size; /* of the one before */
};

struct squash_folder {
    struct place at;
    uint32_t left;  /* bytes */
    uint32_t count; /* entries until the next header */
    uint64_t inodes;
};

/* ---- blocks ---- */

static int unpack(struct squash *s, uint64_t at, uint32_t n, bool plain, struct blocks *cache,
                  struct span *ret, struct err *err)
{
    unsigned slot = 0;
    size_t got = 0;
    uint8_t *to;

    if (blocks_get(cache, at + DATA_TAG, ret))
        return 0;
    if (n > cache->size)
        return ERR(err, ERR_FORMAT, "squashfs: a block is too large");
    to = blocks_room(cache, &slot);
    if (!s->packed)
        s->packed = malloc(BLOCK_MAX);
    if (!to || !s->packed)
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(budget_worked(s->fs.disk.budget, cache->size, err));
    TRY(disk_read(&s->fs.disk, at, plain ? to : s->packed, n, err));
    if (plain)
        got = n;
    else
        TRY(unpack_block(s->how, (struct span){s->packed, n}, to, cache->size, &got, err));
    *ret = blocks_put(cache, slot, at + DATA_TAG, got);
    return 0;
}

/* Bytes of metadata, which may go on in the next block. */
static int read_meta(struct squash *s, struct place *at, void *to, size_t n, struct err *err)
{
    for (size_t done = 0; done < n;) {
        uint8_t header[2];
        struct span block;
        uint32_t size;
        size_t piece;

        TRY(disk_read(&s->fs.disk, at->block, header, sizeof(header), err));
        size = fs_u16(header) & (META_PLAIN - 1u);
        TRY(unpack(s, at->block + 2, size, fs_u16(header) & META_PLAIN, &s->meta, &block, err));
        if (at->at >= block.n) {
            if (at->at > META || block.n == 0)
                return ERR(err, ERR_FORMAT, "squashfs: its metadata are damaged");
            *at = (struct place){at->block + 2 + size, 0};
            continue;
        }
        piece = block.n - at->at < n - done ? block.n - at->at : n - done;
        memcpy((uint8_t *)to + done, block.p + at->at, piece);
        at->at += (uint32_t)piece;
        done += piece;
    }
    return 0;
}

/* ---- inodes ---- */

struct inode {
    uint8_t bytes[INODE_BYTES];
    uint16_t kind; /* without INODE_LARGE */
    bool large;
    struct place behind; /* its fixed part */
};

static int read_inode(struct squash *s, uint64_t reference, struct inode *ret, struct err *err)
{
    static const uint8_t sizes[INODE_KINDS + 1] = {0,  32, 32, 24, 24, 24, 20, 20,
                                                   40, 56, 24, 28, 28, 24, 24};
    struct place at = {s->inodes_at + (reference >> 16), (uint32_t)(reference & 0xffff)};
    uint16_t kind;

    if (reference >> 16 >= s->folders_at - s->inodes_at)
        return ERR(err, ERR_FORMAT, "squashfs: an inode is outside of its table");
    TRY(read_meta(s, &at, ret->bytes, 2, err));
    kind = fs_u16(ret->bytes);
    if (kind == 0 || kind > INODE_KINDS)
        return ERR(err, ERR_FORMAT, "squashfs: an inode is damaged");
    TRY(read_meta(s, &at, ret->bytes + 2, sizes[kind] - 2u, err));
    ret->large = kind > INODE_LARGE;
    ret->kind = ret->large ? kind - INODE_LARGE : kind;
    ret->behind = at;
    return 0;
}

static int squash_look(struct fs *fs, struct fs_node *node, struct err *err)
{
    struct inode i;

    TRY(read_inode((struct squash *)fs, node->at, &i, err));
    node->mode = fs_u16(i.bytes + 2);
    node->type = i.kind == INODE_FOLDER ? ENTRY_FOLDER
                 : i.kind == INODE_FILE ? ENTRY_FILE
                 : i.kind == INODE_LINK ? ENTRY_LINK
                                        : ENTRY_SPECIAL;
    if (i.kind == INODE_FILE)
        node->size = i.large ? fs_u64(i.bytes + 24) : fs_u32(i.bytes + 28);
    return 0;
}

/* ---- files ---- */

/* Go on to a block of the file, so that `size` and where it is are known. */
static int go_to(struct squash_file *f, uint64_t block, uint64_t *ret_at, struct err *err)
{
    if (f->next_block == 0 || block + 1 < f->next_block) {
        f->next = f->sizes;
        f->next_block = 0;
        f->next_at = f->first_at;
        f->size = 0;
    }
    while (f->next_block <= block) {
        uint8_t size[4];

        TRY(budget_worked(f->mapped.budget, sizeof(size), err));
        f->next_at += f->size & (BLOCK_PLAIN - 1u);
        TRY(read_meta(f->squash, &f->next, size, sizeof(size), err));
        f->size = fs_u32(size);
        f->next_block++;
    }
    *ret_at = f->next_at;
    return 0;
}

/* The end of a file is in a block with those of others. */
static int find_in_fragment(struct squash_file *f, uint64_t in_block, struct extent *ret,
                            struct err *err)
{
    struct squash *s = f->squash;
    uint8_t bytes[16];
    struct place at = {0, f->fragment % FRAGMENTS_IN_META * 16};
    struct span block;
    uint64_t from = f->in_fragment + in_block;

    if (f->fragment >= s->fragments)
        return ERR(err, ERR_FORMAT, "squashfs: there is no fragment %u", f->fragment);
    TRY(disk_read(&s->fs.disk, s->fragments_at + f->fragment / FRAGMENTS_IN_META * UINT64_C(8),
                  bytes, 8, err));
    at.block = fs_u64(bytes);
    TRY(read_meta(s, &at, bytes, sizeof(bytes), err));
    TRY(unpack(s, fs_u64(bytes), fs_u32(bytes + 8) & (BLOCK_PLAIN - 1u),
               fs_u32(bytes + 8) & BLOCK_PLAIN, &s->data, &block, err));
    if (from >= block.n)
        return ERR(err, ERR_FORMAT, "squashfs: a fragment is too short");
    *ret = (struct extent){.how = EXTENT_MADE, .n = block.n - from, .made = block.p + from};
    return 0;
}

static int find(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err)
{
    struct squash_file *f = (struct squash_file *)m;
    struct squash *s = f->squash;
    uint64_t index = offset / s->block, in_block = offset % s->block, at = 0;
    struct span block;

    if (f->fragment != NO_FRAGMENT && index == m->source.size / s->block)
        return find_in_fragment(f, in_block, ret, err);
    TRY(go_to(f, index, &at, err));
    *ret = (struct extent){.how = EXTENT_ZEROS, .n = s->block - in_block};
    if ((f->size & (BLOCK_PLAIN - 1u)) == 0)
        return 0;
    TRY(unpack(s, at, f->size & (BLOCK_PLAIN - 1u), f->size & BLOCK_PLAIN, &s->data, &block, err));
    if (in_block >= block.n)
        return ERR(err, ERR_FORMAT, "squashfs: a block is too short");
    *ret = (struct extent){.how = EXTENT_MADE, .n = block.n - in_block, .made = block.p + in_block};
    return 0;
}

static int squash_file_open(struct fs *fs, const struct fs_node *node, struct mapped *file,
                            struct err *err)
{
    struct squash_file *f = (struct squash_file *)file;
    struct inode i;

    TRY(read_inode((struct squash *)fs, node->at, &i, err));
    if (i.kind != INODE_FILE)
        return ERR(err, ERR_FORMAT, "squashfs: it is no file");
    f->squash = (struct squash *)fs;
    f->first_at = i.large ? fs_u64(i.bytes + 16) : fs_u32(i.bytes + 16);
    f->fragment = fs_u32(i.bytes + (i.large ? 44 : 20));
    f->in_fragment = fs_u32(i.bytes + (i.large ? 48 : 24));
    f->sizes = i.behind;
    file->find = find;
    return 0;
}

/* ---- folders ---- */

static int folder_open(struct fs *fs, const struct fs_node *node, void *folder, struct err *err)
{
    struct squash_folder *d = folder;
    struct squash *s = (struct squash *)fs;
    struct inode i;

    TRY(read_inode(s, node->at, &i, err));
    if (i.kind != INODE_FOLDER)
        return ERR(err, ERR_FORMAT, "squashfs: it is no folder");
    d->left = i.large ? fs_u32(i.bytes + 20) : fs_u16(i.bytes + 24);
    d->at.block = s->folders_at + fs_u32(i.bytes + (i.large ? 24 : 16));
    d->at.at = fs_u16(i.bytes + (i.large ? 34 : 26));
    // Three bytes stand for "." and "..", which are not there.
    d->left = d->left > 3 ? d->left - 3 : 0;
    return 0;
}

static int take(struct squash *s, struct squash_folder *d, void *to, uint32_t n, struct err *err)
{
    if (n > d->left)
        return ERR(err, ERR_FORMAT, "squashfs: a folder is damaged");
    d->left -= n;
    return read_meta(s, &d->at, to, n, err);
}

static int folder_next(struct fs *fs, void *folder, struct buf *to, struct fs_node *ret,
                       struct err *err)
{
    struct squash_folder *d = folder;
    struct squash *s = (struct squash *)fs;
    uint8_t bytes[12];
    char name[257];
    uint16_t name_n;

    if (d->count == 0) {
        if (d->left == 0)
            return FS_ENDED;
        TRY(take(s, d, bytes, 12, err));
        d->count = fs_u32(bytes) + 1;
        d->inodes = fs_u32(bytes + 4);
        if (d->count == 0 || d->count > 256)
            return ERR(err, ERR_FORMAT, "squashfs: a folder is damaged");
    }
    TRY(take(s, d, bytes, 8, err));
    d->count--;
    name_n = (uint16_t)(fs_u16(bytes + 6) + 1);
    if (name_n == 0 || name_n > 256)
        return ERR(err, ERR_FORMAT, "squashfs: a name is too long");
    TRY(take(s, d, name, name_n, err));
    buf_bytes(to, name, name_n);
    ret->at = ret->id = d->inodes << 16 | fs_u16(bytes);
    return 0;
}

/* ---- the file system ---- */

static void squash_close(struct fs *fs)
{
    struct squash *s = (struct squash *)fs;

    blocks_clear(&s->meta);
    blocks_clear(&s->data);
    free(s->packed);
    free(s);
}

static const struct fs_ops ops = {
    .folder_size = sizeof(struct squash_folder),
    .file_size = sizeof(struct squash_file),
    .folder_open = folder_open,
    .folder_next = folder_next,
    .look = squash_look,
    .file_open = squash_file_open,
    .close = squash_close,
};

static int read_superblock(struct squash *s, uint64_t *ret_root, struct err *err)
{
    static const int how[] = {-1, UNPACK_ZLIB, -1, UNPACK_LZO, UNPACK_XZ, UNPACK_LZ4, UNPACK_ZSTD};
    uint8_t b[SUPERBLOCK];
    uint16_t compression;

    TRY(disk_read(&s->fs.disk, 0, b, sizeof(b), err));
    compression = fs_u16(b + 20);
    if (fs_u16(b + 28) != 4)
        return ERR(err, ERR_UNSUPPORTED, "squashfs: version %u; 4 is read", fs_u16(b + 28));
    if (compression >= ARRAY_LEN(how) || how[compression] < 0)
        return ERR(err, ERR_UNSUPPORTED, "squashfs: compressed in an unknown way");
    s->how = (enum unpack_how)how[compression];
    s->block = fs_u32(b + 12);
    s->fragments = fs_u32(b + 16);
    *ret_root = fs_u64(b + 32);
    s->inodes_at = fs_u64(b + 64);
    s->folders_at = fs_u64(b + 72);
    s->fragments_at = fs_u64(b + 80);
    if (s->block < 4096 || s->block > BLOCK_MAX || (s->block & (s->block - 1)) ||
        s->folders_at < s->inodes_at)
        return ERR(err, ERR_FORMAT, "squashfs: its superblock is damaged");
    fs_claims(&s->fs, fs_u64(b + 40));
    blocks_init(&s->meta, META);
    blocks_init(&s->data, s->block);
    return 0;
}

int squash_open(struct source *source, uint64_t base, struct budget *budget,
                struct entry_reader **ret, struct err *err)
{
    struct squash *s = calloc(1, sizeof(*s));
    uint64_t root = 0;
    int r;

    if (!s)
        return ERR(err, ERR_NOMEM, "no memory");
    s->fs.ops = &ops;
    disk_init(&s->fs.disk, source, base, budget);
    r = read_superblock(s, &root, err);
    if (r < 0) {
        disk_clear(&s->fs.disk);
        squash_close(&s->fs);
        return r;
    }
    return fs_walk(&s->fs, &(struct fs_node){.id = root, .at = root}, ret, err);
}
