// SPDX-License-Identifier: Apache-2.0
/*
 * Every name below a root, on all file systems that are there but views of the kernel and what lies
 * on other machines. Links are not followed; folders that cannot be opened are passed by.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/err.h"

enum {
    ROOT_EACH_PASS_BY = 1, /* not into this folder */
};

struct root_each {
    int root_fd;
    bool no_memory; /* nor file systems in memory that are mounted below the root */
    /* `path` is from the root and ends with a NUL; `name` is the same one in `folder`. > 0:
     * ROOT_EACH_PASS_BY. */
    int (*each)(void *to, int folder, const char *name, struct sv path, const struct stat *st,
                struct err *err);
    void *to;
};

int root_each(const struct root_each *o, struct err *err) MUST_USE;
