// SPDX-License-Identifier: Apache-2.0
/*
 * One function, in a process without rights: it gets bytes and makes bytes, and whatever they do to
 * it stays there. For libraries that take hostile bytes and know files only by their names.
 *
 * The process has nothing but two files in memory: JAILED_IN, and JAILED_OUT, which it may write.
 * A library can open both by jailed_path(). Only for a process with one thread. Its arguments and
 * its environment are gone there: `to` must not point into them.
 */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "os/sandbox.h"

enum {
    JAILED_IN = 3,
    JAILED_OUT = 4,
};

struct jailed {
    const char *name; /* in ps; at most 15 bytes */
    struct span in;
    struct sandbox_limits limits; /* `written` bounds what comes out; `files` and `opens` are set */

    /* Before any right is given up: load what the library would load at its first use. */
    void (*prepare)(void);
    int (*work)(void *to, struct err *err);
    void *to;
};

/* "/proc/self/fd/3" and the like. */
const char *jailed_path(int file);

/*
 * What `work` answered, with what it wrote appended to `out`; -ERR_FORMAT when the process was
 * ended by what it read, -ERR_LIMIT when it took more time or memory than it may.
 */
int jailed_run(const struct jailed *j, struct buf *out, struct err *err) MUST_USE;
