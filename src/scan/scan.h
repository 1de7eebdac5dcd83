// SPDX-License-Identifier: Apache-2.0
/*
 * The pipeline: targets to a stored inventory with its coverage account.
 */
#pragma once

#include <stdatomic.h>

#include "match/matcher.h"
#include "order/rules.h"
#include "scan/collector.h"
#include "scan/governor.h"
#include "scan/parser.h"
#include "source/budget.h"
#include "store/store.h"
#include "trust/roots.h"

enum scan_sandbox {
    SCAN_SANDBOX_AUTO,    /* as good as the system allows, and say what is missing */
    SCAN_SANDBOX_REQUIRE, /* or do not scan */
    SCAN_SANDBOX_OFF,     /* parse in this very process */
};

/* A target that is read as one kind of file, whatever it looks like. */
struct scan_named {
    const char *path;       /* also among the targets */
    const char *recogniser; /* with a gate for that */
};

struct scan_options {
    const char *root; /* absolute real path of another machine's file system; NULL: this machine */
    const char *const *targets; /* absolute real paths; none: the whole root */
    size_t target_count;
    const struct scan_named *named;
    size_t named_count;
    const struct columns *columns; /* of tables among them; NULL: as their names say */
    const struct rules *rules;
    const struct matcher *matcher;
    const struct roots *roots; /* whom to trust for signatures */
    struct store *store;
    const char *own_state; /* absolute path of the state folder; NULL for none */
    bool remember;         /* in the store, what came of each file, and use it */
    bool read_all;         /* but read every file now */
    bool resume;           /* go on with a scan of the same that did not end */
    unsigned verify;       /* percent of what is taken over that is read all the same */
    unsigned jobs;         /* threads; 0: as many as there are processors */
    enum scan_sandbox sandbox;
    struct governor_limits governor; /* all 0: as fast as it goes */
    bool confine; /* give up this process's own rights, but to read what is scanned */
    const char *const *writable; /* and to write below these */
    size_t writable_count;
    void (*warn)(const char *text); /* what is missing of the sandbox, vaults; NULL: nobody */
    void (*note)(const char *text); /* what is missing otherwise */
    void (*say)(const char *text);  /* what was asked to be told; NULL: nobody is told */
    void (*began)(void *context);   /* the walk begins: the time to make threads; NULL: none */
    void *context;
    const struct recogniser *const *recognisers; /* NULL: those of identify/ */
    const struct parsers_options *parsers;       /* NULL: parsers_defaults */
    const char *const *excludes;
    size_t exclude_count;
    const char *const *exclude_fs; /* file system types to leave out */
    size_t exclude_fs_count;
    bool all_file_systems;
    bool no_archives;
    bool packages;               /* only files that declare packages, by their names */
    bool every_byte;             /* match every byte of every file, not of programs alone */
    const struct limits *limits; /* of what is in one archive; NULL: limits_default */
    const char *spill_folder;    /* NULL: what is too large for memory stays in memory */
    atomic_bool *cancel;
    struct scan_progress *progress;
};

/* Scan into the store. On success the new scan is the one that the store has chosen. */
int scan_run(const struct scan_options *options, struct arena *arena, struct stored_scan *ret,
             struct err *err) MUST_USE;
