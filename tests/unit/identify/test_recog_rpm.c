// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

extern const struct recogniser recog_rpm;

enum {
    GATE_SQLITE,
    GATE_NDB,
    GATE_BDB,
    GATE_PACKAGE = 9,
};

enum {
    INT16 = 3,
    INT32 = 4,
    STRING = 6,
    STRING_ARRAY = 8,
    I18N = 9,
};

static void put_be(struct buf *b, uint32_t value, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;)
        buf_char(b, (char)(value >> (8 * i) & 0xff));
}

static void put_le(struct buf *b, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_char(b, (char)(value >> (8 * i) & 0xff));
}

static struct span span_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

/* A header in the making: the index and the store grow side by side. */
struct made {
    struct buf index, store;
    uint32_t tags;
};

static void tag(struct made *m, uint32_t number, uint32_t type, uint32_t count, struct sv value)
{
    put_be(&m->index, number, 4);
    put_be(&m->index, type, 4);
    put_be(&m->index, (uint32_t)m->store.n, 4);
    put_be(&m->index, count, 4);
    buf_sv(&m->store, value);
    m->tags++;
}

#define STRINGS(literal) ((struct sv){(literal), sizeof(literal)})

static void finish(struct made *m, struct buf *to)
{
    put_be(to, m->tags, 4);
    put_be(to, (uint32_t)m->store.n, 4);
    buf_sv(to, buf_view(&m->index));
    buf_sv(to, buf_view(&m->store));
    buf_clear(&m->index);
    buf_clear(&m->store);
}

/*
 * A package with four files: a folder, a program, one that was not installed, a ghost. Its long
 * description makes the header need a second page of a Berkeley DB.
 */
static void make_header(struct buf *to)
{
    char text[600] = {0};
    struct made m = {0};

    memset(text, '-', sizeof(text) - 1);
    tag(&m, 1005, I18N, 1, (struct sv){text, sizeof(text)});
    tag(&m, 1000, STRING, 1, STRINGS("acme"));
    tag(&m, 1001, STRING, 1, STRINGS("2.1"));
    tag(&m, 1002, STRING, 1, STRINGS("3.el9"));
    tag(&m, 1003, INT32, 1, SV("\0\0\0\1"));
    tag(&m, 1004, I18N, 2, STRINGS("Acme agent\0Agent"));
    tag(&m, 1008, INT32, 1, SV("\x5f\x5e\x10\x00"));
    tag(&m, 1011, STRING, 1, STRINGS("Acme Inc."));
    tag(&m, 1014, STRING, 1, STRINGS("Proprietary"));
    tag(&m, 1015, STRING, 1, STRINGS("Build <b@acme.example>"));
    tag(&m, 1020, STRING, 1, STRINGS("https://acme.example"));
    tag(&m, 1022, STRING, 1, STRINGS("x86_64"));
    tag(&m, 1029, 1, 4, SV("\0\0\2\0"));
    tag(&m, 1030, INT16, 4, SV("\x41\xed\x81\xed\x81\xed\x81\xa4"));
    tag(&m, 1116, INT32, 4, SV("\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\0"));
    tag(&m, 1117, STRING_ARRAY, 4, STRINGS("acme\0agent\0missing\0acme.log"));
    tag(&m, 1118, STRING_ARRAY, 2, STRINGS("/opt/\0/opt/acme/"));
    finish(&m, to);
}

#define FIELDS \
    "  name=acme\n" \
    "  package-type=rpm\n" \
    "  version=1:2.1-3.el9\n" \
    "  architecture=x86_64\n" \
    "  supplier=Acme Inc.\n" \
    "  maintainer=Build <b@acme.example>\n" \
    "  licence=Proprietary\n" \
    "  homepage=https://acme.example\n" \
    "  description=Acme agent\n" \
    "  installed-at=2020-09-13T12:26:40Z\n" \
    "  row=Packages 7\n" \
    "  purl=pkg:rpm/acme@2.1-3.el9\n" \
    "  owns=/opt/acme/agent\n" \
    "  owns=/opt/acme.log\n"

static void exec(sqlite3 *db, const char *sql)
{
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void keep(sqlite3 *db, struct buf *to)
{
    sqlite3_int64 size = 0;
    unsigned char *bytes = sqlite3_serialize(db, "main", &size, 0);

    buf_bytes(to, bytes, (size_t)size);
    sqlite3_free(bytes);
    sqlite3_close(db);
}

static void make_sqlite(struct buf *to, struct span header)
{
    sqlite3_stmt *insert;
    sqlite3 *db;

    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    exec(db, "CREATE TABLE Packages(hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)");
    assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO Packages VALUES(7, ?)", -1, &insert, NULL),
                     SQLITE_OK);
    sqlite3_bind_blob(insert, 1, header.p, (int)header.n, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(insert), SQLITE_DONE);
    sqlite3_finalize(insert);
    keep(db, to);
}

static void make_ndb(struct buf *to, struct span header)
{
    uint32_t block = 4096 / 16;
    uint32_t blocks = (uint32_t)(16 + header.n + 12 + 15) / 16;

    buf_str(to, "RpmP");
    put_le(to, 0, 4);
    put_le(to, 1, 4);
    put_le(to, 1, 4);
    put_le(to, 8, 4);
    put_le(to, 0, 4);
    put_le(to, 0, 4);
    put_le(to, 0, 4);
    for (int i = 2; i < 4096 / 16; i++) {
        buf_str(to, "Slot");
        put_le(to, i == 3 ? 7 : 0, 4);
        put_le(to, i == 3 ? block : 0, 4);
        put_le(to, i == 3 ? blocks : 0, 4);
    }
    buf_str(to, "BlbS");
    put_le(to, 7, 4);
    put_le(to, 1, 4);
    put_le(to, (uint32_t)header.n, 4);
    buf_bytes(to, header.p, header.n);
    while (to->n % 16 != 4)
        buf_char(to, 0);
    put_le(to, 0, 4);
    put_le(to, (uint32_t)header.n, 4);
    buf_str(to, "BlbE");
}

enum {
    PAGE = 512,
};

static void page_head(uint8_t *page, uint32_t number, uint32_t next, uint16_t entries,
                      uint16_t used, uint8_t type)
{
    memcpy(page + 8, &number, 4);
    memcpy(page + 16, &next, 4);
    memcpy(page + 20, &entries, 2);
    memcpy(page + 22, &used, 2);
    page[25] = type;
}

/* Page 1 holds key 0 (a counter) and key 7, whose value is on overflow pages from page 2 on. */
static void make_bdb(struct buf *to, struct span header)
{
    const uint32_t pages = 2 + (uint32_t)(header.n + PAGE - 27) / (PAGE - 26);
    uint8_t *all = calloc(pages, PAGE), *meta = all, *hash = all + PAGE;
    const uint32_t words[] = {0x061561, 9, PAGE}, last = pages - 1, seven = 7, first = 2;
    const uint16_t offsets[] = {PAGE - 5, PAGE - 10, PAGE - 15, PAGE - 27};
    const uint32_t length = (uint32_t)header.n;

    memcpy(meta + 12, words, sizeof(words));
    meta[25] = 8;
    memcpy(meta + 32, &last, 4);
    page_head(hash, 1, 0, 4, offsets[3], 13);
    memcpy(hash + 26, offsets, sizeof(offsets));
    hash[offsets[0]] = hash[offsets[1]] = hash[offsets[2]] = 1;
    memcpy(hash + offsets[2] + 1, &seven, 4);
    hash[offsets[3]] = 3;
    memcpy(hash + offsets[3] + 4, &first, 4);
    memcpy(hash + offsets[3] + 8, &length, 4);
    for (uint32_t i = 2, done = 0; i < pages; i++) {
        uint32_t n = length - done < PAGE - 26 ? length - done : PAGE - 26;

        page_head(all + i * PAGE, i, i + 1 < pages ? i + 1 : 0, 1, (uint16_t)n, 7);
        memcpy(all + i * PAGE + 26, header.p + done, n);
        done += n;
    }
    buf_bytes(to, all, (size_t)pages * PAGE);
    free(all);
}

static void make(size_t gate, struct buf *to)
{
    auto_buf header = {0};

    make_header(&header);
    if (gate == GATE_SQLITE)
        make_sqlite(to, span_of(&header));
    else if (gate == GATE_NDB)
        make_ndb(to, span_of(&header));
    else
        make_bdb(to, span_of(&header));
}

static void reads_a_package_and_its_files_from_each_kind_of_database(void **state)
{
    const char *expected[] = {
        "application installed\n  package=acme\n" FIELDS,
        "application installed\n  package=acme @4112+1066\n" FIELDS,
        "application installed\n  package=acme\n" FIELDS,
    };
    (void)state;

    for (size_t gate = GATE_SQLITE; gate <= GATE_BDB; gate++) {
        auto_buf bytes = {0};
        struct spy spy;

        make(gate, &bytes);
        spy_identify(&spy, &recog_rpm, gate, span_of(&bytes));

        assert_int_equal(spy.result, 0);
        assert_string_equal(spy.text.p, expected[gate]);
        spy_clear(&spy);
    }
}

static void reads_a_database_that_was_left_in_wal_mode(void **state)
{
    auto_buf bytes = {0};
    struct spy spy;
    (void)state;

    make(GATE_SQLITE, &bytes);
    bytes.p[18] = bytes.p[19] = 2;
    spy_identify(&spy, &recog_rpm, GATE_SQLITE, span_of(&bytes));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application installed\n  package=acme\n" FIELDS);
    spy_clear(&spy);
}

static void reads_a_package_that_is_not_installed(void **state)
{
    auto_buf header = {0}, bytes = {0};
    struct made signatures = {0};
    struct spy spy;
    (void)state;

    buf_str(&bytes, "\xed\xab\xee\xdb");
    while (bytes.n < 96)
        buf_char(&bytes, '\0');
    tag(&signatures, 1004, 7, 3, SV("\1\2\3"));
    finish(&signatures, &header);
    buf_sv(&bytes, SV("\x8e\xad\xe8\1\0\0\0\0"));
    buf_sv(&bytes, buf_view(&header));
    while (bytes.n % 8)
        buf_char(&bytes, '\0');
    buf_sv(&bytes, SV("\x8e\xad\xe8\1\0\0\0\0"));
    make_header(&bytes);
    buf_str(&bytes, "the payload");
    spy_identify(&spy, &recog_rpm, GATE_PACKAGE, span_of(&bytes));

    assert_int_equal(spy.result, 0);
    assert_true(
        sv_starts(buf_view(&spy.text), SV("application contained\n  package=acme @144+1066\n"
                                          "  name=acme\n  package-type=rpm\n"
                                          "  version=1:2.1-3.el9\n")));
    spy_clear(&spy);
    spy_contract(&recog_rpm, GATE_PACKAGE, span_of(&bytes));
}

static void takes_a_trusted_key_for_what_it_is(void **state)
{
    auto_buf header = {0}, bytes = {0};
    struct made m = {0};
    struct spy spy;
    (void)state;

    tag(&m, 1000, STRING, 1, STRINGS("gpg-pubkey"));
    tag(&m, 1001, STRING, 1, STRINGS("0badcafe"));
    tag(&m, 1015, STRING, 1, STRINGS("Acme Repo <r@acme.example>"));
    finish(&m, &header);
    make_ndb(&bytes, span_of(&header));
    spy_identify(&spy, &recog_rpm, GATE_NDB, span_of(&bytes));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "cryptographic-asset installed\n"
                                    "  package=gpg-pubkey @4112+103\n"
                                    "  name=gpg-pubkey\n"
                                    "  package-type=rpm\n"
                                    "  version=0badcafe\n"
                                    "  maintainer=Acme Repo <r@acme.example>\n"
                                    "  row=Packages 7\n"
                                    "  purl=pkg:rpm/gpg-pubkey@0badcafe\n");
    spy_clear(&spy);
}

static void reads_whole_file_names_of_old_packages(void **state)
{
    auto_buf header = {0}, bytes = {0};
    struct made m = {0};
    struct spy spy;
    (void)state;

    tag(&m, 1000, STRING, 1, STRINGS("old"));
    tag(&m, 1027, STRING_ARRAY, 2, STRINGS("/bin/old\0/etc/old.conf"));
    finish(&m, &header);
    make_bdb(&bytes, span_of(&header));
    spy_identify(&spy, &recog_rpm, GATE_BDB, span_of(&bytes));

    assert_int_equal(spy.result, 0);
    assert_non_null(strstr(spy.text.p, "  owns=/bin/old\n  owns=/etc/old.conf\n"));
    spy_clear(&spy);
}

static void says_so_when_part_of_a_database_cannot_be_read(void **state)
{
    const struct {
        const char *why;
        size_t gate, at;
        uint8_t value;
        int result;
    } cases[] = {
        {"a header with more tags than bytes", GATE_NDB, 4096 + 16 + 2, 0x50, -ERR_FORMAT},
        {"a slot whose magic is gone", GATE_NDB, 48, 'X', -ERR_FORMAT},
        {"a newer version", GATE_NDB, 4, 1, -ERR_UNSUPPORTED},
        {"more slots than file", GATE_NDB, 14, 1, -ERR_FORMAT},
        {"no ndb at all", GATE_NDB, 0, 'X', RECOG_NOT_MINE},
        {"no Berkeley DB at all", GATE_BDB, 12, 0, RECOG_NOT_MINE},
        {"a B-tree", GATE_BDB, 25, 9, RECOG_NOT_MINE},
        {"an encrypted table", GATE_BDB, 24, 1, -ERR_ENCRYPTED},
        {"pages of an odd size", GATE_BDB, 20, 1, -ERR_FORMAT},
        {"a chain that ends in the middle", GATE_BDB, 2 * PAGE + 16, 0, -ERR_FORMAT},
        {"a chain that runs in a circle", GATE_BDB, 2 * PAGE + 16, 2, -ERR_FORMAT},
        {"a page that is no overflow page", GATE_BDB, 2 * PAGE + 25, 13, -ERR_FORMAT},
        {"no SQLite database", GATE_SQLITE, 0, 'X', -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf bytes = {0};
        struct spy spy;

        make(cases[i].gate, &bytes);
        bytes.p[cases[i].at] = (char)cases[i].value;
        spy_identify(&spy, &recog_rpm, cases[i].gate, span_of(&bytes));

        if (spy.result != cases[i].result)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.err.text);
        spy_clear(&spy);
    }
}

static void runs_no_query_that_the_database_brings_along(void **state)
{
    auto_buf bytes = {0};
    struct spy spy;
    sqlite3 *db;
    (void)state;

    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    exec(db, "CREATE VIEW Packages AS WITH RECURSIVE n(hnum, blob) AS "
             "(SELECT 1, x'00' UNION ALL SELECT hnum + 1, blob FROM n) SELECT * FROM n");
    keep(db, &bytes);
    spy_identify(&spy, &recog_rpm, GATE_SQLITE, span_of(&bytes));

    assert_int_equal(spy.result, -ERR_FORMAT);
    assert_string_equal(spy.text.p, "");
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    for (size_t gate = GATE_SQLITE; gate <= GATE_BDB; gate++) {
        auto_buf bytes = {0};

        make(gate, &bytes);
        spy_contract(&recog_rpm, gate, span_of(&bytes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_package_and_its_files_from_each_kind_of_database),
        cmocka_unit_test(reads_a_database_that_was_left_in_wal_mode),
        cmocka_unit_test(reads_a_package_that_is_not_installed),
        cmocka_unit_test(takes_a_trusted_key_for_what_it_is),
        cmocka_unit_test(reads_whole_file_names_of_old_packages),
        cmocka_unit_test(says_so_when_part_of_a_database_cannot_be_read),
        cmocka_unit_test(runs_no_query_that_the_database_brings_along),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_rpm", tests, NULL, NULL);
}
