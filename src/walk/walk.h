// SPDX-License-Identifier: Apache-2.0
/*
 * Which files there are, each once: a parallel walk below one or more folders.
 *
 * Every name is looked up from the open folder it stands in, so that a folder renamed meanwhile
 * cannot lead the walk astray and a path may be longer than PATH_MAX. Symbolic links are never
 * followed and mount points never crossed: what is mounted below is a start of its own. Memory is
 * bounded by depth and by the folders of one listing, whatever the number of files.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"
#include "os/closer.h"
#include "os/file.h"

struct walk_entry {
    int dir_fd;       /* the open folder */
    const char *name; /* in it */
    struct sv path;   /* raw bytes, absolute */
    enum file_kind kind;
};

/* Called from several threads at once; `worker` is 0 … threads - 1. */
struct walk_events {
    void (*file)(void *to, unsigned worker, const struct walk_entry *e); /* any non-directory */
    void (*failed)(void *to, unsigned worker, struct sv path, const struct err *why); /* a folder */
    bool (*enter)(void *to, unsigned worker, const struct walk_entry *e); /* go into a folder? */
    /* A folder that is open: what is told until it is closed again is in it, or in one below it
     * that was opened later. May be NULL. */
    void (*opened)(void *to, unsigned worker, struct sv path, int fd,
                   const struct file_facts *facts);
    void (*closed)(void *to, unsigned worker);
};

struct walk_options {
    unsigned threads;
    const struct walk_events *events;
    void *to;
    const atomic_bool *cancel; /* may be NULL */
    struct closer *closer;     /* closes the folders; may be NULL */
};

/* Walk the starts (absolute paths; files are allowed) one tree after the other. Returns when done
 * or cancelled; only a failure to start at all is an error. */
int walk(const char *const starts[], size_t count, const struct walk_options *options,
         struct err *err) MUST_USE;
