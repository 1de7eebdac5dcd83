// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_kickstart;

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
        {"installation", 0,
         BYTES_("# url --url=https://comment.test\n"
                "url --url=https://acme.test/os\n"
                "%packages --nocore\n"
                "@core\n"
                "acme\n"
                "# comment\n"
                "-other\n"
                "acme-docs # why\n"
                "%end\n"
                "%post\n"
                "curl https://acme.test/a.sh\n"
                "%end\n"),
         "file referenced <=probable\n"
         "  url=https://acme.test/os @37+26\n"
         "  host=acme.test\n"
         "library referenced <=probable\n"
         "  package=acme @89+4\n"
         "  name=acme\n"
         "  package-type=rpm\n"
         "library referenced <=probable\n"
         "  package=acme-docs @111+9\n"
         "  name=acme-docs\n"
         "  package-type=rpm\n"
         "file referenced <=probable\n"
         "  url=https://acme.test/a.sh @143+22\n"
         "  host=acme.test\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_kickstart, cases[i].gate, cases[i].bytes);
        if (spy.result != 0 || strcmp(spy.text.p, cases[i].answer) != 0)
            fail_msg("%s: %d %s\n%s", cases[i].why, spy.result, spy.err.text, spy.text.p);
        spy_clear(&spy);
        spy_contract(&recog_kickstart, cases[i].gate, cases[i].bytes);
    }
}

static void passes_over_other_files(void **state)
{
    const struct {
        size_t gate;
        struct span bytes;
    } cases[] = {
        {0, BYTES_("acme\n"
                   "%post\n"
                   "curl https://acme.test\n"
                   "%end\n")},
        {0, BYTES_("%packages\n"
                   "-acme\n"
                   "%end\n")},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_kickstart, cases[i].gate, cases[i].bytes);
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
    return cmocka_run_group_tests_name("recog_kickstart", tests, NULL, NULL);
}
