// SPDX-License-Identifier: Apache-2.0
/*
 * Names below an open root, for those who change what is there: no part of a path may be a symbolic
 * link or lead out of the root. Paths are raw bytes; a "/" at the beginning means the root.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
    BELOW_NAME = 256, /* room for one name and its NUL */
};

/* Open a root, links in its own path followed. */
int below_open_root(const char *path, int *ret_fd, struct err *err) MUST_USE;

/* The folder `path`; "" and "/" are the root. -ERR_GONE when there is none, -ERR_CONFLICT when a
 * part of the path is a symbolic link. */
int below_open_folder(int root_fd, const char *path, int *ret_fd, struct err *err) MUST_USE;

/* The folder that `path` lies in, and the name in it. -ERR_FORMAT when it has none. */
int below_open_parent(int root_fd, const char *path, int *ret_fd, char ret_name[BELOW_NAME],
                      struct err *err) MUST_USE;

/* fsync, also of a folder; what cannot be synced (a file system without it) counts as done. */
int below_sync(int fd, struct err *err) MUST_USE;

/* Set access and modification time of a name, which may be a symbolic link, or of `fd` (name "").
 */
int below_set_times(int fd, const char *name, int64_t atime_ns, int64_t mtime_ns,
                    struct err *err) MUST_USE;
