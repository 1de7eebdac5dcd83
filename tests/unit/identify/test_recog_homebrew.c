// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_homebrew;

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
        {"cask", 1,
         BYTES_("# cask \"comment\" do\n"
                "cask \"acme\" do\n"
                "  version \"1.0\"\n"
                "  url \"https://acme.test/#{version}.dmg\", verified: \"acme.test/\"\n"
                "  name \"Acme Thing\"\n"
                "  desc \"Not by Other\"\n"
                "  homepage 'https://acme.test/'\n"
                "  app \"Acme.app\"\n"
                "  uninstall launchctl: [\n"
                "              \"test.acme.agent\",\n"
                "              \"test.acme.daemon\",\n"
                "            ],\n"
                "            pkgutil:   \"test.acme.pkg\"\n"
                "  zap trash: \"~/Library/Acme\"\n"
                "end\n"),
         "application referenced <=probable\n"
         "  name=acme @26+4\n"
         "  version=1.0\n"
         "  package-type=brew\n"
         "  url=https://acme.test/\n"
         "  product=Acme Thing\n"
         "  homepage=https://acme.test/\n"
         "  launchd=test.acme.agent\n"
         "  launchd=test.acme.daemon\n"
         "  receipt=test.acme.pkg\n"},
        {"formula", 2,
         BYTES_("class Acme < Formula\n"
                "  url \"https://acme.test/a.tar.gz\"\n"
                "end\n"),
         "application referenced <=probable\n"
         "  name=Acme @6+4\n"
         "  product=Acme @6+4\n"
         "  package-type=brew\n"
         "  url=https://acme.test/a.tar.gz\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_homebrew, cases[i].gate, cases[i].bytes);
        if (spy.result != 0 || strcmp(spy.text.p, cases[i].answer) != 0)
            fail_msg("%s: %d %s\n%s", cases[i].why, spy.result, spy.err.text, spy.text.p);
        spy_clear(&spy);
        spy_contract(&recog_homebrew, cases[i].gate, cases[i].bytes);
    }
}

static void passes_over_other_files(void **state)
{
    const struct {
        size_t gate;
        struct span bytes;
    } cases[] = {
        {1, BYTES_("puts \"x\"\n")},
        {2, BYTES_("class Acme\n"
                   "end\n")},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_homebrew, cases[i].gate, cases[i].bytes);
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
    return cmocka_run_group_tests_name("recog_homebrew", tests, NULL, NULL);
}
