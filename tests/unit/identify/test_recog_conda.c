// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_conda;

#define RECORD \
    "{\"build\": \"h1\", \"channel\": \"https://conda.test/main\", \"license\": \"BSD\", " \
    "\"name\": \"zlib\", \"subdir\": \"linux-64\", \"url\": " \
    "\"https://conda.test/main/zlib-1.2.13.conda\", \"version\": \"1.2.13\"}"

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

static void tells_other_files_from_damage(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_what_conda_installed),
        cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_conda", tests, NULL, NULL);
}
