// SPDX-License-Identifier: Apache-2.0
/*
 * JSON in and out. Reading is cJSON's work and stays behind this header; writing streams into a
 * buf, so that a report of any length needs no tree and a started document can always be finished.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* ---- reading ---- */

struct json; /* one value; all of a document is freed through its root */

#define auto_json __attribute__((cleanup(json_auto_free))) struct json

/* Parse a whole document of at most 64 MiB and some four million values. A UTF-8 byte order mark is
 * allowed. */
int json_parse(struct sv text, struct json **ret_root, struct err *err) MUST_USE;
void json_free(struct json *root);
void json_auto_free(struct json **root);

bool json_is_object(const struct json *v);
bool json_is_array(const struct json *v);

/* The member of an object, compared case-sensitively; NULL when there is none or `v` is no object.
 */
const struct json *json_get(const struct json *v, const char *name);

/* Members or elements in order: json_first(v), json_next(child). NULL at the end. */
const struct json *json_first(const struct json *v);
const struct json *json_next(const struct json *child);
struct sv json_name(const struct json *child); /* the member's name; empty in an array */

/* The text of a string, or an empty sv for anything else. Borrowed from the document. */
struct sv json_text(const struct json *v);
struct sv json_get_text(const struct json *v, const char *name);
bool json_is_true(const struct json *v);
bool json_number(const struct json *v, double *ret_number);

/* ---- writing ---- */

enum {
    JSON_DEPTH_MAX = 64,
};

struct json_writer {
    struct buf *out; /* borrowed */
    unsigned depth;
    bool pretty; /* two spaces a level */
    bool after_name;
    char closer[JSON_DEPTH_MAX];
    bool any[JSON_DEPTH_MAX + 1];
};

struct json_writer json_writer_to(struct buf *out, bool pretty);
void json_object(struct json_writer *w);
void json_array(struct json_writer *w);
void json_end(struct json_writer *w);     /* closes the innermost object or array */
void json_end_all(struct json_writer *w); /* closes everything that is open */
void json_key(struct json_writer *w, const char *name);
void json_key_sv(struct json_writer *w, struct sv name);

/* Bytes that are not UTF-8 become U+FFFD; control characters are escaped. */
void json_string(struct json_writer *w, struct sv text);
void json_str(struct json_writer *w, const char *text);
void json_u64(struct json_writer *w, uint64_t n);
void json_bool(struct json_writer *w, bool b);
void json_null(struct json_writer *w);
void json_raw(struct json_writer *w, struct sv json); /* an already serialised value */

/* A member whose value is a string; nothing at all when `text` is empty. */
void json_member(struct json_writer *w, const char *name, struct sv text);
