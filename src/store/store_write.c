// SPDX-License-Identifier: Apache-2.0
/*
 * Writing one scan.
 *
 * Where in a file a value stands belongs to the occurrence: it is kept beside its own fields.
 */
#include <stdio.h>

#include <xxhash.h>

#include "model/identity.h"
#include "model/message.h"
#include "store/store_internal.h"
#include "trust/digest.h"

enum {
    BATCH_ROWS = 20000, /* of one transaction */
};

/* A row more; a scan that others follow is saved by whoever knows what it remembers of files. */
static int wrote_row(struct store *s, struct err *err)
{
    if (++s->written % BATCH_ROWS || s->lineage)
        return 0;
    return store_run(s, "COMMIT; BEGIN IMMEDIATE", "saving", err);
}

bool store_is_due(const struct store *s)
{
    return s->written >= BATCH_ROWS;
}

bool store_changed(const struct store *s)
{
    return s->changes > 0;
}

/* ---- the scan ---- */

int store_begin(struct store *s, struct sv scan_id, struct sv host_id, int64_t started_ns,
                struct err *err)
{
    sqlite3_stmt *st;
    int r;

    TRY(store_run(s, "BEGIN IMMEDIATE", "beginning a scan", err));
    TRY(store_prepare(s, "INSERT INTO scan(id, host, started, lineage) VALUES(?1, ?2, ?3, ?4)", &st,
                      "beginning a scan", err));
    bind_sv(st, 1, scan_id);
    bind_sv(st, 2, host_id);
    (void)sqlite3_bind_int64(st, 3, started_ns);
    (void)sqlite3_bind_int64(st, 4, s->lineage);
    r = store_step(s, st, "beginning a scan", err);
    (void)sqlite3_finalize(st);
    s->scan = sqlite3_last_insert_rowid(s->db);
    s->written = s->changes = 0;
    s->whole = true;
    if (r < 0 || s->lineage)
        return r;
    // A lineage of its own, that no other scan will follow.
    return store_run_with(s, "UPDATE scan SET lineage = -n WHERE n = ?1", &s->scan, 1, NULL,
                          "beginning a scan", err);
}

int store_go_on(struct store *s, struct err *err)
{
    TRY(store_run(s, "BEGIN IMMEDIATE", "going on with a scan", err));
    s->scan = s->before;
    s->before = 0; // its findings are not those of the scan before it
    s->written = s->changes = 0;
    s->whole = true;
    return store_run_with(s,
                          "UPDATE scan SET finished = 0, complete = 0, matched = NULL WHERE n = ?1",
                          &s->scan, 1, NULL, "going on with a scan", err);
}

/* ---- occurrences ---- */

static int64_t lineage_of(const struct store *s)
{
    return s->lineage ? s->lineage : -s->scan;
}

int64_t origin_folder(const struct store *s, uint32_t folder)
{
    return folder ? s->lineage << 32 | folder : 0;
}

static int identity_row(struct store *s, const struct component *c, const struct field *fields,
                        size_t count, int64_t *ret_row, struct err *err)
{
    sqlite3_stmt *find = s->statements[FIND_IDENTITY], *add = s->statements[ADD_IDENTITY];
    auto_buf body = {0};
    uint8_t key[32];
    int r;

    buf_reset(&s->key_text);
    identity_write(c->type, fields, count, &s->key_text);
    digest_sha256((struct span){(const uint8_t *)s->key_text.p, s->key_text.n}, key);
    bind_blob(find, 1, key, sizeof(key));
    if (sqlite3_step(find) == SQLITE_ROW) {
        *ret_row = sqlite3_column_int64(find, 0);
        (void)sqlite3_reset(find);
        return 0;
    }
    (void)sqlite3_reset(find);
    identity_put(&body, c->type, fields, count);
    if (!buf_ok(&body))
        return ERR(err, ERR_NOMEM, "no memory for a component");
    bind_blob(add, 1, key, sizeof(key));
    bind_blob(add, 2, body.p, body.n);
    r = store_step(s, add, "adding a component", err);
    *ret_row = sqlite3_last_insert_rowid(s->db);
    return r;
}

/* What two rows that say the same have in common; kept, so that files can be compared by it. */
static int64_t sum_of(const struct occurrence *o, int64_t identity, const struct buf *own,
                      const struct buf *evidence)
{
    const struct sv texts[] = {o->place,      o->anchor,     o->owner,
                               buf_view(own), o->recogniser, buf_view(evidence)};
    uint64_t sum = (uint64_t)identity << 16 | o->component.state << 8 | o->component.ceiling;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        sum = XXH3_64bits_withSeed(texts[i].n ? texts[i].p : "", texts[i].n, sum);
    return (int64_t)sum;
}

static void bind_origin(struct store *s, sqlite3_stmt *st, struct store_origin origin)
{
    (void)sqlite3_bind_int64(st, 1, lineage_of(s));
    (void)sqlite3_bind_int64(st, 2, s->scan);
    (void)sqlite3_bind_int64(st, 3, origin_folder(s, origin.folder));
    (void)sqlite3_bind_int64(st, 4, (int64_t)origin.file);
    s->changes++;
}

static int add_occurrence(struct store *s, const struct occurrence *o, struct store_origin origin,
                          int64_t identity, const struct buf *own, const struct buf *evidence,
                          struct err *err)
{
    sqlite3_stmt *st = s->statements[ADD_OCCURRENCE];

    bind_origin(s, st, origin);
    (void)sqlite3_bind_int64(st, 5, identity);
    bind_sv(st, 6, o->place);
    bind_sv(st, 7, o->anchor);
    bind_sv(st, 8, o->owner);
    bind_sv(st, 9, o->recogniser);
    (void)sqlite3_bind_int(st, 10, (int)o->component.state);
    (void)sqlite3_bind_int(st, 11, (int)o->component.ceiling);
    bind_blob(st, 12, own->p, own->n);
    bind_blob(st, 13, evidence->p, evidence->n);
    (void)sqlite3_bind_int64(st, 14, sum_of(o, identity, own, evidence));
    TRY(store_step(s, st, "adding a component", err));
    return wrote_row(s, err);
}

int store_add(struct store *s, const struct occurrence *o, struct store_origin origin,
              struct err *err)
{
    auto_buf own = {0}, evidence = {0};
    struct field *fields;
    int64_t identity = 0;
    size_t count;

    arena_reset(&s->arena);
    TRY(identity_fields(&o->component, &s->arena, &fields, &count, err));
    TRY(identity_row(s, &o->component, fields, count, &identity, err));
    evidence_put(&evidence, fields, count);
    own_put(&own, &o->component);
    if (!buf_ok(&evidence) || !buf_ok(&own))
        return ERR(err, ERR_NOMEM, "no memory for a component");
    return add_occurrence(s, o, origin, identity, &own, &evidence, err);
}

int store_add_unexamined(struct store *s, const struct unexamined *u, struct store_origin origin,
                         struct err *err)
{
    sqlite3_stmt *st = s->statements[ADD_UNEXAMINED];
    uint64_t sum = XXH3_64bits_withSeed(u->place.p, u->place.n, (uint64_t)u->reason);

    bind_origin(s, st, origin);
    bind_sv(st, 5, u->place);
    (void)sqlite3_bind_int(st, 6, (int)u->reason);
    bind_sv(st, 7, u->detail);
    (void)sqlite3_bind_int64(st, 8, (int64_t)XXH3_64bits_withSeed(u->detail.p, u->detail.n, sum));
    TRY(store_step(s, st, "adding to the coverage account", err));
    return wrote_row(s, err);
}

/* ---- closing what the scan before had ---- */

static const char *const inventory[] = {"occurrence", "unexamined"};

/* Both tables; `where` is over ?1 the scan, ?2 the folder and ?3 the file, or the lineage. */
static int close_where(struct store *s, const char *where, int64_t a, int64_t b, struct err *err)
{
    for (size_t i = 0; i < ARRAY_LEN(inventory); i++) {
        const int64_t numbers[] = {s->scan, a, b};
        uint64_t rows;
        char sql[200];

        (void)snprintf(sql, sizeof(sql), "UPDATE %s SET died = ?1 WHERE %s AND died = %lld",
                       inventory[i], where, (long long)FOREVER);
        TRY(store_run_with(s, sql, numbers, 3, &rows, "closing what has changed", err));
        s->changes += rows;
        s->written += rows;
    }
    return 0;
}

int store_close_file(struct store *s, struct store_origin origin, struct err *err)
{
    return close_where(s, "folder = ?2 AND file = ?3", origin_folder(s, origin.folder),
                       (int64_t)origin.file, err);
}

int store_close_folder(struct store *s, uint32_t folder, struct err *err)
{
    return close_where(s, "folder = ?2 AND ?3 = 0", origin_folder(s, folder), 0, err);
}

int store_close_loose(struct store *s, struct err *err)
{
    return close_where(s, "lineage = ?2 AND folder = ?3", lineage_of(s), 0, err);
}

int store_close_all(struct store *s, struct err *err)
{
    return close_where(s, "lineage = ?2 AND ?3 = 0", lineage_of(s), 0, err);
}

/* How many rows hold, and what their sums add up to. */
static int sum_rows(struct store *s, const char *table, const char *which, struct store_origin o,
                    uint64_t *ret_count, uint64_t *ret_sum, struct err *err)
{
    sqlite3_stmt *st;
    char sql[200];
    int r;

    (void)snprintf(
        sql, sizeof(sql),
        "SELECT sum FROM %s WHERE folder = ?1 AND file = ?2 AND lineage = ?4 AND %s = ?3", table,
        which);
    TRY(store_prepare(s, sql, &st, "comparing with the scan before", err));
    (void)sqlite3_bind_int64(st, 1, origin_folder(s, o.folder));
    (void)sqlite3_bind_int64(st, 2, (int64_t)o.file);
    (void)sqlite3_bind_int64(st, 3, s->scan);
    (void)sqlite3_bind_int64(st, 4, lineage_of(s));
    *ret_count = *ret_sum = 0;
    while ((r = sqlite3_step(st)) == SQLITE_ROW) {
        ++*ret_count;
        *ret_sum += (uint64_t)sqlite3_column_int64(st, 0);
    }
    (void)sqlite3_finalize(st);
    return r == SQLITE_DONE ? 0 : store_failed(s, "comparing with the scan before", err);
}

/* Take back what this scan wrote of one origin: the rows of the scan before say the same. */
static int take_back(struct store *s, const char *table, struct store_origin o, uint64_t count,
                     struct err *err)
{
    const int64_t numbers[] = {origin_folder(s, o.folder), (int64_t)o.file, s->scan, lineage_of(s)};
    char sql[200];

    (void)snprintf(sql, sizeof(sql),
                   "DELETE FROM %s WHERE folder = ?1 AND file = ?2 AND born = ?3 AND lineage = ?4",
                   table);
    TRY(store_run_with(s, sql, numbers, 4, NULL, "comparing with the scan before", err));
    (void)snprintf(sql, sizeof(sql),
                   "UPDATE %s SET died = %lld WHERE folder = ?1 AND file = ?2 AND died = ?3 AND "
                   "lineage = ?4",
                   table, (long long)FOREVER);
    TRY(store_run_with(s, sql, numbers, 4, NULL, "comparing with the scan before", err));
    s->changes -= 2 * count;
    return 0;
}

int store_settle(struct store *s, struct store_origin origin, bool *ret_same, struct err *err)
{
    *ret_same = true;
    for (size_t i = 0; i < ARRAY_LEN(inventory); i++) {
        uint64_t before, now, sum_before, sum_now;

        TRY(sum_rows(s, inventory[i], "died", origin, &before, &sum_before, err));
        TRY(sum_rows(s, inventory[i], "born", origin, &now, &sum_now, err));
        if (before != now || sum_before != sum_now)
            *ret_same = false;
        else if (now)
            TRY(take_back(s, inventory[i], origin, now, err));
    }
    return 0;
}

/* ---- findings and the end ---- */

int store_add_finding(struct store *s, const struct finding *f, struct err *err)
{
    sqlite3_stmt *st = s->statements[ADD_FINDING];
    auto_buf body = {0};
    struct json_writer w = json_writer_to(&body, false);

    finding_write_json(f, &w);
    if (!buf_ok(&body))
        return ERR(err, ERR_NOMEM, "no memory for a finding");
    (void)sqlite3_bind_int64(st, 1, s->scan);
    bind_sv(st, 2, f->id);
    bind_sv(st, 3, buf_view(&body));
    return store_step(s, st, "adding a finding", err);
}

int store_clear_findings(struct store *s, struct err *err)
{
    TRY(store_run(s, "BEGIN IMMEDIATE", "keeping findings", err));
    return store_run_with(s, "DELETE FROM finding WHERE scan = ?1", &s->scan, 1, NULL,
                          "keeping findings", err);
}

int store_copy_findings(struct store *s, struct sv key, bool *ret_copied, struct err *err)
{
    const int64_t numbers[] = {s->scan, s->before};
    sqlite3_stmt *st;

    *ret_copied = false;
    if (!s->before || s->changes)
        return 0;
    TRY(store_prepare(s, "SELECT 1 FROM scan WHERE n = ?1 AND complete = 1 AND matched = ?2", &st,
                      "looking for findings", err));
    (void)sqlite3_bind_int64(st, 1, s->before);
    bind_blob(st, 2, key.p, key.n);
    *ret_copied = sqlite3_step(st) == SQLITE_ROW;
    (void)sqlite3_finalize(st);
    if (!*ret_copied)
        return 0;
    TRY(store_clear_findings(s, err));
    return store_run_with(
        s, "INSERT OR REPLACE INTO finding SELECT ?1, id, body FROM finding WHERE scan = ?2",
        numbers, 2, NULL, "copying findings", err);
}

int store_matched(struct store *s, struct sv key, struct err *err)
{
    sqlite3_stmt *st;
    int r;

    TRY(store_prepare(s, "UPDATE scan SET matched = ?2 WHERE n = ?1", &st, "keeping findings",
                      err));
    (void)sqlite3_bind_int64(st, 1, s->scan);
    bind_blob(st, 2, key.p, key.n);
    r = store_step(s, st, "keeping findings", err);
    (void)sqlite3_finalize(st);
    TRY(r);
    return store_run(s, "COMMIT", "keeping findings", err);
}

int store_seen(struct store *s, struct sv folders, struct err *err)
{
    sqlite3_stmt *st;
    int r;

    TRY(store_prepare(s, "UPDATE scan SET folders = ?2 WHERE n = ?1", &st, "saving", err));
    (void)sqlite3_bind_int64(st, 1, s->scan);
    bind_blob(st, 2, folders.p, folders.n);
    r = store_step(s, st, "saving", err);
    (void)sqlite3_finalize(st);
    return r;
}

int store_save(struct store *s, struct err *err)
{
    s->written = 0;
    return store_run(s, "COMMIT; BEGIN IMMEDIATE", "saving", err);
}

int store_end(struct store *s, int64_t finished_ns, bool complete, struct sv header,
              struct sv probes, struct err *err)
{
    sqlite3_stmt *st;
    int r;

    if (sqlite3_prepare_v2(
            s->db,
            "UPDATE scan SET finished = ?2, complete = ?3, header = ?4, probes = ?5, "
            "folders = iif(?3, NULL, folders) WHERE n = ?1",
            -1, &st, NULL) != SQLITE_OK)
        return store_failed(s, "ending the scan", err);
    (void)sqlite3_bind_int64(st, 1, s->scan);
    (void)sqlite3_bind_int64(st, 2, finished_ns);
    (void)sqlite3_bind_int(st, 3, complete);
    bind_sv(st, 4, header);
    bind_blob(st, 5, probes.p, probes.n);
    r = store_step(s, st, "ending the scan", err);
    (void)sqlite3_finalize(st);
    TRY(r);
    return store_run(s, "COMMIT", "saving", err);
}
