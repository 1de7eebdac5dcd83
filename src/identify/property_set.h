// SPDX-License-Identifier: Apache-2.0
/*
 * What a compound file says of itself in its stream "\5SummaryInformation".
 * Format: Microsoft MS-OLEPS.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

enum property_set_text {
    PROPERTY_TITLE = 2,
    PROPERTY_SUBJECT = 3,
    PROPERTY_AUTHOR = 4,
    PROPERTY_KEYWORDS = 5,
    PROPERTY_COMMENTS = 6,
    PROPERTY_TEMPLATE = 7,
    PROPERTY_REVISION = 9,
};

/* A text of the set, as UTF-8 in the arena; empty when it has none. */
struct sv property_set_text(struct span set, enum property_set_text which, struct arena *arena);
