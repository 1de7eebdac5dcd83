// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_python;

#define METADATA \
    "Metadata-Version: 2.1\n" \
    "Name: My.Odd_name\n" \
    "Version: 1.2.3\n" \
    "Summary: Does things\n" \
    "Home-page: https://acme.test\n" \
    "Author: Acme Ltd\n" \
    "Author-email: \"Acme, Ltd\" <a@acme.test>\n" \
    "Maintainer-email: Joe <joe@acme.test>, Jane <jane@acme.test>\n" \
    "License: Some licence\n" \
    "        that goes on\n" \
    "        Name: not this\n" \
    "Project-URL: Source Code, https://git.test/x\n" \
    "Project-URL: Bug Tracker, https://bugs.test/x\n" \
    "Requires-Dist: other (>=2)\n" \
    "\n" \
    "Name: prose\n" \
    "Author: nobody\n"

#define EGG_INFO \
    "Metadata-Version: 1.0\r\n" \
    "Name: plain\r\n" \
    "Version: 0.1\r\n" \
    "Summary: UNKNOWN\r\n" \
    "Home-page: UNKNOWN\r\n" \
    "Author: UNKNOWN\r\n" \
    "Author-email: UNKNOWN\r\n"

static void names_an_installed_package_and_its_people(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_python, 0, BYTES(METADATA));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library installed\n"
                                    "  package=my.odd-name @22+17\n"
                                    "  name=My.Odd_name\n"
                                    "  package-type=pypi\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:pypi/my.odd-name@1.2.3\n"
                                    "  author=Acme Ltd\n"
                                    "  author=Acme, Ltd\n"
                                    "  author=a@acme.test\n"
                                    "  maintainer=Joe\n"
                                    "  maintainer=joe@acme.test\n"
                                    "  maintainer=Jane\n"
                                    "  maintainer=jane@acme.test\n"
                                    "  description=Does things\n"
                                    "  licence=Some licence\n"
                                    "  homepage=https://acme.test\n"
                                    "  url=https://git.test/x\n");
    spy_clear(&spy);
}

static void leaves_out_what_is_unknown(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_python, 3, BYTES(EGG_INFO));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library installed\n"
                                    "  package=plain @23+11\n"
                                    "  name=plain\n"
                                    "  package-type=pypi\n"
                                    "  version=0.1\n"
                                    "  purl=pkg:pypi/plain@0.1\n");
    spy_clear(&spy);
}

static void other_files_are_not_packages(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"no name", 0, BYTES("Version: 1\n"), RECOG_NOT_MINE},
        {"a name with spaces", 0, BYTES("Name: a b\n"), RECOG_NOT_MINE},
        {"name after the headers", 0,
         BYTES("A: b\n"
               "\n"
               "Name: x\n"),
         RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_python, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_python, 0, BYTES(METADATA));
    spy_contract(&recog_python, 3, BYTES(EGG_INFO));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_an_installed_package_and_its_people),
        cmocka_unit_test(leaves_out_what_is_unknown),
        cmocka_unit_test(other_files_are_not_packages),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_python", tests, NULL, NULL);
}
