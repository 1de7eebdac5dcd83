// SPDX-License-Identifier: Apache-2.0
/*
 * A scan that follows another: what has not changed since is taken over, what is gone is closed,
 * and the rest is examined.
 *
 *     rescan_begin ─► visits of each worker ─► rescan_end
 *
 * What is remembered is saved in the same transaction as what is stored of the same files, so that
 * a kill at any instant leaves them in step. A folder that was under way is read again as a whole.
 */
#pragma once

#include "order/rules.h"
#include "scan/cache.h"
#include "scan/collector.h"
#include "scan/scan.h"
#include "scan/tally.h"
#include "walk/walk.h"

struct owners;
struct running;

struct rescan_start {
    const struct scan_options *options;
    struct sv host;    /* id of the one that is scanned */
    struct sv machine; /* and of the one that scans */
    struct collector *collector;
    struct sv scan_id;
    int64_t started_ns;
};

struct rescan;

/*
 * Begin the scan in the store, or go on with one that did not end. With nothing to follow, as
 * without a state folder, *ret is NULL: then everything is examined, and nothing is remembered.
 * *ret_before is the scan that it follows or goes on with.
 */
int rescan_begin(const struct rescan_start *start, struct arena *arena, struct rescan **ret,
                 struct store_before *ret_before, struct err *err) MUST_USE;
void rescan_free(struct rescan *r);

/* Before the first visit: who owns what, and what runs. Borrowed; `running` may be NULL. */
void rescan_know(struct rescan *r, const struct owners *owners, const struct running *running);

/* Nobody visits any more. `complete`: everything was visited. */
int rescan_end(struct rescan *r, bool complete, struct err *err) MUST_USE;

/* Files of the scan that is gone on with. */
uint64_t rescan_done(const struct rescan *r);

/* Files that were read although they would have been taken over, and for how many of them that
 * would have been wrong: then all is forgotten. */
uint64_t rescan_verified(const struct rescan *r, uint64_t *ret_differing);

/* ---- the folders that one worker is in ---- */

struct visits;
struct visit;

int visits_new(struct rescan *r, struct visits **ret, struct err *err) MUST_USE;
void visits_free(struct visits *v);

/* Into a folder, by its raw path, and out of it. */
void visits_opened(struct visits *v, struct sv path, int fd, const struct file_facts *facts);
void visits_closed(struct visits *v);

/* Whether this entry of the folder is as it was: then it is counted, and nothing is left to do. */
bool visits_knows(struct visits *v, const struct walk_entry *e, struct coverage *count);

/* One entry that is examined. */
struct visited {
    struct visit *visit; /* NULL: of no folder that is remembered */
    const char *name;    /* until its facts are known */
    enum file_kind kind;
    uint32_t at;     /* which word of the new record it will be */
    uint64_t print;  /* see scan/cache.h */
    bool young;      /* it may still be changing */
    bool found;      /* the old record has the same file: */
    uint32_t known;  /* there, and this is */
    uint64_t before; /* its word */
};

/* The entry that visits_knows() does not know, and then, as soon as they are, its facts. */
struct visited visits_begin(struct visits *v, const struct walk_entry *e);
bool visited_has_owner(const struct visited *v); /* somebody may own it: that is to be told */
void visited_is(struct visited *v, const struct file_facts *facts, struct sv owner, uint64_t pid);
struct store_origin visited_origin(const struct visited *v);
void visited_end(struct visited *v, const struct tally *tally);
