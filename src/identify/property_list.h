// SPDX-License-Identifier: Apache-2.0
/*
 * Property lists of macOS and iOS, binary or XML. Reading is libplist's work and stays behind this
 * header.
 *
 * libplist copies an object for each reference to it and goes down as deep as the list does, so a
 * small hostile list could take all memory or the whole stack. What a list would become is
 * therefore measured before it is handed over.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
    PROPERTY_LIST_MAX = 4 << 20, /* bytes */
};

struct json_writer;
struct property; /* one value; all of a list is freed through its root */

#define auto_property __attribute__((cleanup(property_auto_free))) struct property

/* Whether these first bytes are those of a property list. */
bool property_list_is(struct span head);

/* -ERR_FORMAT for a list that is damaged, -ERR_LIMIT for one that is too large. */
int property_list_parse(struct span bytes, struct arena *arena, struct property **ret_root,
                        struct err *err) MUST_USE;
void property_free(struct property *root);
void property_auto_free(struct property **root);

bool property_is_dict(const struct property *p);

/* The value of a key; NULL when there is none or `dict` is no dictionary. */
const struct property *property_get(const struct property *dict, const char *key);

/* The elements of an array; 0 and NULL for anything else. */
size_t property_count(const struct property *array);
const struct property *property_at(const struct property *array, size_t i);

/* Every key of a dictionary, in its order; nothing for anything else. The key is borrowed. */
typedef void property_member(void *to, struct sv key, const struct property *value);
void property_each(const struct property *dict, property_member *member, void *to);

/* Bytes, borrowed; empty for anything else. */
struct span property_data(const struct property *p);

/* A string, borrowed; empty for anything else. */
struct sv property_text(const struct property *p);
struct sv property_get_text(const struct property *dict, const char *key);

/* A date in nanoseconds since 1970; 0 for anything else. */
int64_t property_date_ns(const struct property *p);

/* The value as JSON; a date, bytes or a reference are null. */
void property_write_json(const struct property *p, struct json_writer *w);

/* Where a text of the list stands in its bytes; all of them when it is written in another form. */
struct span property_locate(struct span bytes, struct sv text);
