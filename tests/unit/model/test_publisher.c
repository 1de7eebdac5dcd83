// SPDX-License-Identifier: Apache-2.0
#include "model/publisher.h"

#include "support/spy.h"

static void one_name_in_all_its_spellings_is_one(void **state)
{
    const struct {
        const char *name, *normalised;
    } cases[] = {
        {"AO Kaspersky Lab", "kaspersky lab"},
        {"Kaspersky Lab, Inc.", "kaspersky lab"},
        {"KASPERSKY  LAB ZAO", "kaspersky lab"},
        {"\"Kaspersky Lab\" JSC", "kaspersky lab"},
        {"“Kaspersky Lab”", "kaspersky lab"},
        {"Kaspersky Lab Limited Liability Company", "kaspersky lab"},
        {"Kaspersky Lab <info@example.com>", "kaspersky lab"},
        {"Kaspersky Lab <info@example.com> (https://example.com)", "kaspersky lab"},
        {"АО «Лаборатория Касперского»", "лаборатория касперского"},
        {"ЗАО\xc2\xa0„Лаборатория Касперского“", "лаборатория касперского"},
        {"Акционерное общество Лаборатория Касперского", "лаборатория касперского"},
        {"Huawei Technologies Co., Ltd.", "huawei technologies"},
        {"Huawei Technologies Company", "huawei technologies"},
        {"HUAWEI TECHNOLOGIES CO.,LTD", "huawei technologies"},
        {"Huawei Technologies Co.Ltd", "huawei technologies"},
        {"华为技术有限公司", "华为技术"},
        {"杭州海康威视数字技术股份有限公司", "杭州海康威视数字技术"},
        {"株式会社カスペルスキー", "カスペルスキー"},
        {"㈱カスペルスキー", "カスペルスキー"},
        {"カスペルスキー 株式会社", "カスペルスキー"},
        {"Example B.V.", "example"},
        {"Example Pte. Ltd.", "example"},
        {"Example S.p.A.", "example"},
        {"Example sp. z o.o.", "example"},
        {"Example A.Ş.", "example"},
        {"Example GmbH & Co. KG", "example"},
        {"Example FZ-LLC", "example"},
        {"Ｅｘａｍｐｌｅ　ＬＴＤ", "example"},
        {"Straße Example", "strasse example"},
        {"O'Brien Ltd", "obrien"},
        {"D’Link", "dlink"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf got = BUF_INIT(0);

        assert_int_equal(publisher_normalise(sv_str(cases[i].name), &got), 0);
        if (!sv_eq(buf_view(&got), sv_str(cases[i].normalised)))
            fail_msg("'%s' gave '%s' instead of '%s'", cases[i].name, got.p, cases[i].normalised);
    }
}

static void other_names_stay_other_names(void **state)
{
    const struct {
        const char *name, *normalised;
    } cases[] = {
        {"Kaspersky Laboratory", "kaspersky laboratory"},
        {"Eugene Kaspersky", "eugene kaspersky"},
        {"Incline Software", "incline software"}, // begins with "Inc"
        {"Disco", "disco"},                       // ends in "co"
        {"SA Example", "sa example"},             // a form only at the end
        {"Ltd", "ltd"},                           // never the last word
        {"Co., Ltd.", "co"},
        {"有限公司", "有限公司"},
        {"C++ Tools", "c tools"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf got = BUF_INIT(0);

        assert_int_equal(publisher_normalise(sv_str(cases[i].name), &got), 0);
        if (!sv_eq(buf_view(&got), sv_str(cases[i].normalised)))
            fail_msg("'%s' gave '%s' instead of '%s'", cases[i].name, got.p, cases[i].normalised);
    }
}

static void what_is_no_name_gives_nothing(void **state)
{
    char long_name[PUBLISHER_NAME_MAX + 1];
    const struct sv cases[] = {
        SV(""),
        SV("  \t"),
        SV("«»"),
        SV("..."),
        SV("Kaspersky \xff Lab"),
        SV("\xd0"),
        {long_name, sizeof(long_name)},
    };
    (void)state;

    memset(long_name, 'a', sizeof(long_name));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf got = BUF_INIT(0);

        assert_int_equal(publisher_normalise(cases[i], &got), PUBLISHER_NO_NAME);
        assert_int_equal(got.n, 0);
    }
}

static void what_was_in_the_buffer_stays(void **state)
{
    auto_buf got = BUF_INIT(0);
    (void)state;

    buf_str(&got, "Kaspersky Lab: ");
    assert_int_equal(publisher_normalise(SV("AO Kaspersky Lab"), &got), 0);

    assert_string_equal(got.p, "Kaspersky Lab: kaspersky lab");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_name_in_all_its_spellings_is_one),
        cmocka_unit_test(other_names_stay_other_names),
        cmocka_unit_test(what_is_no_name_gives_nothing),
        cmocka_unit_test(what_was_in_the_buffer_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
