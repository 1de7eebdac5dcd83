// SPDX-License-Identifier: Apache-2.0
/*
 * Carries out a plan, goes on with one that was interrupted, and undoes one.
 *
 * A removal is opened with its state folder: that locks the journal, so that there is one at a
 * time. Each step is worked out and kept (remedy/stage.h), noted as staged, committed
 * (remedy/commit.h) and noted as done; a step that fails is taken back, and the removal stops
 * there. What state it is in comes from looking again, never from an exit code.
 */
#pragma once

#include "model/plan.h"
#include "remedy/journal.h"

struct removal;

#define auto_removal __attribute__((cleanup(removal_auto_close))) struct removal

/* What happens meanwhile, for people. Members may be NULL. */
struct removal_events {
    void *to;
    void (*step)(void *to, const struct plan_step *step, enum step_state state, const char *note);
    void (*say)(void *to, const char *text);
};

struct allowance {
    struct sv code, subject;
};

struct removal_options {
    const char *state_folder;
    struct removal_events events;
    const struct allowance *allowances;
    size_t allowance_count;
    struct sv user;   /* who acts */
    int64_t keep_ns;  /* how long to keep what is removed */
    bool look;        /* to look what stands against it: nothing is made, locked or changed */
    const char *proc; /* the folder of procfs */
};

/* For a plan that is given (`remove`). The text is that of the plan as JSON. */
int removal_open(const struct removal_options *o, const struct plan *plan, struct sv text,
                 struct removal **ret, struct err *err) MUST_USE;

/* For one that is in the journal, by its id, the beginning of it, or empty for the one that waits.
 */
int removal_open_stored(const struct removal_options *o, struct sv id, struct removal **ret,
                        struct err *err) MUST_USE;
void removal_close(struct removal *r);
void removal_auto_close(struct removal **r);

const struct plan *removal_plan(const struct removal *r);
enum journal_state removal_state(const struct removal *r);
struct sv removal_note(const struct removal *r); /* why it is in that state; or empty */

/*
 * What stands against carrying it out, looked up now and changing nothing: refusals of the plan,
 * and paths that are no longer as it says. `each` is called for every one that was not allowed;
 * their count is the answer.
 */
int removal_problems(struct removal *r,
                     void (*each)(void *to, struct sv code, struct sv subject, const char *text),
                     void *to, size_t *ret_count, struct err *err) MUST_USE;

/* Begin, or go on. -ERR_* only when the journal itself fails, or it may not begin; how far it came
 * is removal_state(). */
int removal_act(struct removal *r, struct err *err) MUST_USE;

/* Bring back what it changed, the last step first. */
int removal_undo(struct removal *r, struct err *err) MUST_USE;
