// SPDX-License-Identifier: Apache-2.0
/*
 * How long the vault keeps what: its index, its check, and what is no longer wanted.
 */
#pragma once

#include "remedy/journal.h"
#include "remedy/vault.h"

/* Bring the index of the vault up to what is in it. */
int keeping_index(struct journal *j, struct vault *v, struct err *err) MUST_USE;

/* What a plan has in the vault. */
struct keeping {
    struct journal_plan plan;
    uint64_t objects, bytes; /* that it alone needs, on the disk */
    bool can_be_undone;
    bool overdue; /* past its day, or no longer needed */
    bool goes;    /* keeping_choose() */
};

struct keepings {
    struct keeping *all; /* the newest first */
    size_t count;
    uint64_t bytes;                    /* of all objects */
    uint64_t unneeded, unneeded_bytes; /* objects that no plan needs */
};

int keeping_list(struct journal *j, struct vault *v, int64_t now_ns, struct arena *arena,
                 struct keepings *ret, struct err *err) MUST_USE;

/* Mark those that are to go, the oldest first: overdue, or named by `plan`, or as many as it takes
 * to come below `max_bytes` (0: no limit). Those under way stay. Answers how many. */
size_t keeping_choose(struct keepings *k, struct sv plan, uint64_t max_bytes);

/* Give up what is marked: from then on it cannot be undone. Objects that no plan needs go too. */
int keeping_expire(struct journal *j, struct vault *v, const struct keepings *k,
                   struct err *err) MUST_USE;

/* Read every object that a plan needs. Each one that is missing or damaged is told. */
int keeping_verify(struct journal *j, struct vault *v,
                   void (*bad)(void *to, struct sv plan, const char *why), void *to,
                   uint64_t *ret_good, uint64_t *ret_bad, struct err *err) MUST_USE;
