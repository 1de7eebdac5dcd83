// SPDX-License-Identifier: Apache-2.0
/* Which program this is: what it remembers is of use to the same program only. */
#pragma once

#include "base/buf.h"

/*
 * Append what tells the files of the running program and of its libraries from others: their paths,
 * inodes, sizes and times. Nothing at all when the system does not say which they are.
 */
void program_id(struct buf *to);

/* From here on, what is loaded does not count: which libraries a run needs is its own affair. */
void program_id_note(void);

/* The same of one that is loaded when it is needed, whether it was or not. */
void program_id_add(const char *soname, struct buf *to);
