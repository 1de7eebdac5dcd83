// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a program on a root itself, where no copy of it can be had (os/copy_root.h): what it does is
 * done. It has the rights of a guest (os/sandbox.h), and no network where the system lets that be
 * taken from it.
 *
 *     this process ── pipe ──► init ──► the program and all that it starts
 *
 * The init ends everything when the program has ended, when its time is over, and when this process
 * is gone.
 */
#pragma once

#include "os/copy_root.h"

/* argv[0] without "/" is looked for in the usual folders. Its output is appended to `output`, at
 * most 256 KiB of it. `root` is "/" or a folder. */
int root_run(const char *root, const struct sv *argv, size_t argc, unsigned limit_s,
             struct copy_run *ret, struct buf *output, struct err *err) MUST_USE;
