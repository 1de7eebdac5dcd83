// SPDX-License-Identifier: Apache-2.0
/* What rescan.c and visits.c share. */
#pragma once

#include "scan/rescan.h"

enum {
    VERIFY_STEPS = 4096,         /* in which a part of all files is chosen */
    SECRET = 192,                /* bytes; at least XXH3_SECRET_SIZE_MIN */
    FOLDERS_MAX = (1 << 26) - 1, /* numbers that a lineage gives in its life */
};

struct rescan {
    const struct scan_options *o;
    struct collector *collector; /* its lock guards what is marked with (L) */
    struct store *store;
    struct sv own_state;
    const struct owners *owners;
    const struct running *running;
    uint8_t secret[SECRET];
    struct cache *cache;

    unsigned distrust; /* flags of entries that are examined all the same */
    bool all_files;    /* every file that has bytes is */
    bool paths;        /* what an indicator of paths wants is */
    uint64_t verify;   /* and so many of VERIFY_STEPS files, */
    uint64_t salt;     /* which are others each time */

    atomic_uint_fast32_t folders; /* the highest number that was given */
    atomic_uint_fast64_t *seen;   /* a bit for each folder that was opened */
    atomic_uint_fast64_t known;   /* opened folders that had a record */

    struct cache_writer writer; /* (L) records that are not saved */
    struct visit *underway;     /* (L) visits of which something was stored */
    uint32_t *unfinished;       /* (L) folders that were left half way */
    size_t unfinished_count, unfinished_room;
    uint64_t segments, sums; /* (L) of those that are stored */
    uint64_t old, total;     /* (L) bytes of records that others take the place of, and of all */
    uint64_t files;          /* (L) examined since it was saved */
    int64_t saved_ns;        /* (L) */
    uint64_t verified, differing; /* (L) */

    /* what the records hold for, until all were visited */
    uint8_t judged[32], gaps[32];
    struct buf probes;

    uint8_t now_judged[32], now_gaps[32], epoch[32], machine[32];
    struct buf now_probes;
    uint64_t done; /* files of the scan that is gone on with */
};

/* A hash of `n` bytes that nobody who does not know the secret can aim at. */
uint64_t rescan_hash(const struct rescan *r, const void *p, size_t n);

/* With the collector's lock held: a folder's visit is over and nothing of it is under way. */
void rescan_take(struct rescan *r, struct visit *v);

/* One folder that is looked at. It belongs to one worker; what is marked (L) is guarded as above.
 */
struct visit {
    struct visits *of;
    struct visit *above;              /* or, of those that are free, the next */
    struct visit *next, *last;        /* (L) under way */
    const struct cache_record *known; /* NULL: nothing is */
    uint64_t key[2], fs;
    uint32_t folder;
    uint64_t *words;
    uint32_t count, room;
    struct cache_note *notes;
    uint32_t note_count, note_room;
    uint64_t *used; /* a bit for each known word that was met */
    uint32_t used_room, met, cursor, note_cursor;
    uint32_t *sorted; /* known words by value, made when many are looked for */
    uint32_t misses;
    uint32_t pending, files; /* that are examined; that were */
    bool listed;             /* (L) among those under way */
    bool closed, changed, failed;
    bool owned; /* somebody may own something in it */
};
