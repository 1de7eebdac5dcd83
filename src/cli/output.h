// SPDX-License-Identifier: Apache-2.0
/* One document to standard output or to a file. */
#pragma once

#include "cli/command.h"
#include "report/report.h"

/*
 * A file is written beside and renamed: whoever reads it sees a whole document or the one before.
 * What is there and is no plain file (a device, a pipe, a link) is written to as it is, never
 * replaced. `file` NULL or "-" is standard output, which gets the terminal's colours and width.
 * `write` hands `of` on to the sink; what it leaves there is handed on too.
 */
int output_write(const char *file, int (*write)(const void *of, struct sink *s, struct err *err),
                 const void *of, struct err *err) MUST_USE;

struct output_format {
    const char *name;
    int (*write)(const void *of, struct sink *s, struct err *err);
};

/* The formats of a document, and what a message says is known; NULL at the end of `all`. */
struct output_formats {
    const struct output_format *all;
    const char *known;
};

/* Whether each -o FORMAT[=FILE] names one of them. */
int output_check(const struct arguments *args, const struct output_formats *formats,
                 struct err *err) MUST_USE;

/* Write all that are asked for; the first format to standard output when none is. */
int output_write_all(const struct arguments *args, const struct output_formats *formats,
                     const void *of, struct err *err) MUST_USE;
