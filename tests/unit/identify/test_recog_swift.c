// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_swift;

#define VERSION_1 \
    "{\"object\": {\"pins\": [{\"package\": \"Tool\", \"repositoryURL\": " \
    "\"https://github.com/acme/Tool.git\", \"state\": {\"branch\": null, \"revision\": \"00ff\", " \
    "\"version\": \"1.2.3\"}}]}, \"version\": 1}"

#define VERSION_2 \
    "{\"pins\": [{\"identity\": \"tool\", \"kind\": \"remoteSourceControl\", \"location\": " \
    "\"git@git.test/acme/Tool.git\", \"state\": {\"revision\": \"00ff\"}}], \"version\": 2}"

static void reads_version_1(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_swift, 0, BYTES(VERSION_1));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=github.com/acme/Tool @58+34\n"
                                    "  name=github.com/acme/Tool\n"
                                    "  package-type=swift\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:swift/github.com/acme/Tool@1.2.3\n"
                                    "  url=https://github.com/acme/Tool.git\n");
    spy_clear(&spy);
}

static void reads_versions_2_and_3(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_swift, 0, BYTES(VERSION_2));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=git.test/acme/Tool @74+28\n"
                                    "  name=git.test/acme/Tool\n"
                                    "  package-type=swift\n"
                                    "  purl=pkg:swift/git.test/acme/Tool\n"
                                    "  url=git@git.test/acme/Tool.git\n");
    spy_clear(&spy);
}

static void tells_other_files_from_damage(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"another object", 0, BYTES("{\"a\": 1}"), RECOG_NOT_MINE},
        {"cut short", 0, BYTES("{\"pins\": ["), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_swift, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_swift, 0, BYTES(VERSION_1));
    spy_contract(&recog_swift, 0, BYTES(VERSION_2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_1),
        cmocka_unit_test(reads_versions_2_and_3),
        cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_swift", tests, NULL, NULL);
}
