// SPDX-License-Identifier: Apache-2.0
/*
 * Tables as text: cells parted by comma, semicolon, tab or bar, in quotes where they hold that, a
 * line end or a quote (which is then doubled). A first line "sep=;" says what parts them.
 * Format: RFC 4180, and what Excel makes of it.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

enum {
    CSV_CELLS_MAX = 512, /* of a record; more are passed over */
};

struct csv {
    struct sv rest;
    char delimiter;
    size_t row; /* of the record that was read last, from 1, as a spreadsheet counts */
    struct arena *arena;
    struct sv cells[CSV_CELLS_MAX]; /* trimmed; in the arena where a quote was doubled */
    size_t count;
};

/* `delimiter` 0: what the text itself shows. */
void csv_init(struct csv *csv, struct sv text, char delimiter, struct arena *arena);

/* Read the next record; false at the end. An empty line is a record without cells. */
bool csv_next(struct csv *csv);
