// SPDX-License-Identifier: Apache-2.0
/*
 * Reading orders, catalogues and exceptions from YAML, and checking every word of them.
 *
 * All that was read lives in one struct rules and is const from then on, so that threads share it.
 * A file is refused as a whole: nothing unknown is skipped, nothing missing is guessed.
 * Every problem is one line, "FILE:LINE: what is wrong; what was expected".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "order/catalogue.h"
#include "order/exception.h"
#include "order/order.h"

struct compiled_file;

struct rules {
    struct arena arena;
    struct catalogue *catalogues; /* all in the order they were read: by file name */
    size_t catalogue_count;
    struct order *orders;
    size_t order_count;
    struct exception *exceptions;
    size_t exception_count;
    uint8_t digest[32]; /* of all files that were read, in their order */
};

struct rules_options {
    const char *data; /* folder with orders/ and catalogue/; NULL: rules_find_data() */
    const char *const *order_files; /* instead of the folder's; NULL: all of the folder */
    size_t order_file_count;
    const char *const *catalogue_files;
    size_t catalogue_file_count;
    const char *const *exception_files; /* files or folders */
    size_t exception_file_count;

    /* Whether a regular expression compiles; NULL leaves that unchecked. 0 or -ERR_FORMAT. */
    int (*check_regex)(struct sv pattern, bool nocase, struct err *err);

    /* What was parsed before, and where to keep what was not; it outlives the rules. May be NULL.
     */
    struct compiled_file *compiled;

    struct buf *problems; /* may be NULL: every problem, one a line; err has the first one only */
};

#define auto_rules __attribute__((cleanup(rules_auto_free))) struct rules

/*
 * The folder of the data, appended to `to`: $DEBAR_DATA; else, for a program that still lies in the
 * build folder of its source tree, that tree; else the installed /usr/share/debar.
 */
int rules_find_data(struct buf *to, struct err *err) MUST_USE;

int rules_load(const struct rules_options *options, struct rules **ret_rules,
               struct err *err) MUST_USE;
void rules_free(struct rules *r);
void rules_auto_free(struct rules **r);

/* NULL when there is none. */
const struct catalogue *rules_catalogue(const struct rules *r, struct sv vendor);
const struct order *rules_order(const struct rules *r, struct sv id);
