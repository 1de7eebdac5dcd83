// SPDX-License-Identifier: Apache-2.0
/*
 * Where all workers bring what they found: components and gaps go to the store, counts are added
 * up. A store that fails ends the scan, since results would be lost.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "model/coverage.h"
#include "model/occurrence.h"
#include "order/rules.h"
#include "store/store.h"

/* What a person who waits wants to know; read by another thread while the scan runs. */
enum { PROGRESS_PLACE = 256 };

struct scan_progress {
    pthread_mutex_t lock;       /* guards `place` */
    char place[PROGRESS_PLACE]; /* one that was lately examined */
    atomic_uint_fast64_t objects, bytes, components;
    atomic_uint_fast64_t hits; /* components that an indicator matched */
    bool watched; /* somebody looks at it: what there is to do is worth counting ahead */
    atomic_uint_fast64_t files, expected; /* done, without what is inside; and in all, 0: unknown */
};

struct collector {
    pthread_mutex_t lock; /* guards everything below but `progress` and `cancel` */
    struct store *store;
    const struct exception *exceptions; /* those for gaps move them to a rule of their own */
    size_t exception_count;
    int64_t today;
    struct coverage coverage;
    struct err failure; /* the first one */
    bool failed;
    atomic_bool *cancel; /* set when the store failed */
    struct scan_progress *progress;
};

/* `rules` are borrowed, for their exceptions. */
void collector_init(struct collector *c, struct store *store, const struct rules *rules,
                    atomic_bool *cancel, struct scan_progress *progress);
void collector_add(struct collector *c, const struct occurrence *o, struct store_origin origin);

/* With the lock held, how something with the store went: a failure ends the scan. */
void collector_check(struct collector *c, int result, const struct err *err);

/* The scan cannot go on: it is stopped, and fails with this, if nothing failed before. */
void collector_fail(struct collector *c, const struct err *why);

/* Count one object that could not be examined, and keep its place; one that an exception accepts is
 * counted as left out by that rule. */
void collector_unexamined(struct collector *c, struct sv place, enum coverage_reason reason,
                          const char *detail);

/* The same of something in a file whose digest is known, as hex; empty when it is not. Whether it
 * was accepted. */
bool collector_gap(struct collector *c, const struct unexamined *gap, struct sv sha256,
                   struct store_origin origin);

/* Whether an exception would accept it for the digest of its file. */
bool collector_asks_digest(const struct collector *c, const struct unexamined *gap);

/* Add a worker's counts; `seen` is made here from the others. */
void collector_count(struct collector *c, const struct coverage *more);

/* The reason that stands for an error. */
enum coverage_reason reason_of(const struct err *err);
