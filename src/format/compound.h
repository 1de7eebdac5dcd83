// SPDX-License-Identifier: Apache-2.0
/*
 * The frame of an OLE compound file: a small file system of storages (folders) and streams, in
 * which Windows Installer packages and old Office documents stand.
 *
 *     header    where the directory, the tables and the small streams begin
 *     sectors   512 or 4096 bytes; a table (FAT) says which one follows which
 *     directory entries of 128 bytes; the entries of a storage form a tree
 *     small streams (below 4096 bytes) stand in sectors of 64 bytes in one stream, by a second
 * table
 *
 * A chain is followed for as many sectors as the size of a stream asks for, and an entry is entered
 * once, so that what runs in circles ends. Tables are read where they are, not kept.
 * libgsf reads the format, too. It ends the process where memory runs out, and its input is a file
 * or all of it in memory, so this is a reader of our own.
 * Format: Microsoft MS-CFB.
 */
#pragma once

#include "base/window.h"

enum {
    COMPOUND_NONE = 1,    /* the answer for a file that is none */
    COMPOUND_ROOT = 0,    /* the first entry */
    COMPOUND_DEPTH = 32,  /* storages in storages; what is deeper is not seen */
    COMPOUND_CLASS = 16,  /* bytes of a class identifier */
    COMPOUND_ENTRY = 128, /* bytes of an entry of the directory */
};

enum compound_type {
    COMPOUND_UNUSED,
    COMPOUND_STORAGE,
    COMPOUND_STREAM,
    COMPOUND_ROOT_STORAGE = 5,
};

/* One entry; `record` holds it as it stands in the file. */
struct compound_entry {
    struct span record, name; /* the name is UTF-16LE without its NUL */
    enum compound_type type;
    uint32_t parent; /* an index; UINT32_MAX: no path from the root leads to it */
    uint32_t start;
    uint64_t size;
};

struct compound_extent {
    uint64_t at, offset, length; /* in the stream, in the file */
};

struct compound_chain {
    struct compound_extent *extents;
    size_t count;
    uint64_t size;
};

struct compound {
    struct source *source; /* borrowed, as is the arena */
    struct arena *arena;
    struct window window;
    uint64_t base, size; /* where in the source it begins, and how long it may be */
    unsigned shift;      /* of the size of a sector */
    bool wide;           /* version 4: sizes have 64 bits */
    uint32_t sectors;
    uint32_t *table; /* the sectors of the FAT */
    size_t table_count;
    struct compound_chain small, small_table;
    struct compound_entry *entries;
    uint32_t count;
    bool damaged; /* entries stand in the tree twice, or too deep */
};

/* 0, COMPOUND_NONE, or a failure. */
int compound_open(struct compound *ret, struct source *source, uint64_t base, struct arena *arena,
                  struct err *err) MUST_USE;

/* The class of the root alone, with the memory of a few sectors. 0 or COMPOUND_NONE or a failure.
 */
int compound_class(struct source *source, uint64_t base, uint8_t ret_class[COMPOUND_CLASS],
                   struct err *err) MUST_USE;

/* The class of a storage, 16 bytes. */
struct span compound_class_of(const struct compound_entry *e);

/* A stream as a source; it lives in the arena. */
struct compound_stream {
    struct source source;
    struct source *file;
    struct compound_chain chain;
};

int compound_stream_open(struct compound *c, uint32_t entry, struct arena *arena,
                         struct compound_stream **ret, struct err *err) MUST_USE;
