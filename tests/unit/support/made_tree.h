// SPDX-License-Identifier: Apache-2.0
/*
 * A small tree of files in a temporary folder, in place of /proc, /sys or a root.
 */
#pragma once

#include "base/buf.h"

struct made_tree {
    char path[64];
};

void made_tree_init(struct made_tree *t);
void made_tree_clear(struct made_tree *t); /* removes it */

/* Folders on the way are made too. */
void made_folder(struct made_tree *t, const char *path);
void made_file(struct made_tree *t, const char *path, const char *text);
void made_bytes(struct made_tree *t, const char *path, const void *bytes, size_t n);
void made_link(struct made_tree *t, const char *path, const char *target);

/* The path of the tree with `path` behind it, in a buffer that the next call overwrites. */
const char *made_path(const struct made_tree *t, const char *path);
