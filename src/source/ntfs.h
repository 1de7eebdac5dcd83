// SPDX-License-Identifier: Apache-2.0
/* What the parts of the NTFS reader share: records of the file table, attributes, and their runs.
 */
#pragma once

#include "source/fs.h"
#include "source/unpack.h"

enum {
    NTFS_RECORD_MAX = 4096,
    NTFS_NAME_MAX = 510, /* bytes */

    ATTRIBUTE_LIST = 0x20,
    ATTRIBUTE_DATA = 0x80,
    ATTRIBUTE_INDEX_ROOT = 0x90,
    ATTRIBUTE_INDEX_ALLOCATION = 0xa0,
    ATTRIBUTE_BITMAP = 0xb0,
    ATTRIBUTE_REPARSE = 0xc0,
    ATTRIBUTE_END = 0xffff,

    RECORD_IN_USE = 1,
    RECORD_FOLDER = 2,

    DATA_COMPRESSED = 0x00ff,
    DATA_ENCRYPTED = 0x4000,
};

/* Clusters that lie together. */
struct ntfs_run {
    uint64_t first, count; /* in the attribute */
    uint64_t at;           /* on the disk; NTFS_HOLE */
};

#define NTFS_HOLE UINT64_MAX

struct ntfs_runs {
    struct ntfs_run *p;
    size_t n, room;
};

struct ntfs {
    struct fs fs;
    uint32_t cluster, record, index_block; /* bytes */
    uint64_t clusters;
    struct ntfs_runs table; /* where the file table is */
    struct blocks unpacked; /* units of compressed files */
    uint8_t *packed;
    uint64_t opened; /* counts files, to tell their units apart */
};

/* A record of the file table with its fields put right. */
struct ntfs_record {
    uint64_t number;
    uint16_t flags, sequence;
    uint32_t n; /* bytes that are in use */
    uint8_t bytes[NTFS_RECORD_MAX];
};

/* One attribute within a record. */
struct ntfs_attribute {
    uint32_t type;
    struct span name; /* UTF-16 */
    uint16_t flags;
    bool resident;
    struct span value; /* when it is resident */

    /* otherwise */
    struct span runs;
    uint64_t first; /* cluster of the attribute that the runs begin with */
    uint64_t size, filled;
    unsigned unit; /* of compression: a power of two of clusters */
};

void ntfs_runs_clear(struct ntfs_runs *r);

/* `reference` has the number and, above 48 bits, the sequence it has to have; 0 there: any. */
int ntfs_read_record(struct ntfs *n, uint64_t reference, struct ntfs_record *ret,
                     struct err *err) MUST_USE;

/* Of a record or a block of an index; false when it was not written whole. */
bool ntfs_put_right(uint8_t *bytes, size_t n);

/* The attributes of one record in order: `*at` begins with 0. false at the end. */
bool ntfs_next_attribute(const struct ntfs_record *r, uint32_t *at, struct ntfs_attribute *ret);

/* All attributes of a file, those in other records too, where each stands for its first part. */
struct ntfs_walk {
    struct ntfs_record base, other;
    uint32_t at;
    uint8_t *list; /* NULL: all are in the base record */
    size_t list_n, list_at;
    bool in_list;
};

int ntfs_walk_begin(struct ntfs *n, uint64_t reference, struct ntfs_walk *ret,
                    struct err *err) MUST_USE;
int ntfs_walk_next(struct ntfs *n, struct ntfs_walk *w, struct ntfs_attribute *ret,
                   struct err *err) MUST_USE; /* 0, FS_ENDED */
void ntfs_walk_end(struct ntfs_walk *w);

/* The bytes of an attribute. */
struct ntfs_file {
    struct mapped mapped;
    struct ntfs *ntfs;
    struct ntfs_runs runs;
    uint8_t *value; /* when it is resident */
    size_t value_n;
    uint64_t filled; /* bytes behind it are zeros */
    unsigned unit;   /* of compression; 0: not compressed */
    uint64_t number;
};

/* 0, FS_ENDED when there is none. Its size is set. `name` is in UTF-16. */
int ntfs_open_attribute(struct ntfs *n, uint64_t reference, uint32_t type, struct span name,
                        struct ntfs_file *ret, struct err *err) MUST_USE;
void ntfs_file_close(struct mapped *file);

/* Where the file table is, from its own first record. */
int ntfs_find_table(struct ntfs *n, uint64_t at, struct err *err) MUST_USE;

/* The blocks of LZNT1. */
int ntfs_unpack(struct span from, uint8_t *to, size_t room, struct err *err) MUST_USE;
