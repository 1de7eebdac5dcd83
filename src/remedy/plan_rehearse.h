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
