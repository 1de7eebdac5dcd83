// SPDX-License-Identifier: Apache-2.0
#include "remedy/journal.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <sqlite3.h>

enum {
    LAYOUT = 1,
    WAIT_MS = 10000,
    IDS_MIN = 4,
};

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
    "KEY(plan, step, sha256)) WITHOUT ROWID;"
    "CREATE TABLE unit(plan TEXT NOT NULL, step INTEGER NOT NULL, name TEXT NOT NULL, active "
    "INTEGER NOT NULL, PRIMARY KEY(plan, step, name)) WITHOUT ROWID;"
    "CREATE TABLE due(n INTEGER PRIMARY KEY, plan TEXT NOT NULL, what TEXT NOT NULL, at INTEGER "
    "NOT "
    "NULL, after_boot INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0);"
    "PRAGMA user_version=1;"
    "COMMIT;";

struct journal {
    sqlite3 *db;
    char *path;
    int lock_fd;
};

#define X(name, text) text,
static const char *const plan_words[] = {JOURNAL_STATES(X)};
static const char *const step_words[] = {STEP_STATES(X)};
#undef X

const char *journal_state_text(enum journal_state state)
{
    return plan_words[state];
}

const char *step_state_text(enum step_state state)
{
    return step_words[state];
}

static int word_index(const char *const words[], size_t count, struct sv word)
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

#define auto_statement __attribute__((cleanup(finalize))) sqlite3_stmt

static void finalize(sqlite3_stmt **st)
{
    (void)sqlite3_finalize(*st);
}

/* Prepare `sql` and bind what `kinds` says: t an sv as text, b an sv as blob, i an int64_t. */
static int prepare(struct journal *j, sqlite3_stmt **ret, struct err *err, const char *sql,
                   const char *kinds, ...)
{
    va_list values;

    if (sqlite3_prepare_v2(j->db, sql, -1, ret, NULL) != SQLITE_OK)
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

/* The next row: 1, or 0 at the end. */
static int next(struct journal *j, sqlite3_stmt *st, const char *doing, struct err *err)
{
    int r = sqlite3_step(st);

    if (r == SQLITE_ROW)
        return 1;
    return r == SQLITE_DONE ? 0 : failed(j, doing, err);
}

static int done(struct journal *j, sqlite3_stmt *st, const char *doing, struct err *err)
{
    int r = next(j, st, doing, err);

    return r < 0 ? r : 0;
}

static struct sv column(sqlite3_stmt *st, int at, struct arena *arena)
{
    const void *p = sqlite3_column_blob(st, at);

    return arena_copy(arena, (struct sv){p, (size_t)sqlite3_column_bytes(st, at)});
}

/* A growing array in an arena. */
static void *grown(struct arena *arena, void *old, size_t count, size_t size)
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

    TRY(prepare(j, &st, err, "PRAGMA user_version", ""));
    TRY(next(j, st, "opening it", err));
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

    TRY(prepare(
        j, &st, err,
        "INSERT INTO plan(id, root, body, state, began, ended, kept_until, user, boot, note) "
        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        "ttttiiittt", p->id, p->root, p->body, sv_str(plan_words[p->state]), p->began_ns,
        p->ended_ns, p->kept_until_ns, p->user, p->boot, p->note));
    return done(j, st, "writing", err);
}

int journal_set_plan(struct journal *j, struct sv plan, enum journal_state state, int64_t ended_ns,
                     struct sv note, struct err *err)
{
    auto_statement *st = NULL;

    TRY(prepare(j, &st, err, "UPDATE plan SET state = ?2, ended = ?3, note = ?4 WHERE id = ?1",
                "ttit", plan, sv_str(plan_words[state]), ended_ns, note));
    return done(j, st, "writing", err);
}

int journal_keep_until(struct journal *j, struct sv plan, int64_t until_ns, struct err *err)
{
    auto_statement *st = NULL;

    TRY(prepare(j, &st, err, "UPDATE plan SET kept_until = ?2 WHERE id = ?1", "ti", plan,
                until_ns));
    return done(j, st, "writing", err);
}

static int take_plan(struct journal *j, sqlite3_stmt *st, struct arena *arena,
                     struct journal_plan *ret, struct err *err)
{
    int state = word_index(plan_words, ARRAY_LEN(plan_words), column(st, 3, arena));

    if (state < 0)
        return ERR(err, ERR_FORMAT, "journal %s: a plan is in a state that does not exist",
                   j->path);
    *ret = (struct journal_plan){
        .id = column(st, 0, arena),
        .root = column(st, 1, arena),
        .body = column(st, 2, arena),
        .state = (enum journal_state)state,
        .began_ns = sqlite3_column_int64(st, 4),
        .ended_ns = sqlite3_column_int64(st, 5),
        .kept_until_ns = sqlite3_column_int64(st, 6),
        .user = column(st, 7, arena),
        .boot = column(st, 8, arena),
        .note = column(st, 9, arena),
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
    TRY(prepare(j, &st, err, sql.p, "ti", id, (int64_t)id.n));
    r = next(j, st, "reading", err);
    TRY(r);
    if (r == 0 && id.n)
        return ERR(err, ERR_GONE, "no plan that begins with '%.*s' was ever carried out", (int)id.n,
                   id.p);
    if (r == 0)
        return ERR(err, ERR_GONE, "no removal was interrupted: there is nothing to go on with");
    TRY(take_plan(j, st, arena, ret, err));
    r = next(j, st, "reading", err);
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
    TRY(prepare(j, &st, err, sql.p, ""));
    while ((r = next(j, st, "reading", err)) > 0) {
        *ret = grown(arena, *ret, *ret_count, sizeof(**ret));
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

    TRY(prepare(j, &st, err,
                "INSERT INTO allowed(plan, code, subject, user, at) VALUES(?1, ?2, ?3, ?4, ?5)",
                "tttti", plan, code, subject, user, at_ns));
    return done(j, st, "writing", err);
}

bool journal_is_allowed(struct journal *j, struct sv plan, struct sv code, struct sv subject)
{
    auto_statement *st = NULL;

    return prepare(j, &st, NULL,
                   "SELECT 1 FROM allowed WHERE plan = ?1 AND code = ?2 AND subject = ?3", "ttt",
                   plan, code, subject) == 0 &&
           next(j, st, "reading", NULL) > 0;
}

/* ---- steps ---- */

int journal_set_step(struct journal *j, struct sv plan, uint64_t step, enum step_state state,
                     int64_t at_ns, struct sv note, struct err *err)
{
    auto_statement *st = NULL;

    TRY(prepare(j, &st, err,
                "INSERT OR REPLACE INTO step(plan, number, state, at, note) "
                "VALUES(?1, ?2, ?3, ?4, ?5)",
                "titit", plan, (int64_t)step, sv_str(step_words[state]), at_ns, note));
    return done(j, st, "writing", err);
}

int journal_get_step(struct journal *j, struct sv plan, uint64_t step, struct arena *arena,
                     struct journal_step *ret, struct err *err)
{
    auto_statement *st = NULL;
    int r, state;

    *ret = (struct journal_step){.number = step, .state = STEP_PLANNED};
    TRY(prepare(j, &st, err, "SELECT state, at, note FROM step WHERE plan = ?1 AND number = ?2",
                "ti", plan, (int64_t)step));
    r = next(j, st, "reading", err);
    if (r <= 0)
        return r;
    state = word_index(step_words, ARRAY_LEN(step_words), column(st, 0, arena));
    if (state < 0)
        return ERR(err, ERR_FORMAT, "journal %s: a step is in a state that does not exist",
                   j->path);
    ret->state = (enum step_state)state;
    ret->at_ns = sqlite3_column_int64(st, 1);
    ret->note = column(st, 2, arena);
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

static int forget_changes(struct journal *j, struct sv plan, uint64_t step, struct err *err)
{
    static const char *const statements[] = {"DELETE FROM change WHERE plan = ?1 AND step = ?2",
                                             "DELETE FROM folder WHERE plan = ?1 AND step = ?2",
                                             "DELETE FROM object WHERE plan = ?1 AND step = ?2"};

    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        auto_statement *st = NULL;

        TRY(prepare(j, &st, err, statements[i], "ti", plan, (int64_t)step));
        TRY(done(j, st, "writing", err));
    }
    return 0;
}

static int add_object(struct journal *j, struct sv plan, uint64_t step, const struct path_state *s,
                      struct err *err)
{
    auto_statement *st = NULL;

    if (s->type != PATH_FILE || s->size == 0)
        return 0;
    TRY(prepare(j, &st, err, "INSERT OR IGNORE INTO object(plan, step, sha256) VALUES(?1, ?2, ?3)",
                "tib", plan, (int64_t)step,
                (struct sv){(const char *)s->sha256, sizeof(s->sha256)}));
    return done(j, st, "writing", err);
}

static int add_change(struct journal *j, struct sv plan, uint64_t step,
                      const struct journal_change *c, struct err *err)
{
    auto_statement *st = NULL;
    auto_buf before = {0}, after = {0};

    path_state_write(&c->before, &before);
    path_state_write(&c->after, &after);
    if (!buf_ok(&before) || !buf_ok(&after))
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(prepare(j, &st, err,
                "INSERT INTO change(plan, step, number, path, before, after, others) "
                "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                "tiibbbb", plan, (int64_t)step, (int64_t)c->number, c->path, buf_view(&before),
                buf_view(&after), c->others));
    TRY(done(j, st, "writing", err));
    TRY(add_object(j, plan, step, &c->before, err));
    return add_object(j, plan, step, &c->after, err);
}

int journal_set_changes(struct journal *j, struct sv plan, uint64_t step,
                        const struct journal_change *changes, size_t count,
                        const struct journal_folder *folders, size_t folder_count, struct err *err)
{
    TRY(forget_changes(j, plan, step, err));
    for (size_t i = 0; i < count; i++)
        TRY(add_change(j, plan, step, &changes[i], err));
    for (size_t i = 0; i < folder_count; i++) {
        auto_statement *st = NULL;

        TRY(prepare(j, &st, err,
                    "INSERT INTO folder(plan, step, path, atime, mtime) "
                    "VALUES(?1, ?2, ?3, ?4, ?5)",
                    "tibii", plan, (int64_t)step, folders[i].path, folders[i].atime_ns,
                    folders[i].mtime_ns));
        TRY(done(j, st, "writing", err));
    }
    return 0;
}

static int take_change(sqlite3_stmt *st, struct arena *arena, struct journal_change *ret,
                       struct err *err)
{
    struct sv before = column(st, 2, arena), after = column(st, 3, arena);

    ret->number = (uint64_t)sqlite3_column_int64(st, 0);
    ret->path = column(st, 1, arena);
    ret->others = column(st, 4, arena);
    TRY(path_state_read((struct span){(const uint8_t *)before.p, before.n}, arena, &ret->before,
                        err));
    return path_state_read((struct span){(const uint8_t *)after.p, after.n}, arena, &ret->after,
                           err);
}

static int get_folders(struct journal *j, struct sv plan, uint64_t step, struct arena *arena,
                       struct journal_folder **ret, size_t *ret_count, struct err *err)
{
    auto_statement *st = NULL;
    int r;

    *ret = NULL;
    *ret_count = 0;
    TRY(prepare(j, &st, err,
                "SELECT path, atime, mtime, undo_atime, undo_mtime FROM folder WHERE plan = ?1 AND "
                "step = ?2 ORDER BY path",
                "ti", plan, (int64_t)step));
    while ((r = next(j, st, "reading", err)) > 0) {
        *ret = grown(arena, *ret, *ret_count, sizeof(**ret));
        if (!*ret)
            return arena_error(arena, err);
        (*ret)[(*ret_count)++] = (struct journal_folder){
            .path = column(st, 0, arena),
            .atime_ns = sqlite3_column_int64(st, 1),
            .mtime_ns = sqlite3_column_int64(st, 2),
            .undo_known = sqlite3_column_type(st, 3) != SQLITE_NULL,
            .undo_atime_ns = sqlite3_column_int64(st, 3),
            .undo_mtime_ns = sqlite3_column_int64(st, 4),
        };
    }
    return r;
}

int journal_get_changes(struct journal *j, struct sv plan, uint64_t step, struct arena *arena,
                        struct journal_change **ret, size_t *ret_count,
                        struct journal_folder **ret_folders, size_t *ret_folder_count,
                        struct err *err)
{
    auto_statement *st = NULL;
    int r;

    *ret = NULL;
    *ret_count = 0;
    TRY(prepare(j, &st, err,
                "SELECT number, path, before, after, others FROM change WHERE plan = ?1 AND step = "
                "?2 ORDER BY number",
                "ti", plan, (int64_t)step));
    while ((r = next(j, st, "reading", err)) > 0) {
        *ret = grown(arena, *ret, *ret_count, sizeof(**ret));
        if (!*ret)
            return arena_error(arena, err);
        TRY(take_change(st, arena, &(*ret)[(*ret_count)++], err));
    }
    TRY(r);
    return get_folders(j, plan, step, arena, ret_folders, ret_folder_count, err);
}

int journal_set_undo_times(struct journal *j, struct sv plan, uint64_t step,
                           const struct journal_folder *f, struct err *err)
{
    auto_statement *st = NULL;

    TRY(prepare(j, &st, err,
                "UPDATE folder SET undo_atime = ?4, undo_mtime = ?5 WHERE plan = ?1 AND step = ?2 "
                "AND path = ?3",
                "tibii", plan, (int64_t)step, f->path, f->undo_atime_ns, f->undo_mtime_ns));
    return done(j, st, "writing", err);
}

bool journal_has_change(struct journal *j, struct sv plan, struct sv path)
{
    auto_statement *st = NULL;

    return prepare(j, &st, NULL, "SELECT 1 FROM change WHERE plan = ?1 AND path = ?2", "tb", plan,
                   path) == 0 &&
           next(j, st, "reading", NULL) > 0;
}

int journal_objects(struct journal *j, struct arena *arena, struct journal_object **ret,
                    size_t *ret_count, struct err *err)
{
    auto_statement *st = NULL;
    int r;

    *ret = NULL;
    *ret_count = 0;
    // SQLite takes the other columns from the row that has the maximum.
    TRY(prepare(j, &st, err,
                "SELECT sha256, plan.id, max(kept_until) FROM object JOIN plan ON object.plan = "
                "plan.id WHERE kept_until <> 0 AND state <> 'undone' AND length(sha256) = 32 GROUP "
                "BY sha256 ORDER BY sha256",
                ""));
    while ((r = next(j, st, "reading", err)) > 0) {
        *ret = grown(arena, *ret, *ret_count, sizeof(**ret));
        if (!*ret)
            return arena_error(arena, err);
        memcpy((*ret)[*ret_count].sha256, sqlite3_column_blob(st, 0), 32);
        (*ret)[*ret_count].plan = column(st, 1, arena);
        (*ret)[(*ret_count)++].kept_until_ns = sqlite3_column_int64(st, 2);
    }
    return r;
}

int journal_add_unit(struct journal *j, struct sv plan, const struct journal_unit *u,
                     struct err *err)
{
    auto_statement *st = NULL;

    // What a second try finds stopped was running before the first.
    TRY(prepare(j, &st, err,
                "INSERT OR IGNORE INTO unit(plan, step, name, active) VALUES(?1, ?2, ?3, ?4)",
                "titi", plan, (int64_t)u->step, u->name, (int64_t)u->active));
    return done(j, st, "writing", err);
}

int journal_units(struct journal *j, struct sv plan, uint64_t step, struct arena *arena,
                  struct journal_unit **ret, size_t *ret_count, struct err *err)
{
    auto_statement *st = NULL;
    int r;

    *ret = NULL;
    *ret_count = 0;
    TRY(prepare(j, &st, err,
                "SELECT name, active FROM unit WHERE plan = ?1 AND step = ?2 ORDER BY name", "ti",
                plan, (int64_t)step));
    while ((r = next(j, st, "reading", err)) > 0) {
        *ret = grown(arena, *ret, *ret_count, sizeof(**ret));
        if (!*ret)
            return arena_error(arena, err);
        (*ret)[(*ret_count)++] = (struct journal_unit){
            .step = step, .name = column(st, 0, arena), .active = sqlite3_column_int(st, 1) != 0};
    }
    return r;
}

/* ---- what is due ---- */

int journal_add_due(struct journal *j, const struct journal_due *d, struct err *err)
{
    auto_statement *st = NULL;

    TRY(prepare(j, &st, err, "INSERT INTO due(plan, what, at, after_boot) VALUES(?1, ?2, ?3, ?4)",
                "ttii", d->plan, d->what, d->at_ns, (int64_t)d->after_boot));
    return done(j, st, "writing", err);
}

int journal_drop_due(struct journal *j, struct sv plan, struct err *err)
{
    auto_statement *st = NULL;

    TRY(prepare(j, &st, err, "DELETE FROM due WHERE plan = ?1 AND done = 0", "t", plan));
    return done(j, st, "writing", err);
}

int journal_set_due_done(struct journal *j, int64_t id, int64_t at_ns, struct err *err)
{
    auto_statement *st = NULL;

    TRY(prepare(j, &st, err, "UPDATE due SET done = ?2 WHERE n = ?1", "ii", id, at_ns));
    return done(j, st, "writing", err);
}

int journal_dues(struct journal *j, struct arena *arena, struct journal_due **ret,
                 size_t *ret_count, struct err *err)
{
    auto_statement *st = NULL;
    int r;

    *ret = NULL;
    *ret_count = 0;
    TRY(prepare(j, &st, err,
                "SELECT n, plan, what, at, after_boot FROM due WHERE done = 0 ORDER BY at, n", ""));
    while ((r = next(j, st, "reading", err)) > 0) {
        *ret = grown(arena, *ret, *ret_count, sizeof(**ret));
        if (!*ret)
            return arena_error(arena, err);
        (*ret)[(*ret_count)++] = (struct journal_due){
            .id = sqlite3_column_int64(st, 0),
            .plan = column(st, 1, arena),
            .what = column(st, 2, arena),
            .at_ns = sqlite3_column_int64(st, 3),
            .after_boot = sqlite3_column_int(st, 4) != 0,
        };
    }
    return r;
}
