// SPDX-License-Identifier: Apache-2.0
/*
 * A tolerant reader of TOML, for lock files that programs write and manifests that people write.
 *
 * It walks the text once and gives, in order, each table header and each "key = value"; values stay
 * text and are looked into with the functions below. Nothing is an error: a line that is neither is
 * passed over. Escapes in strings stay as they are written.
 * Format: https://toml.io/en/v1.0.0
 */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"

struct toml {
    struct sv rest;
    struct sv
        table; /* the table that the next key belongs to, as in its header: "package.source" */
};

struct toml_item {
    struct sv table;
    struct sv key;   /* empty for a header */
    struct sv value; /* all of it, over several lines when it has brackets or is a long string */
    bool is_header;
};

struct toml toml_over(struct sv text);
bool toml_next(struct toml *t, struct toml_item *ret_item);

/* What stands between the quotes of a string value; empty for any other value. */
struct sv toml_string(struct sv value);

/* The elements of an array value, one a call: `rest` starts as the value. */
bool toml_element(struct sv *rest, struct sv *ret_element);

/* The members of an inline table, one a call: `rest` starts as the value. */
bool toml_member(struct sv *rest, struct sv *ret_key, struct sv *ret_value);

/* The value of one member of an inline table; empty when there is none. */
struct sv toml_get(struct sv inline_table, struct sv key);

/* The key without quotes. */
struct sv toml_key(struct sv key);
