// SPDX-License-Identifier: Apache-2.0
/*
 * Doing what a removal does, on a copy of the root that only remembers differences: what a step
 * would change is what it changed there. Nothing of it reaches the root (os/copy_root.h).
 *
 * A change is one of content or metadata. What was merely copied, because it was opened to be
 * written or because something in its folder changed, is none.
 */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "model/plan.h"
#include "remedy/path_state.h"

struct rehearsal;

#define auto_rehearsal __attribute__((cleanup(rehearsal_auto_free))) struct rehearsal

/* -ERR_UNSUPPORTED or -ERR_DENIED, with what is missing, where nothing can be rehearsed. */
int rehearsal_new(const char *root, struct rehearsal **ret, struct err *err) MUST_USE;
void rehearsal_free(struct rehearsal *r);
void rehearsal_auto_free(struct rehearsal **r);

/* How long one program may take; 600 seconds unless this is called. */
void rehearsal_limit(struct rehearsal *r, unsigned seconds);

/*
 * Run a program of the root. What it wrote is appended to `output` (at most 256 KiB), and its exit
 * code given: 127 when it could not be run, 128 + the signal that ended it. -ERR_LIMIT_TIME when it
 * took too long: it was ended, with all that it had started.
 */
int rehearsal_run(struct rehearsal *r, const struct sv *argv, size_t argc, int *ret_code,
                  struct buf *output, struct err *err) MUST_USE;

/*
 * The root as it is after what was rehearsed. To be read, and changed, by ordinary *at calls: so
 * the engine's own steps are rehearsed. Borrowed; ends with the rehearsal.
 */
int rehearsal_root(const struct rehearsal *r);

struct rehearsal_change {
    struct sv path; /* raw bytes, NUL-terminated, "/etc/x" */
    enum touch_change change;
    const struct path_state *before, *after; /* valid as long as the rehearsal */
};

/*
 * What has changed since the last call, or since the beginning, sorted by path. A failure of `each`
 * ends it.
 */
int rehearsal_changes(struct rehearsal *r,
                      int (*each)(void *to, const struct rehearsal_change *c, struct err *err),
                      void *to, struct err *err) MUST_USE;
