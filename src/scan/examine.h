// SPDX-License-Identifier: Apache-2.0
/*
 * One file from its name to its components: open, classify, recognise, probe, account.
 *
 * An examiner belongs to one worker. Every object that it is given ends in exactly one line of the
 * coverage account: examined, skipped by a rule, or not examined and why.
 */
#pragma once

#include "os/closer.h"
#include "os/mount.h"
#include "scan/collector.h"
#include "scan/dissect.h"
#include "scan/links.h"
#include "scan/owners.h"
#include "scan/parser.h"
#include "scan/rescan.h"
#include "walk/walk.h"

struct scan_named;
struct running; /* which files are running programs: scan/machine.h */

/* What all examiners share; const while the walk runs. */
struct examine_context {
    struct dissect_context dissect;
    struct parsers *parsers; /* NULL: what is to be parsed is parsed here */
    const struct owners *owners;
    struct links *links;
    const struct running *running; /* NULL: not the live machine */
    const struct mounts *mounts;
    struct rescan *rescan; /* NULL: every file is examined */
    struct collector *collector;
    int root_fd;
    struct sv root; /* raw path of the root, "" for "/" */
    const char *const *excludes;
    size_t exclude_count;
    bool packages;       /* only files that declare packages, by their names */
    struct sv own_state; /* raw path of the state folder; empty for none */
    const struct scan_named *named;
    size_t named_count;
    void (*warn)(const char *text); /* NULL: nobody is told */
    const struct read_meter *meter; /* told of each read in this process; NULL: nobody */
    struct closer *closer;          /* of what was examined; NULL: each is closed by itself */
};

struct examiner;

/* `number` below that of the parsers, each once. */
int examiner_new(const struct examine_context *context, unsigned number, struct examiner **ret,
                 struct err *err) MUST_USE;
void examiner_free(struct examiner *x); /* brings its counts to the collector */

/*
 * A file that is given to examine() is accounted for by then, or after examiner_finish at the
 * latest: what is parsed elsewhere takes its time. Flush all before finishing the first.
 */
void examiner_flush(struct examiner *x);
void examiner_finish(struct examiner *x);

void examine(struct examiner *x, const struct walk_entry *e);

/* The file of a running program that no folder has any more, by its link in /proc. */
void examine_deleted(struct examiner *x, uint64_t pid);

/* Whether a person leaves it out: a pattern with a slash is for the whole path, one without for any
 * name in it. */
bool examine_excludes(const struct examine_context *c, struct sv path);

/* Go into this folder? When not, its rule is counted. */
bool examine_enter(struct examiner *x, const struct walk_entry *e);

/* A folder was opened, by its raw path, and closed again. */
void examine_opened(struct examiner *x, struct sv raw_path, int fd, const struct file_facts *facts);
void examine_closed(struct examiner *x);

/* A folder or table that could not be opened. */
void examine_failed(struct examiner *x, struct sv raw_path, const struct err *why);
