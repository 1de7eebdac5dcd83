// SPDX-License-Identifier: Apache-2.0
/* What a disk, or a part of one, is that none of the readers reads: locked, not supported, empty.
 */
#pragma once

#include "source/disk.h"
#include "source/entry_reader.h"

/*
 * 0 when there is nothing to be read in it: zeros, swap space. Otherwise a failure that says what
 * it is: -ERR_ENCRYPTED, -ERR_UNSUPPORTED. `what` is what is known of it from elsewhere.
 */
int volume_explain(struct disk *d, const char *what, struct err *err) MUST_USE;

/* As a container: always a failure that says what it is. */
entry_opener volume_open;

/* Do the first bytes name it? */
bool volume_is_known(struct span head);
