// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_composer;

#define INSTALLED_2 \
    "{\"packages\": [{\"name\": \"Acme/Tool\", \"version\": \"v1.2.3\", \"source\": {\"type\": " \
    "\"git\", \"url\": \"https://git.test/tool.git\"},\n" \
    " \"authors\": [{\"name\": \"Acme Ltd\", \"email\": \"a@acme.test\"}], \"homepage\": " \
    "\"https://acme.test\"}], \"dev\": true}"

#define INSTALLED_1 "[{\"name\": \"acme/tool\", \"version\": \"1.0\"}]"

#define LOCK \
    "{\"content-hash\": \"0\", \"packages\": [{\"name\": \"acme/a\", \"version\": \"1.0\"}], " \
    "\"packages-dev\": [{\"name\": \"acme/b\", \"version\": \"dev-main\"}]}"

#define PROJECT \
    "{\"name\": \"acme/own\", \"require\": {\"php\": \">=8\", \"ext-json\": \"*\", \"acme/a\": " \
    "\"^1.0\"}, \"require-dev\": {\"acme/b\": \"*\"}}"

static void reads_what_composer_2_installed(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_composer, 0, BYTES(INSTALLED_2));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library installed\n"
                                    "  package=Acme/Tool @23+11\n"
                                    "  name=Acme/Tool\n"
                                    "  package-type=composer\n"
                                    "  version=v1.2.3\n"
                                    "  purl=pkg:composer/acme/tool@v1.2.3\n"
                                    "  author=Acme Ltd\n"
                                    "  author=a@acme.test\n"
                                    "  homepage=https://acme.test\n"
                                    "  url=https://git.test/tool.git\n");
    spy_clear(&spy);
}

static void reads_what_composer_1_installed(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_composer, 0, BYTES(INSTALLED_1));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library installed\n"
                                    "  package=acme/tool @10+11\n"
                                    "  name=acme/tool\n"
                                    "  package-type=composer\n"
                                    "  version=1.0\n"
                                    "  purl=pkg:composer/acme/tool@1.0\n");
    spy_clear(&spy);
}

static void reads_what_the_lock_file_pins(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_composer, 1, BYTES(LOCK));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=acme/a @44+8\n"
                                    "  name=acme/a\n"
                                    "  package-type=composer\n"
                                    "  version=1.0\n"
                                    "  purl=pkg:composer/acme/a@1.0\n"
                                    "library referenced\n"
                                    "  package=acme/b @100+8\n"
                                    "  name=acme/b\n"
                                    "  package-type=composer\n"
                                    "  version=dev-main\n"
                                    "  purl=pkg:composer/acme/b@dev-main\n");
    spy_clear(&spy);
}

static void a_project_references_what_it_depends_on(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_composer, 2, BYTES(PROJECT));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  package=acme/own @9+10\n"
                                    "  name=acme/own\n"
                                    "  package-type=composer\n"
                                    "  purl=pkg:composer/acme/own\n"
                                    "library referenced\n"
                                    "  package=acme/a @64+8\n"
                                    "  name=acme/a\n"
                                    "  package-type=composer\n"
                                    "  version=^1.0\n"
                                    "  purl=pkg:composer/acme/a\n"
                                    "library referenced\n"
                                    "  package=acme/b @99+8\n"
                                    "  name=acme/b\n"
                                    "  package-type=composer\n"
                                    "  version=*\n"
                                    "  purl=pkg:composer/acme/b\n");
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
        {"another object", 2, BYTES("{\"a\": 1}"), RECOG_NOT_MINE},
        {"another object as lock", 1, BYTES("{\"a\": 1}"), RECOG_NOT_MINE},
        {"a list of numbers", 0, BYTES("[1]"), RECOG_NOT_MINE},
        {"cut short", 0, BYTES("[{\"name\": \"acme/tool\""), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_composer, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_composer, 0, BYTES(INSTALLED_2));
    spy_contract(&recog_composer, 0, BYTES(INSTALLED_1));
    spy_contract(&recog_composer, 1, BYTES(LOCK));
    spy_contract(&recog_composer, 2, BYTES(PROJECT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_composer_2_installed),
        cmocka_unit_test(reads_what_composer_1_installed),
        cmocka_unit_test(reads_what_the_lock_file_pins),
        cmocka_unit_test(a_project_references_what_it_depends_on),
        cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_composer", tests, NULL, NULL);
}
