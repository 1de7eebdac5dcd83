// SPDX-License-Identifier: Apache-2.0
/*
 * A disk, or a part of one, as readers of tables and file systems see it: small reads anywhere.
 *
 * What was read is kept in a small cache, since structures lie next to each other.
 */
#pragma once

#include "base/source.h"
#include "source/budget.h"

enum {
    DISK_BLOCK = 16 * 1024,
    DISK_BLOCKS = 64,
};

struct disk {
    struct source *source; /* borrowed, as is the budget */
    uint64_t base;         /* where in the source the disk begins */
    uint64_t size;         /* bytes from there to its end */
    struct budget *budget;
    uint8_t *blocks;              /* made when first needed */
    uint64_t tags[DISK_BLOCKS];   /* number of the block, plus 1; 0: none */
    uint32_t filled[DISK_BLOCKS]; /* bytes of it that there are */
};

void disk_init(struct disk *d, struct source *source, uint64_t base, struct budget *budget);
void disk_clear(struct disk *d);

/* Exactly n bytes; -ERR_FORMAT when they lie beyond the end. */
int disk_read(struct disk *d, uint64_t at, void *to, size_t n, struct err *err) MUST_USE;
