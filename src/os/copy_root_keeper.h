// SPDX-License-Identifier: Apache-2.0
/*
 * The process that keeps the namespaces and overlays of a copy of a root, and runs programs in it.
 * Only os/copy_root.c speaks with it, by these messages.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum {
    KEEPER_FOLDERS = 4,
};

/* What is mounted over for each run; bit n of `made` is number n. */
extern const char *const keeper_folders[KEEPER_FOLDERS];

/* First, with the merged root; then for each layer the length of its point, with its lower and
 * upper folder, and the point. */
struct keeper_hello {
    int result;
    struct err err;
    size_t layers;
    unsigned made;
};

/* With the file that its output goes to; then `size` bytes: the arguments, each with its NUL. */
struct keeper_request {
    size_t argc, size;
    unsigned limit_s;
};

struct keeper_reply {
    int result;
    struct err err;
    int code;
    bool timed_out;
};

/* In the new process; ends it. */
__attribute__((noreturn)) void keeper_work(const char *root, int channel);
