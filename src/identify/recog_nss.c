// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises the certificates in an NSS database, cert9.db: Firefox, Thunderbird, Chromium on Linux
 * and everything else that uses NSS keeps one in each profile.
 *
 * It is an SQLite database. Table nssPublic has a column for each PKCS #11 attribute, named "a" and
 * its number in hexadecimal: a0 CKA_CLASS (00000001 is a certificate), a11 CKA_VALUE, its DER.
 * Source: PKCS #11 v2.40 attribute numbers; NSS lib/softoken/sdb.c describes the naming.
 *
 * The older cert8.db is a Berkeley DB 1.85 file, which is not read: that is said.
 */
#include "identify/certificate_fields.h"
#include "identify/recogniser.h"
#include "identify/sqlite_source.h"

enum {
    TAG_CERT9,
    TAG_CERT8,
};

static int emit_rows(const struct job *job, struct sqlite_source *db, sqlite3_stmt *rows,
                     struct err *err)
{
    int r, result = 0;

    while ((r = sqlite_source_step(db, rows, err)) == 0) {
        struct span der = {sqlite3_column_blob(rows, 1), (size_t)sqlite3_column_bytes(rows, 1)};
        struct certificate c;
        struct err wrong;

        r = certificate_parse(der, job->arena, &c, NULL, &wrong);
        if (r < 0) {
            result = r;
            *err = wrong;
            continue;
        }
        certificate_emit(job->out, &c, "nss", job->gate->state, job->gate->ceiling, 0, 0);
        emit_fieldf(job->out, FIELD_ROW, "nssPublic id=%lld",
                    (long long)sqlite3_column_int64(rows, 0));
    }
    return r < 0 ? r : result;
}

static int identify_nss(const struct job *job, struct err *err)
{
    auto_sqlite_source db = {0};
    auto_statement *rows = NULL;

    if (job->gate->tag == TAG_CERT8) {
        if (job->bytes->size == 0)
            return RECOG_NOT_MINE;
        return ERR(err, ERR_UNSUPPORTED, "NSS database of the old form (cert8.db)");
    }
    if (job->bytes->size == 0)
        return RECOG_NOT_MINE;
    TRY(sqlite_source_open(&db, job->bytes, err));
    TRY(sqlite_source_prepare(
        &db, "SELECT id, a11 FROM nssPublic WHERE a0 = x'00000001' AND a11 IS NOT NULL", &rows,
        err));
    return emit_rows(job, &db, rows, err);
}

static const struct gate gates[] = {
    {.path = "cert9.db", .state = STATE_INSTALLED, .anchor_up = 1, .tag = TAG_CERT9},
    {.path = "cert8.db", .state = STATE_INSTALLED, .anchor_up = 1, .tag = TAG_CERT8},
    {0},
};

const struct recogniser recog_nss = {
    .name = "nss",
    .summary = "certificates in the NSS databases of browsers and mail programs",
    .epoch = 1,
    .gates = gates,
    .identify = identify_nss,
};
