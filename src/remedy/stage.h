// SPDX-License-Identifier: Apache-2.0
/*
 * Works out what a step will change, and keeps what that needs, before anything is changed: the
 * state of every path before and after, their contents in the vault, the other names of files that
 * have several, and the times of the folders around.
 */
#pragma once

#include "model/plan.h"
#include "remedy/commit.h"
#include "remedy/names.h"
#include "remedy/vault.h"

struct stage {
    int root_fd;
    const char *root;
    struct vault *vault;
    struct names *names;
    struct arena *arena; /* what is found out lives there */
    int64_t began_ns;    /* the time of all that the removal makes */

    /* Whether a person allowed CODE=SUBJECT. */
    bool (*allowed)(void *to, struct sv code, struct sv subject);
    void *to;
};

/*
 * What a step changes; nothing at all for one that changes no path. -ERR_CONFLICT when a path is
 * not what it was when the plan was made, or a program of a step does more than it did then.
 */
int stage_step(const struct stage *s, const struct plan *plan, const struct plan_step *step,
               struct work *ret, struct err *err) MUST_USE;

/* ---- for the parts of it ---- */

struct staging {
    const struct stage *s;
    const struct plan *plan;
    const struct plan_step *step;
    struct journal_change *changes;
    size_t count, room;
};

/* A path, NUL-terminated raw bytes in the arena, and what it is before and after. Copied. */
int staging_add(struct staging *g, struct sv path, const struct path_state *before,
                const struct path_state *after, struct err *err) MUST_USE;

/* A program of the root, whose outcome is what changes: stage_run.c. */
int stage_run(struct staging *g, struct err *err) MUST_USE;

/* Sort and number the changes; of one path the first stays. */
void staging_sort(struct staging *g);

/* The folder that a path lies in. */
struct sv stage_parent(struct sv path);

/* The raw bytes of a path of the plan, NUL-terminated, in the arena. */
int stage_path(struct arena *arena, struct sv place, struct sv *ret, struct err *err) MUST_USE;

/* The topmost folder that the plan removes and that `place` is or lies in; or `place`. */
struct sv stage_subject(const struct plan *plan, struct sv place);
