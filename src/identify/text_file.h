// SPDX-License-Identifier: Apache-2.0
/*
 * A text file as recognisers of configuration read one: whole, line by line, knowing where each
 * line stands.
 */
#pragma once

#include "identify/recogniser.h"

enum {
    TEXT_FILE_MAX = 16 << 20,
};

struct text_file {
    struct sv all, rest;
    struct sv line; /* the current one, without white space at both ends */
    size_t number;  /* its number, from 1 */
};

/* RECOG_NOT_MINE for what is no text: it has a NUL at its beginning. */
int text_file_read(const struct job *job, struct text_file *ret, struct err *err) MUST_USE;

/* Go to the next line that is not empty; with `comment`, lines that begin with it are left out. */
bool text_file_next(struct text_file *f, char comment);

/* Where a piece of the text stands in it. */
uint64_t text_file_offset(const struct text_file *f, struct sv part);

/* Cut off and return the next word and the white space around it. */
struct sv text_word(struct sv *line);
