// SPDX-License-Identifier: Apache-2.0
/*
 * What a reader of a file system is, and the walk over its folders that turns it into a container.
 *
 * Only files that are there are told, not deleted ones, and no link is followed. The walk keeps the
 * folders that it is in, never the names of one, so its memory does not grow with the files. A
 * folder that cannot be read is left, and the walk goes on: the first of them is the failure that
 * ends it.
 */
#pragma once

#include "source/disk.h"
#include "source/entry_reader.h"
#include "source/mapped.h"

enum { FS_ENDED = 1 };

struct fs_node {
    uint64_t id; /* the same for all names of a file */
    uint64_t at; /* the reader's own: where more about it stands */
    uint64_t size;
    enum entry_type type;
    uint32_t mode;
    uint32_t part; /* the reader's own: which of its streams */
    bool encrypted;
};

struct fs;

struct fs_ops {
    size_t folder_size; /* bytes of what is kept of a folder that is open; zeroed before */
    size_t file_size;   /* the same of a file; it begins with a struct mapped */

    int (*folder_open)(struct fs *fs, const struct fs_node *node, void *folder, struct err *err);
    /* The next name, appended to what is in `to`: 0, FS_ENDED, or a failure that ends the folder.
     */
    int (*folder_next)(struct fs *fs, void *folder, struct buf *to, struct fs_node *ret,
                       struct err *err);
    void (*folder_close)(void *folder); /* may be NULL; also after a failure to open it */

    /* What folder_next() left out: type, size, mode. May be NULL. */
    int (*look)(struct fs *fs, struct fs_node *node, struct err *err);

    /* Set `find`; mapped_init() is done by the walk. */
    int (*file_open)(struct fs *fs, const struct fs_node *node, struct mapped *file,
                     struct err *err);
    void (*file_close)(struct mapped *file); /* may be NULL; also after a failure to open it */

    void (*close)(struct fs *fs);
};

struct fs {
    const struct fs_ops *ops;
    struct disk disk;
    struct err noted; /* the first damage that did not end everything; code 0: none */
};

/* Something of the file system cannot be read, and it goes on. */
void fs_note(struct fs *fs, const struct err *why);

/* How many bytes it says that it has: when fewer are there, that is noted. */
void fs_claims(struct fs *fs, uint64_t bytes);

/* The walk, from its root. `fs` is taken, also on failure. */
int fs_walk(struct fs *fs, const struct fs_node *root, struct entry_reader **ret,
            struct err *err) MUST_USE;

/* The bytes of a file or folder of the file system. */
int fs_read(struct mapped *file, uint64_t at, void *to, size_t n, struct err *err) MUST_USE;

/* Begin to read them; `file` is zeroed before. */
int fs_open(struct fs *fs, const struct fs_node *node, struct mapped *file,
            struct err *err) MUST_USE;

/* A little-endian number that is inside of a block that was read whole. */
static inline uint16_t fs_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t fs_u32(const uint8_t *p)
{
    return (uint32_t)fs_u16(p) | (uint32_t)fs_u16(p + 2) << 16;
}

static inline uint64_t fs_u64(const uint8_t *p)
{
    return fs_u32(p) | (uint64_t)fs_u32(p + 4) << 32;
}

/* The same with the high byte first. */
static inline uint16_t fs_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t fs_be32(const uint8_t *p)
{
    return (uint32_t)fs_be16(p) << 16 | fs_be16(p + 2);
}

static inline uint64_t fs_be64(const uint8_t *p)
{
    return (uint64_t)fs_be32(p) << 32 | fs_be32(p + 4);
}

/* The readers, one a file. */
entry_opener exfat_open, ext_open, fat_open, hfs_open, ntfs_open, squash_open, xfs_open;
