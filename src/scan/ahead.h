// SPDX-License-Identifier: Apache-2.0
/*
 * How much there is to do, for a person who watches: a thread of its own lists the folders ahead of
 * the scan and counts, without opening a file. Nobody else pays for it.
 */
#pragma once

#include "scan/examine.h"

struct ahead;

/* Begin to count below the starts, which must outlive it; NULL when that cannot be done, and then
 * the total stays unknown. It is known once all is counted: `expected` of the progress. */
struct ahead *ahead_start(const struct examine_context *context, const char *const starts[],
                          size_t count);

/* End it, counted or not. NULL is accepted. */
void ahead_stop(struct ahead *a);
