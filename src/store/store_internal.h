// SPDX-License-Identifier: Apache-2.0
/* What the files of the SQLite store share. */
#pragma once

#include <stdint.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "store/store.h"
#include "store/stored_fields.h"

enum statement {
    ADD_IDENTITY,
    FIND_IDENTITY,
    ADD_OCCURRENCE,
    ADD_UNEXAMINED,
    ADD_FINDING,
    STATEMENT_COUNT,
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    enum store_mode mode;
    int lock_fd;
    int64_t scan;            /* row of the scan that is written or was chosen */
    int64_t lineage, before; /* of that scan; the row of the scan before, 0 for none */
    struct buf folders;      /* of a chosen scan that did not end: the folders that it got to */
    bool whole;              /* or it got to all */
    uint64_t written;        /* rows in this transaction */
    uint64_t changes;        /* rows added to or closed in the inventory of the scan before */
    struct arena arena;
    struct field_room room;
    struct buf key_text;
    char *path;
};

/* When a row that is still valid ends: never. */
#define FOREVER INT64_MAX

int store_failed(const struct store *s, const char *doing, struct err *err);
int store_run(struct store *s, const char *sql, const char *doing, struct err *err) MUST_USE;

/* One statement with up to five numbers, bound to ?1 …; *ret_rows is how many rows it changed. */
int store_run_with(struct store *s, const char *sql, const int64_t *numbers, int count,
                   uint64_t *ret_rows, const char *doing, struct err *err) MUST_USE;
int store_prepare(struct store *s, const char *sql, sqlite3_stmt **ret, const char *doing,
                  struct err *err) MUST_USE;
int store_step(struct store *s, sqlite3_stmt *st, const char *doing, struct err *err) MUST_USE;

void bind_sv(sqlite3_stmt *st, int at, struct sv v);
void bind_blob(sqlite3_stmt *st, int at, const void *p, size_t n);
struct sv column_sv(sqlite3_stmt *st, int at);

/* The two halves of an origin in one number, and 0 for that of nothing. */
int64_t origin_folder(const struct store *s, uint32_t folder);
