// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_helm;

#define CHART \
    "apiVersion: v2\n" \
    "name: tool\n" \
    "version: 1.2.3\n" \
    "home: https://acme.test\n" \
    "maintainers:\n" \
    "  - {name: Acme Ltd, email: a@acme.test}\n" \
    "dependencies:\n" \
    "  - name: base\n" \
    "    version: ^1\n" \
    "    repository: oci://registry.test/charts\n" \
    "  - name: local\n" \
    "    repository: file://../local\n"

static void names_a_chart_and_what_it_depends_on(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_helm, 0, BYTES(CHART));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library present\n"
                                    "  package=tool @21+4\n"
                                    "  name=tool\n"
                                    "  package-type=helm\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:helm/tool@1.2.3\n"
                                    "  maintainer=Acme Ltd\n"
                                    "  maintainer=a@acme.test\n"
                                    "  homepage=https://acme.test\n"
                                    "library referenced\n"
                                    "  package=base @143+4\n"
                                    "  name=base\n"
                                    "  package-type=helm\n"
                                    "  version=^1\n"
                                    "  purl=pkg:helm/base\n"
                                    "  url=oci://registry.test/charts\n"
                                    "library referenced\n"
                                    "  package=local @217+5\n"
                                    "  name=local\n"
                                    "  package-type=helm\n"
                                    "  purl=pkg:helm/local\n"
                                    "  url=file://../local\n");
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
        {"other", 0, BYTES("a: 1\n"), RECOG_NOT_MINE},
        {"damaged", 0, BYTES("name: ["), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_helm, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_helm, 0, BYTES(CHART));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_a_chart_and_what_it_depends_on),
        cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_helm", tests, NULL, NULL);
}
