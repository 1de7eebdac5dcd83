// SPDX-License-Identifier: Apache-2.0
/*
 * Takes the paths of one step from the states before to the states after, or back. Nothing else
 * changes the target.
 *
 * Every path is looked at right before: one that is where it should be is left, one that is where
 * it came from (or between, when a change was cut short) is changed, anything else is a conflict
 * and stays. So a commit may be killed at any instant and done again, in either direction. Names go
 * first and then come, so that a folder is empty before it goes and there before what is in it.
 * What comes is made beside under a name of ours, synced, and renamed. At the end folders that lost
 * or got names have their old times again, and all is on the disk.
 */
#pragma once

#include "remedy/journal.h"
#include "remedy/vault.h"

struct work {
    struct sv plan;
    uint64_t step;
    struct journal_change *changes; /* sorted by path */
    size_t count;
    struct journal_folder *folders; /* in which names come or go */
    size_t folder_count;
};

struct commit {
    int root_fd;
    struct journal *journal;
    const struct vault *vault;
    bool fresh; /* states before were taken a moment ago: the inodes must be the same too */

    /* A path that somebody else changed: it was left. May be NULL. */
    void (*conflict)(void *to, struct sv path, const char *why);
    void *to;
};

/* To the states after. The first conflict is a failure (-ERR_CONFLICT). */
int commit_forward(const struct commit *c, const struct work *w, struct err *err) MUST_USE;

/* To the states before, but for conflicts, which are counted. */
int commit_back(const struct commit *c, const struct work *w, size_t *ret_conflicts,
                struct err *err) MUST_USE;

/* Remove what a commit that was killed left under names of ours. */
int commit_tidy(const struct commit *c, const struct work *w, struct err *err) MUST_USE;
