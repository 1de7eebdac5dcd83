// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_pkgbuild;

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
        {"SRCINFO", 0,
         BYTES_("pkgbase = acme\n"
                "\tpkgver = 1.0\n"
                "\turl = https://acme.test\n"
                "\tsource = a.tar.gz::https://acme.test/a-1.0.tar.gz\n"
                "\tdepends = other\n"
                "\n"
                "pkgname = acme\n"
                "pkgname = acme-docs\n"),
         "file referenced <=probable\n"
         "  url=https://acme.test/a-1.0.tar.gz @74+30\n"
         "  host=acme.test\n"
         "library referenced <=probable\n"
         "  package=acme @133+4\n"
         "  name=acme\n"
         "  package-type=pacman\n"
         "  version=1.0\n"
         "  homepage=https://acme.test\n"
         "library referenced <=probable\n"
         "  package=acme-docs @148+9\n"
         "  name=acme-docs\n"
         "  package-type=pacman\n"
         "  version=1.0\n"
         "  homepage=https://acme.test\n"},
        {"PKGBUILD", 1,
         BYTES_("# pkgname=comment\n"
                "pkgname=('acme' \"acme-docs\")\n"
                "pkgver=1.0 # pkgver=2\n"
                "url=\"https://acme.test\"\n"
                "depends=('other')\n"
                "source=(\"a.tar.gz::https://acme.test/$pkgver.tar.gz\"\n"
                "        'https://acme.test/b')\n"
                "build() {\n"
                "  make\n"
                "}\n"),
         "library referenced <=probable\n"
         "  package=acme @28+4\n"
         "  name=acme\n"
         "  package-type=pacman\n"
         "  version=1.0\n"
         "  homepage=https://acme.test\n"
         "library referenced <=probable\n"
         "  package=acme-docs @35+9\n"
         "  name=acme-docs\n"
         "  package-type=pacman\n"
         "  version=1.0\n"
         "  homepage=https://acme.test\n"
         "file referenced <=probable\n"
         "  url=https://acme.test/ @130+18\n"
         "  host=acme.test\n"
         "file referenced <=probable\n"
         "  url=https://acme.test/b @173+19\n"
         "  host=acme.test\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_pkgbuild, cases[i].gate, cases[i].bytes);
        if (spy.result != 0 || strcmp(spy.text.p, cases[i].answer) != 0)
            fail_msg("%s: %d %s\n%s", cases[i].why, spy.result, spy.err.text, spy.text.p);
        spy_clear(&spy);
        spy_contract(&recog_pkgbuild, cases[i].gate, cases[i].bytes);
    }
}

static void passes_over_other_files(void **state)
{
    const struct {
        size_t gate;
        struct span bytes;
    } cases[] = {
        {0, BYTES_("a = b\n")},
        {1, BYTES_("make\n")},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_pkgbuild, cases[i].gate, cases[i].bytes);
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
    return cmocka_run_group_tests_name("recog_pkgbuild", tests, NULL, NULL);
}
