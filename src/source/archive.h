// SPDX-License-Identifier: Apache-2.0
/* The entries of one archive, in the order in which they stand, by libarchive. */
#pragma once

#include "source/entry_reader.h"
#include "source/input.h"
#include "source/kind.h"

/* `in` is borrowed; `seeks` when it can be read here and there. */
int archive_open(enum container_kind kind, struct input *in, bool seeks, struct entry_reader **ret,
                 struct err *err) MUST_USE;

/*
 * After the last item of a cpio archive of today's kind: where it ends. False for other archives.
 * The reader is one that archive_open() gave.
 */
bool archive_end(const struct entry_reader *archive, uint64_t *ret_at);

/* Have libarchive open and load now what it needs to read names; see dissect_prepare(). */
void archive_prepare(void);
