// SPDX-License-Identifier: Apache-2.0
/*
 * Files of "[Section]" and "Key=value" lines: systemd units, flatpak metadata, repositories of yum.
 * '#' and ';' at the start of a line begin a comment.
 */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"

struct key_file {
    struct sv all;  /* the text from its beginning */
    struct sv rest; /* what is still to be read */
    struct sv section;
};

/* One "key=value"; section is the one that it stands in. */
struct key_line {
    struct sv section, key;
    struct sv value;         /* trimmed; where lines are continued, it spans them as they stand */
    uint64_t offset, length; /* of the value in the text */
};

struct key_file key_file_over(struct sv text);

/* The next line; with `continued`, a backslash at the end of a line goes on with the next one. */
bool key_file_next(struct key_file *f, bool continued, struct key_line *ret_line);
