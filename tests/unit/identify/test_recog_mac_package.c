// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_mac_package;

enum { GATE_INFO = 1, GATE_DISTRIBUTION = 2, GATE_BOM = 3 };

#define INFO \
    "<?xml version=\"1.0\"?>\n" \
    "<pkg-info format-version=\"2\" identifier=\"com.example.core\" version=\"1.2.3\">\n" \
    "  <payload numberOfFiles=\"2\"/>\n</pkg-info>\n"
#define DISTRIBUTION \
    "<?xml version=\"1.0\"?>\n<installer-gui-script minSpecVersion=\"2\">\n" \
    "<title>Example &amp; Sons</title>\n<product id=\"com.example\" version=\"7.1\"/>\n" \
    "<pkg-ref id=\"com.example.core\"/>\n<pkg-ref id=\"com.example.web\" " \
    "version=\"0\">a</pkg-ref>\n" \
    "<pkg-ref id=\"com.example.core\" " \
    "version=\"1\">#Core.pkg</pkg-ref>\n</installer-gui-script>\n"

static void tells_what_packages_are_called(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
        const char *text;
    } cases[] = {
        {"one part", GATE_INFO, BYTES(INFO), 0,
         "application present\n  receipt=com.example.core @63+16\n  name=com.example.core @63+16\n"
         "  version=1.2.3 @90+5\n"},
        {"several", GATE_DISTRIBUTION, BYTES(DISTRIBUTION), 0,
         "application present\n  product=Example & Sons @71+18\n  receipt=com.example @111+11\n"
         "  version=7.1 @133+3\n  receipt=com.example.core @153+16\n"
         "  receipt=com.example.web @186+15\n"},
        {"its name is its place", GATE_BOM, BYTES("BOMStore"), 0,
         "application residue\n  status=list of installed files\n"},
        {"another thing of that name", GATE_INFO, BYTES("<package name=\"a\"/>"), RECOG_NOT_MINE,
         ""},
        {"no identifier", GATE_INFO, BYTES("<pkg-info version=\"1\"/>"), RECOG_NOT_MINE, ""},
        {"an XML of another kind", GATE_DISTRIBUTION, BYTES("<html><title>a</title></html>"),
         RECOG_NOT_MINE, ""},
        {"text", GATE_DISTRIBUTION, BYTES("Free for all\n"), RECOG_NOT_MINE, ""},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_mac_package, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result ||
            strcmp(spy.text.p ? spy.text.p : "", cases[i].text) != 0)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void places_choose_what_is_read(void **state)
{
    const struct gate *gates = recog_mac_package.gates;
    struct captures captures;
    (void)state;

    assert_true(gate_path_matches(gates[0].path, SV("/a/x.pkg!/Core.pkg/PackageInfo"), &captures));
    assert_true(gate_path_matches(gates[GATE_INFO].path, SV("/a/x.pkg!/PackageInfo"), &captures));
    assert_true(gate_path_matches(gates[GATE_BOM].path,
                                  SV("/private/var/db/receipts/com.example.core.bom"), &captures));
    assert_int_equal(captures.count, 1);
    assert_int_equal(captures.at[0].key, FIELD_RECEIPT);
    assert_true(sv_eq(captures.at[0].value, SV("com.example.core")));
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_mac_package, GATE_INFO, BYTES(INFO));
    spy_contract(&recog_mac_package, GATE_DISTRIBUTION, BYTES(DISTRIBUTION));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_packages_are_called),
        cmocka_unit_test(places_choose_what_is_read),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_mac_package", tests, NULL, NULL);
}
