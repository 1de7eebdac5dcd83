// SPDX-License-Identifier: Apache-2.0
/*
 * Whether a path that a Windows system names is there, on a file system that tells upper from lower
 * case. Nothing is opened but folders, and no link leads out of the root.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether there is such a file, or a folder with anything in it, when `root_fd` is taken for "/"
 * and names are compared without regard to ASCII case. What cannot be looked at counts as there.
 * Every name of a folder that has to be gone through takes one from `names_left`; when none is
 * left, nothing more can be looked at.
 */
bool lookup_nocase(int root_fd, const char *path, uint64_t *names_left);
