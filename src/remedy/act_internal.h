// SPDX-License-Identifier: Apache-2.0
/* What the parts of remedy/act.h share. */
#pragma once

#include "order/rules.h"
#include "remedy/act.h"
#include "remedy/stage.h"

enum {
    LOCKS_MAX = 4,
};

struct removal {
    struct removal_options o;
    struct arena arena;      /* as long as the removal */
    struct arena step_arena; /* reset for every step */
    struct journal *journal;
    struct vault *vault;
    struct plan plan;
    struct journal_plan row;
    bool stored; /* the journal has it */
    bool live;   /* the root is that of the running machine, which systemd runs */
    int root_fd;
    int locks[LOCKS_MAX]; /* of the package managers; -1: not held */
    struct names names;
    struct rules *rules;            /* NULL until they are needed */
    struct compiled_file *compiled; /* that they were read with; outlives them */
    uint64_t done_unsaid; /* a step that is done; the journal will hear with the next; 0: none */
};

void removal_say(const struct removal *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
void removal_tell(const struct removal *r, const struct plan_step *step, enum step_state state,
                  const char *note);

/* Whether CODE=SUBJECT was allowed, now or when the removal began. */
bool removal_is_allowed(void *removal, struct sv code, struct sv subject);

/* Take the locks of the package managers that the root has. */
int removal_lock_packages(struct removal *r, struct err *err) MUST_USE;

/* Give up those that package managers take themselves when another one runs them. */
void removal_unlock_packages(struct removal *r);

struct stage removal_stage(struct removal *r);
struct commit removal_commit(struct removal *r, bool fresh);

/* A state of the plan and why, in the journal and here. */
int removal_set_state(struct removal *r, enum journal_state state, struct err *err, const char *fmt,
                      ...) MUST_USE PRINTF_LIKE(4, 5);

/* The changes of a step, from the journal. */
int removal_work(struct removal *r, uint64_t step, struct work *ret, struct err *err) MUST_USE;

/* Take back a step that was staged, also one that is taken back already in part; its state is then
 * `state`, with `note`. Conflicts are told and counted. */
int removal_take_back(struct removal *r, uint64_t step, enum step_state state, const char *note,
                      size_t *ret_conflicts, struct err *err) MUST_USE;

/* Bring the index of the vault up to what is in it; that it cannot be written is told. */
void removal_index(struct removal *r);

/* Orders and catalogues, read once. */
int removal_rules(struct removal *r, const struct rules **ret, struct err *err) MUST_USE;

/* Look again, and say what state that makes it. */
int removal_verify(struct removal *r, struct err *err) MUST_USE;

/*
 * Whether a replacement still runs, for the products that the plan counts on one for or that are
 * seen to run: looked up now, since the plan only knows what ran then. -ERR_CONFLICT when not, with
 * the product in *ret_subject.
 */
int removal_check_replacement(struct removal *r, struct sv *ret_subject, struct err *err) MUST_USE;

/*
 * A step's program on the root itself: run_direct.c. What it changed is staged, or it has failed
 * and is taken back. What was running when the removal was cut short is taken back too; conflicts
 * are told and counted.
 */
#define DIRECT_LEFT " were left, since another program may have changed them"

int direct_run(struct removal *r, const struct plan_step *step, struct work *ret,
               struct err *err) MUST_USE;
int direct_recover(struct removal *r, const struct plan_step *step, enum step_state state,
                   size_t *ret_conflicts, struct err *err) MUST_USE;

/* What a step does to the running machine: before its paths change, and when it is undone. > 0 of
 * the former: a reboot is needed. */
int live_act(struct removal *r, const struct plan_step *step, struct err *err) MUST_USE;
int live_undo(struct removal *r, const struct plan_step *step, struct err *err) MUST_USE;
