// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_npm;

enum {
    INSTALLED = 0,
    NESTED = 4,
    PROJECT = 5,
};

#define PACKAGE \
    "{\"name\":\"@acme/ui\",\"version\":\"1.2.3\",\"author\":\"Acme Ltd <a@acme.test> " \
    "(https://x)\"," \
    "\"maintainers\":[{\"name\":\"joe\",\"email\":\"joe@acme.test\"}],\"publisher\":\"acme\"," \
    "\"license\":{\"type\":\"MIT\"},\"homepage\":\"https://acme.test\"," \
    "\"repository\":{\"url\":\"git+https://git.test/ui.git\"},\"dependencies\":{\"left\":\"1\"}}"

static void names_an_installed_package_and_its_people(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_npm, INSTALLED, BYTES(PACKAGE));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library installed\n"
                                    "  package=@acme/ui @8+10\n"
                                    "  name=@acme/ui\n"
                                    "  package-type=npm\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:npm/%40acme/ui@1.2.3\n"
                                    "  author=Acme Ltd\n"
                                    "  author=a@acme.test\n"
                                    "  maintainer=joe\n"
                                    "  maintainer=joe@acme.test\n"
                                    "  publisher=acme\n"
                                    "  licence=MIT\n"
                                    "  homepage=https://acme.test\n"
                                    "  url=git+https://git.test/ui.git\n");
    spy_clear(&spy);
}

static void a_project_references_what_it_depends_on(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_npm, PROJECT,
                 BYTES("\xef\xbb\xbf{\"private\":true,\"peerDependencies\":{\"p\":\">=2\"},"
                       "\"dependencies\":{\"a\":\"npm:@real/a@^1\",\"b\":\"git+https://h.test/b\"},"
                       "\"devDependencies\":{\"@acme/ui\":\"~3\"},\"scripts\":{\"c\":\"d\"}}"));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=@real/a @66+3\n"
                                    "  name=@real/a\n"
                                    "  package-type=npm\n"
                                    "  version=^1\n"
                                    "  purl=pkg:npm/%40real/a\n"
                                    "library referenced\n"
                                    "  package=b @87+3\n"
                                    "  name=b\n"
                                    "  package-type=npm\n"
                                    "  version=git+https://h.test/b\n"
                                    "  purl=pkg:npm/b\n"
                                    "  url=git+https://h.test/b\n"
                                    "library referenced\n"
                                    "  package=@acme/ui @134+10\n"
                                    "  name=@acme/ui\n"
                                    "  package-type=npm\n"
                                    "  version=~3\n"
                                    "  purl=pkg:npm/%40acme/ui\n"
                                    "library referenced\n"
                                    "  package=p @39+3\n"
                                    "  name=p\n"
                                    "  package-type=npm\n"
                                    "  version=>=2\n"
                                    "  purl=pkg:npm/p\n");
    spy_clear(&spy);
}

static void tells_what_is_no_package_from_what_is_damaged(void **state)
{
    const struct {
        const char *why;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", BYTES(""), RECOG_NOT_MINE},
        {"only a marker", BYTES("{\"type\":\"module\"}"), RECOG_NOT_MINE},
        {"a template", BYTES("{ {{name}} }"), RECOG_NOT_MINE},
        {"a list", BYTES("[1]"), RECOG_NOT_MINE},
        {"comment first", BYTES("// x\n{}"), RECOG_NOT_MINE},
        {"no object in it", BYTES("{}"), RECOG_NOT_MINE},
        {"a name that cannot be", BYTES("{\"name\":\"a b\"}"), RECOG_NOT_MINE},
        {"cut short", BYTES("{\"name\":\"a\""), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_npm, NESTED, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_npm, PROJECT, BYTES(PACKAGE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_an_installed_package_and_its_people),
        cmocka_unit_test(a_project_references_what_it_depends_on),
        cmocka_unit_test(tells_what_is_no_package_from_what_is_damaged),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_npm", tests, NULL, NULL);
}
