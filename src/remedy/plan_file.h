// SPDX-License-Identifier: Apache-2.0
/* Plans in the state folder: plans/<id>.json, one document `debar.plan/1` each. */
#pragma once

#include "base/arena.h"
#include "model/plan.h"

enum {
    PLAN_FILE_MAX = 64 << 20,
};

/*
 * Read a plan: a file (a word with "/" or that ends in ".json"), or a stored one by its id or the
 * beginning of it (at least four characters). -ERR_GONE, with what to do; -ERR_CONFLICT when more
 * than one begins so, or the plan was altered.
 */
int plan_file_read(const char *state_folder, const char *word, struct arena *arena,
                   struct plan *ret, struct sv *ret_text, struct err *err) MUST_USE;

/* Keep a plan under its id, for debar's user only. */
int plan_file_write(const char *state_folder, const struct plan *plan, struct err *err) MUST_USE;
