// SPDX-License-Identifier: Apache-2.0
/*
 * Makes small compound files: every stream is below 4096 bytes and stands in the root.
 *
 *     sector 0  the table   1 the table of small sectors   2 … the directory   then small sectors
 */
#pragma once

#include "base/buf.h"

struct made_stream {
    const char *name; /* "!" before it: a table's, packed as Windows Installer does */
    struct span bytes;
};

enum { MADE_STREAMS_MAX = 15 };

/* `class` is the first byte of the root's class: 0x84 for a package. */
void made_compound(struct buf *to, uint8_t class, const struct made_stream *streams, size_t n);
