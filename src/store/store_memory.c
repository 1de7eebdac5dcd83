// SPDX-License-Identifier: Apache-2.0
/* What scans remember for the next one. */
#include <string.h>

#include "store/store_internal.h"

/* ---- lineages ---- */

static int find_lineage(struct store *s, struct sv key, struct err *err)
{
    sqlite3_stmt *st;
    int r;

    TRY(store_prepare(s, "SELECT n FROM lineage WHERE key = ?1", &st, "looking for its lineage",
                      err));
    bind_blob(st, 1, key.p, key.n);
    r = sqlite3_step(st);
    s->lineage = r == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    (void)sqlite3_finalize(st);
    if (r != SQLITE_ROW && r != SQLITE_DONE)
        return store_failed(s, "looking for its lineage", err);
    return 0;
}

static int add_lineage(struct store *s, struct sv key, struct err *err)
{
    sqlite3_stmt *st;
    int r;

    TRY(store_prepare(s, "INSERT INTO lineage(key) VALUES(?1)", &st, "beginning a lineage", err));
    bind_blob(st, 1, key.p, key.n);
    r = store_step(s, st, "beginning a lineage", err);
    (void)sqlite3_finalize(st);
    s->lineage = sqlite3_last_insert_rowid(s->db);
    return r;
}

int store_follow(struct store *s, struct sv key, struct arena *arena, struct store_before *ret,
                 struct err *err)
{
    sqlite3_stmt *st;

    *ret = (struct store_before){0};
    s->before = 0;
    TRY(find_lineage(s, key, err));
    if (!s->lineage)
        return add_lineage(s, key, err);
    TRY(store_prepare(s,
                      "SELECT n, id, started, complete, folders FROM scan WHERE lineage = ?1 ORDER "
                      "BY n DESC LIMIT 1",
                      &st, "looking for the scan before", err));
    (void)sqlite3_bind_int64(st, 1, s->lineage);
    if (sqlite3_step(st) == SQLITE_ROW) {
        s->before = sqlite3_column_int64(st, 0);
        *ret = (struct store_before){.exists = true,
                                     .id = arena_copy(arena, column_sv(st, 1)),
                                     .started_ns = sqlite3_column_int64(st, 2),
                                     .complete = sqlite3_column_int(st, 3),
                                     .folders = arena_copy(arena, column_sv(st, 4))};
    }
    (void)sqlite3_finalize(st);
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

/* ---- records ---- */

int store_memory(struct store *s, struct arena *arena, struct sv *ret_header, uint32_t *ret_folders,
                 struct err *err)
{
    sqlite3_stmt *st;

    *ret_header = (struct sv){0};
    *ret_folders = 0;
    TRY(store_prepare(s, "SELECT memory, folders FROM lineage WHERE n = ?1", &st,
                      "reading what it remembers", err));
    (void)sqlite3_bind_int64(st, 1, s->lineage);
    if (sqlite3_step(st) == SQLITE_ROW) {
        *ret_header = arena_copy(arena, column_sv(st, 0));
        *ret_folders = (uint32_t)sqlite3_column_int64(st, 1);
    }
    (void)sqlite3_finalize(st);
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

int store_put_memory(struct store *s, struct sv header, uint32_t folders, struct err *err)
{
    sqlite3_stmt *st;
    int r;

    TRY(store_prepare(s, "UPDATE lineage SET memory = ?2, folders = ?3 WHERE n = ?1", &st,
                      "remembering", err));
    (void)sqlite3_bind_int64(st, 1, s->lineage);
    bind_blob(st, 2, header.p, header.n);
    (void)sqlite3_bind_int64(st, 3, folders);
    r = store_step(s, st, "remembering", err);
    (void)sqlite3_finalize(st);
    return r;
}

int store_each_record(struct store *s, int (*each)(void *to, struct span body, struct err *err),
                      void *to, struct err *err)
{
    sqlite3_stmt *st;
    int r = 0, stepped = SQLITE_DONE;

    TRY(store_prepare(s, "SELECT body FROM record WHERE lineage = ?1 ORDER BY n", &st,
                      "reading what it remembers", err));
    (void)sqlite3_bind_int64(st, 1, s->lineage);
    while (r >= 0 && (stepped = sqlite3_step(st)) == SQLITE_ROW) {
        struct sv body = column_sv(st, 0);

        r = each(to, (struct span){(const uint8_t *)body.p, body.n}, err);
    }
    if (r >= 0 && stepped != SQLITE_DONE)
        r = store_failed(s, "reading what it remembers", err);
    (void)sqlite3_finalize(st);
    return r < 0 ? r : 0;
}

int store_add_record(struct store *s, struct span body, struct err *err)
{
    sqlite3_stmt *st;
    int r;

    TRY(store_prepare(s, "INSERT INTO record(lineage, body) VALUES(?1, ?2)", &st, "remembering",
                      err));
    (void)sqlite3_bind_int64(st, 1, s->lineage);
    bind_blob(st, 2, body.p, body.n);
    r = store_step(s, st, "remembering", err);
    (void)sqlite3_finalize(st);
    return r;
}

int store_clear_records(struct store *s, struct err *err)
{
    return store_run_with(s, "DELETE FROM record WHERE lineage = ?1", &s->lineage, 1, NULL,
                          "forgetting", err);
}

/* ---- what is kept beside ---- */

int store_kept(struct store *s, const char *name, struct buf *to, struct err *err)
{
    sqlite3_stmt *st;

    TRY(store_prepare(s, "SELECT body FROM kept WHERE name = ?1", &st, "reading what is kept",
                      err));
    bind_sv(st, 1, sv_str(name));
    if (sqlite3_step(st) == SQLITE_ROW)
        buf_sv(to, column_sv(st, 0));
    (void)sqlite3_finalize(st);
    return buf_ok(to) ? 0 : ERR(err, ERR_NOMEM, "no memory");
}

int store_keep(struct store *s, const char *name, struct span body, struct err *err)
{
    sqlite3_stmt *st;
    int r;

    TRY(store_prepare(s, "INSERT OR REPLACE INTO kept(name, body) VALUES(?1, ?2)", &st, "keeping",
                      err));
    bind_sv(st, 1, sv_str(name));
    bind_blob(st, 2, body.p, body.n);
    r = store_step(s, st, "keeping", err);
    (void)sqlite3_finalize(st);
    return r;
}
