// SPDX-License-Identifier: Apache-2.0
/*
 * "Name: value" lines, as in mail headers, Python's METADATA and Java's MANIFEST.MF. A line that
 * begins with a space or tab continues the value above it; an empty line ends the section.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

struct headers {
    struct sv rest;
};

enum header_folding {
    HEADERS_CUT,  /* a value is its first line: continuation lines are prose */
    HEADERS_JOIN, /* continuation lines belong to the value, without the space they begin with */
};

struct header {
    struct sv name, value;
    struct sv line; /* the first line in the text */
};

/* The next header of this section; false at the end of the section or the text. Joined values are
 * in the arena. */
bool header_next(struct headers *h, enum header_folding folding, struct arena *arena,
                 struct header *ret);
