// SPDX-License-Identifier: Apache-2.0
/*
 * The names that one file has, found by looking through the whole of a root: a file with several
 * names does not know them.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct names {
    struct arena arena;
    struct one_name *all; /* of files with more than one, sorted by inode and path */
    size_t count;
    bool swept;
};

void names_init(struct names *n);
void names_clear(struct names *n);

/*
 * The other names of a file below a root, but for `path` itself, each ended by a NUL, as paths from
 * the root. The root is looked through at the first call, and not again: what went since is still
 * named. Folders that cannot be opened are passed by.
 */
int names_of(struct names *n, int root_fd, uint64_t device, uint64_t inode, struct sv path,
             struct buf *to, struct err *err) MUST_USE;
