// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_scoop;

#define BYTES_(text) \
    { \
        (const uint8_t *)(text), sizeof(text) - 1 \
    }

static void reads_what_is_deployed(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        const char *answer;
    } cases[] = {
        {"bucket", 1,
         BYTES_("{\"version\": \"1.0\", \"homepage\": \"https://acme.test\", \"description\": "
                "\"unlike Other\",\n"
                "\"architecture\": {\"64bit\": {\"url\": \"https://acme.test/a.zip\"}}, \"url\": "
                "[\"https://acme.test/b\"]}\n"),
         "application referenced <=probable\n"
         "  version=1.0\n"
         "  package-type=scoop\n"
         "  homepage=https://acme.test\n"
         "  url=https://acme.test/b\n"
         "  url=https://acme.test/a.zip\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_scoop, cases[i].gate, cases[i].bytes);
        if (spy.result != 0 || strcmp(spy.text.p, cases[i].answer) != 0)
            fail_msg("%s: %d %s\n%s", cases[i].why, spy.result, spy.err.text, spy.text.p);
        spy_clear(&spy);
        spy_contract(&recog_scoop, cases[i].gate, cases[i].bytes);
    }
}

static void passes_over_other_files(void **state)
{
    const struct {
        size_t gate;
        struct span bytes;
    } cases[] = {
        {1, BYTES_("{\"version\": \"1.0\"}\n")},
        {1, BYTES_("{\"name\": \"x\", \"version\": 1}\n")},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_scoop, cases[i].gate, cases[i].bytes);
        if (spy.result != RECOG_NOT_MINE || spy.text.n)
            fail_msg("%zu: %d %s", i, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_is_deployed),
        cmocka_unit_test(passes_over_other_files),
    };
    return cmocka_run_group_tests_name("recog_scoop", tests, NULL, NULL);
}
