// SPDX-License-Identifier: Apache-2.0
/*
 * A JSON file as recognisers read one: all of it, as an object, with a way to say where in the text
 * a name stands (the tree itself does not remember).
 */
#pragma once

#include "base/json.h"
#include "identify/package.h"
#include "identify/recogniser.h"

enum {
    MANIFEST_MAX = 64 << 20, /* bytes of a manifest or lock file that is read */
};

struct json_file {
    struct sv text;    /* in the job's arena */
    struct json *root; /* an object, or an array where that was asked for */
    size_t at;         /* json_file_find() goes on from here; SIZE_MAX after a miss */
};

#define auto_json_file __attribute__((cleanup(json_file_clear))) struct json_file

enum json_dialect {
    JSON_STRICT,
    JSON_RELAXED,  /* with comments and trailing commas */
    JSON_OR_ARRAY, /* the root may also be an array of objects */
};

/*
 * 0; RECOG_NOT_MINE when the file is empty or does not begin like an object with a member (or,
 * where it may be one, an array of objects);
 * -ERR_FORMAT when it does, and cannot be read.
 */
int json_file_read(const struct job *job, enum json_dialect dialect, struct json_file *ret,
                   struct err *err) MUST_USE;
void json_file_clear(struct json_file *f);

/*
 * Where "text" stands next, with its quotes, for texts that are asked for in the order of the file.
 * After one that is not found as written (it has escapes) nothing is found any more, so that all
 * calls together read the file once.
 */
struct range json_file_find(struct json_file *f, struct sv text);

/* The same for the name of a member whose value begins with `opener`; 0 for any. */
struct range json_file_find_member(struct json_file *f, struct sv name, char opener);
