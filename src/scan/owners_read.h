// SPDX-License-Identifier: Apache-2.0
/* Fills the table of owners from the package databases of a root, before the walk. */
#pragma once

#include "scan/dissect.h"
#include "scan/owners.h"
#include "scan/parser.h"

/* Whose owners are asked for: what is below these paths within the root; none: everything. */
struct owners_wanted {
    const struct sv *below;
    size_t count;
};

/*
 * What changes when one of the databases does, or what is wanted of them: their paths, inodes,
 * sizes and times. `ret_young` is set when one was written so lately that it may still be changing.
 */
void owners_digest(const struct dissect_context *context, const char *root,
                   const struct owners_wanted *wanted, uint8_t ret_digest[16], bool *ret_young);

/* Parsed by `parsers`, or here when there are none. What cannot be read is left out here: the walk
 * meets it again and accounts for it. */
int owners_read(struct owners *owners, const struct dissect_context *context,
                struct parsers *parsers, const char *root, const struct owners_wanted *wanted,
                struct err *err) MUST_USE;

bool owners_wants(const struct owners_wanted *wanted, struct sv path);
