// SPDX-License-Identifier: Apache-2.0
/*
 * Reading what the kernel tells through files, in /proc and /sys. Their size says nothing, they
 * come and go, and links between them are followed. Tests give a made tree in their place.
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

/* Open a folder; AT_FDCWD and an absolute path to start with. */
int system_open(int dir_fd, const char *path, int *ret_fd, struct err *err) MUST_USE;

/* Append the whole of a file. -ERR_LIMIT when it is longer than max. */
int system_read(int dir_fd, const char *path, size_t max, struct buf *to, struct err *err) MUST_USE;

/* Append where a symbolic link leads. */
int system_link(int dir_fd, const char *path, struct buf *to, struct err *err) MUST_USE;

/* The first line of a file without its end, in `to`, which is emptied before; empty when there is
 * no such file or it cannot be read. */
struct sv system_line(int dir_fd, const char *path, struct buf *to);

/* Call `each` for every name of a folder but "." and ".."; a failure of it ends the listing. */
int system_each(int dir_fd, const char *path,
                int (*each)(void *to, int folder_fd, const char *name, struct err *err), void *to,
                struct err *err) MUST_USE;
