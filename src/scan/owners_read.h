// SPDX-License-Identifier: Apache-2.0
/* Fills the table of owners from the package databases of a root, before the walk. */
#pragma once

#include "scan/dissect.h"
#include "scan/owners.h"
#include "scan/parser.h"

/* Parsed by `parsers`, or here when there are none. What cannot be read is left out here: the walk
 * meets it again and accounts for it. */
int owners_read(struct owners *owners, const struct dissect_context *context,
                struct parsers *parsers, const char *root, struct err *err) MUST_USE;
