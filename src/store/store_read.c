// SPDX-License-Identifier: Apache-2.0
/* Reading scans that are stored. */
#include "store/store_internal.h"

static struct stored_scan scan_of_row(sqlite3_stmt *st, struct arena *arena)
{
    return (struct stored_scan){
        .id = arena_copy(arena, column_sv(st, 1)),
        .host_id = arena_copy(arena, column_sv(st, 2)),
        .started_ns = sqlite3_column_int64(st, 3),
        .finished_ns = sqlite3_column_int64(st, 4),
        .complete = sqlite3_column_int(st, 5),
        .header = arena_copy(arena, column_sv(st, 6)),
        .probes = arena_copy(arena, column_sv(st, 7)),
        .matched = sqlite3_column_int(st, 10),
    };
}

#define SCAN_COLUMNS \
    "n, id, host, started, finished, complete, header, probes, lineage, folders, matched IS NOT " \
    "NULL"

/* Which rows of its lineage are those of the chosen scan. */
static void take_chosen(struct store *s, sqlite3_stmt *st)
{
    s->scan = sqlite3_column_int64(st, 0);
    s->lineage = sqlite3_column_int64(st, 8);
    s->whole = sqlite3_column_type(st, 9) == SQLITE_NULL;
    buf_reset(&s->folders);
    buf_sv(&s->folders, column_sv(st, 9));
}

/* Of a scan that did not end: what it did not get to is only what the one before knew. */
static bool was_seen(const struct store *s, int64_t folder)
{
    uint32_t n = (uint32_t)(folder & UINT32_MAX);

    return s->whole || folder == 0 || (n / 8 < s->folders.n && (s->folders.p[n / 8] >> n % 8 & 1));
}

int store_choose(struct store *s, struct sv id, struct arena *arena, struct stored_scan *ret,
                 struct err *err)
{
    const char *sql = id.n ? "SELECT " SCAN_COLUMNS " FROM scan WHERE substr(id, 1, ?2) = ?1 AND "
                             "length(?1) >= 4 ORDER BY id = ?1 DESC, n DESC LIMIT 2"
                           : "SELECT " SCAN_COLUMNS " FROM scan WHERE finished > 0 ORDER BY n DESC "
                             "LIMIT 1";
    sqlite3_stmt *st;
    int r;

    if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
        return store_failed(s, "looking for a scan", err);
    if (id.n) {
        bind_sv(st, 1, id);
        (void)sqlite3_bind_int64(st, 2, (int64_t)id.n);
    }
    r = sqlite3_step(st);
    if (r != SQLITE_ROW) {
        (void)sqlite3_finalize(st);
        if (r != SQLITE_DONE)
            return store_failed(s, "looking for a scan", err);
        return id.n ? ERR(err, ERR_GONE, "no stored scan has the id '%.*s'", (int)id.n, id.p)
                    : ERR(err, ERR_GONE, "no finished scan is stored in %s", s->path);
    }
    take_chosen(s, st);
    *ret = scan_of_row(st, arena);
    if (id.n && !sv_eq(ret->id, id) && sqlite3_step(st) == SQLITE_ROW) {
        (void)sqlite3_finalize(st);
        return ERR(err, ERR_USAGE, "more than one stored scan begins with '%.*s'", (int)id.n, id.p);
    }
    (void)sqlite3_finalize(st);
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

int store_each_scan(struct store *s, struct arena *arena,
                    int (*each)(void *to, const struct stored_scan *scan, struct err *err),
                    void *to, struct err *err)
{
    sqlite3_stmt *st;
    int r = 0;

    if (sqlite3_prepare_v2(s->db, "SELECT " SCAN_COLUMNS " FROM scan ORDER BY n DESC", -1, &st,
                           NULL) != SQLITE_OK)
        return store_failed(s, "listing scans", err);
    while (r >= 0 && sqlite3_step(st) == SQLITE_ROW) {
        struct stored_scan scan = scan_of_row(st, arena);

        r = each(to, &scan, err);
    }
    (void)sqlite3_finalize(st);
    return r < 0 ? r : 0;
}

/* ---- occurrences ---- */

#define OCCURRENCE_COLUMNS \
    "SELECT o.place, o.anchor, o.owner, o.recogniser, o.state, o.ceiling, i.body, o.fields, " \
    "o.evidence, o.folder FROM occurrence o JOIN identity i ON i.n = o.identity "

#define OF_THE_SCAN "WHERE o.lineage = ?2 AND o.died > ?1 AND o.born <= ?1 "

static struct span column_span(sqlite3_stmt *st, int at)
{
    struct sv column = column_sv(st, at);

    return (struct span){(const uint8_t *)column.p, column.n};
}

/* Of one row of OCCURRENCE_COLUMNS. */
static int tell_occurrence(struct store *s, sqlite3_stmt *st,
                           int (*each)(void *to, const struct occurrence *o, struct err *err),
                           void *to, struct err *err)
{
    struct occurrence o = {.place = column_sv(st, 0),
                           .anchor = column_sv(st, 1),
                           .owner = column_sv(st, 2),
                           .recogniser = column_sv(st, 3)};
    int state = sqlite3_column_int(st, 4), ceiling = sqlite3_column_int(st, 5), r;

    if (!was_seen(s, sqlite3_column_int64(st, 9)))
        return 0;
    if (state < 0 || state >= STATE_COUNT_ || ceiling < 0 || ceiling > CONFIDENCE_CONFIRMED)
        return ERR(err, ERR_FORMAT, "store %s is damaged: an occurrence", s->path);
    r = fields_join(column_span(st, 6), column_span(st, 7), column_span(st, 8), &s->room,
                    &o.component, err);
    if (r == -ERR_FORMAT) {
        struct err what = *err;

        return ERR(err, ERR_FORMAT, "store %s is damaged: %s", s->path, what.text);
    }
    o.component.state = (enum component_state)state;
    o.component.ceiling = (enum confidence)ceiling;
    return r < 0 ? r : each(to, &o, err);
}

static int bind_scan(struct store *s, const char *sql, sqlite3_stmt **ret, struct err *err)
{
    TRY(store_prepare(s, sql, ret, "reading the inventory", err));
    (void)sqlite3_bind_int64(*ret, 1, s->scan);
    (void)sqlite3_bind_int64(*ret, 2, s->lineage);
    return 0;
}

static int end_reading(struct store *s, sqlite3_stmt *st, int r, int stepped, struct err *err)
{
    if (r >= 0 && stepped != SQLITE_DONE)
        r = store_failed(s, "reading the inventory", err);
    (void)sqlite3_finalize(st);
    return r < 0 ? r : 0;
}

int store_each_stored(struct store *s,
                      int (*each)(void *to, const struct occurrence *o, struct err *err), void *to,
                      struct err *err)
{
    sqlite3_stmt *st;
    int r = 0, stepped = SQLITE_DONE;

    TRY(bind_scan(s, OCCURRENCE_COLUMNS OF_THE_SCAN, &st, err));
    while (r >= 0 && (stepped = sqlite3_step(st)) == SQLITE_ROW)
        r = tell_occurrence(s, st, each, to, err);
    return end_reading(s, st, r, stepped, err);
}

/* Sorted by what is short: the rest of a row is read when its turn comes. */
int store_each_occurrence(struct store *s,
                          int (*each)(void *to, const struct occurrence *o, struct err *err),
                          void *to, struct err *err)
{
    sqlite3_stmt *order, *row;
    int r, stepped = SQLITE_DONE;

    TRY(store_prepare(s, OCCURRENCE_COLUMNS "WHERE o.rowid = ?1", &row, "reading the inventory",
                      err));
    r = bind_scan(
        s,
        "SELECT o.rowid FROM occurrence o JOIN identity i ON i.n = o.identity " OF_THE_SCAN
        "ORDER BY o.place, i.key",
        &order, err);
    if (r < 0) {
        (void)sqlite3_finalize(row);
        return r;
    }
    while (r >= 0 && (stepped = sqlite3_step(order)) == SQLITE_ROW) {
        (void)sqlite3_bind_int64(row, 1, sqlite3_column_int64(order, 0));
        r = sqlite3_step(row) == SQLITE_ROW ? tell_occurrence(s, row, each, to, err)
                                            : store_failed(s, "reading the inventory", err);
        (void)sqlite3_reset(row);
    }
    (void)sqlite3_finalize(row);
    return end_reading(s, order, r, stepped, err);
}

int store_each_unexamined(struct store *s,
                          int (*each)(void *to, const struct unexamined *u, struct err *err),
                          void *to, struct err *err)
{
    sqlite3_stmt *st;
    int r = 0, stepped = SQLITE_DONE;

    if (sqlite3_prepare_v2(
            s->db,
            "SELECT place, reason, detail, folder FROM unexamined WHERE lineage = ?2 AND died > "
            "?1 AND born <= ?1 ORDER BY place, reason",
            -1, &st, NULL) != SQLITE_OK)
        return store_failed(s, "reading the coverage account", err);
    (void)sqlite3_bind_int64(st, 1, s->scan);
    (void)sqlite3_bind_int64(st, 2, s->lineage);
    while (r >= 0 && (stepped = sqlite3_step(st)) == SQLITE_ROW) {
        int reason = sqlite3_column_int(st, 1);
        struct unexamined u = {.place = column_sv(st, 0), .detail = column_sv(st, 2)};

        if (!was_seen(s, sqlite3_column_int64(st, 3)))
            continue;
        if (reason < 0 || reason >= REASON_COUNT_) {
            r = ERR(err, ERR_FORMAT, "store %s is damaged: a reason", s->path);
            break;
        }
        u.reason = (enum coverage_reason)reason;
        r = each(to, &u, err);
    }
    if (r >= 0 && stepped != SQLITE_DONE)
        r = store_failed(s, "reading the coverage account", err);
    (void)sqlite3_finalize(st);
    return r < 0 ? r : 0;
}

int store_each_finding(struct store *s,
                       int (*each)(void *to, const struct finding *f, struct err *err), void *to,
                       struct err *err)
{
    sqlite3_stmt *st;
    int r = 0, stepped = SQLITE_DONE;

    if (sqlite3_prepare_v2(s->db, "SELECT body FROM finding WHERE scan = ?1 ORDER BY id", -1, &st,
                           NULL) != SQLITE_OK)
        return store_failed(s, "reading findings", err);
    (void)sqlite3_bind_int64(st, 1, s->scan);
    while (r >= 0 && (stepped = sqlite3_step(st)) == SQLITE_ROW) {
        auto_json *body = NULL;
        struct finding f;

        arena_reset(&s->arena);
        r = json_parse(column_sv(st, 0), &body, err);
        if (r >= 0)
            r = finding_read_json(body, &s->arena, &f, err);
        if (r >= 0)
            r = each(to, &f, err);
    }
    if (r >= 0 && stepped != SQLITE_DONE)
        r = store_failed(s, "reading findings", err);
    (void)sqlite3_finalize(st);
    return r < 0 ? r : 0;
}
