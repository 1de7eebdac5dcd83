// SPDX-License-Identifier: Apache-2.0
/*
 * An SQLite database that lies in a struct source, read in place and never written.
 *
 * SQLite gets a file system of its own that knows this one file: no journal, no write-ahead log, no
 * lock, no path. A database in WAL mode is read as its main file stands. The database may be
 * hostile: views, triggers and functions of its schema are off, and work is bounded.
 */
#pragma once

#include <sqlite3.h>

#include "base/err.h"
#include "base/source.h"

struct sqlite_source {
    sqlite3 *db;
    /* private from here on; the struct must not move while it is open */
    sqlite3_vfs vfs;
    char vfs_name[40];
    struct source *bytes;
    unsigned ticks_left;
    struct err failure; /* of the source; code 0 when there was none */
};

#define auto_sqlite_source __attribute__((cleanup(sqlite_source_close))) struct sqlite_source

/* SQLite's tables and random numbers, for which it opens a file. */
void sqlite_source_prepare_library(void);

/* -ERR_FORMAT for what is no database. `s` must be zeroed; close it also after a failure. */
int sqlite_source_open(struct sqlite_source *s, struct source *bytes, struct err *err) MUST_USE;
void sqlite_source_close(struct sqlite_source *s);

/* One statement; finalise it before the close. -ERR_FORMAT when a table or column is missing. */
int sqlite_source_prepare(struct sqlite_source *s, const char *sql, sqlite3_stmt **ret_statement,
                          struct err *err) MUST_USE;

enum { SQLITE_SOURCE_END = 1 };

/* 0 with a row, SQLITE_SOURCE_END, or an error: damaged, out of budget, unreadable. */
int sqlite_source_step(struct sqlite_source *s, sqlite3_stmt *statement, struct err *err) MUST_USE;

/* For __attribute__((cleanup)). */
void sqlite_statement_free(sqlite3_stmt **statement);
#define auto_statement __attribute__((cleanup(sqlite_statement_free))) sqlite3_stmt
