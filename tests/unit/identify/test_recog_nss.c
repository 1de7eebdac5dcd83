// SPDX-License-Identifier: Apache-2.0
#include <sqlite3.h>

#include "support/spy.h"

#include "support/make_cert.h"

extern const struct recogniser recog_nss;

enum {
    GATE_CERT9,
    GATE_CERT8,
};

static void exec(sqlite3 *db, const char *sql)
{
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void add(sqlite3 *db, int id, const char *object_class, struct span value)
{
    sqlite3_stmt *row;

    assert_int_equal(
        sqlite3_prepare_v2(db, "INSERT INTO nssPublic VALUES(?, ?, ?)", -1, &row, NULL), SQLITE_OK);
    sqlite3_bind_int(row, 1, id);
    sqlite3_bind_blob(row, 2, object_class, 4, SQLITE_STATIC);
    sqlite3_bind_blob(row, 3, value.p, (int)value.n, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(row), SQLITE_DONE);
    sqlite3_finalize(row);
}

/* A database with a damaged certificate, the made one, and an object that is none. */
static void make_database(struct buf *to, bool damaged)
{
    struct made_cert made = made_cert("Acme Root", "Acme Ltd", NULL, true, NULL);
    auto_buf der = {0};
    sqlite3_int64 size = 0;
    unsigned char *bytes;
    sqlite3 *db;

    made_cert_der(&made, &der);
    made_cert_clear(&made);
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    exec(db, "CREATE TABLE nssPublic (id PRIMARY KEY UNIQUE ON CONFLICT ABORT, a0, a11)");
    if (damaged)
        add(db, 7, "\0\0\0\1", BYTES("nonsense"));
    add(db, 41, "\0\0\0\1", (struct span){(const uint8_t *)der.p, der.n});
    add(db, 42, "\xce\x53\x43\x53", (struct span){(const uint8_t *)der.p, der.n}); // trust
    bytes = sqlite3_serialize(db, "main", &size, 0);
    assert_non_null(bytes);
    buf_bytes(to, bytes, (size_t)size);
    sqlite3_free(bytes);
    sqlite3_close(db);
}

static struct span span_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

static void reads_the_certificates_of_a_profile(void **state)
{
    auto_buf database = {0};
    struct spy spy;
    (void)state;

    make_database(&database, false);
    spy_identify(&spy, &recog_nss, GATE_CERT9, span_of(&database));

    assert_int_equal(spy.result, 0);
    const char *digest = strstr(spy.text.p, "  [1] certificate-sha256=");

    assert_non_null(digest);
    auto_buf text = {0};

    buf_bytes(&text, spy.text.p, (size_t)(digest - spy.text.p));
    buf_str(&text, strchr(digest, '\n') + 1);
    assert_string_equal(text.p, "cryptographic-asset installed\n"
                                "  name=Acme Root\n"
                                "  [1] certificate-cn=Acme Root\n"
                                "  [1] certificate-o=Acme Ltd\n"
                                "  [1] certificate-issuer-cn=Acme Root\n"
                                "  [1] certificate-issuer-o=Acme Ltd\n"
                                "  [1] certificate-serial=1234abcd\n"
                                "  [1] certificate-kind=self-signed-ca\n"
                                "  [1] certificate-store=nss\n"
                                "  row=nssPublic id=41\n");
    spy_clear(&spy);
}

static void a_damaged_row_hides_no_other(void **state)
{
    auto_buf database = {0};
    struct spy spy;
    (void)state;

    make_database(&database, true);
    spy_identify(&spy, &recog_nss, GATE_CERT9, span_of(&database));

    assert_int_equal(spy.result, -ERR_FORMAT);
    assert_non_null(strstr(spy.text.p, "row=nssPublic id=41\n"));
    assert_null(strstr(spy.text.p, "id=7\n"));
    spy_clear(&spy);
}

static void says_why_it_cannot_read_a_file(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"not yet used", GATE_CERT9, BYTES(""), RECOG_NOT_MINE},
        {"no database", GATE_CERT9, BYTES("certificates, but as text, and long enough"),
         -ERR_FORMAT},
        {"the form before", GATE_CERT8, BYTES("\x00\x06\x15\x61"), -ERR_UNSUPPORTED},
        {"the form before, not yet used", GATE_CERT8, BYTES(""), RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_nss, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    auto_buf database = {0};
    (void)state;

    make_database(&database, false);
    spy_contract(&recog_nss, GATE_CERT9, span_of(&database));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_certificates_of_a_profile),
        cmocka_unit_test(a_damaged_row_hides_no_other),
        cmocka_unit_test(says_why_it_cannot_read_a_file),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_nss", tests, NULL, NULL);
}
