// SPDX-License-Identifier: Apache-2.0
/*
 * Makes what a state describes, under a name that nothing has yet. Whoever asked moves it into
 * place when it is whole: nobody ever sees half of it there.
 */
#pragma once

#include "remedy/path_state.h"

/* The bytes of a file, from the first to the last. */
struct content {
    /* *ret_n is 0 at the end only. */
    int (*read)(struct content *c, void *to, size_t room, size_t *ret_n, struct err *err);
};

/*
 * Make `name` in the folder: content, holes, owner, attributes, mode and times as in `state`, on
 * the disk (fsync) when this returns, and looked at again. `content` may be NULL for what is no
 * file, or an empty one. On failure nothing of it is left.
 */
int path_make(int folder_fd, const char *name, const struct path_state *state,
              struct content *content, struct err *err) MUST_USE;

/* Give a folder that is there owner, attributes, mode and times of `state`. */
int path_make_like(int fd, const struct path_state *state, struct err *err) MUST_USE;

/* Remove a name of this type. A failure says what stops it: a flag of the inode, a mount … */
int path_unmake(int folder_fd, const char *name, enum path_type type, struct err *err) MUST_USE;

/* What stops changes in a folder or to a name in it: a read-only file system, a flag of the inode.
 * 0 when nothing is seen to. Changes nothing. */
int path_changeable(int folder_fd, const char *name, struct err *err) MUST_USE;
