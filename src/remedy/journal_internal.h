// SPDX-License-Identifier: Apache-2.0
/* What the parts of the journal share; SQLite is here only. */
#pragma once

#include <sqlite3.h>

#include "remedy/journal.h"

struct journal {
    sqlite3 *db;
    char *path;
    int lock_fd;
};

#define auto_statement __attribute__((cleanup(journal_finalize))) sqlite3_stmt

void journal_finalize(sqlite3_stmt **st);

/* Prepare `sql`, unless *ret is it already, and bind what `kinds` says: t an sv as text, b an sv as
 * blob, i an int64_t. */
int journal_prepare(struct journal *j, sqlite3_stmt **ret, struct err *err, const char *sql,
                    const char *kinds, ...) MUST_USE;

/* The next row: 1, or 0 at the end. */
int journal_next(struct journal *j, sqlite3_stmt *st, const char *doing, struct err *err) MUST_USE;

/* The same where no row is wanted: 0. */
int journal_done(struct journal *j, sqlite3_stmt *st, const char *doing, struct err *err) MUST_USE;

struct sv journal_column(sqlite3_stmt *st, int at, struct arena *arena);

/* An array in an arena with room for one more than `count`; NULL without memory. */
void *journal_grown(struct arena *arena, void *old, size_t count, size_t size);

/* The number of a word in a table, or -1. */
int journal_word(const char *const words[], size_t count, struct sv word);
