// SPDX-License-Identifier: Apache-2.0
/*
 * Keeps scans: inventories, findings and what could not be examined.
 *
 * A component's identity is kept once, whatever the number of scans and hosts that saw it; an
 * occurrence points to it. Scans of the same thing are a lineage: each has the occurrences of the
 * one before but for those that it closes, and those that it adds. Writes go in transactions, so
 * that a kill at any instant leaves either the scan before or a scan marked incomplete, and what is
 * remembered of files is never more than what is stored of them. A store decides nothing.
 *
 * Back end: SQLite (WAL, synchronous=FULL), one file `debar.db` in the state folder. What another
 * back end has to provide is exactly the functions of this header.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "model/coverage.h"
#include "model/finding.h"
#include "model/occurrence.h"

struct store;

#define auto_store __attribute__((cleanup(store_auto_close))) struct store

enum store_mode {
    STORE_READ,    /* must be there */
    STORE_WRITE,   /* made when it is not there; locked against other writers */
    STORE_PRIVATE, /* no folder: a nameless store that is gone afterwards */
};

/*
 * Open the store of a state folder. With STORE_WRITE and another writer in it: `waiting` is called
 * once (when not NULL), then this waits until the other one is done.
 */
int store_open(const char *folder, enum store_mode mode, void (*waiting)(const char *folder),
               struct store **ret_store, struct err *err) MUST_USE;
void store_close(struct store *s);
void store_auto_close(struct store **s);

/* Where it puts what does not fit into memory, in files without a name. */
const char *store_temporary_folder(void);

/* ---- writing one scan ---- */

/* From what an occurrence or gap was read. */
struct store_origin {
    uint32_t folder; /* 0: from no file that is remembered; the next scan finds it anew */
    uint64_t file;   /* in that folder */
};

#define STORE_NOWHERE ((struct store_origin){0})

/* A scan of a lineage of its own, unless one was chosen to follow. */
int store_begin(struct store *s, struct sv scan_id, struct sv host_id, int64_t started_ns,
                struct err *err) MUST_USE;
int store_add(struct store *s, const struct occurrence *o, struct store_origin origin,
              struct err *err) MUST_USE;
int store_add_unexamined(struct store *s, const struct unexamined *u, struct store_origin origin,
                         struct err *err) MUST_USE;

/* `header` is the scan as JSON (host, targets, coverage, catalogues …); `probes` are the digests of
 * the byte and path indicators it was scanned with, as hex, one a line. */
int store_end(struct store *s, int64_t finished_ns, bool complete, struct sv header,
              struct sv probes, struct err *err) MUST_USE;

/* The findings of a scan that has ended, all or none of them: clear, add, matched. `key` stands for
 * all that they were matched under. */
int store_clear_findings(struct store *s, struct err *err) MUST_USE;
int store_add_finding(struct store *s, const struct finding *f, struct err *err) MUST_USE;
int store_matched(struct store *s, struct sv key, struct err *err) MUST_USE;

/* ---- following the scan before ---- */

struct store_before {
    bool exists, complete;
    struct sv id;
    int64_t started_ns;
    struct sv folders; /* a bit for each that it got to; empty when that is all */
};

/*
 * Choose the lineage with this key, and make it if there is none. The scan that begins or goes on
 * next follows the newest one of it, which is *ret (its text is in the arena).
 */
int store_follow(struct store *s, struct sv key, struct arena *arena, struct store_before *ret,
                 struct err *err) MUST_USE;

/* Instead of beginning another: go on with the newest, which did not end. */
int store_go_on(struct store *s, struct err *err) MUST_USE;

/* What the scan before has of one origin, a folder, no file that is remembered, or at all, is not
 * so any more. */
int store_close_file(struct store *s, struct store_origin origin, struct err *err) MUST_USE;
int store_close_folder(struct store *s, uint32_t folder, struct err *err) MUST_USE;
int store_close_loose(struct store *s, struct err *err) MUST_USE;
int store_close_all(struct store *s, struct err *err) MUST_USE;

/* One origin was closed, and all that is there now was added: take both back when nothing is
 * different. */
int store_settle(struct store *s, struct store_origin origin, bool *ret_same,
                 struct err *err) MUST_USE;

/* Whether this scan has closed or added anything. */
bool store_changed(const struct store *s);

/* The folders that it got to, as in store_before; of a scan that ends complete it is all of them.
 */
int store_seen(struct store *s, struct sv folders, struct err *err) MUST_USE;

/* Save what was written so far; due now and then. */
bool store_is_due(const struct store *s);
int store_save(struct store *s, struct err *err) MUST_USE;

/* Instead of clearing and adding: the findings of the scan before, if that was complete, was
 * matched under the same key, and nothing has changed since. */
int store_copy_findings(struct store *s, struct sv key, bool *ret_copied, struct err *err) MUST_USE;

/* ---- what a lineage remembers of files: bytes that the store does not look into ---- */

/* A header, and the highest number of a folder that was given. */
int store_memory(struct store *s, struct arena *arena, struct sv *ret_header, uint32_t *ret_folders,
                 struct err *err) MUST_USE;
int store_put_memory(struct store *s, struct sv header, uint32_t folders, struct err *err) MUST_USE;

/* Records in the order they were added. */
int store_each_record(struct store *s, int (*each)(void *to, struct span body, struct err *err),
                      void *to, struct err *err) MUST_USE;
int store_add_record(struct store *s, struct span body, struct err *err) MUST_USE;
int store_clear_records(struct store *s, struct err *err) MUST_USE;

/* Anything else that is made anew when it is not there: then `to` stays empty. */
int store_kept(struct store *s, const char *name, struct buf *to, struct err *err) MUST_USE;
int store_keep(struct store *s, const char *name, struct span body, struct err *err) MUST_USE;

/* ---- reading ---- */

struct stored_scan {
    struct sv id, host_id;
    int64_t started_ns, finished_ns;
    bool complete;
    bool matched; /* its findings are stored */
    struct sv header, probes;
};

/*
 * Choose the scan that the functions below read: by id or the beginning of one (at least four
 * characters), or the newest finished one when `id` is empty. Its text is in the arena.
 */
int store_choose(struct store *s, struct sv id, struct arena *arena, struct stored_scan *ret,
                 struct err *err) MUST_USE;

/* All scans, newest first. */
int store_each_scan(struct store *s, struct arena *arena,
                    int (*each)(void *to, const struct stored_scan *scan, struct err *err),
                    void *to, struct err *err) MUST_USE;

/* In whatever order it is stored, and much faster; what `each` is given dies when it returns. */
int store_each_stored(struct store *s,
                      int (*each)(void *to, const struct occurrence *o, struct err *err), void *to,
                      struct err *err) MUST_USE;

/* In the order of places. */
int store_each_occurrence(struct store *s,
                          int (*each)(void *to, const struct occurrence *o, struct err *err),
                          void *to, struct err *err) MUST_USE;
int store_each_unexamined(struct store *s,
                          int (*each)(void *to, const struct unexamined *u, struct err *err),
                          void *to, struct err *err) MUST_USE;
int store_each_finding(struct store *s,
                       int (*each)(void *to, const struct finding *f, struct err *err), void *to,
                       struct err *err) MUST_USE;
