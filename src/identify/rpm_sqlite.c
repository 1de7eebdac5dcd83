// SPDX-License-Identifier: Apache-2.0
/*
 * Reads rpmdb.sqlite, the database of rpm 4.16 and later: a table Packages(hnum, blob) with one
 * header a row; the other tables are indexes over it.
 */
#include "identify/rpm_header.h"

#include "identify/sqlite_source.h"

int rpm_sqlite_read(struct source *bytes, struct rpm_visitor *v, struct err *err)
{
    auto_sqlite_source db = {0};
    auto_statement *rows = NULL;
    int result;

    TRY(sqlite_source_open(&db, bytes, err));
    TRY(sqlite_source_prepare(&db, "SELECT hnum, blob FROM Packages", &rows, err));
    while ((result = sqlite_source_step(&db, rows, err)) == 0) {
        const uint8_t *p = sqlite3_column_blob(rows, 1);
        int n = sqlite3_column_bytes(rows, 1);

        TRY(v->header(v, (uint32_t)sqlite3_column_int64(rows, 0),
                      (struct span){p, p ? (size_t)n : 0}, 0, err));
    }
    return result < 0 ? result : 0;
}
