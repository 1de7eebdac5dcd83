// SPDX-License-Identifier: Apache-2.0
/* The files that processes of this machine have open to write to them, from /proc. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct written_files {
    struct written_file {
        uint64_t device, inode;
    } * all; /* sorted */
    size_t count;
};

/* `proc` is the folder of procfs. In the arena. What may not be read
 * is left out. */
int written_files_list(const char *proc, struct arena *arena, struct written_files *ret,
                       struct err *err) MUST_USE;
bool written_files_has(const struct written_files *w, uint64_t device, uint64_t inode);
