// SPDX-License-Identifier: Apache-2.0
/*
 * Looking again, by other means than a scan's: each path of the plan, the package database as text,
 * the list of processes, and a sweep by the catalogue's paths. Nothing is matched or weighed:
 * whatever is there that the plan said would not be is drift, and told item by item.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/plan.h"
#include "order/rules.h"

#define DRIFT_KINDS(X) \
    X(PATH, "path")       /* one that was removed is there again */ \
    X(CONTENT, "content") /* an entry is back, or what was written is not there */ \
    X(PACKAGE, "package") /* the database has it */ \
    X(PROCESS, "process") /* it runs */ \
    X(PRODUCT, "product") /* a path that only the product has, and that the plan did not name */ \
    X(UNSEEN, "not looked at") /* could not be looked at */

enum drift_kind {
#define X(name, text) DRIFT_##name,
    DRIFT_KINDS(X)
#undef X
        DRIFT_COUNT_
};

struct drift {
    enum drift_kind kind;
    struct sv subject; /* a path (encoded), package, process */
    const char *text;  /* what is the matter */
};

const char *drift_kind_text(enum drift_kind kind);

struct verify_request {
    const struct plan *plan;
    int root_fd;
    const char *proc;          /* the folder of procfs; looked at when the plan's root is "/" */
    const struct rules *rules; /* for the sweep; NULL leaves it out */
};

struct verified {
    size_t drifts, unseen; /* unseen is not among drifts */
    size_t looked_at;      /* paths, packages, entries, processes */
};

/* `each` is called for every item. A failure is one of looking as such, not drift. */
int verify_plan(const struct verify_request *request, void (*each)(void *to, const struct drift *d),
                void *to, struct verified *ret, struct err *err) MUST_USE;
