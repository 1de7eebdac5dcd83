// SPDX-License-Identifier: Apache-2.0
/*
 * Registry hives in memory, from a text:
 *
 *     [Microsoft\Windows]        a key, with those above it
 *     Name=text                  a text
 *     Start:dword=3              a number
 *     Filters:multi=one|two      texts
 *     Blob:hex=00ff              bytes
 *     =text                      the key's own value
 */
#pragma once

#include "base/arena.h"

enum made_lists {
    MADE_LH,
    MADE_LF,
    MADE_LI,
    MADE_RI, /* a list of lists, two keys each */
};

struct made_hive {
    enum made_lists lists;
    bool dirty;
    bool wide_names; /* of keys and values, as UTF-16 */
};

/* In the arena. */
struct span made_hive(const char *text, const struct made_hive *how, struct arena *arena);

/* Make the checksum right again after a change. */
void made_hive_seal(struct span hive);
