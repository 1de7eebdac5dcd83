// SPDX-License-Identifier: Apache-2.0
/*
 * The store on SQLite.
 *
 *     scan        id, host, times, complete, header (JSON), probes (digests)
 *     identity    key = SHA-256 of the canonical JSON; body = the fields as a message
 *     occurrence  scan → identity, with place, anchor, owner, state and what is of this host only
 *     unexamined, finding   of a scan
 *
 * Evidence offsets belong to the occurrence: they are kept beside its own fields as
 * index:u32 offset:u64 length:u64 rows over the identity's fields.
 */
#include "store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "model/identity.h"
#include "model/message.h"
#include "trust/digest.h"

enum {
    BATCH_ROWS = 20000, /* of one transaction */
    READ_ARENA = 256 << 20,
    WAIT_MS = 60000,
};

#define SCHEMA_VERSION 1

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS scan(n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, host TEXT NOT "
    "NULL, started INTEGER NOT NULL, finished INTEGER NOT NULL DEFAULT 0, complete INTEGER NOT "
    "NULL DEFAULT 0, header TEXT NOT NULL DEFAULT '', probes BLOB NOT NULL DEFAULT x'');"
    "CREATE TABLE IF NOT EXISTS identity(n INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, body "
    "BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS occurrence(scan INTEGER NOT NULL, identity INTEGER NOT NULL, place "
    "TEXT NOT NULL, anchor TEXT NOT NULL, owner TEXT NOT NULL, recogniser TEXT NOT NULL, state "
    "INTEGER NOT NULL, ceiling INTEGER NOT NULL, fields BLOB, evidence BLOB);"
    "CREATE INDEX IF NOT EXISTS occurrence_of_scan ON occurrence(scan);"
    "CREATE TABLE IF NOT EXISTS unexamined(scan INTEGER NOT NULL, place TEXT NOT NULL, reason "
    "INTEGER NOT NULL, detail TEXT NOT NULL);"
    "CREATE INDEX IF NOT EXISTS unexamined_of_scan ON unexamined(scan);"
    "CREATE TABLE IF NOT EXISTS finding(scan INTEGER NOT NULL, id TEXT NOT NULL, body TEXT NOT "
    "NULL, PRIMARY KEY(scan, id)) WITHOUT ROWID;"
    "PRAGMA user_version=1;";

enum statement {
    ADD_IDENTITY,
    FIND_IDENTITY,
    ADD_OCCURRENCE,
    ADD_UNEXAMINED,
    ADD_FINDING,
    STATEMENT_COUNT,
};

static const char *const statement_texts[] = {
    [ADD_IDENTITY] = "INSERT OR IGNORE INTO identity(key, body) VALUES(?1, ?2)",
    [FIND_IDENTITY] = "SELECT n FROM identity WHERE key = ?1",
    [ADD_OCCURRENCE] = "INSERT INTO occurrence VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [ADD_UNEXAMINED] = "INSERT INTO unexamined VALUES(?1, ?2, ?3, ?4)",
    [ADD_FINDING] = "INSERT OR REPLACE INTO finding VALUES(?1, ?2, ?3)",
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    int lock_fd;
    int64_t scan; /* row of the scan that is written or was chosen */
    unsigned rows;
    struct arena arena;
    struct buf key_text;
    char *path;
};

static int failed(const struct store *s, const char *doing, struct err *err)
{
    return ERR(err, ERR_IO, "store %s: %s: %s", s->path, doing, sqlite3_errmsg(s->db));
}

static int run(struct store *s, const char *sql, const char *doing, struct err *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(s, doing, err);
}

static void bind_sv(sqlite3_stmt *st, int at, struct sv v)
{
    (void)sqlite3_bind_text64(st, at, v.n ? v.p : "", v.n, SQLITE_STATIC, SQLITE_UTF8);
}

static void bind_blob(sqlite3_stmt *st, int at, const void *p, size_t n)
{
    (void)sqlite3_bind_blob64(st, at, n ? p : "", n, SQLITE_STATIC);
}

static int step(struct store *s, sqlite3_stmt *st, const char *doing, struct err *err)
{
    int r = sqlite3_step(st);

    (void)sqlite3_reset(st);
    return r == SQLITE_DONE || r == SQLITE_ROW ? 0 : failed(s, doing, err);
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
        return failed(s, "opening it", err);
    if (sqlite3_step(st) != SQLITE_ROW) {
        (void)sqlite3_finalize(st);
        return failed(s, "opening it", err);
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
    if (version > SCHEMA_VERSION)
        return ERR(err, ERR_UNSUPPORTED,
                   "store %s was written by a newer debar (layout %d; this one knows %d)", s->path,
                   version, SCHEMA_VERSION);
    if (mode == STORE_READ)
        return version ? 0 : ERR(err, ERR_FORMAT, "store %s is not one of debar's", s->path);
    if (mode == STORE_PRIVATE)
        TRY(run(s, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;", "opening it", err));
    else
        TRY(run(s, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", "opening it", err));
    TRY(run(s, schema, "making its tables", err));
    for (int i = 0; i < STATEMENT_COUNT; i++)
        if (sqlite3_prepare_v3(s->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &s->statements[i], NULL) != SQLITE_OK)
            return failed(s, "preparing a statement", err);
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
        return failed(s, "opening it", err);
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
        (void)sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL); // an incomplete scan is kept as that
    (void)sqlite3_close(s->db);
    if (s->lock_fd >= 0)
        (void)close(s->lock_fd);
    arena_clear(&s->arena);
    buf_clear(&s->key_text);
    free(s->path);
    free(s);
}

void store_auto_close(struct store **s)
{
    store_close(*s);
    *s = NULL;
}

/* ---- writing ---- */

static int wrote_row(struct store *s, struct err *err)
{
    if (++s->rows % BATCH_ROWS)
        return 0;
    return run(s, "COMMIT; BEGIN IMMEDIATE", "saving", err);
}

int store_begin(struct store *s, struct sv scan_id, struct sv host_id, int64_t started_ns,
                struct err *err)
{
    sqlite3_stmt *st;
    int r;

    TRY(run(s, "BEGIN IMMEDIATE", "beginning a scan", err));
    if (sqlite3_prepare_v2(s->db, "INSERT INTO scan(id, host, started) VALUES(?1, ?2, ?3)", -1, &st,
                           NULL) != SQLITE_OK)
        return failed(s, "beginning a scan", err);
    bind_sv(st, 1, scan_id);
    bind_sv(st, 2, host_id);
    (void)sqlite3_bind_int64(st, 3, started_ns);
    r = step(s, st, "beginning a scan", err);
    (void)sqlite3_finalize(st);
    s->scan = sqlite3_last_insert_rowid(s->db);
    return r;
}

static void put_le(struct buf *b, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_char(b, (char)(value >> (8 * i) & 0xff));
}

static void write_fields(struct emit *e, const struct component *c, const struct field *fields,
                         size_t count, bool identity)
{
    emit_component_as(e, c->type, c->state, c->ceiling);
    for (size_t i = 0; i < count; i++) {
        if (field_is_identity(fields[i].key) != identity)
            continue;
        e->group = fields[i].group;
        emit_field_at(e, fields[i].key, fields[i].value, identity ? 0 : fields[i].offset,
                      identity ? 0 : fields[i].length);
    }
}

static int identity_row(struct store *s, const struct component *c, const struct field *fields,
                        size_t count, int64_t *ret_row, struct err *err)
{
    sqlite3_stmt *find = s->statements[FIND_IDENTITY], *add = s->statements[ADD_IDENTITY];
    uint8_t key[32];
    struct emit body;
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
    emit_init(&body, STATE_PRESENT, CONFIDENCE_CONFIRMED);
    write_fields(&body, &(struct component){.type = c->type}, fields, count, true);
    r = emit_finish(&body, err);
    if (r == 0) {
        bind_blob(add, 1, key, sizeof(key));
        bind_blob(add, 2, body.bytes.p, body.bytes.n);
        r = step(s, add, "adding a component", err);
        *ret_row = sqlite3_last_insert_rowid(s->db);
    }
    emit_clear(&body);
    return r;
}

static void write_evidence(struct buf *to, const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].length == 0)
            continue;
        put_le(to, i, 4);
        put_le(to, fields[i].offset, 8);
        put_le(to, fields[i].length, 8);
    }
}

static int add_occurrence(struct store *s, const struct occurrence *o, int64_t identity,
                          const struct emit *own, const struct buf *evidence, struct err *err)
{
    sqlite3_stmt *st = s->statements[ADD_OCCURRENCE];

    (void)sqlite3_bind_int64(st, 1, s->scan);
    (void)sqlite3_bind_int64(st, 2, identity);
    bind_sv(st, 3, o->place);
    bind_sv(st, 4, o->anchor);
    bind_sv(st, 5, o->owner);
    bind_sv(st, 6, o->recogniser);
    (void)sqlite3_bind_int(st, 7, (int)o->component.state);
    (void)sqlite3_bind_int(st, 8, (int)o->component.ceiling);
    bind_blob(st, 9, own->bytes.p, own->bytes.n);
    bind_blob(st, 10, evidence->p, evidence->n);
    TRY(step(s, st, "adding a component", err));
    return wrote_row(s, err);
}

int store_add(struct store *s, const struct occurrence *o, struct err *err)
{
    auto_buf evidence = {0};
    struct field *fields;
    int64_t identity = 0;
    struct emit own;
    size_t count;
    int r;

    arena_reset(&s->arena);
    TRY(identity_fields(&o->component, &s->arena, &fields, &count, err));
    TRY(identity_row(s, &o->component, fields, count, &identity, err));
    write_evidence(&evidence, fields, count);
    emit_init(&own, o->component.state, o->component.ceiling);
    write_fields(&own, &o->component, o->component.fields, o->component.field_count, false);
    r = emit_finish(&own, err);
    if (r == 0)
        r = add_occurrence(s, o, identity, &own, &evidence, err);
    emit_clear(&own);
    return r;
}

int store_add_unexamined(struct store *s, const struct unexamined *u, struct err *err)
{
    sqlite3_stmt *st = s->statements[ADD_UNEXAMINED];

    (void)sqlite3_bind_int64(st, 1, s->scan);
    bind_sv(st, 2, u->place);
    (void)sqlite3_bind_int(st, 3, (int)u->reason);
    bind_sv(st, 4, u->detail);
    TRY(step(s, st, "adding to the coverage account", err));
    return wrote_row(s, err);
}

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
    TRY(step(s, st, "adding a finding", err));
    return wrote_row(s, err);
}

int store_clear_findings(struct store *s, struct err *err)
{
    char sql[80];

    (void)snprintf(sql, sizeof(sql), "DELETE FROM finding WHERE scan = %lld", (long long)s->scan);
    return run(s, sql, "clearing findings", err);
}

int store_end(struct store *s, int64_t finished_ns, bool complete, struct sv header,
              struct sv probes, struct err *err)
{
    sqlite3_stmt *st;
    int r;

    if (sqlite3_prepare_v2(s->db,
                           "UPDATE scan SET finished = ?2, complete = ?3, header = ?4, probes = ?5 "
                           "WHERE n = ?1",
                           -1, &st, NULL) != SQLITE_OK)
        return failed(s, "ending the scan", err);
    (void)sqlite3_bind_int64(st, 1, s->scan);
    (void)sqlite3_bind_int64(st, 2, finished_ns);
    (void)sqlite3_bind_int(st, 3, complete);
    bind_sv(st, 4, header);
    bind_blob(st, 5, probes.p, probes.n);
    r = step(s, st, "ending the scan", err);
    (void)sqlite3_finalize(st);
    TRY(r);
    return run(s, "COMMIT", "saving", err);
}

/* ---- reading ---- */

static struct sv column(sqlite3_stmt *st, int at)
{
    const void *p = sqlite3_column_blob(st, at);

    return (struct sv){p, (size_t)sqlite3_column_bytes(st, at)};
}

static struct stored_scan scan_of_row(sqlite3_stmt *st, struct arena *arena)
{
    return (struct stored_scan){
        .id = arena_copy(arena, column(st, 1)),
        .host_id = arena_copy(arena, column(st, 2)),
        .started_ns = sqlite3_column_int64(st, 3),
        .finished_ns = sqlite3_column_int64(st, 4),
        .complete = sqlite3_column_int(st, 5),
        .header = arena_copy(arena, column(st, 6)),
        .probes = arena_copy(arena, column(st, 7)),
    };
}

#define SCAN_COLUMNS "n, id, host, started, finished, complete, header, probes"

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
        return failed(s, "looking for a scan", err);
    if (id.n) {
        bind_sv(st, 1, id);
        (void)sqlite3_bind_int64(st, 2, (int64_t)id.n);
    }
    r = sqlite3_step(st);
    if (r != SQLITE_ROW) {
        (void)sqlite3_finalize(st);
        if (r != SQLITE_DONE)
            return failed(s, "looking for a scan", err);
        return id.n ? ERR(err, ERR_GONE, "no stored scan has the id '%.*s'", (int)id.n, id.p)
                    : ERR(err, ERR_GONE, "no finished scan is stored in %s", s->path);
    }
    s->scan = sqlite3_column_int64(st, 0);
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
        return failed(s, "listing scans", err);
    while (r >= 0 && sqlite3_step(st) == SQLITE_ROW) {
        struct stored_scan scan = scan_of_row(st, arena);

        r = each(to, &scan, err);
    }
    (void)sqlite3_finalize(st);
    return r < 0 ? r : 0;
}

/* The identity's fields with their evidence, then the occurrence's own. */
static int join_fields(struct store *s, sqlite3_stmt *st, struct component *ret, struct err *err)
{
    struct sv body = column(st, 6), own = column(st, 7), evidence = column(st, 8);
    struct reader r = reader_over((struct span){(const uint8_t *)body.p, body.n});
    struct component identity, host;
    struct field *fields;
    size_t n;

    if (message_next(&r, &s->arena, &identity, err) != 0)
        return ERR(err, ERR_FORMAT, "store %s is damaged: a component", s->path);
    r = reader_over((struct span){(const uint8_t *)own.p, own.n});
    if (message_next(&r, &s->arena, &host, err) != 0)
        return ERR(err, ERR_FORMAT, "store %s is damaged: an occurrence", s->path);
    n = identity.field_count;
    fields = arena_take_array(&s->arena, n + host.field_count, sizeof(*fields));
    if (arena_failed(&s->arena))
        return arena_error(&s->arena, err);
    if (n)
        memcpy(fields, identity.fields, n * sizeof(*fields));
    if (host.field_count)
        memcpy(fields + n, host.fields, host.field_count * sizeof(*fields));
    r = reader_over((struct span){(const uint8_t *)evidence.p, evidence.n});
    while (r.rest.n) {
        uint32_t i = reader_u32le(&r);
        uint64_t offset = reader_u64le(&r), length = reader_u64le(&r);

        if (!reader_ok(&r) || i >= n)
            return ERR(err, ERR_FORMAT, "store %s is damaged: evidence", s->path);
        fields[i].offset = offset;
        fields[i].length = length;
    }
    *ret = (struct component){.type = identity.type,
                              .state = host.state,
                              .ceiling = host.ceiling,
                              .fields = fields,
                              .field_count = n + host.field_count};
    return 0;
}

int store_each_occurrence(struct store *s,
                          int (*each)(void *to, const struct occurrence *o, struct err *err),
                          void *to, struct err *err)
{
    sqlite3_stmt *st;
    int r = 0, stepped = SQLITE_DONE;

    if (sqlite3_prepare_v2(
            s->db,
            "SELECT o.place, o.anchor, o.owner, o.recogniser, o.state, o.ceiling, "
            "i.body, o.fields, o.evidence FROM occurrence o JOIN identity i ON i.n = "
            "o.identity WHERE o.scan = ?1 ORDER BY o.place, i.key",
            -1, &st, NULL) != SQLITE_OK)
        return failed(s, "reading the inventory", err);
    (void)sqlite3_bind_int64(st, 1, s->scan);
    while (r >= 0 && (stepped = sqlite3_step(st)) == SQLITE_ROW) {
        struct occurrence o = {.place = column(st, 0),
                               .anchor = column(st, 1),
                               .owner = column(st, 2),
                               .recogniser = column(st, 3)};

        arena_reset(&s->arena);
        r = join_fields(s, st, &o.component, err);
        if (r >= 0)
            r = each(to, &o, err);
    }
    if (r >= 0 && stepped != SQLITE_DONE)
        r = failed(s, "reading the inventory", err);
    (void)sqlite3_finalize(st);
    return r < 0 ? r : 0;
}

int store_each_unexamined(struct store *s,
                          int (*each)(void *to, const struct unexamined *u, struct err *err),
                          void *to, struct err *err)
{
    sqlite3_stmt *st;
    int r = 0, stepped = SQLITE_DONE;

    if (sqlite3_prepare_v2(s->db,
                           "SELECT place, reason, detail FROM unexamined WHERE scan = ?1 ORDER BY "
                           "place, reason",
                           -1, &st, NULL) != SQLITE_OK)
        return failed(s, "reading the coverage account", err);
    (void)sqlite3_bind_int64(st, 1, s->scan);
    while (r >= 0 && (stepped = sqlite3_step(st)) == SQLITE_ROW) {
        int reason = sqlite3_column_int(st, 1);
        struct unexamined u = {.place = column(st, 0), .detail = column(st, 2)};

        if (reason < 0 || reason >= REASON_COUNT_) {
            r = ERR(err, ERR_FORMAT, "store %s is damaged: a reason", s->path);
            break;
        }
        u.reason = (enum coverage_reason)reason;
        r = each(to, &u, err);
    }
    if (r >= 0 && stepped != SQLITE_DONE)
        r = failed(s, "reading the coverage account", err);
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
        return failed(s, "reading findings", err);
    (void)sqlite3_bind_int64(st, 1, s->scan);
    while (r >= 0 && (stepped = sqlite3_step(st)) == SQLITE_ROW) {
        auto_json *body = NULL;
        struct finding f;

        arena_reset(&s->arena);
        r = json_parse(column(st, 0), &body, err);
        if (r >= 0)
            r = finding_read_json(body, &s->arena, &f, err);
        if (r >= 0)
            r = each(to, &f, err);
    }
    if (r >= 0 && stepped != SQLITE_DONE)
        r = failed(s, "reading findings", err);
    (void)sqlite3_finalize(st);
    return r < 0 ? r : 0;
}
