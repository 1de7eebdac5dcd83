// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_winget;

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
        {"installer", 0,
         BYTES_("PackageIdentifier: Acme.Thing\n"
                "PackageVersion: 1.0\n"
                "Installers:\n"
                "- Architecture: x64\n"
                "  InstallerUrl: https://acme.test/a.exe\n"
                "  ProductCode: '{1}'\n"
                "  AppsAndFeaturesEntries:\n"
                "  - DisplayName: Acme Thing\n"
                "    UpgradeCode: '{2}'\n"
                "ManifestType: installer\n"),
         "application referenced <=probable\n"
         "  name=Acme.Thing @19+10\n"
         "  version=1.0\n"
         "  package=Acme.Thing\n"
         "  package-type=winget\n"
         "  url=https://acme.test/a.exe\n"
         "  product-code={1}\n"
         "  product=Acme Thing\n"
         "  upgrade-code={2}\n"},
        {"locale", 0,
         BYTES_("# a comment\n"
                "PackageIdentifier: Acme.Thing\n"
                "PackageVersion: 1.0\n"
                "Publisher: Acme Ltd\n"
                "PackageName: The Thing\n"
                "Description: unlike Other\n"
                "Copyright: (c) Acme\n"),
         "application referenced <=probable\n"
         "  name=Acme.Thing @31+10\n"
         "  version=1.0\n"
         "  package=Acme.Thing\n"
         "  package-type=winget\n"
         "  product=The Thing\n"
         "  publisher=Acme Ltd\n"
         "  copyright=(c) Acme\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_winget, cases[i].gate, cases[i].bytes);
        if (spy.result != 0 || strcmp(spy.text.p, cases[i].answer) != 0)
            fail_msg("%s: %d %s\n%s", cases[i].why, spy.result, spy.err.text, spy.text.p);
        spy_clear(&spy);
        spy_contract(&recog_winget, cases[i].gate, cases[i].bytes);
    }
}

static void passes_over_other_files(void **state)
{
    const struct {
        size_t gate;
        struct span bytes;
    } cases[] = {
        {0, BYTES_("# PackageIdentifier: Acme.Thing\n"
                   "a: b\n")},
        {0, BYTES_("PackageIdentifier: [1]\n")},
        {0, BYTES_("PackageIdentifier: \"\n")},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_winget, cases[i].gate, cases[i].bytes);
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
    return cmocka_run_group_tests_name("recog_winget", tests, NULL, NULL);
}
