// SPDX-License-Identifier: Apache-2.0
/*
 * Tables that a program draws for a terminal: columns begin where the header, or a ruler below it,
 * says. Positions are those of a terminal, where a Chinese character takes two.
 */
#pragma once

#include "base/bytes.h"

enum {
    TABLE_COLUMNS_MAX = 32,
};

struct text_table {
    size_t from[TABLE_COLUMNS_MAX]; /* position of each column */
    struct sv names[TABLE_COLUMNS_MAX];
    size_t count;
};

/* Columns as a ruler draws them, "==== ======": runs of `mark`. False for another line. */
bool table_from_ruler(struct text_table *t, struct sv header, struct sv ruler, char mark);

/* Columns as the words of a header stand, with at least `gap` spaces between two of them. */
bool table_from_header(struct text_table *t, struct sv header, size_t gap);

/* The cell of a line, trimmed; the last one runs to the end of the line. */
struct sv table_cell(const struct text_table *t, struct sv line, size_t column);
