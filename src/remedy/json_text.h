// SPDX-License-Identifier: Apache-2.0
/*
 * A JSON text whose parts know where they stand, so that members and elements can be taken out and
 * all other bytes stay. Comments and trailing commas are allowed, as browsers allow them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "remedy/edit.h"

/* One value. The first node is the root, and every other stands behind what it is in. */
struct json_node {
    char kind;           /* '{', '[', '"', or 0 for a number and the like */
    bool gone;           /* to be taken out */
    uint32_t parent;     /* the root is its own */
    uint32_t last, kept; /* of what is in it: the last one, and the last that stays; 0 for none */
    struct sv name;      /* of a member, without escapes */
    struct sv value;     /* as it stands in the text */
    struct sv whole;     /* with the name of a member */
    size_t comma;        /* where the one behind it stands; SIZE_MAX for none */
};

struct json_text {
    struct json_node *nodes;
    size_t count;
};

/* -ERR_FORMAT says at which line. */
int json_text_parse(struct edit_run *run, struct json_text *ret, struct err *err) MUST_USE;

const struct json_node *json_parent(const struct json_text *t, const struct json_node *n);

/* Whether the value `n` is in, a list or an object, is the member of that name. */
bool json_is_in(const struct json_text *t, const struct json_node *n, const char *name);

/* What a string says, without quotes and escapes; in the arena. Empty for anything else. */
struct sv json_string_of(struct edit_run *run, const struct json_node *n);

/* The string that is the member `name` of the object `n`. */
struct sv json_member_of(struct edit_run *run, const struct json_text *t, const struct json_node *n,
                         const char *name);

/* Take out all that is `gone`, with the comma that it needs no more and a line of its own. */
void json_text_cut(struct edit_run *run, const struct json_text *t);
