// SPDX-License-Identifier: Apache-2.0
/*
 * Keeps scans: inventories, findings and what could not be examined.
 *
 * A component's identity is kept once, whatever the number of scans and hosts that saw it; an
 * occurrence points to it. Writes go in transactions, so that a kill at any instant leaves either
 * the scan before or a scan marked incomplete. A store decides nothing.
 *
 * Back end: SQLite (WAL, synchronous=FULL), one file `debar.db` in the state folder. What another
 * back end has to provide is exactly the functions of this header.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
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

int store_begin(struct store *s, struct sv scan_id, struct sv host_id, int64_t started_ns,
                struct err *err) MUST_USE;
int store_add(struct store *s, const struct occurrence *o, struct err *err) MUST_USE;
int store_add_unexamined(struct store *s, const struct unexamined *u, struct err *err) MUST_USE;
int store_add_finding(struct store *s, const struct finding *f, struct err *err) MUST_USE;

/* `header` is the scan as JSON (host, targets, coverage, catalogues …); `probes` are the digests of
 * the byte and path indicators it was scanned with, as hex, one a line. */
int store_end(struct store *s, int64_t finished_ns, bool complete, struct sv header,
              struct sv probes, struct err *err) MUST_USE;

/* Put other findings in the place of a scan's: a stored inventory was matched anew. */
int store_clear_findings(struct store *s, struct err *err) MUST_USE;

/* ---- reading ---- */

struct stored_scan {
    struct sv id, host_id;
    int64_t started_ns, finished_ns;
    bool complete;
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

/* In the order of places; what `each` is given dies when it returns. */
int store_each_occurrence(struct store *s,
                          int (*each)(void *to, const struct occurrence *o, struct err *err),
                          void *to, struct err *err) MUST_USE;
int store_each_unexamined(struct store *s,
                          int (*each)(void *to, const struct unexamined *u, struct err *err),
                          void *to, struct err *err) MUST_USE;
int store_each_finding(struct store *s,
                       int (*each)(void *to, const struct finding *f, struct err *err), void *to,
                       struct err *err) MUST_USE;
