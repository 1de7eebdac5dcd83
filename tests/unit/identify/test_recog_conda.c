// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_conda;

#define RECORD \
    "{\"build\": \"h1\", \"channel\": \"https://conda.test/main\", \"license\": \"BSD\", " \
    "\"name\": \"zlib\", \"subdir\": \"linux-64\", \"url\": " \
    "\"https://conda.test/main/zlib-1.2.13.conda\", \"version\": \"1.2.13\"}"

#define ENVIRONMENT \
    "name: x\n" \
    "channels: [conda-forge]\n" \
    "dependencies:\n" \
    "  - python=3.9\n" \
    "  - conda-forge::acme>=1.2\n" \
    "  - plain\n" \
    "  - pip:\n" \
    "    - acme-sdk==2.0\n"

static void names_what_conda_installed(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_conda, 0, BYTES(RECORD));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library installed\n"
                                    "  package=zlib @80+6\n"
                                    "  name=zlib\n"
                                    "  package-type=conda\n"
                                    "  version=1.2.13\n"
                                    "  purl=pkg:conda/zlib@1.2.13\n"
                                    "  architecture=linux-64\n"
                                    "  licence=BSD\n"
                                    "  url=https://conda.test/main/zlib-1.2.13.conda\n");
    spy_clear(&spy);
}

static void reads_what_an_environment_asks_for(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_conda, 1, BYTES(ENVIRONMENT));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=python @50+10\n"
                                    "  name=python\n"
                                    "  package-type=conda\n"
                                    "  version==3.9\n"
                                    "  purl=pkg:conda/python\n"
                                    "library referenced\n"
                                    "  package=acme @65+22\n"
                                    "  name=acme\n"
                                    "  package-type=conda\n"
                                    "  version=>=1.2\n"
                                    "  purl=pkg:conda/acme\n"
                                    "library referenced\n"
                                    "  package=plain @92+5\n"
                                    "  name=plain\n"
                                    "  package-type=conda\n"
                                    "  purl=pkg:conda/plain\n"
                                    "library referenced\n"
                                    "  package=acme-sdk @113+8\n"
                                    "  name=acme-sdk\n"
                                    "  package-type=pypi\n"
                                    "  version=2.0\n"
                                    "  purl=pkg:pypi/acme-sdk@2.0\n");
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
        {"another environment", 1, BYTES("a: 1\n"), RECOG_NOT_MINE},
        {"no name", 0, BYTES("{\"a\":1}"), RECOG_NOT_MINE},
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"cut short", 0, BYTES("{\"name\":\"a\""), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_conda, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_conda, 0, BYTES(RECORD));
    spy_contract(&recog_conda, 1, BYTES(ENVIRONMENT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_what_conda_installed),
        cmocka_unit_test(reads_what_an_environment_asks_for),
        cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_conda", tests, NULL, NULL);
}
