// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_java_manifest;

#define MANIFEST \
    "Manifest-Version: 1.0\r\n" \
    "Implementation-Title: Acme Tool\r\n" \
    "Implementation-Version: 1.2.3\r\n" \
    "Implementation-Vendor: Acme and somebody else whose name is so long that i\r\n" \
    " t goes on\r\n" \
    "Bundle-SymbolicName: test.acme.tool;singleton:=true\r\n" \
    "Bundle-Vendor: Acme\r\n" \
    "Bundle-Version: 9\r\n" \
    "\r\n" \
    "Name: a/B.class\r\n" \
    "Implementation-Vendor: Not this\r\n"

static void names_a_jar_and_its_maker(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_java_manifest, 0, BYTES(MANIFEST));

    assert_int_equal(spy.result, 0);
    assert_string_equal(
        spy.text.p,
        "library present\n"
        "  name=Acme Tool @23+31\n"
        "  name=test.acme.tool @175+51\n"
        "  version=1.2.3 @56+29\n"
        "  supplier=Acme and somebody else whose name is so long that it goes on @87+74\n"
        "  supplier=Acme @228+19\n");
    spy_clear(&spy);
}

static void a_manifest_that_says_nothing_is_passed_over(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"only its version", 0,
         BYTES("Manifest-Version: 1.0\r\n"
               "Created-By: x\r\n"
               "Implementation-Version: 1\r\n"),
         RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_java_manifest, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_java_manifest, 0, BYTES(MANIFEST));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_a_jar_and_its_maker),
        cmocka_unit_test(a_manifest_that_says_nothing_is_passed_over),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_java_manifest", tests, NULL, NULL);
}
