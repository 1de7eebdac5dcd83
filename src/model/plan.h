// SPDX-License-Identifier: Apache-2.0
/*
 * A removal as it is planned: for each finding the steps in order and everything that each step
 * will touch. Plain data in an arena: remedy/ makes and carries out, report/ prints.
 *
 * As JSON it is the document `debar.plan/1`, the same bytes for the same plan. Its id is the
 * beginning of the SHA-256 of that text (on one line, without the id), so that a plan that was
 * altered is no longer itself.
 *
 * Paths are encoded as places are (model/place.h), begin with "/" and lie within the plan's root.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/json.h"
#include "model/component.h"

/* What part of a removal a step belongs to, in the order in which one product's steps stand. */
#define PLAN_STAGES(X) \
    X(EVIDENCE, "evidence")       /* keep what the removal would destroy */ \
    X(REPLACEMENT, "replacement") /* another protection has to run */ \
    X(STOP, "stop") \
    X(UNINSTALL, "uninstall") \
    X(RESIDUE, "residue") \
    X(TRUST, "trust") \
    X(BROWSER, "browser") \
    X(SOURCE, "package-source") \
    X(REFERENCE, "reference") \
    X(BLOCK, "block") \
    X(VERIFY, "verify") \
    X(EXPIRE, "expire")

enum plan_stage {
#define X(name, text) STAGE_##name,
    PLAN_STAGES(X)
#undef X
        STAGE_COUNT_
};

/* What a step does. */
#define PLAN_ACTIONS(X) \
    X(COLLECT, "collect")         /* exposure/: files to the vault */ \
    X(CHECK, "check")             /* look, change nothing */ \
    X(STOP_UNIT, "stop-unit")     /* `unit`: stop it; live machines only. Touches: its links */ \
    X(END_PROCESS, "end-process") /* whose program is `path` */ \
    X(UNLOAD, "unload")           /* kernel module `unit` */ \
    X(RUN, "run")                 /* `argv` over a copy-on-write root; its outcome is committed */ \
    X(REMOVE, "remove")           /* every touch */ \
    X(EDIT, "edit")               /* `edit` of `path` */ \
    X(WRITE, "write")             /* `path` gets `content` */ \
    X(PROPOSE, "propose")         /* a change (`content`) for a person to make in `path` */ \
    X(VERIFY, "verify") \
    X(EXPIRE, "expire")

enum plan_action {
#define X(name, text) ACTION_##name,
    PLAN_ACTIONS(X)
#undef X
        ACTION_COUNT_
};

/* How a path is after the step. */
#define TOUCH_CHANGES(X) \
    X(REMOVED, "removed") \
    X(CHANGED, "changed") \
    X(CREATED, "created")

enum touch_change {
#define X(name, text) TOUCH_##name,
    TOUCH_CHANGES(X)
#undef X
        TOUCH_COUNT_
};

/* How far a finding is dealt with. Never rounded up: what is not known to be gone remains. */
#define PLAN_STATUSES(X) \
    X(FOUND, "found")         /* nothing is planned for it: it is another's to remove */ \
    X(REMOVED, "removed")     /* all of it goes */ \
    X(MITIGATED, "mitigated") /* it stays, and cannot act */ \
    X(EXCEPTED, "excepted")   /* an exception of the order lets it stay */ \
    X(REMAINING, "remaining") /* it stays, because a refusal stands or nothing removes it */

enum plan_status {
#define X(name, text) STATUS_##name,
    PLAN_STATUSES(X)
#undef X
        STATUS_COUNT_
};

struct plan_touch {
    struct sv path;
    enum touch_change change;
    struct sv type;   /* before, or after when it is created: "file", "folder", "link", "special" */
    struct sv before; /* digest of the path's whole state, in hex; empty when created */
    struct sv sha256; /* of a file's bytes before, in hex; else empty */
    uint64_t size;    /* of a file before */
    struct sv why;    /* whose it is: "owned by deb:kesl", "indicator kaspersky.path.x", … */
};

struct plan_step {
    uint64_t number; /* from 1 */
    enum plan_stage stage;
    enum plan_action action;
    struct sv finding; /* id; empty for the plan's own steps */
    struct sv title;   /* one line for people */
    struct sv *argv;
    size_t argc;
    struct sv path, unit;
    struct sv content; /* WRITE: of the file; PROPOSE: the change; CHECK: what was seen to run */
    struct sv edit, edit_key; /* which edit (remedy/edit.h) and what it takes out */
    struct plan_touch *touches;
    size_t touch_count;
    bool direct;       /* RUN on the root itself, without a rehearsal: must have been allowed */
    struct sv checked; /* what is checked afterwards */
    struct sv undo;    /* how it is undone, in words */
};

/* Why the plan, or one finding of it, is not carried out. */
struct plan_refusal {
    struct sv code;    /* "last-protection", "foreign-owner", … : remedy/refuse.c lists them */
    struct sv finding; /* or empty: the plan as a whole */
    struct sv subject; /* the path, package, unit … */
    struct sv text;    /* what, why, what to do */
    bool allowed;      /* by --allow CODE=SUBJECT, which names exactly one */
};

struct plan_item { /* one for each finding */
    struct sv finding, vendor, product, name, version;
    enum component_state state;
    enum confidence confidence;
    struct sv why; /* the finding's reason */
    struct sv anchor;
    struct sv *dependents; /* packages, units … that need it */
    size_t dependent_count;
    struct sv *returns; /* what would bring it back */
    size_t return_count;
    enum plan_status status; /* when the plan was carried out */
    struct sv status_why;    /* why it is not "removed"; else empty */
    struct sv downtime;
};

struct plan {
    struct sv id; /* "p-" and 16 hexadecimal digits */
    struct sv scan_id, host_id, host_name;
    struct sv root; /* "/", or the other machine's as a path of this one */
    struct sv *orders;
    size_t order_count;
    struct plan_item *items;
    size_t item_count;
    struct plan_step *steps;
    size_t step_count;
    struct plan_refusal *refusals;
    size_t refusal_count;
    bool reboot;
    struct sv reboot_why;
};

const char *plan_stage_text(enum plan_stage stage);
const char *plan_action_text(enum plan_action action);
const char *touch_change_text(enum touch_change change);
const char *plan_status_text(enum plan_status status);

/* A refusal stands unless it was allowed. */
bool plan_is_refused(const struct plan *p);

/* Set the id that the rest of the plan gives. */
int plan_name(struct plan *p, struct arena *arena, struct err *err) MUST_USE;

void plan_write_json(const struct plan *p, bool with_id, struct json_writer *w);

/* Read a plan and check that it is the one that its id names. -ERR_FORMAT when it is no plan,
 * -ERR_CONFLICT when it was altered. */
int plan_read_json(struct sv text, struct arena *arena, struct plan *ret, struct err *err) MUST_USE;
