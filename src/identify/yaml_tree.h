// SPDX-License-Identifier: Apache-2.0
/*
 * YAML files of other programs as a tree, with the place in the file of each text.
 *
 * Nothing is expanded: an alias stays one (its anchor is in the tree already), merge keys are
 * ordinary keys, and a key that is not a text is empty. So the tree is never larger than the file.
 * What was read before an error stays: files that are templates end in one.
 */
#pragma once

#include "identify/package.h"

enum yaml_node_kind {
    NODE_TEXT,
    NODE_LIST,
    NODE_MAP,
    NODE_ALIAS,
};

struct yaml_node {
    enum yaml_node_kind kind;
    struct sv key, text; /* key: in a map */
    struct range key_at, at;
    struct yaml_node *first, *last, *next; /* members or items, in order */
};

enum {
    YAML_NODES_MAX = 2 << 20,
    YAML_NESTING_MAX = 64,
};

/*
 * Parse all documents of the file into a list of their roots, in the arena. -ERR_FORMAT when it is
 * not YAML, -ERR_LIMIT past the limits above; `ret_documents` is set all the same.
 */
int yaml_tree_read(struct sv text, struct arena *arena, struct yaml_node **ret_documents,
                   struct err *err) MUST_USE;

/* The member of a map; NULL when there is none or `v` is no map. */
const struct yaml_node *yaml_get(const struct yaml_node *v, const char *key);

/* The text of a member; empty when it has none. */
struct sv yaml_get_text(const struct yaml_node *v, const char *key);

/* The node's text where it stands in the file, when it is written there as it is; else its copy. */
struct sv yaml_written(struct sv file, const struct yaml_node *v);
