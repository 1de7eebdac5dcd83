// SPDX-License-Identifier: Apache-2.0
#include "remedy/journal_internal.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum {
    LAYOUT = 1,
    WAIT_MS = 10000,
    IDS_MIN = 4,
};

/* Came later: a journal that was made before has it from when it is next written to. */
#define SWEEP_TABLE \
    "CREATE TABLE IF NOT EXISTS sweep(plan TEXT NOT NULL, step INTEGER NOT NULL, sha256 BLOB NOT " \
    "NULL, size INTEGER NOT NULL, PRIMARY KEY(plan, step)) WITHOUT ROWID;"

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE plan(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, root TEXT NOT NULL, body "
    "TEXT NOT NULL, state TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER NOT NULL, "
    "kept_until "
    "INTEGER NOT NULL, user TEXT NOT NULL, boot TEXT NOT NULL, note TEXT NOT NULL);"
    "CREATE TABLE allowed(plan TEXT NOT NULL, code TEXT NOT NULL, subject TEXT NOT NULL, user TEXT "
    "NOT NULL, at INTEGER NOT NULL);"
    "CREATE TABLE step(plan TEXT NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL, at "
    "INTEGER "
    "NOT NULL, note TEXT NOT NULL, PRIMARY KEY(plan, number)) WITHOUT ROWID;"
    "CREATE TABLE change(plan TEXT NOT NULL, step INTEGER NOT NULL, number INTEGER NOT NULL, path "
    "BLOB NOT NULL, before BLOB NOT NULL, after BLOB NOT NULL, others BLOB NOT NULL, PRIMARY "
    "KEY(plan, step, number)) WITHOUT ROWID;"
    "CREATE INDEX change_of_path ON change(plan, path);"
    "CREATE TABLE folder(plan TEXT NOT NULL, step INTEGER NOT NULL, path BLOB NOT NULL, atime "
    "INTEGER NOT NULL, mtime INTEGER NOT NULL, undo_atime INTEGER, undo_mtime INTEGER, PRIMARY "
    "KEY(plan, step, path)) WITHOUT ROWID;"
    "CREATE TABLE object(plan TEXT NOT NULL, step INTEGER NOT NULL, sha256 BLOB NOT NULL, PRIMARY "
    "KEY(plan, step, sha256)) WITHOUT ROWID;" SWEEP_TABLE
    "CREATE TABLE unit(plan TEXT NOT NULL, step INTEGER NOT NULL, name TEXT NOT NULL, active "
    "INTEGER NOT NULL, PRIMARY KEY(plan, step, name)) WITHOUT ROWID;"
    "CREATE TABLE due(n INTEGER PRIMARY KEY, plan TEXT NOT NULL, what TEXT NOT NULL, at INTEGER "
    "NOT "
    "NULL, after_boot INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0);"
    "PRAGMA user_version=1;"
    "COMMIT;";

#define X(name, text) text,
static const char *const plan_words[] = {JOURNAL_STATES(X)};
#undef X

const char *journal_state_text(enum journal_state state)
{
    return plan_words[state];
}

int journal_word(const char *const words[], size_t count, struct sv word)
{
    for (size_t i = 0; i < count; i++)
        if (sv_eq(word, sv_str(words[i])))
            return (int)i;
    return -1;
}

/* ---- statements ---- */

static int failed(struct journal *j, const char *doing, struct err *err)
{
    int code = j->db ? sqlite3_errcode(j->db) & 0xff : SQLITE_NOMEM;

    return ERR(err, code == SQLITE_NOMEM ? ERR_NOMEM : ERR_IO, "journal %s: %s: %s%s", j->path,
               doing, j->db ? sqlite3_errmsg(j->db) : "no memory",
               code == SQLITE_FULL ? "; make room on the disk, then `debar resume` or `debar undo`"
                                   : "");
}

static int run(struct journal *j, const char *sql, const char *doing, struct err *err)
{
    return sqlite3_exec(j->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(j, doing, err);
}

void journal_finalize(sqlite3_stmt **st)
{
    (void)sqlite3_finalize(*st);
}

int journal_prepare(struct journal *j, sqlite3_stmt **ret, struct err *err, const char *sql,
                    const char *kinds, ...)
{
    va_list values;

    if (*ret)
        (void)sqlite3_reset(*ret);
    else if (sqlite3_prepare_v2(j->db, sql, -1, ret, NULL) != SQLITE_OK)
        return failed(j, "preparing a statement", err);
    va_start(values, kinds);
    for (int at = 1; *kinds; kinds++, at++) {
        if (*kinds == 'i') {
            (void)sqlite3_bind_int64(*ret, at, va_arg(values, int64_t));
        } else {
            struct sv s = va_arg(values, struct sv);
            const char *p = s.p ? s.p : "";

            if (*kinds == 't')
                (void)sqlite3_bind_text(*ret, at, p, (int)s.n, SQLITE_TRANSIENT);
            else
                (void)sqlite3_bind_blob(*ret, at, p, (int)s.n, SQLITE_TRANSIENT);
        }
    }
    va_end(values);
    return 0;
}

int journal_next(struct journal *j, sqlite3_stmt *st, const char *doing, struct err *err)
{
    int r = sqlite3_step(st);

    if (r == SQLITE_ROW)
        return 1;
    return r == SQLITE_DONE ? 0 : failed(j, doing, err);
}

int journal_done(struct journal *j, sqlite3_stmt *st, const char *doing, struct err *err)
{
    int r = journal_next(j, st, doing, err);

    return r < 0 ? r : 0;
}

struct sv journal_column(sqlite3_stmt *st, int at, struct arena *arena)
{
    const void *p = sqlite3_column_blob(st, at);

    return arena_copy(arena, (struct sv){p, (size_t)sqlite3_column_bytes(st, at)});
}

void *journal_grown(struct arena *arena, void *old, size_t count, size_t size)
{
    void *all;

    // Powers of two alone are full.
    if (count && (count < 16 || (count & (count - 1))))
        return old;
    all = arena_take_array(arena, count < 16 ? 16 : 2 * count, size);
    if (all && count)
        memcpy(all, old, count * size);
    return all;
}

/* ---- life ---- */

static int lock(struct journal *j, const char *folder, struct err *err)
{
    auto_free char *path = NULL;

    if (asprintf(&path, "%s/removal.lock", folder) < 0)
        return ERR(err, ERR_NOMEM, "no memory");
    j->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (j->lock_fd < 0)
        return ERR_SYS(err, "state folder %s", folder);
    if (flock(j->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return ERR(err, ERR_CONFLICT,
                   "another debar removes, resumes or undoes with the state folder %s; wait until "
                   "it is done",
                   folder);
    return 0;
}

static int layout_of(struct journal *j, int *ret, struct err *err)
{
    auto_statement *st = NULL;

    TRY(journal_prepare(j, &st, err, "PRAGMA user_version", ""));
    TRY(journal_next(j, st, "opening it", err));
    *ret = sqlite3_column_int(st, 0);
    return 0;
}

static int open_with(struct journal *j, const char *folder, bool write, struct err *err)
{
    int layout = 0;

    if (asprintf(&j->path, "%s/removal.db", folder) < 0) {
        j->path = NULL;
        return ERR(err, ERR_NOMEM, "no memory");
    }
    if (write)
        TRY(lock(j, folder, err));
    else if (access(j->path, R_OK) != 0)
        return ERR(err, ERR_GONE, "no removal was ever begun with the state folder %s", folder);
    // Also to read: what a crash left half written has to be rolled back first.
    if (sqlite3_open_v2(j->path, &j->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        return failed(j, "opening it", err);
    (void)sqlite3_busy_timeout(j->db, WAIT_MS);
    TRY(run(j, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA cache_size=-8000;",
            "opening it", err));
    TRY(layout_of(j, &layout, err));
    if (layout > LAYOUT)
        return ERR(err, ERR_UNSUPPORTED,
                   "journal %s was written by a newer debar (layout %d; this one knows %d)",
                   j->path, layout, LAYOUT);
    if (layout && write)
        return run(j, SWEEP_TABLE, "making its tables", err);
    return layout ? 0 : run(j, schema, "making its tables", err);
}

int journal_open(const char *state_folder, bool write, struct journal **ret, struct err *err)
{
    struct journal *j = calloc(1, sizeof(*j));
    int r;

    if (!j)
        return ERR(err, ERR_NOMEM, "no memory");
    j->lock_fd = -1;
    r = open_with(j, state_folder, write, err);
    if (r < 0)
        journal_close(j);
    else
        *ret = j;
    return r;
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    (void)sqlite3_close(j->db);
    if (j->lock_fd >= 0)
        (void)close(j->lock_fd);
    free(j->path);
    free(j);
}

void journal_auto_close(struct journal **j)
{
    journal_close(*j);
    *j = NULL;
}

int journal_begin(struct journal *j, struct err *err)
{
    return run(j, "BEGIN IMMEDIATE", "beginning to write", err);
}

int journal_commit(struct journal *j, struct err *err)
{
    int r = run(j, "COMMIT", "writing", err);

    if (r < 0)
        journal_rollback(j);
    return r;
}

void journal_rollback(struct journal *j)
{
    if (!sqlite3_get_autocommit(j->db))
        (void)sqlite3_exec(j->db, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- plans ---- */

int journal_add_plan(struct journal *j, const struct journal_plan *p, struct err *err)
{
    auto_statement *st = NULL;

    TRY(journal_prepare(
        j, &st, err,
        "INSERT INTO plan(id, root, body, state, began, ended, kept_until, user, boot, note) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        "ttttiiittt", p->id, p->root, p->body, sv_str(plan_words[p->state]), p->began_ns,
        p->ended_ns, p->kept_until_ns, p->user, p->boot, p->note));
    return journal_done(j, st, "writing", err);
}

int journal_set_plan(struct journal *j, struct sv plan, enum journal_state state, int64_t ended_ns,
                     struct sv note, struct err *err)
{
    auto_statement *st = NULL;

    TRY(journal_prepare(j, &st, err,
                        "UPDATE plan SET state = ?2, ended = ?3, note = ?4 WHERE id = ?1", "ttit",
                        plan, sv_str(plan_words[state]), ended_ns, note));
    return journal_done(j, st, "writing", err);
}

int journal_keep_until(struct journal *j, struct sv plan, int64_t until_ns, struct err *err)
{
    auto_statement *st = NULL;

    TRY(journal_prepare(j, &st, err, "UPDATE plan SET kept_until = ?2 WHERE id = ?1", "ti", plan,
                        until_ns));
    return journal_done(j, st, "writing", err);
}

static int take_plan(struct journal *j, sqlite3_stmt *st, struct arena *arena,
                     struct journal_plan *ret, struct err *err)
{
    int state = journal_word(plan_words, ARRAY_LEN(plan_words), journal_column(st, 3, arena));

    if (state < 0)
        return ERR(err, ERR_FORMAT, "journal %s: a plan is in a state that does not exist",
                   j->path);
    *ret = (struct journal_plan){
        .id = journal_column(st, 0, arena),
        .root = journal_column(st, 1, arena),
        .body = journal_column(st, 2, arena),
        .state = (enum journal_state)state,
        .began_ns = sqlite3_column_int64(st, 4),
        .ended_ns = sqlite3_column_int64(st, 5),
        .kept_until_ns = sqlite3_column_int64(st, 6),
        .user = journal_column(st, 7, arena),
        .boot = journal_column(st, 8, arena),
        .note = journal_column(st, 9, arena),
    };
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

static const char plan_columns[] =
    "SELECT id, root, body, state, began, ended, kept_until, user, boot, note FROM plan ";

int journal_get_plan(struct journal *j, struct sv id, struct arena *arena, struct journal_plan *ret,
                     struct err *err)
{
    auto_statement *st = NULL;
    auto_buf sql = {0};
    int r;

    if (id.n && id.n < IDS_MIN)
        return ERR(err, ERR_USAGE, "'%.*s' is too short for the beginning of a plan's id",
                   (int)id.n, id.p);
    buf_str(&sql, plan_columns);
    buf_str(&sql, id.n ? "WHERE substr(id, 1, ?2) = ?1 ORDER BY n DESC"
                       : "WHERE state IN ('acting', 'reboot', 'undoing') AND ?1 = '' AND ?2 = 0 "
                         "ORDER BY n DESC");
    if (!buf_ok(&sql))
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(journal_prepare(j, &st, err, sql.p, "ti", id, (int64_t)id.n));
    r = journal_next(j, st, "reading", err);
    TRY(r);
    if (r == 0 && id.n)
        return ERR(err, ERR_GONE, "no plan that begins with '%.*s' was ever carried out", (int)id.n,
                   id.p);
    if (r == 0)
        return ERR(err, ERR_GONE, "no removal was interrupted: there is nothing to go on with");
    TRY(take_plan(j, st, arena, ret, err));
    r = journal_next(j, st, "reading", err);
    if (r > 0)
        return ERR(err, ERR_CONFLICT, "more than one plan %s; give its id",
                   id.n ? "begins so" : "waits to go on");
    return r;
}

int journal_plans(struct journal *j, struct arena *arena, struct journal_plan **ret,
                  size_t *ret_count, struct err *err)
{
    auto_statement *st = NULL;
    auto_buf sql = {0};
    int r;

    *ret = NULL;
    *ret_count = 0;
    buf_printf(&sql, "%s ORDER BY n DESC", plan_columns);
    if (!buf_ok(&sql))
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(journal_prepare(j, &st, err, sql.p, ""));
    while ((r = journal_next(j, st, "reading", err)) > 0) {
        *ret = journal_grown(arena, *ret, *ret_count, sizeof(**ret));
        if (!*ret)
            return arena_error(arena, err);
        TRY(take_plan(j, st, arena, &(*ret)[(*ret_count)++], err));
    }
    return r;
}

int journal_allow(struct journal *j, struct sv plan, struct sv code, struct sv subject,
                  struct sv user, int64_t at_ns, struct err *err)
{
    auto_statement *st = NULL;

    TRY(journal_prepare(
        j, &st, err,
        "INSERT INTO allowed(plan, code, subject, user, at) VALUES(?1, ?2, ?3, ?4, ?5)", "tttti",
        plan, code, subject, user, at_ns));
    return journal_done(j, st, "writing", err);
}

bool journal_is_allowed(struct journal *j, struct sv plan, struct sv code, struct sv subject)
{
    auto_statement *st = NULL;

    return journal_prepare(j, &st, NULL,
                           "SELECT 1 FROM allowed WHERE plan = ?1 AND code = ?2 AND subject = ?3",
                           "ttt", plan, code, subject) == 0 &&
           journal_next(j, st, "reading", NULL) > 0;
}
