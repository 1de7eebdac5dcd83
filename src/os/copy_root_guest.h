// SPDX-License-Identifier: Apache-2.0
/* What one run of a program in a copy of a root consists of; see os/copy_root.h. */
#pragma once

#include "base/err.h"

/* In a new process with a process and mount namespace of its own: becomes the init of the run and
 * ends with the program's exit code. */
__attribute__((noreturn)) void guest_init(const char *merged, char **argv, int output);

/* In a new process that has the program's root: become it, with the rights of a guest. `more` is
 * added to its environment; `null` is what it reads. */
__attribute__((noreturn)) void guest_become(char **argv, const char *more, int null, int output);

/* os/copy_root_keeper.c: mount a file system on an open folder. */
int keeper_attach(const char *type, const char *const *options, unsigned attributes, int target,
                  struct err *err) MUST_USE;
