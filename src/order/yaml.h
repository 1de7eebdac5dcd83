// SPDX-License-Identifier: Apache-2.0
/*
 * A YAML document as a tree with line numbers. libyaml stays behind this header.
 *
 * The files that debar reads need maps, lists and scalars only. What YAML has beyond that is
 * refused: anchors and aliases (with which a short file can stand for an endless one), tags, keys
 * that are not scalars, a key twice, and more than one document. So a tree is never larger than
 * its text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
    YAML_SIZE_MAX = 8 << 20, /* bytes of a file */
    YAML_DEPTH_MAX = 16,
    YAML_KEYS_MAX = 256,    /* of one map */
    YAML_ITEMS_MAX = 20000, /* of one list */
};

enum yaml_kind {
    YAML_TEXT,
    YAML_LIST,
    YAML_MAP,
};

struct yaml {
    enum yaml_kind kind;
    bool plain;   /* a scalar without quotes: `null` and `~` mean nothing here */
    bool in_list; /* an item; `key` is then that of the list */
    unsigned line;
    struct sv key; /* in a map */
    unsigned key_line;
    struct sv text;
    struct yaml *first, *next; /* items or members, in order */
    size_t count;
};

/*
 * Parse a whole document. The tree and its text live in the arena. -ERR_FORMAT or -ERR_LIMIT with
 * the reason in `err` and its line in `ret_line`.
 */
int yaml_parse(struct sv text, struct arena *arena, struct yaml **ret_root, unsigned *ret_line,
               struct err *err) MUST_USE;
