// SPDX-License-Identifier: Apache-2.0
/* Doing the steps of a plan on a copy of the root, to learn what they touch. */
#pragma once

#include "model/plan.h"
#include "remedy/rehearsal.h"

/* How a program ended that did not end well. */
struct rehearsed_failure {
    struct sv program, output;
    int code;
};

enum {
    REHEARSED_FAILED = 1, /* the step's program did not end well: *ret_failure */
};

/*
 * Do one step. Its touches are what it changed; those that it had keep their reasons. An edit that
 * has nothing to take out, or a removal of what is gone, gets no touches. An edit that cannot be
 * made becomes a proposal.
 */
int plan_rehearse(struct rehearsal *r, struct plan_step *step, struct arena *arena,
                  struct rehearsed_failure *ret_failure, struct err *err) MUST_USE;

/* The paths that a program is expected to remove and to change; raw bytes, NUL-terminated. */
struct foreseen {
    struct sv *removed, *changed;
    size_t removed_count, changed_count;
};

/* Where a step cannot be rehearsed: its touches are what can be told from the root as it is. */
int plan_foresee(int root_fd, struct plan_step *step, const struct foreseen *program,
                 struct arena *arena, struct err *err) MUST_USE;

/* What a package manager does by itself, from its database; what scripts of packages do is not
 * known: plan_foresee.c. */
int plan_foresee_program(int root_fd, const struct plan_step *step, struct arena *arena,
                         struct foreseen *ret, struct err *err) MUST_USE;
