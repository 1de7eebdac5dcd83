// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_pub;

#define LOCK \
    "packages:\n" \
    "  acme_sdk:\n" \
    "    dependency: \"direct main\"\n" \
    "    description:\n" \
    "      name: acme_sdk\n" \
    "      url: \"https://pub.dev\"\n" \
    "    source: hosted\n" \
    "    version: \"1.2.3\"\n" \
    "  gitty:\n" \
    "    description:\n" \
    "      path: \".\"\n" \
    "      url: \"https://git.test/gitty\"\n" \
    "    source: git\n" \
    "    version: \"0.1.0\"\n" \
    "  flutter:\n" \
    "    description: flutter\n" \
    "    source: sdk\n" \
    "    version: \"0.0.0\"\n" \
    "sdks:\n" \
    "  dart: \">=3.0.0\"\n"

#define PROJECT \
    "name: own\n" \
    "version: 1.0.0+1\n" \
    "author: Acme Ltd <a@acme.test>\n" \
    "dependencies:\n" \
    "  flutter:\n" \
    "    sdk: flutter\n" \
    "  acme_sdk: ^1.2.3\n" \
    "  gitty:\n" \
    "    git: {url: \"https://git.test/gitty\", ref: main}\n" \
    "dev_dependencies:\n" \
    "  test: any\n"

static void reads_what_the_lock_file_pins(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_pub, 0, BYTES(LOCK));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=acme_sdk @12+8\n"
                                    "  name=acme_sdk\n"
                                    "  package-type=pub\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:pub/acme_sdk@1.2.3\n"
                                    "library referenced\n"
                                    "  package=gitty @161+5\n"
                                    "  name=gitty\n"
                                    "  package-type=pub\n"
                                    "  version=0.1.0\n"
                                    "  purl=pkg:pub/gitty@0.1.0\n"
                                    "  url=https://git.test/gitty\n");
    spy_clear(&spy);
}

static void a_project_references_what_it_depends_on(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_pub, 1, BYTES(PROJECT));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  package=own @6+3\n"
                                    "  name=own\n"
                                    "  package-type=pub\n"
                                    "  version=1.0.0+1\n"
                                    "  purl=pkg:pub/own@1.0.0%2B1\n"
                                    "  author=Acme Ltd\n"
                                    "  author=a@acme.test\n"
                                    "library referenced\n"
                                    "  package=acme_sdk @102+8\n"
                                    "  name=acme_sdk\n"
                                    "  package-type=pub\n"
                                    "  version=^1.2.3\n"
                                    "  purl=pkg:pub/acme_sdk\n"
                                    "library referenced\n"
                                    "  package=gitty @121+5\n"
                                    "  name=gitty\n"
                                    "  package-type=pub\n"
                                    "  purl=pkg:pub/gitty\n"
                                    "  url=https://git.test/gitty\n"
                                    "library referenced\n"
                                    "  package=test @200+4\n"
                                    "  name=test\n"
                                    "  package-type=pub\n"
                                    "  version=any\n"
                                    "  purl=pkg:pub/test\n");
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
        {"other", 1, BYTES("a: 1\n"), RECOG_NOT_MINE},
        {"damaged", 1, BYTES("name: ["), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_pub, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_pub, 0, BYTES(LOCK));
    spy_contract(&recog_pub, 1, BYTES(PROJECT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_the_lock_file_pins),
        cmocka_unit_test(a_project_references_what_it_depends_on),
        cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_pub", tests, NULL, NULL);
}
