// SPDX-License-Identifier: Apache-2.0
/*
 * The locks that package managers take on a file (fcntl), taken here too: while one is held, the
 * other waits or says so. A lock ends when its descriptor is closed.
 */
#pragma once

#include "base/err.h"

enum {
    LOCK_NO_FILE = 1,
};

/* Lock the file `path` below a root. LOCK_NO_FILE when there is none, which none is made for;
 * -ERR_CONFLICT when another process has it, with its number if the system tells. */
int lock_file_take(int root_fd, const char *path, int *ret_fd, struct err *err) MUST_USE;
