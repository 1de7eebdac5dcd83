// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one certificate, and the trust that was given to it, out of an NSS database (cert9.db).
 *
 * Table nssPublic has a column for each attribute of PKCS #11, as recog_nss.c says: a0 the class,
 * a11 the DER, a81 and a82 issuer and serial number, which tie a trust object to its certificate.
 * certutil -D removes the same two rows. SQLite does so in memory, in a process without rights.
 *
 * Nothing may have the database open, and no journal may lie beside it (cert9.db-journal): the
 * change that is in there would be lost. Source: NSS lib/softoken/sdb.c, lib/util/pkcs11n.h.
 */
#include <errno.h>
#include <unistd.h>

#include <sqlite3.h>

#include "identify/sqlite_source.h"
#include "os/jailed.h"
#include "remedy/edit.h"
#include "trust/certificate.h"

#define CLASS_CERTIFICATE "x'00000001'"
#define CLASS_TRUST "x'ce534353'"

enum {
    FORMAT_VERSION = 18, /* where a database says how it is written */
    FORMAT_WAL = 2,
    MEMORY_MORE = 256 << 20,
    CPU_S = 60,
};

struct dropping {
    struct span before;
    struct sv key;
    sqlite3 *db;
    struct arena arena;
};

static int failed(const struct dropping *d, struct err *err)
{
    return ERR(err, ERR_FORMAT, "the database of certificates: %s",
               d->db ? sqlite3_errmsg(d->db) : "no memory");
}

static int run_sql(const struct dropping *d, const char *sql, struct err *err)
{
    return sqlite3_exec(d->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(d, err);
}

/* Rows of certificates that are the one: into the table that says what goes. */
static int mark(struct dropping *d, size_t *ret_count, struct err *err)
{
    sqlite3_stmt *rows = NULL, *add = NULL;
    int step = SQLITE_ERROR;

    if (sqlite3_prepare_v2(d->db,
                           "SELECT id, a11 FROM nssPublic WHERE a0 = " CLASS_CERTIFICATE
                           " AND a11 IS NOT NULL",
                           -1, &rows, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(d->db, "INSERT INTO temp.gone VALUES (?)", -1, &add, NULL) == SQLITE_OK)
        while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
            struct span der = {sqlite3_column_blob(rows, 1), (size_t)sqlite3_column_bytes(rows, 1)};
            struct certificate c;
            struct err wrong;

            arena_reset(&d->arena);
            if (certificate_parse(der, &d->arena, &c, NULL, &wrong) < 0 ||
                !sv_eq_nocase(c.sha256, d->key))
                continue;
            (void)sqlite3_bind_int64(add, 1, sqlite3_column_int64(rows, 0));
            if (sqlite3_step(add) != SQLITE_DONE)
                break;
            (void)sqlite3_reset(add);
            ++*ret_count;
        }
    if (step != SQLITE_DONE)
        (void)failed(d, err);
    (void)sqlite3_finalize(rows);
    (void)sqlite3_finalize(add);
    return step == SQLITE_DONE ? 0 : -ERR_FORMAT;
}

static int write_out(const struct dropping *d, struct err *err)
{
    sqlite3_int64 size = 0;
    unsigned char *bytes = sqlite3_serialize(d->db, "main", &size, 0);

    if (!bytes)
        return failed(d, err);
    for (sqlite3_int64 at = 0; at < size;) {
        ssize_t n = pwrite(JAILED_OUT, bytes + at, (size_t)(size - at), at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            sqlite3_free(bytes);
            return ERR_SYS(err, "writing the database");
        }
        at += n;
    }
    sqlite3_free(bytes);
    return 0;
}

static int drop(struct dropping *d, struct err *err)
{
    size_t count = 0;

    if (sqlite3_open_v2(":memory:", &d->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        return failed(d, err);
    (void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    (void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(d->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);

    unsigned char *copy = sqlite3_malloc64(d->before.n);

    if (!copy)
        return ERR(err, ERR_NOMEM, "no memory");
    for (size_t i = 0; i < d->before.n; i++)
        copy[i] = d->before.p[i];
    if (sqlite3_deserialize(
            d->db, "main", copy, (sqlite3_int64)d->before.n, (sqlite3_int64)d->before.n,
            SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) != SQLITE_OK)
        return failed(d, err);
    TRY(run_sql(d, "PRAGMA temp_store=MEMORY; CREATE TEMP TABLE gone (id INTEGER)", err));
    TRY(mark(d, &count, err));
    if (count == 0)
        return EDIT_NOTHING;
    // The trust of a certificate that is there a second time, under another key, stays with it.
    TRY(run_sql(d,
                "DELETE FROM nssPublic WHERE a0 = " CLASS_TRUST
                " AND EXISTS (SELECT 1 FROM nssPublic c JOIN temp.gone USING (id)"
                " WHERE c.a81 = nssPublic.a81 AND c.a82 = nssPublic.a82)"
                " AND NOT EXISTS (SELECT 1 FROM nssPublic c WHERE c.a0 = " CLASS_CERTIFICATE
                " AND c.a81 = nssPublic.a81 AND c.a82 = nssPublic.a82"
                " AND c.id NOT IN (SELECT id FROM temp.gone));"
                "DELETE FROM nssPublic WHERE id IN (SELECT id FROM temp.gone)",
                err));
    return write_out(d, err);
}

static int work(void *to, struct err *err)
{
    struct dropping *d = to;
    int result;

    arena_init(&d->arena, MEMORY_MORE);
    result = drop(d, err);
    (void)sqlite3_close(d->db);
    arena_clear(&d->arena);
    return result;
}

static int rewrite(struct edit_run *run, struct buf *after, struct err *err)
{
    struct sv key = arena_copy(run->arena, run->key);
    struct dropping d = {.before = run->before, .key = key};
    struct jailed j = {
        .name = "debar-nss",
        .limits = {.memory = 8 * (uint64_t)run->before.n + MEMORY_MORE,
                   .cpu_s = CPU_S,
                   .written = 2 * (uint64_t)run->before.n + MEMORY_MORE},
        .prepare = sqlite_source_prepare_library,
        .work = work,
        .to = &d,
    };
    int result;

    if (run->key.n != 64)
        return ERR(err, ERR_USAGE, "the key has to be a SHA-256 in hexadecimal");
    if (!sv_starts(run->text, (struct sv){"SQLite format 3", 16}) ||
        run->before.n <= FORMAT_VERSION + 1)
        return ERR(err, ERR_FORMAT, "the file is no NSS database of certificates (cert9.db)");
    if (run->before.p[FORMAT_VERSION] == FORMAT_WAL)
        return ERR(err, ERR_UNSUPPORTED,
                   "the database keeps its last changes in a file beside it; use certutil -D");
    result = jailed_run(&j, after, err);
    return result > 0 ? EDIT_NOTHING : result;
}

const struct edit edit_drop_nss_cert = {
    .name = "drop-nss-cert",
    .summary = "one certificate and its trust out of an NSS database (cert9.db)",
    .key = "the SHA-256 of its DER in hexadecimal",
    .rewrite = rewrite,
};
