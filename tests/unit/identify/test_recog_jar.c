// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include <stdio.h>

#include "base/buf.h"

extern const struct recogniser recog_jar;

static void put_le(struct buf *b, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_char(b, (char)(value >> (8 * i) & 0xff));
}

static void put_entry(struct buf *b, const char *name)
{
    buf_str(b, "PK\x01\x02");
    for (unsigned i = 4; i < 28; i++)
        buf_char(b, 0);
    put_le(b, strlen(name), 2);
    put_le(b, 3, 2); // extra
    put_le(b, 2, 2); // comment
    for (unsigned i = 34; i < 46; i++)
        buf_char(b, 0);
    buf_str(b, name);
    buf_str(b, "xxxcc");
}

static void put_end(struct buf *b, uint64_t directory_size)
{
    buf_str(b, "PK\x05\x06");
    put_le(b, 0, 8);
    put_le(b, directory_size, 4);
    put_le(b, 0xabcdef, 4); // an offset that something put in front has made wrong
    put_le(b, 4, 2);
    buf_str(b, "note");
}

static void put_end64(struct buf *b, uint64_t directory_size)
{
    buf_str(b, "PK\x06\x06");
    put_le(b, 44, 8);
    for (unsigned i = 12; i < 40; i++)
        buf_char(b, 0);
    put_le(b, directory_size, 8);
    put_le(b, 0, 8);
    buf_str(b, "PK\x06\x07");
    put_le(b, 0, 8);
    put_le(b, 0, 8);
    put_end(b, 0xffffffff);
}

static struct span bytes_of(const struct buf *b)
{
    return (struct span){(const uint8_t *)b->p, b->n};
}

static const char *const names[] = {
    "META-INF/MANIFEST.MF",
    "test/acme/sdk/Client.class",
    "test/acme/sdk/Client$1.class",
    "test/acme/readme.txt",
    "WEB-INF/classes/test/own/Main.class",
    "META-INF/versions/11/test/acme/sdk/Client.class",
    "test/acme/Root.class",
    "Unnamed.class",
};

static uint64_t put_jar(struct buf *b)
{
    size_t start;

    buf_str(b, "PK\x03\x04 the entries, which are not read here ");
    start = b->n;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        put_entry(b, names[i]);
    return b->n - start;
}

static const char expected[] = "library present\n"
                               "  java-package=test.acme.sdk\n"
                               "  java-package=test.own\n"
                               "  java-package=test.acme\n";

static void names_each_package_once(void **state)
{
    auto_buf b = {0};
    struct spy spy;
    (void)state;

    put_end(&b, put_jar(&b));
    spy_identify(&spy, &recog_jar, 0, bytes_of(&b));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, expected);
    spy_clear(&spy);
}

static void reads_zip64(void **state)
{
    auto_buf b = {0};
    struct spy spy;
    (void)state;

    put_end64(&b, put_jar(&b));
    spy_identify(&spy, &recog_jar, 0, bytes_of(&b));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, expected);
    spy_clear(&spy);
}

static void thousands_of_packages_are_told_by_their_beginnings(void **state)
{
    auto_buf b = {0};
    char name[64];
    struct spy spy;
    (void)state;

    for (int i = 0; i < 9000; i++) {
        (void)snprintf(name, sizeof(name), "test/acme/big/app/p%d/X.class", i);
        put_entry(&b, name);
    }
    put_end(&b, b.n);
    spy_identify(&spy, &recog_jar, 0, bytes_of(&b));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n  java-package=test.acme.big.app\n");
    spy_clear(&spy);
}

static void says_what_it_cannot_read(void **state)
{
    auto_buf damaged = {0}, empty = {0}, no_class = {0};
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_jar, 0, BYTES("PK\x03\x04 cut short"));
    assert_int_equal(spy.result, -ERR_FORMAT);
    spy_clear(&spy);
    spy_identify(&spy, &recog_jar, 0, BYTES("not a zip"));
    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
    put_entry(&damaged, names[1]);
    damaged.p[1] = 'x';
    put_end(&damaged, damaged.n);
    spy_identify(&spy, &recog_jar, 0, bytes_of(&damaged));
    assert_int_equal(spy.result, -ERR_FORMAT);
    spy_clear(&spy);
    put_end(&empty, 0);
    spy_identify(&spy, &recog_jar, 0, bytes_of(&empty));
    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
    put_entry(&no_class, "res/a.txt");
    put_end(&no_class, no_class.n);
    spy_identify(&spy, &recog_jar, 0, bytes_of(&no_class));
    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    auto_buf b = {0}, b64 = {0};
    (void)state;

    put_end(&b, put_jar(&b));
    spy_contract(&recog_jar, 0, bytes_of(&b));
    put_end64(&b64, put_jar(&b64));
    spy_contract(&recog_jar, 0, bytes_of(&b64));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_each_package_once),
        cmocka_unit_test(reads_zip64),
        cmocka_unit_test(thousands_of_packages_are_told_by_their_beginnings),
        cmocka_unit_test(says_what_it_cannot_read),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_jar", tests, NULL, NULL);
}
