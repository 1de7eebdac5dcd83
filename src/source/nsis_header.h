// SPDX-License-Identifier: Apache-2.0
/*
 * The header of an installer made by NSIS: a program for a small machine, and its strings. From its
 * instructions come the names of the files and where their bytes begin.
 *
 *     flags  blocks: pages, sections, instructions, strings, … (offset and count of each; in 64-bit
 *     installers offsets have 64 bits)
 *     instruction   what:u32  arguments:u32[6]
 *
 * A name is made of characters, variables and folders of Windows; those have codes, which NSIS 3
 * changed. Only what sets the folder for what follows is run, in the order in which it stands.
 * Format: NSIS's own Source/exehead/fileform.h.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

struct nsis_item {
    uint32_t at; /* in the data */
    bool
        uninstaller; /* its bytes are those behind the ones there, an installer without a program */
    bool again;      /* the same bytes under another name */
    struct sv name;
    size_t number; /* in the order of the instructions */
};

enum { NSIS_ITEMS_MAX = 1 << 17 };

/* The items in the order of their bytes; in the arena. */
int nsis_items(struct span header, struct arena *arena, struct nsis_item **ret, size_t *ret_n,
               struct err *err) MUST_USE;
