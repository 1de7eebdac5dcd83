// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_nuget_json;

#define DEPS \
    "\xef\xbb\xbf{\"runtimeTarget\": {\"name\": \".NETCoreApp,Version=v8.0\"}, \"targets\": " \
    "{\".NETCoreApp,Version=v8.0\": {\"Own/1.0.0\": {}}},\n" \
    " \"libraries\": {\"Own/1.0.0\": {\"type\": \"project\", \"serviceable\": false}, " \
    "\"Acme.Sdk/2.1.0\": {\"type\": \"package\", \"path\": \"acme.sdk/2.1.0\"}}}"

#define LOCK \
    "{\"version\": 1, \"dependencies\": {\"net8.0\": {\"Acme.Sdk\": {\"type\": \"Direct\", " \
    "\"requested\": \"[2.1.0, )\", \"resolved\": \"2.1.0\"}, \"own\": {\"type\": \"Project\"}}}}"

static void reads_what_a_program_loads(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_nuget_json, 0, BYTES(DEPS));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  name=Own @100+11\n"
                                    "  version=1.0.0\n"
                                    "library present\n"
                                    "  package=Acme.Sdk @190+16\n"
                                    "  name=Acme.Sdk\n"
                                    "  package-type=nuget\n"
                                    "  version=2.1.0\n"
                                    "  purl=pkg:nuget/Acme.Sdk@2.1.0\n");
    spy_clear(&spy);
}

static void reads_what_the_lock_file_pins(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_nuget_json, 2, BYTES(LOCK));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=Acme.Sdk @43+10\n"
                                    "  name=Acme.Sdk\n"
                                    "  package-type=nuget\n"
                                    "  version=2.1.0\n"
                                    "  purl=pkg:nuget/Acme.Sdk@2.1.0\n");
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
        {"another lock file", 2, BYTES("{\"dependencies\": []}"), RECOG_NOT_MINE},
        {"cut short", 0, BYTES("{\"libraries\": {"), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_nuget_json, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_nuget_json, 0, BYTES(DEPS));
    spy_contract(&recog_nuget_json, 2, BYTES(LOCK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_a_program_loads),
        cmocka_unit_test(reads_what_the_lock_file_pins),
        cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_nuget_json", tests, NULL, NULL);
}
