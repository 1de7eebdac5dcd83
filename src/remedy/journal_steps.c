// SPDX-License-Identifier: Apache-2.0
/* The part of the journal that is about steps, units and days. */
#include <string.h>

#include "remedy/journal_internal.h"

#define X(name, text) text,
static const char *const step_words[] = {STEP_STATES(X)};
#undef X

const char *step_state_text(enum step_state state)
{
    return step_words[state];
}

/* ---- steps ---- */

int journal_set_step(struct journal *j, struct sv plan, uint64_t step, enum step_state state,
                     int64_t at_ns, struct sv note, struct err *err)
{
    auto_statement *st = NULL;

    TRY(journal_prepare(j, &st, err,
                        "INSERT OR REPLACE INTO step(plan, number, state, at, note) "
                        "VALUES(?1, ?2, ?3, ?4, ?5)",
                        "titit", plan, (int64_t)step, sv_str(step_words[state]), at_ns, note));
    return journal_done(j, st, "writing", err);
}

int journal_get_step(struct journal *j, struct sv plan, uint64_t step, struct arena *arena,
                     struct journal_step *ret, struct err *err)
{
    auto_statement *st = NULL;
    int r, state;

    *ret = (struct journal_step){.number = step, .state = STEP_PLANNED};
    TRY(journal_prepare(j, &st, err,
                        "SELECT state, at, note FROM step WHERE plan = ?1 AND number = ?2", "ti",
                        plan, (int64_t)step));
    r = journal_next(j, st, "reading", err);
    if (r <= 0)
        return r;
    state = journal_word(step_words, ARRAY_LEN(step_words), journal_column(st, 0, arena));
    if (state < 0)
        return ERR(err, ERR_FORMAT, "journal %s: a step is in a state that does not exist",
                   j->path);
    ret->state = (enum step_state)state;
    ret->at_ns = sqlite3_column_int64(st, 1);
    ret->note = journal_column(st, 2, arena);
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

static int forget_changes(struct journal *j, struct sv plan, uint64_t step, struct err *err)
{
    static const char *const statements[] = {"DELETE FROM change WHERE plan = ?1 AND step = ?2",
                                             "DELETE FROM folder WHERE plan = ?1 AND step = ?2",
                                             "DELETE FROM object WHERE plan = ?1 AND step = ?2",
                                             "DELETE FROM sweep WHERE plan = ?1 AND step = ?2"};

    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        auto_statement *st = NULL;

        TRY(journal_prepare(j, &st, err, statements[i], "ti", plan, (int64_t)step));
        TRY(journal_done(j, st, "writing", err));
    }
    return 0;
}

static int add_object(struct journal *j, struct sv plan, uint64_t step, const struct path_state *s,
                      sqlite3_stmt **st, struct err *err)
{
    if (!path_state_has_content(s))
        return 0;
    TRY(journal_prepare(
        j, st, err, "INSERT OR IGNORE INTO object(plan, step, sha256) VALUES(?1, ?2, ?3)", "tib",
        plan, (int64_t)step, (struct sv){(const char *)s->sha256, sizeof(s->sha256)}));
    return journal_done(j, *st, "writing", err);
}

static int add_change(struct journal *j, struct sv plan, uint64_t step,
                      const struct journal_change *c, sqlite3_stmt **st, sqlite3_stmt **object,
                      struct err *err)
{
    auto_buf before = {0}, after = {0};

    path_state_write(&c->before, &before);
    path_state_write(&c->after, &after);
    if (!buf_ok(&before) || !buf_ok(&after))
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(journal_prepare(j, st, err,
                        "INSERT INTO change(plan, step, number, path, before, after, others) "
                        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                        "tiibbbb", plan, (int64_t)step, (int64_t)c->number, c->path,
                        buf_view(&before), buf_view(&after), c->others));
    TRY(journal_done(j, *st, "writing", err));
    TRY(add_object(j, plan, step, &c->before, object, err));
    return add_object(j, plan, step, &c->after, object, err);
}

int journal_set_changes(struct journal *j, struct sv plan, uint64_t step,
                        const struct journal_change *changes, size_t count,
                        const struct journal_folder *folders, size_t folder_count, struct err *err)
{
    auto_statement *change = NULL, *object = NULL;

    TRY(forget_changes(j, plan, step, err));
    for (size_t i = 0; i < count; i++)
        TRY(add_change(j, plan, step, &changes[i], &change, &object, err));
    for (size_t i = 0; i < folder_count; i++) {
        auto_statement *st = NULL;

        TRY(journal_prepare(j, &st, err,
                            "INSERT INTO folder(plan, step, path, atime, mtime) "
                            "VALUES(?1, ?2, ?3, ?4, ?5)",
                            "tibii", plan, (int64_t)step, folders[i].path, folders[i].atime_ns,
                            folders[i].mtime_ns));
        TRY(journal_done(j, st, "writing", err));
    }
    return 0;
}

int journal_add_object(struct journal *j, struct sv plan, uint64_t step, const uint8_t sha256[32],
                       struct err *err)
{
    struct path_state s = {.type = PATH_FILE, .size = 1};
    auto_statement *st = NULL;

    memcpy(s.sha256, sha256, sizeof(s.sha256));
    return add_object(j, plan, step, &s, &st, err);
}

int journal_set_sweep(struct journal *j, struct sv plan, uint64_t step,
                      const struct journal_sweep *s, struct err *err)
{
    auto_statement *st = NULL;

    TRY(journal_prepare(j, &st, err,
                        "INSERT OR REPLACE INTO sweep(plan, step, sha256, size) "
                        "VALUES(?1, ?2, ?3, ?4)",
                        "tibi", plan, (int64_t)step,
                        (struct sv){(const char *)s->sha256, sizeof(s->sha256)}, (int64_t)s->size));
    TRY(journal_done(j, st, "writing", err));
    return journal_add_object(j, plan, step, s->sha256, err);
}

int journal_get_sweep(struct journal *j, struct sv plan, uint64_t step, struct journal_sweep *ret,
                      struct err *err)
{
    auto_statement *st = NULL;
    int r;

    TRY(journal_prepare(j, &st, err,
                        "SELECT sha256, size FROM sweep WHERE plan = ?1 AND step = ?2 AND "
                        "length(sha256) = 32",
                        "ti", plan, (int64_t)step));
    r = journal_next(j, st, "reading", err);
    TRY(r);
    if (r == 0)
        return ERR(err, ERR_FORMAT, "journal %s: what a step found before it ran is not there",
                   j->path);
    memcpy(ret->sha256, sqlite3_column_blob(st, 0), sizeof(ret->sha256));
    ret->size = (uint64_t)sqlite3_column_int64(st, 1);
    return 0;
}

static int take_change(sqlite3_stmt *st, struct arena *arena, struct journal_change *ret,
                       struct err *err)
{
    struct sv before = journal_column(st, 2, arena), after = journal_column(st, 3, arena);

    ret->number = (uint64_t)sqlite3_column_int64(st, 0);
    ret->path = journal_column(st, 1, arena);
    ret->others = journal_column(st, 4, arena);
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
    TRY(journal_prepare(
        j, &st, err,
        "SELECT path, atime, mtime, undo_atime, undo_mtime FROM folder WHERE plan = ?1 AND "
        "step = ?2 ORDER BY path",
        "ti", plan, (int64_t)step));
    while ((r = journal_next(j, st, "reading", err)) > 0) {
        *ret = journal_grown(arena, *ret, *ret_count, sizeof(**ret));
        if (!*ret)
            return arena_error(arena, err);
        (*ret)[(*ret_count)++] = (struct journal_folder){
            .path = journal_column(st, 0, arena),
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
    TRY(journal_prepare(
        j, &st, err,
        "SELECT number, path, before, after, others FROM change WHERE plan = ?1 AND step = "
        "?2 ORDER BY number",
        "ti", plan, (int64_t)step));
    while ((r = journal_next(j, st, "reading", err)) > 0) {
        *ret = journal_grown(arena, *ret, *ret_count, sizeof(**ret));
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

    TRY(journal_prepare(
        j, &st, err,
        "UPDATE folder SET undo_atime = ?4, undo_mtime = ?5 WHERE plan = ?1 AND step = ?2 "
        "AND path = ?3",
        "tibii", plan, (int64_t)step, f->path, f->undo_atime_ns, f->undo_mtime_ns));
    return journal_done(j, st, "writing", err);
}

bool journal_has_change(struct journal *j, struct sv plan, struct sv path)
{
    auto_statement *st = NULL;

    return journal_prepare(j, &st, NULL, "SELECT 1 FROM change WHERE plan = ?1 AND path = ?2", "tb",
                           plan, path) == 0 &&
           journal_next(j, st, "reading", NULL) > 0;
}

int journal_objects(struct journal *j, struct arena *arena, struct journal_object **ret,
                    size_t *ret_count, struct err *err)
{
    auto_statement *st = NULL;
    int r;

    *ret = NULL;
    *ret_count = 0;
    // SQLite takes the other columns from the row that has the maximum.
    TRY(journal_prepare(
        j, &st, err,
        "SELECT sha256, plan.id, max(kept_until) FROM object JOIN plan ON object.plan = "
        "plan.id WHERE kept_until <> 0 AND state <> 'undone' AND length(sha256) = 32 GROUP "
        "BY sha256 ORDER BY sha256",
        ""));
    while ((r = journal_next(j, st, "reading", err)) > 0) {
        *ret = journal_grown(arena, *ret, *ret_count, sizeof(**ret));
        if (!*ret)
            return arena_error(arena, err);
        memcpy((*ret)[*ret_count].sha256, sqlite3_column_blob(st, 0), 32);
        (*ret)[*ret_count].plan = journal_column(st, 1, arena);
        (*ret)[(*ret_count)++].kept_until_ns = sqlite3_column_int64(st, 2);
    }
    return r;
}

int journal_add_unit(struct journal *j, struct sv plan, const struct journal_unit *u,
                     struct err *err)
{
    auto_statement *st = NULL;

    // What a second try finds stopped was running before the first.
    TRY(journal_prepare(
        j, &st, err, "INSERT OR IGNORE INTO unit(plan, step, name, active) VALUES(?1, ?2, ?3, ?4)",
        "titi", plan, (int64_t)u->step, u->name, (int64_t)u->active));
    return journal_done(j, st, "writing", err);
}

int journal_units(struct journal *j, struct sv plan, uint64_t step, struct arena *arena,
                  struct journal_unit **ret, size_t *ret_count, struct err *err)
{
    auto_statement *st = NULL;
    int r;

    *ret = NULL;
    *ret_count = 0;
    TRY(journal_prepare(j, &st, err,
                        "SELECT name, active FROM unit WHERE plan = ?1 AND step = ?2 ORDER BY name",
                        "ti", plan, (int64_t)step));
    while ((r = journal_next(j, st, "reading", err)) > 0) {
        *ret = journal_grown(arena, *ret, *ret_count, sizeof(**ret));
        if (!*ret)
            return arena_error(arena, err);
        (*ret)[(*ret_count)++] = (struct journal_unit){.step = step,
                                                       .name = journal_column(st, 0, arena),
                                                       .active = sqlite3_column_int(st, 1) != 0};
    }
    return r;
}

/* ---- what is due ---- */

int journal_add_due(struct journal *j, const struct journal_due *d, struct err *err)
{
    auto_statement *st = NULL;

    TRY(journal_prepare(j, &st, err,
                        "INSERT INTO due(plan, what, at, after_boot) VALUES(?1, ?2, ?3, ?4)",
                        "ttii", d->plan, d->what, d->at_ns, (int64_t)d->after_boot));
    return journal_done(j, st, "writing", err);
}

int journal_drop_due(struct journal *j, struct sv plan, struct err *err)
{
    auto_statement *st = NULL;

    TRY(journal_prepare(j, &st, err, "DELETE FROM due WHERE plan = ?1 AND done = 0", "t", plan));
    return journal_done(j, st, "writing", err);
}

int journal_set_due_done(struct journal *j, int64_t id, int64_t at_ns, struct err *err)
{
    auto_statement *st = NULL;

    TRY(journal_prepare(j, &st, err, "UPDATE due SET done = ?2 WHERE n = ?1", "ii", id, at_ns));
    return journal_done(j, st, "writing", err);
}

int journal_dues(struct journal *j, struct arena *arena, struct journal_due **ret,
                 size_t *ret_count, struct err *err)
{
    auto_statement *st = NULL;
    int r;

    *ret = NULL;
    *ret_count = 0;
    TRY(journal_prepare(
        j, &st, err, "SELECT n, plan, what, at, after_boot FROM due WHERE done = 0 ORDER BY at, n",
        ""));
    while ((r = journal_next(j, st, "reading", err)) > 0) {
        *ret = journal_grown(arena, *ret, *ret_count, sizeof(**ret));
        if (!*ret)
            return arena_error(arena, err);
        (*ret)[(*ret_count)++] = (struct journal_due){
            .id = sqlite3_column_int64(st, 0),
            .plan = journal_column(st, 1, arena),
            .what = journal_column(st, 2, arena),
            .at_ns = sqlite3_column_int64(st, 3),
            .after_boot = sqlite3_column_int(st, 4) != 0,
        };
    }
    return r;
}
