// SPDX-License-Identifier: Apache-2.0
/*
 * What the scans of a lineage remember of files, so that one that has not changed is not read
 * again.
 *
 * A folder is one record: a 64-bit word a file, in the order of the listing. The upper bits are a
 * hash, under a secret of the lineage's own, of the file's name and all that changes with it: its
 * inode, size and times, who owns it, whether it runs. So a file is as it was when its word stands
 * in its folder's record. The lower bits say what came of it.
 *
 *     segment   sum:u64 size:u64, then records             a row of the store's
 *     record    key:2×u64 folder:u32 count:u32 notes:u32 0:u32  words:u64 …  notes …
 *
 * Later records take the place of earlier ones with the same key, which is a hash of the folder's
 * path. All of it is as the machine has it in memory: it is of no use elsewhere.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum cache_flag {
    CACHE_ROWS = 1 << 0,  /* something is stored of it */
    CACHE_NOTES = 1 << 1, /* it is more than one object examined, or one left out: see the notes */
    CACHE_GAP = 1 << 2,   /* not all of it could be examined, for a reason that stays */
    CACHE_RECHECK = 1 << 3, /* what came of it depends on more: it is read again each time */
    CACHE_WHOLE = 1 << 4,   /* every byte was compared with indicators, of it or of an entry */
    CACHE_ENTRIES = 1 << 5, /* there are entries in it, with names of their own */
    CACHE_JUDGED = 1 << 6,  /* it holds a signature, which was judged on that day */
    CACHE_SCRIPT = 1 << 7,  /* its text was looked at for what it imports */
    CACHE_FLAGS = (1 << 8) - 1,
};

/* Objects of one entry that were counted under one head: coverage of it. */
struct cache_note {
    uint32_t entry; /* which word */
    uint32_t head;  /* 0: examined; then the rules, then the reasons of coverage */
    uint64_t count;
};

struct cache_record {
    uint64_t key[2];
    uint32_t folder; /* its number in the store */
    uint32_t count, notes, none;
    uint64_t words[]; /* and behind them the notes */
};

const struct cache_note *cache_notes(const struct cache_record *r);

struct cache;

int cache_new(struct cache **ret, struct err *err) MUST_USE;
void cache_free(struct cache *c);

/* Take a segment that was stored. -ERR_FORMAT when it is not whole. */
int cache_load(struct cache *c, struct span segment, struct err *err) MUST_USE;

/* Forget everything. */
void cache_drop(struct cache *c);

/* Of these folders, nothing is known of their files any more. */
void cache_forget(struct cache *c, const uint32_t *folders, size_t count);

/* NULL for a folder that is not known. Any thread may ask while nobody loads. */
const struct cache_record *cache_find(const struct cache *c, const uint64_t key[2]);

size_t cache_count(const struct cache *c);

/* All that was loaded and is in place. */
void cache_each(const struct cache *c, void (*each)(void *to, const struct cache_record *r),
                void *to);

/* Numbers of folders whose records were taken the place of by others. */
const uint32_t *cache_replaced(const struct cache *c, size_t *ret_count);

/* The size of a record, and whether all of it lies within `room` bytes. */
size_t cache_record_size(uint32_t count, uint32_t notes);

/* ---- making segments ---- */

struct cache_writer {
    struct buf segment;
};

void cache_write(struct cache_writer *w, const struct cache_record *head, const uint64_t *words,
                 const struct cache_note *notes);

/* The segment so far, complete with its sum; empty when nothing was written. Then begin another. */
struct span cache_written(struct cache_writer *w);
