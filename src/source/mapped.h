// SPDX-License-Identifier: Apache-2.0
/*
 * A source whose bytes lie somewhere else, piece by piece: a partition, a virtual disk, a file of a
 * file system. Nothing is copied before it is read, and holes cost nothing but their zeros.
 *
 *     offset      0          a            b        size
 *                 | extent   | extent     | extent |
 *                   at x in    zeros        unpacked
 *                   a source                just now
 */
#pragma once

#include "base/source.h"
#include "source/budget.h"

struct extent {
    enum {
        EXTENT_ZEROS,
        EXTENT_AT,   /* bytes of another source */
        EXTENT_MADE, /* bytes in memory, valid until the next extent is asked for */
    } how;
    uint64_t n; /* bytes of it from the offset that was asked for on: at least 1 */
    struct source *from;
    uint64_t at;
    const uint8_t *made;
};

struct mapped {
    struct source source; /* first */

    /* Where the byte at `offset`, which is below the size, and those behind it are. */
    int (*find)(struct mapped *m, uint64_t offset, struct extent *ret, struct err *err);

    struct budget *budget;
    bool unpacks; /* what is read counts as unpacked: it is an entry, not a disk below entries */
    uint8_t head[SOURCE_HEAD];
};

/* `find` is set. */
void mapped_init(struct mapped *m, uint64_t size, struct budget *budget, bool unpacks);

/* Read its first bytes, so that it can be classified. */
int mapped_read_head(struct mapped *m, struct err *err) MUST_USE;

/* A part of another source. */
struct slice {
    struct mapped mapped; /* first */
    struct source *from;
    uint64_t at;
};

void slice_init(struct slice *s, struct source *from, uint64_t at, uint64_t size,
                struct budget *budget);
