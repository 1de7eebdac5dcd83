// SPDX-License-Identifier: Apache-2.0
/*
 * What is in an installer made by NSIS, from the block behind its program on:
 *
 *     flags:u32  ef be ad de "NullsoftInst"  header size:u32  size of all:u32
 *     then, either all in one compressed stream, or compressed each on its own:
 *     size:u32  header   size:u32  file   size:u32  file …     (highest bit of a size: compressed)
 *
 * No library in Debian reads it. The method of compression is told by its first bytes.
 */
#pragma once

#include "source/entry_reader.h"

enum {
    NSIS_MARK_AT = 4,
    NSIS_BEGINNING = 28,
};

#define NSIS_MARK "\xef\xbe\xad\xdeNullsoftInst"

entry_opener nsis_open;
