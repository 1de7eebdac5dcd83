// SPDX-License-Identifier: Apache-2.0
/* The whole of a regular file below a root, links in its path not followed. */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Append the bytes of `path` to `to`. -ERR_GONE when there is none, -ERR_LIMIT when it is longer
 * than `max`. */
int whole_file_read(int root_fd, const char *path, size_t max, struct buf *to,
                    struct err *err) MUST_USE;
