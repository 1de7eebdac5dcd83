// SPDX-License-Identifier: Apache-2.0
/* Which program this is: what it remembers is of use to the same program only. */
#pragma once

#include "base/buf.h"

/*
 * Append what tells the files of the running program and of its libraries from others: their paths,
 * inodes, sizes and times. Nothing at all when the system does not say which they are.
 */
void program_id(struct buf *to);
