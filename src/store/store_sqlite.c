// SPDX-License-Identifier: Apache-2.0
/*
 * The store on SQLite.
 *
 *     lineage     the scans of the same machine, root, targets and options
 *     scan        lineage, id, host, times, complete, header (JSON), probes (digests)
 *     identity    key = SHA-256 of the canonical JSON; body = the fields, store/stored_fields.h
 *     occurrence  lineage → identity, with place, anchor, owner, state and what is of this host
 * only unexamined  lineage finding     of a scan record      lineage: what the scans remember of
 * files, see scan/cache.h kept        other things that are made anew when they are lost
 *
 * An occurrence is valid from the scan `born` until before the scan `died`: a scan that finds
 * nothing new writes nothing of its inventory. `folder` and `file` say what it was read from, so
 * that it can be closed when that changed.
 */
#include "store/store_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    READ_ARENA = 256 << 20,
    WAIT_MS = 60000,
};

#define SCHEMA_VERSION 3

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS lineage(n INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, folders "
    "INTEGER NOT NULL DEFAULT 0, memory BLOB NOT NULL DEFAULT x'');"
    "CREATE TABLE IF NOT EXISTS scan(n INTEGER PRIMARY KEY, lineage INTEGER NOT NULL, id TEXT NOT "
    "NULL UNIQUE, host TEXT NOT NULL, started INTEGER NOT NULL, finished INTEGER NOT NULL DEFAULT "
    "0, complete INTEGER NOT NULL DEFAULT 0, header TEXT NOT NULL DEFAULT '', probes BLOB NOT NULL "
    "DEFAULT x'', folders BLOB, matched BLOB);"
    "CREATE TABLE IF NOT EXISTS identity(n INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, body "
    "BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS occurrence(lineage INTEGER NOT NULL, born INTEGER NOT NULL, died "
    "INTEGER NOT NULL, folder INTEGER NOT NULL, file INTEGER NOT NULL, identity INTEGER NOT NULL, "
    "place TEXT NOT NULL, anchor TEXT NOT NULL, owner TEXT NOT NULL, recogniser TEXT NOT NULL, "
    "state INTEGER NOT NULL, ceiling INTEGER NOT NULL, fields BLOB, evidence BLOB, sum INTEGER NOT "
    "NULL);"
    "CREATE TABLE IF NOT EXISTS unexamined(lineage INTEGER NOT NULL, born INTEGER NOT NULL, died "
    "INTEGER NOT NULL, folder INTEGER NOT NULL, file INTEGER NOT NULL, place TEXT NOT NULL, reason "
    "INTEGER NOT NULL, detail TEXT NOT NULL, sum INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS finding(scan INTEGER NOT NULL, id TEXT NOT NULL, body TEXT NOT "
    "NULL, PRIMARY KEY(scan, id)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS record(n INTEGER PRIMARY KEY, lineage INTEGER NOT NULL, body BLOB "
    "NOT NULL);"
    "CREATE TABLE IF NOT EXISTS kept(name TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;"
    "PRAGMA user_version=3;";

/* For a store that more than one scan is read from. */
static const char indexes[] =
    "CREATE INDEX IF NOT EXISTS scan_of_lineage ON scan(lineage);"
    "CREATE INDEX IF NOT EXISTS occurrence_of_lineage ON occurrence(lineage, died);"
    "CREATE INDEX IF NOT EXISTS occurrence_of_folder ON occurrence(folder, file);"
    "CREATE INDEX IF NOT EXISTS unexamined_of_lineage ON unexamined(lineage, died);"
    "CREATE INDEX IF NOT EXISTS unexamined_of_folder ON unexamined(folder, file);"
    "CREATE INDEX IF NOT EXISTS record_of_lineage ON record(lineage);";

static const char *const statement_texts[] = {
    [ADD_IDENTITY] = "INSERT OR IGNORE INTO identity(key, body) VALUES(?1, ?2)",
    [FIND_IDENTITY] = "SELECT n FROM identity WHERE key = ?1",
    [ADD_OCCURRENCE] = "INSERT INTO occurrence VALUES(?1, ?2, 9223372036854775807, ?3, ?4, ?5, ?6, "
                       "?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    [ADD_UNEXAMINED] = "INSERT INTO unexamined VALUES(?1, ?2, 9223372036854775807, ?3, ?4, ?5, ?6, "
                       "?7, ?8)",
    [ADD_FINDING] = "INSERT OR REPLACE INTO finding VALUES(?1, ?2, ?3)",
};

int store_failed(const struct store *s, const char *doing, struct err *err)
{
    return ERR(err, ERR_IO, "store %s: %s: %s", s->path, doing, sqlite3_errmsg(s->db));
}

int store_run(struct store *s, const char *sql, const char *doing, struct err *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0
                                                                   : store_failed(s, doing, err);
}

int store_prepare(struct store *s, const char *sql, sqlite3_stmt **ret, const char *doing,
                  struct err *err)
{
    return sqlite3_prepare_v2(s->db, sql, -1, ret, NULL) == SQLITE_OK ? 0
                                                                      : store_failed(s, doing, err);
}

int store_run_with(struct store *s, const char *sql, const int64_t *numbers, int count,
                   uint64_t *ret_rows, const char *doing, struct err *err)
{
    sqlite3_stmt *st;
    int r;

    TRY(store_prepare(s, sql, &st, doing, err));
    for (int i = 0; i < count; i++)
        (void)sqlite3_bind_int64(st, i + 1, numbers[i]);
    r = store_step(s, st, doing, err);
    (void)sqlite3_finalize(st);
    if (ret_rows)
        *ret_rows = r == 0 ? (uint64_t)sqlite3_changes64(s->db) : 0;
    return r;
}

void bind_sv(sqlite3_stmt *st, int at, struct sv v)
{
    (void)sqlite3_bind_text64(st, at, v.n ? v.p : "", v.n, SQLITE_STATIC, SQLITE_UTF8);
}

void bind_blob(sqlite3_stmt *st, int at, const void *p, size_t n)
{
    (void)sqlite3_bind_blob64(st, at, n ? p : "", n, SQLITE_STATIC);
}

struct sv column_sv(sqlite3_stmt *st, int at)
{
    const void *p = sqlite3_column_blob(st, at);

    return (struct sv){p, (size_t)sqlite3_column_bytes(st, at)};
}

int store_step(struct store *s, sqlite3_stmt *st, const char *doing, struct err *err)
{
    int r = sqlite3_step(st);

    (void)sqlite3_reset(st);
    return r == SQLITE_DONE || r == SQLITE_ROW ? 0 : store_failed(s, doing, err);
}

/* ---- life ---- */

static int lock_folder(struct store *s, const char *folder, void (*waiting)(const char *),
                       struct err *err)
{
    auto_free char *path = NULL;

    if (asprintf(&path, "%s/lock", folder) < 0)
        return ERR(err, ERR_NOMEM, "no memory");
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->lock_fd < 0)
        return ERR_SYS(err,
                       "state folder %s: cannot write there (choose another with --state, or "
                       "use --no-store)",
                       folder);
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (waiting)
        waiting(folder);
    if (flock(s->lock_fd, LOCK_EX) != 0)
        return ERR_SYS(err, "state folder %s: waiting for the other debar", folder);
    return 0;
}

static int make_folder(const char *folder, struct err *err)
{
    auto_free char *path = strdup(folder);

    if (!path)
        return ERR(err, ERR_NOMEM, "no memory");
    for (char *at = path + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        (void)mkdir(path, 0755); // the last one says whether it worked
        *at = '/';
    }
    if (mkdir(path, 0700) != 0) {
        struct stat st;

        if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
            return ERR_SYS(err,
                           "state folder %s cannot be made (choose another with --state, or use "
                           "--no-store)",
                           folder);
    }
    return 0;
}

static int version_of(struct store *s, int *ret, struct err *err)
{
    sqlite3_stmt *st;

    if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &st, NULL) != SQLITE_OK)
        return store_failed(s, "opening it", err);
    if (sqlite3_step(st) != SQLITE_ROW) {
        (void)sqlite3_finalize(st);
        return store_failed(s, "opening it", err);
    }
    *ret = sqlite3_column_int(st, 0);
    (void)sqlite3_finalize(st);
    return 0;
}

static int prepare(struct store *s, enum store_mode mode, struct err *err)
{
    int version = 0;

    (void)sqlite3_busy_timeout(s->db, WAIT_MS);
    TRY(version_of(s, &version, err));
    if (version && version < SCHEMA_VERSION)
        return ERR(
            err, ERR_UNSUPPORTED,
            "store %s was written by an older debar (layout %d; this one writes %d): move it "
            "away, or choose another folder with --state",
            s->path, version, SCHEMA_VERSION);
    if (version > SCHEMA_VERSION)
        return ERR(err, ERR_UNSUPPORTED,
                   "store %s was written by a newer debar (layout %d; this one knows %d)", s->path,
                   version, SCHEMA_VERSION);
    if (mode == STORE_READ)
        return version ? 0 : ERR(err, ERR_FORMAT, "store %s is not one of debar's", s->path);
    if (mode == STORE_PRIVATE)
        TRY(store_run(s, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;", "opening it", err));
    else
        TRY(store_run(s, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", "opening it", err));
    TRY(store_run(s, schema, "making its tables", err));
    if (mode == STORE_WRITE)
        TRY(store_run(s, indexes, "making its tables", err));
    for (int i = 0; i < STATEMENT_COUNT; i++)
        if (sqlite3_prepare_v3(s->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &s->statements[i], NULL) != SQLITE_OK)
            return store_failed(s, "preparing a statement", err);
    return 0;
}

static int open_with(struct store *s, const char *folder, enum store_mode mode,
                     void (*waiting)(const char *), struct err *err)
{
    int flags =
        mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

    if (mode == STORE_WRITE) {
        TRY(make_folder(folder, err));
        TRY(lock_folder(s, folder, waiting, err));
    }
    if (mode == STORE_PRIVATE)
        s->path = strdup("(private)");
    else if (asprintf(&s->path, "%s/debar.db", folder) < 0)
        s->path = NULL;
    if (!s->path)
        return ERR(err, ERR_NOMEM, "no memory");
    if (mode == STORE_READ && access(s->path, R_OK) != 0)
        return ERR_SYS(err,
                       "no stored scan in %s (run `debar scan` first, or name the folder with "
                       "--state)",
                       folder);
    if (sqlite3_open_v2(mode == STORE_PRIVATE ? "" : s->path, &s->db, flags | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        return store_failed(s, "opening it", err);
    return prepare(s, mode, err);
}

int store_open(const char *folder, enum store_mode mode, void (*waiting)(const char *folder),
               struct store **ret_store, struct err *err)
{
    struct store *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return ERR(err, ERR_NOMEM, "no memory");
    s->lock_fd = -1;
    s->mode = mode;
    arena_init(&s->arena, READ_ARENA);
    r = open_with(s, folder, mode, waiting, err);
    if (r < 0)
        store_close(s);
    else
        *ret_store = s;
    return r;
}

/* As SQLite chooses it. https://sqlite.org/tempfiles.html#temporary_file_storage_locations */
const char *store_temporary_folder(void)
{
    const char *const folders[] = {getenv("SQLITE_TMPDIR"), getenv("TMPDIR"), "/var/tmp",
                                   "/usr/tmp", "/tmp"};

    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        struct stat st;

        if (folders[i] && stat(folders[i], &st) == 0 && S_ISDIR(st.st_mode) &&
            access(folders[i], W_OK | X_OK) == 0)
            return folders[i];
    }
    return ".";
}

void store_close(struct store *s)
{
    if (!s)
        return;
    for (int i = 0; i < STATEMENT_COUNT; i++)
        (void)sqlite3_finalize(s->statements[i]);
    if (s->db && !sqlite3_get_autocommit(s->db))
        // An incomplete scan is kept as that; one that others follow, as far as it was saved.
        (void)sqlite3_exec(s->db, s->lineage > 0 ? "ROLLBACK" : "COMMIT", NULL, NULL, NULL);
    (void)sqlite3_close(s->db);
    if (s->lock_fd >= 0)
        (void)close(s->lock_fd);
    arena_clear(&s->arena);
    field_room_clear(&s->room);
    buf_clear(&s->key_text);
    buf_clear(&s->folders);
    free(s->path);
    free(s);
}

void store_auto_close(struct store **s)
{
    store_close(*s);
    *s = NULL;
}
