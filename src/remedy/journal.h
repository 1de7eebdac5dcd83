// SPDX-License-Identifier: Apache-2.0
/*
 * What removals did, are doing and will have to do: the write-ahead record of all of them.
 *
 * SQLite, one file `removal.db` in the state folder, with a rollback journal and synchronous=EXTRA:
 * what a call has answered for is on the disk. docs/adr/0015-journal-of-removals.md has the tables
 * and what may follow what. The one who writes holds the lock `removal.lock`.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "remedy/path_state.h"

struct journal;

#define auto_journal __attribute__((cleanup(journal_auto_close))) struct journal

/* How far a removal is. */
#define JOURNAL_STATES(X) \
    X(ACTING, "acting")         /* begun and not ended: resume or undo */ \
    X(REBOOT, "reboot")         /* goes on after the next boot */ \
    X(REMOVED, "removed")       /* every step done, and looking again agreed */ \
    X(UNVERIFIED, "unverified") /* every step done; looking again could not see everything */ \
    X(REMAINING, "remaining")   /* a step failed, or looking again found something */ \
    X(UNDOING, "undoing")       /* undo has begun and not ended */ \
    X(UNDONE, "undone") \
    X(PARTLY, "undone-partly") /* what somebody changed meanwhile was not overwritten */

enum journal_state {
#define X(name, text) JOURNAL_##name,
    JOURNAL_STATES(X)
#undef X
};

#define STEP_STATES(X) \
    X(PLANNED, "planned") \
    X(BEGUN, "begun")     /* what it needs to know of the running machine is noted */ \
    X(RUNNING, "running") /* a program works on the root itself; what that was is in a sweep */ \
    X(STAGED, "staged") /* all states before and after are kept: from here it can go both ways */ \
    X(DONE, "done") \
    X(FAILED, "failed") /* and nothing of it is left */ \
    X(UNDOING, "undoing") \
    X(UNDONE, "undone")

enum step_state {
#define X(name, text) STEP_##name,
    STEP_STATES(X)
#undef X
};

const char *journal_state_text(enum journal_state state);
const char *step_state_text(enum step_state state);

struct journal_plan {
    struct sv id, root, body; /* body: the plan as JSON */
    enum journal_state state;
    int64_t began_ns, ended_ns, kept_until_ns;
    struct sv user, boot; /* who, and the id of the boot, that it began under */
    struct sv note;       /* why it is in this state, for people */
};

struct journal_step {
    uint64_t number;
    enum step_state state;
    int64_t at_ns;
    struct sv note;
};

/* A path that a step changes. `others` are names of the same file that stay, each ended by a NUL.
 */
struct journal_change {
    uint64_t number; /* from 1, within the step */
    struct sv path;  /* raw bytes, from the root */
    struct path_state before, after;
    struct sv others;
};

/* A folder in which names come or go, and its times. `undo` is what undo has to set, once begun. */
struct journal_folder {
    struct sv path;
    int64_t atime_ns, mtime_ns;
    bool undo_known;
    int64_t undo_atime_ns, undo_mtime_ns;
};

/* A unit as it was before it was stopped, or a module before it was unloaded. */
struct journal_unit {
    uint64_t step;
    struct sv name;
    bool active;
};

/* Something to look at again, or to do, on a day. */
struct journal_due {
    int64_t id, at_ns;
    struct sv plan, what; /* "verify", "expire" */
    bool after_boot;      /* not before the next boot either */
    int64_t done_ns;      /* 0: not yet */
};

/* ---- life ---- */

/* To read: -ERR_GONE when there is none. To write: made when it is not there, and locked;
 * -ERR_CONFLICT when another holds it. */
int journal_open(const char *state_folder, bool write, struct journal **ret,
                 struct err *err) MUST_USE;
void journal_close(struct journal *j);
void journal_auto_close(struct journal **j);

/* Several calls below as one: all of them are on the disk, or none is. */
int journal_begin(struct journal *j, struct err *err) MUST_USE;
int journal_commit(struct journal *j, struct err *err) MUST_USE;
void journal_rollback(struct journal *j);

/* ---- plans ---- */

int journal_add_plan(struct journal *j, const struct journal_plan *p, struct err *err) MUST_USE;
int journal_set_plan(struct journal *j, struct sv plan, enum journal_state state, int64_t ended_ns,
                     struct sv note, struct err *err) MUST_USE;
int journal_keep_until(struct journal *j, struct sv plan, int64_t until_ns,
                       struct err *err) MUST_USE;

/* A plan by its id or the beginning of it (at least four characters): -ERR_GONE, -ERR_CONFLICT when
 * more than one begins so. An empty id is the one plan that waits to go on. */
int journal_get_plan(struct journal *j, struct sv id, struct arena *arena, struct journal_plan *ret,
                     struct err *err) MUST_USE;

/* All of them, the newest first. */
int journal_plans(struct journal *j, struct arena *arena, struct journal_plan **ret,
                  size_t *ret_count, struct err *err) MUST_USE;

int journal_allow(struct journal *j, struct sv plan, struct sv code, struct sv subject,
                  struct sv user, int64_t at_ns, struct err *err) MUST_USE;
bool journal_is_allowed(struct journal *j, struct sv plan, struct sv code, struct sv subject);

/* ---- steps ---- */

int journal_set_step(struct journal *j, struct sv plan, uint64_t step, enum step_state state,
                     int64_t at_ns, struct sv note, struct err *err) MUST_USE;
int journal_get_step(struct journal *j, struct sv plan, uint64_t step, struct arena *arena,
                     struct journal_step *ret, struct err *err) MUST_USE;

/* What a step changes takes the place of what an earlier try of it had. */
int journal_set_changes(struct journal *j, struct sv plan, uint64_t step,
                        const struct journal_change *changes, size_t count,
                        const struct journal_folder *folders, size_t folder_count,
                        struct err *err) MUST_USE;
int journal_get_changes(struct journal *j, struct sv plan, uint64_t step, struct arena *arena,
                        struct journal_change **ret, size_t *ret_count,
                        struct journal_folder **ret_folders, size_t *ret_folder_count,
                        struct err *err) MUST_USE;
/* What a root was before a program ran on it: a content of the vault (remedy/sweep.h). */
struct journal_sweep {
    uint8_t sha256[32];
    uint64_t size;
};

/* The changes that an earlier try of the step had stay until others are set; sweep and contents
 * are forgotten with them. */
int journal_set_sweep(struct journal *j, struct sv plan, uint64_t step,
                      const struct journal_sweep *s, struct err *err) MUST_USE;
int journal_get_sweep(struct journal *j, struct sv plan, uint64_t step, struct journal_sweep *ret,
                      struct err *err) MUST_USE;

/* A content that the step needs beside those of its changes. */
int journal_add_object(struct journal *j, struct sv plan, uint64_t step, const uint8_t sha256[32],
                       struct err *err) MUST_USE;
int journal_set_undo_times(struct journal *j, struct sv plan, uint64_t step,
                           const struct journal_folder *f, struct err *err) MUST_USE;

/* Whether the plan changes a path, in any step. */
bool journal_has_change(struct journal *j, struct sv plan, struct sv path);

/* A content that a plan needs to be undone, and until when it is kept for that. */
struct journal_object {
    uint8_t sha256[32];
    struct sv plan;
    int64_t kept_until_ns;
};

/* What is needed to undo plans that are neither undone nor expired, sorted by digest; of several
 * plans that need it, the one that keeps it longest. */
int journal_objects(struct journal *j, struct arena *arena, struct journal_object **ret,
                    size_t *ret_count, struct err *err) MUST_USE;

int journal_add_unit(struct journal *j, struct sv plan, const struct journal_unit *u,
                     struct err *err) MUST_USE;
int journal_units(struct journal *j, struct sv plan, uint64_t step, struct arena *arena,
                  struct journal_unit **ret, size_t *ret_count, struct err *err) MUST_USE;

/* ---- what is due ---- */

int journal_add_due(struct journal *j, const struct journal_due *d, struct err *err) MUST_USE;
int journal_drop_due(struct journal *j, struct sv plan, struct err *err) MUST_USE;
int journal_set_due_done(struct journal *j, int64_t id, int64_t at_ns, struct err *err) MUST_USE;

/* What is not done, the earliest first. */
int journal_dues(struct journal *j, struct arena *arena, struct journal_due **ret,
                 size_t *ret_count, struct err *err) MUST_USE;
