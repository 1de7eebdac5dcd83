// SPDX-License-Identifier: Apache-2.0
/*
 * What every path of a root is at one moment, so that all that a program touched is known
 * afterwards, also after a crash. Of some files the content is read and kept too; of the others
 * what stat(2) and their attributes say.
 *
 * /tmp, file systems in memory and the state folder are left out.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "remedy/path_state.h"

struct swept {
    struct sv path; /* raw bytes, NUL-terminated */
    struct path_state state;
    int64_t ctime_ns;
    bool whole; /* with content: it was looked at as a whole */
};

struct sweep {
    struct arena arena;
    struct swept *all; /* sorted by path */
    size_t count, room;
};

#define auto_sweep __attribute__((cleanup(sweep_clear))) struct sweep

struct sweep_options {
    int root_fd;
    const char *state_folder;
    bool (*whole)(void *to, struct sv path); /* whether a file's content is read */
    void *to;
};

int sweep_take(const struct sweep_options *o, struct sweep *ret, struct err *err) MUST_USE;
void sweep_clear(struct sweep *s);

/* As bytes, to keep it. */
void sweep_write(const struct sweep *s, struct buf *to);
int sweep_read(struct span bytes, struct sweep *ret, struct err *err) MUST_USE;

/* One path that is not what it was. */
struct sweep_change {
    struct sv path;
    const struct swept *before; /* NULL: it was not there */
    struct path_state now;      /* with content, in the arena */
    /* Not known to be what it was before, since its content was not read then. */
    bool unknown;
    bool unread; /* it was written to all the time: `now` is without content */
};

/* All of them, sorted by path, in the arena. */
int sweep_compare(const struct sweep *before, const struct sweep_options *o, struct arena *arena,
                  struct sweep_change **ret, size_t *ret_count, struct err *err) MUST_USE;
