// SPDX-License-Identifier: Apache-2.0
/*
 * The kernel's modules that are loaded, from /proc/modules and /sys/module.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

struct kernel_module {
    struct sv name;
    struct sv version; /* as the module says it; often empty */
    uint64_t size;
    bool out_of_tree; /* not from the kernel's own source */
};

/* A kernel without modules has none: that is no failure. A failure of `each` ends the listing. */
int kernel_modules_each(const char *proc, const char *sys,
                        int (*each)(void *to, const struct kernel_module *m, struct err *err),
                        void *to, struct err *err) MUST_USE;
