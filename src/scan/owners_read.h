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

/* Parsed by `parsers`, or here when there are none. What cannot be read is left out here: the walk
 * meets it again and accounts for it. */
int owners_read(struct owners *owners, const struct dissect_context *context,
                struct parsers *parsers, const char *root, const struct owners_wanted *wanted,
                struct err *err) MUST_USE;

bool owners_wants(const struct owners_wanted *wanted, struct sv path);
