// SPDX-License-Identifier: Apache-2.0
/* The names in an open folder. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct folder_names {
    struct sv *all; /* sorted by bytes, NUL-terminated, without "." and ".." */
    size_t count;
    bool more; /* than `max`: which ones are missing depends on the file system */
};

/* At most `max` names of a folder, in the arena. `dir_fd` keeps its position and stays open. */
int folder_list(int dir_fd, size_t max, struct arena *arena, struct folder_names *ret,
                struct err *err) MUST_USE;
