// SPDX-License-Identifier: Apache-2.0
/*
 * Components in, findings out.
 *
 * Components are added one by one; only those that an indicator hits are kept. At the end they are
 * weighed and grouped: one installation is one finding. The answer depends on what was added and on
 * nothing else, not on the order, the clock or the machine: the same components give the same
 * findings, byte for byte.
 *
 * A run belongs to one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "match/matcher.h"
#include "model/finding.h"
#include "model/occurrence.h"
#include "model/scan_view.h"

struct match_options {
    struct sv host_id;
    struct sv
        root;      /* encoded place of the root that was scanned; empty or "/": the machine's own */
    int64_t today; /* day number, for exceptions */
};

struct match_run;

/* The matcher and what `options` points to are borrowed until the run is freed. */
int match_run_new(const struct matcher *m, const struct match_options *options,
                  struct match_run **ret_run, struct err *err) MUST_USE;
void match_run_free(struct match_run *r);
void match_run_auto_free(struct match_run **r);

#define auto_match_run __attribute__((cleanup(match_run_auto_free))) struct match_run

/* 0, MATCH_HIT when it may become part of a finding, or -ERR_*. The occurrence is copied. */
enum { MATCH_HIT = 1 };
int match_run_add(struct match_run *r, const struct occurrence *o, struct err *err) MUST_USE;

/* All findings, sorted by id, in the arena. Nothing can be added after it. */
int match_run_finish(struct match_run *r, struct arena *arena, struct finding **ret_findings,
                     size_t *ret_count, struct err *err) MUST_USE;

/*
 * Under one order, or with an empty id under any: found when a finding counts, else absent when all
 * that could be examined was (`complete`), else unknown. Traces never count.
 */
enum verdict match_verdict(const struct finding *findings, size_t count, struct sv order_id,
                           bool complete);
