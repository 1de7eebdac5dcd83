// SPDX-License-Identifier: Apache-2.0
/*
 * One finished scan as the report formats see it: plain data and two iterators, so that neither
 * the store nor the pipeline is known to a format and no list has to fit in memory.
 */
#pragma once

#include "model/coverage.h"
#include "model/finding.h"
#include "model/occurrence.h"

enum verdict {
    VERDICT_ABSENT,
    VERDICT_FOUND,
    VERDICT_UNKNOWN, /* nothing found, but something could not be examined */
};

const char *verdict_text(enum verdict verdict);

struct deadline {
    struct sv what; /* the milestone's text */
    struct sv kind; /* identify, report, plan, … */
    struct sv due;  /* "2017-10-13", or words where the clock starts with a discovery */
    struct sv clause;
    int64_t due_day;     /* days since 1970; INT64_MIN when `due` is words */
    unsigned every_days; /* 0: once */
    bool past;
};

struct order_summary {
    struct sv id, title, authority, citation, url, issued, binds, replacement, report_to;
    enum verdict verdict;
    struct deadline *deadlines;
    size_t deadline_count;
    bool nil_report; /* the order wants to be told when nothing is found */
};

struct host {
    struct sv id; /* application-specific hash of the target's machine-id */
    struct sv name, os, kernel, architecture, dmi_uuid;
};

struct scan_view {
    struct sv scan_id;
    enum verdict verdict;
    struct host host;
    struct sv root;     /* with --root; empty for the live machine */
    struct sv *targets; /* as asked for */
    size_t target_count;
    int64_t started_ns, finished_ns;
    bool complete;         /* false when it was interrupted */
    struct sv version;     /* of debar */
    struct sv *catalogues; /* "kaspersky sha256:…" */
    size_t catalogue_count;
    struct order_summary *orders;
    size_t order_count;
    struct coverage coverage;
    struct sv *unknown_indicators; /* match only: indicators the inventory was not scanned with */
    size_t unknown_indicator_count;

    void *context;
    /*
     * Each calls `each` for every item in order; a negative result of `each` ends it. A format may
     * go through a list more than once; it is the same each time. NULL is an empty list.
     */
    int (*findings)(void *context, int (*each)(void *to, const struct finding *f, struct err *err),
                    void *to, struct err *err);
    int (*unexamined)(void *context,
                      int (*each)(void *to, const struct unexamined *u, struct err *err), void *to,
                      struct err *err);
    int (*inventory)(void *context,
                     int (*each)(void *to, const struct occurrence *o, struct err *err), void *to,
                     struct err *err);
};
