// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_vscode_extension;

#define EXTENSION \
    "{\"name\":\"guard\",\"displayName\":\"Acme " \
    "Guard\",\"publisher\":\"acme\",\"version\":\"1.2\"," \
    "\"engines\":{\"vscode\":\"^1.80.0\"},\"author\":{\"name\":\"Acme Ltd\"},\"description\":" \
    "\"%text%\",\"repository\":\"https://git.test/guard\",\"homepage\":\"https://acme.test\"}"

static void reads_what_an_extension_says_of_itself(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_vscode_extension, 0, BYTES(EXTENSION));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application installed\n"
                                    "  extension-id=acme.guard\n"
                                    "  name=Acme Guard\n"
                                    "  version=1.2\n"
                                    "  publisher=acme @55+6\n"
                                    "  author=Acme Ltd\n"
                                    "  homepage=https://acme.test\n"
                                    "  url=https://git.test/guard\n"
                                    "  purl=pkg:vscode-extension/acme/guard@1.2\n");
    spy_clear(&spy);
}

static void passes_by_other_packages(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        int result;
    } cases[] = {
        {"a package of npm",
         BYTES("{\"name\":\"x\",\"publisher\":\"y\",\"engines\":{\"node\":\"20\"}}"),
         RECOG_NOT_MINE},
        {"no publisher", BYTES("{\"name\":\"x\",\"engines\":{\"vscode\":\"1\"}}"), RECOG_NOT_MINE},
        {"empty", BYTES(""), RECOG_NOT_MINE},
        {"breaks off", BYTES("{\"name\":"), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_vscode_extension, 0, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_vscode_extension, 0, BYTES(EXTENSION));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_an_extension_says_of_itself),
        cmocka_unit_test(passes_by_other_packages),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_vscode_extension", tests, NULL, NULL);
}
