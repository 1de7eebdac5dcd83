// SPDX-License-Identifier: Apache-2.0
/*
 * The pipeline: targets to a stored inventory with its coverage account.
 */
#pragma once

#include <stdatomic.h>

#include "match/matcher.h"
#include "order/rules.h"
#include "scan/collector.h"
#include "store/store.h"
#include "trust/roots.h"

struct scan_options {
    const char *root; /* absolute real path of another machine's file system; NULL: this machine */
    const char *const *targets; /* absolute real paths; none: the whole root */
    size_t target_count;
    const struct rules *rules;
    const struct matcher *matcher;
    const struct roots *roots; /* whom to trust for signatures */
    struct store *store;
    const char *own_state; /* absolute path of the state folder; NULL for none */
    unsigned jobs;         /* threads; 0: as many as there are processors */
    const char *const *excludes;
    size_t exclude_count;
    const char *const *exclude_fs; /* file system types to leave out */
    size_t exclude_fs_count;
    bool all_file_systems;
    atomic_bool *cancel;
    struct scan_progress *progress;
};

/* Scan into the store. On success the new scan is the one that the store has chosen. */
int scan_run(const struct scan_options *options, struct arena *arena, struct stored_scan *ret,
             struct err *err) MUST_USE;
