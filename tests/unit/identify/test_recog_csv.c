// SPDX-License-Identifier: Apache-2.0
#include "identify/columns.h"
#include "support/spy.h"

extern const struct recogniser recog_csv;

static void goes_by_the_names_of_the_columns(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_csv, 0,
                 BYTES("\xef\xbb\xbfsep=;\r\n"
                       "Goods of 2024;;\r\n"
                       "\r\n"
                       "No.;Product Name;Manufacturer;Version;Computer-Name;Note\r\n"
                       "1;Thing, the;\"Acme \"\"A\"\"\nLtd.\";1.0;PC-1;like other\r\n"
                       ";;;;;\r\n"
                       "2;Bare\r\n"));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application referenced <=probable\n"
                                    "  name=Thing, the @89+10\n"
                                    "  product=Thing, the @89+10\n"
                                    "  version=1.0\n"
                                    "  manufacturer=Acme \"A\"\n"
                                    "Ltd.\n"
                                    "  host=PC-1\n"
                                    "  entry=row 4\n"
                                    "application referenced <=probable\n"
                                    "  name=Bare @148+4\n"
                                    "  product=Bare @148+4\n"
                                    "  entry=row 6\n");
    spy_clear(&spy);
}

static void tells_devices_by_what_only_they_have(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_csv, 0,
                 BYTES("Model\tVendor\tSerial Number\tMAC Address\n"
                       "DS-1\tAcme\t77\t00:1A:2b:33:44:55\n"));

    assert_string_equal(spy.text.p, "device referenced <=probable\n"
                                    "  product=DS-1\n"
                                    "  supplier=Acme\n"
                                    "  serial=77\n"
                                    "  oui=001a2b\n"
                                    "  mac=00:1A:2b:33:44:55\n"
                                    "  entry=row 2\n");
    spy_clear(&spy);
}

static void reads_what_other_systems_write(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        const char *supplier;
    } cases[] = {
        {"UTF-8", BYTES("name,vendor\nx,Лаборатория\n"), "supplier=Лаборатория\n"},
        {"UTF-16", BYTES("\xff\xfen\0a\0m\0e\0,\0v\0e\0n\0d\0o\0r\0\n\0x\0,\0\x1b\x04\n\0"),
         "supplier=Л\n"},
        {"UTF-16 the other way",
         BYTES("\xfe\xff\0n\0a\0m\0e\0,\0v\0e\0n\0d\0o\0r\0\n\0x\0,\x04\x1b\0\n"), "supplier=Л\n"},
        {"UTF-16 without a mark", BYTES("n\0a\0m\0e\0,\0v\0e\0n\0d\0o\0r\0\n\0x\0,\0\x1b\x04\n\0"),
         "supplier=Л\n"},
        {"Windows, Cyrillic", BYTES("name,vendor\nx,\xcb\xe0\xe1\xee\xf0\xe0\n"),
         "supplier=Лабора\n"},
        {"console, Cyrillic", BYTES("name,vendor\nx,\x8b\xa0\xa1\xae\xe0\xa0\n"),
         "supplier=Лабора\n"},
        {"Windows, Western", BYTES("name,vendor\nx,M\xfcller\n"), "supplier=Müller\n"},
        {"console, Western", BYTES("name,vendor\nx,M\x81ller\n"), "supplier=Müller\n"},
        {"Cyrillic headers", BYTES("Наименование,Поставщик\nx,y\n"), "supplier=y\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_csv, 0, cases[i].bytes);
        if (!strstr(spy.text.p, cases[i].supplier) || !strstr(spy.text.p, "name=x"))
            fail_msg("%s: %s", cases[i].why, spy.text.p);
        spy_clear(&spy);
    }
}

static void says_which_columns_there_are(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_csv, 0, BYTES("Alpha,Beta\n1,2\n"));

    assert_int_equal(spy.result, -ERR_USAGE);
    assert_non_null(strstr(spy.err.text, "the columns are: Alpha, Beta"));
    spy_clear(&spy);
}

static void reads_what_a_person_says_of_columns(void **state)
{
    const struct {
        const char *why;
        struct sv text;
        int result;
        const char *answer;
    } cases[] = {
        {"fields and other words", SV("name=Product,vendor=Made by"), 0,
         "name=Product supplier=Made by "},
        {"a comma in a header", SV("name=\"Product, name\",version=#3"), 0,
         "name=Product, name version=#3 "},
        {"an unknown field", SV("nme=Product"), -ERR_USAGE, "no field 'nme'"},
        {"a field of the scan", SV("pid=Product"), -ERR_USAGE, "no field 'pid'"},
        {"no column", SV("name"), -ERR_USAGE, "FIELD=COLUMN"},
        {"nothing", SV(""), -ERR_USAGE, "FIELD=COLUMN"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};
        struct columns columns;
        auto_buf text = {0};
        int result = columns_read(cases[i].text, &columns, &err);

        buf_str(&text, err.text);
        for (size_t k = 0; result == 0 && k < columns.count; k++)
            buf_printf(&text, "%s=%.*s ", field_text(columns.at[k].key),
                       (int)columns.at[k].header.n, columns.at[k].header.p);
        if (result != cases[i].result || !strstr(text.p, cases[i].answer))
            fail_msg("%s: %d %s", cases[i].why, result, text.p);
    }
}

#define TABLE "Name;Vendor;MAC\n\"a;\"\"b\"\"\";c;001122334455\nd;;\n"

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_csv, 0, BYTES(TABLE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_by_the_names_of_the_columns),
        cmocka_unit_test(tells_devices_by_what_only_they_have),
        cmocka_unit_test(reads_what_other_systems_write),
        cmocka_unit_test(says_which_columns_there_are),
        cmocka_unit_test(reads_what_a_person_says_of_columns),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_csv", tests, NULL, NULL);
}
