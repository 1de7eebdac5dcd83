// SPDX-License-Identifier: Apache-2.0
/*
 * The file system that SQLite sees: one open() of any name gives the source, reading works, and
 * everything else is refused or does nothing. https://sqlite.org/vfs.html
 *
 * Bytes 18 and 19 of a database say how it is to be read: 2 means through a write-ahead log. They
 * are shown to SQLite as 1 (rollback journal), which there is none of.
 */
#include "identify/sqlite_source.h"

#include <stdio.h>
#include <string.h>

enum {
    OPS_PER_TICK = 1000,
    TICKS_MAX = 20 * 1000,         // 20 million steps of SQLite's machine
    VALUE_MAX = 256 * 1024 * 1024, // of one value
    FORMAT_VERSION = 18,
    FORMAT_ROLLBACK = 1,
    FORMAT_WAL = 2,
};

struct file {
    sqlite3_file file;
    struct sqlite_source *owner;
};

static int file_close(sqlite3_file *f)
{
    (void)f;
    return SQLITE_OK;
}

static int file_read(sqlite3_file *f, void *to, int n, sqlite3_int64 offset)
{
    struct sqlite_source *s = ((struct file *)f)->owner;
    unsigned char *bytes = to;
    size_t got = 0, wanted = (size_t)n;

    if (s->bytes->read_at(s->bytes, (uint64_t)offset, to, wanted, &got, &s->failure) < 0)
        return SQLITE_IOERR_READ;
    for (size_t at = FORMAT_VERSION; at <= FORMAT_VERSION + 1; at++) {
        if ((uint64_t)offset <= at && at - (size_t)offset < got &&
            bytes[at - (size_t)offset] == FORMAT_WAL)
            bytes[at - (size_t)offset] = FORMAT_ROLLBACK;
    }
    if (got == wanted)
        return SQLITE_OK;
    memset(bytes + got, 0, wanted - got);
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 offset)
{
    (void)f;
    (void)from;
    (void)n;
    (void)offset;
    return SQLITE_READONLY;
}

static int file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    (void)f;
    (void)size;
    return SQLITE_READONLY;
}

static int file_flags(sqlite3_file *f, int flags)
{
    (void)f;
    (void)flags;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *ret_size)
{
    *ret_size = (sqlite3_int64)((struct file *)f)->owner->bytes->size;
    return SQLITE_OK;
}

static int file_reserved(sqlite3_file *f, int *ret_reserved)
{
    (void)f;
    *ret_reserved = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
    (void)f;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *f)
{
    (void)f;
    return 4096;
}

static int file_traits(sqlite3_file *f)
{
    (void)f;
    return SQLITE_IOCAP_IMMUTABLE;
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_flags,
    .xFileSize = file_size,
    .xLock = file_flags,
    .xUnlock = file_flags,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                    int *ret_flags)
{
    (void)name;
    if (!(flags & SQLITE_OPEN_MAIN_DB))
        return SQLITE_CANTOPEN;
    *(struct file *)file = (struct file){.file = {&methods}, .owner = vfs->pAppData};
    if (ret_flags)
        *ret_flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    (void)name;
    (void)sync;
    return SQLITE_READONLY;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret_there)
{
    (void)vfs;
    (void)name;
    (void)flags;
    *ret_there = 0;
    return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int room, char *to)
{
    (void)vfs;
    (void)snprintf(to, (size_t)room, "%s", name);
    return SQLITE_OK;
}

static int vfs_randomness(sqlite3_vfs *vfs, int n, char *to)
{
    (void)vfs;
    memset(to, 0, (size_t)n);
    return n;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
    (void)vfs;
    return us;
}

static int vfs_time(sqlite3_vfs *vfs, double *ret_day)
{
    (void)vfs;
    *ret_day = 0;
    return SQLITE_OK;
}

static int vfs_error(sqlite3_vfs *vfs, int room, char *to)
{
    (void)vfs;
    if (room > 0)
        to[0] = '\0';
    return 0;
}

static int out_of_budget(void *context)
{
    struct sqlite_source *s = context;

    return s->ticks_left == 0 || --s->ticks_left == 0;
}

static int fail(struct sqlite_source *s, int code, struct err *err)
{
    if (s->failure.code) {
        if (err)
            *err = s->failure;
        return -(int)s->failure.code;
    }
    switch (code & 0xff) {
    case SQLITE_INTERRUPT:
    case SQLITE_TOOBIG:
        return ERR(err, ERR_LIMIT, "SQLite database: takes more work than one file may");
    case SQLITE_NOMEM:
        return ERR(err, ERR_NOMEM, "SQLite database: out of memory");
    default:
        return ERR(err, ERR_FORMAT, "SQLite database: %s",
                   s->db ? sqlite3_errmsg(s->db) : sqlite3_errstr(code));
    }
}

static int limit(uint64_t file_size)
{
    return file_size < VALUE_MAX ? (int)file_size : VALUE_MAX;
}

void sqlite_source_prepare_library(void)
{
    unsigned char byte;

    (void)sqlite3_initialize();
    sqlite3_randomness(sizeof(byte), &byte);
}

int sqlite_source_open(struct sqlite_source *s, struct source *bytes, struct err *err)
{
    int code;

    s->bytes = bytes;
    s->ticks_left = TICKS_MAX;
    // Unique by address: two databases may be open at once, in two threads.
    (void)snprintf(s->vfs_name, sizeof(s->vfs_name), "source-%p", (void *)s);
    s->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = sizeof(struct file),
        .mxPathname = 64,
        .zName = s->vfs_name,
        .pAppData = s,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_path,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_error,
    };
    code = sqlite3_vfs_register(&s->vfs, 0);
    if (code == SQLITE_OK)
        code = sqlite3_open_v2("source", &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                               s->vfs_name);
    if (code != SQLITE_OK)
        return fail(s, code, err);
    sqlite3_progress_handler(s->db, OPS_PER_TICK, out_of_budget, s);
    // No honest value is longer than the file that it stands in; SQL text needs some room as well.
    (void)sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, limit(bytes->size + 4096));
    (void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    code = sqlite3_exec(s->db, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
    return code == SQLITE_OK ? 0 : fail(s, code, err);
}

void sqlite_source_close(struct sqlite_source *s)
{
    if (s->db)
        (void)sqlite3_close(s->db);
    if (s->vfs.zName)
        (void)sqlite3_vfs_unregister(&s->vfs);
    *s = (struct sqlite_source){0};
}

int sqlite_source_prepare(struct sqlite_source *s, const char *sql, sqlite3_stmt **ret_statement,
                          struct err *err)
{
    int code = sqlite3_prepare_v2(s->db, sql, -1, ret_statement, NULL);

    return code == SQLITE_OK ? 0 : fail(s, code, err);
}

int sqlite_source_step(struct sqlite_source *s, sqlite3_stmt *statement, struct err *err)
{
    int code = sqlite3_step(statement);

    if (code == SQLITE_ROW)
        return 0;
    return code == SQLITE_DONE ? SQLITE_SOURCE_END : fail(s, code, err);
}

void sqlite_statement_free(sqlite3_stmt **statement)
{
    (void)sqlite3_finalize(*statement);
    *statement = NULL;
}
