// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_pnpm_lock;

#define VERSION_5 \
    "lockfileVersion: 5.4\n" \
    "specifiers:\n" \
    "  'a': ^1.0.0\n" \
    "packages:\n" \
    "  /@s/a/1.2.3_react@18.0.0:\n" \
    "    resolution: {integrity: sha512-x==}\n" \
    "    dev: false\n" \
    "  /b_c/2.0.0:\n" \
    "    resolution: {integrity: sha512-y==, tarball: https://npm.corp.test/b.tgz}\n" \
    "  github.com/acme/g/00ff:\n" \
    "    resolution: {tarball: https://codeload.test/g.tgz}\n" \
    "    name: \"@acme/g\"\n" \
    "    version: 0.1.0\n"

#define VERSION_6 \
    "lockfileVersion: '6.0'\n" \
    "# \xc3\xbcn\xc3\xaf" \
    "c\xc3\xb6" \
    "d\xc3\xa9 before what is found\n" \
    "packages:\n" \
    "  /@s/a@1.2.3(react@18.0.0):\n" \
    "    resolution: {integrity: sha512-x==}\n"

#define VERSION_9 \
    "lockfileVersion: '9.0'\n" \
    "importers:\n" \
    "  .:\n" \
    "    dependencies:\n" \
    "      alias: {specifier: npm:a@1, version: a@1.0.0}\n" \
    "packages:\n" \
    "  '@s/a@1.2.3':\n" \
    "    resolution: {integrity: sha512-x==}\n" \
    "  b@2.0.0:\n" \
    "    resolution: {integrity: sha512-y==}\n" \
    "snapshots:\n" \
    "  '@s/a@1.2.3(react@18.0.0)': {}\n"

static void reads_version_5(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_pnpm_lock, 0, BYTES(VERSION_5));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=@s/a @59+24\n"
                                    "  name=@s/a\n"
                                    "  package-type=npm\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:npm/%40s/a@1.2.3\n"
                                    "library referenced\n"
                                    "  package=b_c @142+10\n"
                                    "  name=b_c\n"
                                    "  package-type=npm\n"
                                    "  version=2.0.0\n"
                                    "  purl=pkg:npm/b_c@2.0.0\n"
                                    "  url=https://npm.corp.test/b.tgz\n"
                                    "library referenced\n"
                                    "  package=@acme/g @234+22\n"
                                    "  name=@acme/g\n"
                                    "  package-type=npm\n"
                                    "  version=0.1.0\n"
                                    "  purl=pkg:npm/%40acme/g@0.1.0\n"
                                    "  url=https://codeload.test/g.tgz\n");
    spy_clear(&spy);
}

static void reads_version_6(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_pnpm_lock, 0, BYTES(VERSION_6));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=@s/a @70+25\n"
                                    "  name=@s/a\n"
                                    "  package-type=npm\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:npm/%40s/a@1.2.3\n");
    spy_clear(&spy);
}

static void reads_version_9(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_pnpm_lock, 0, BYTES(VERSION_9));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=@s/a @121+12\n"
                                    "  name=@s/a\n"
                                    "  package-type=npm\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:npm/%40s/a@1.2.3\n"
                                    "library referenced\n"
                                    "  package=b @177+7\n"
                                    "  name=b\n"
                                    "  package-type=npm\n"
                                    "  version=2.0.0\n"
                                    "  purl=pkg:npm/b@2.0.0\n");
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
        {"damaged", 0,
         BYTES("lockfileVersion: 9\n"
               "\t}"),
         -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_pnpm_lock, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_pnpm_lock, 0, BYTES(VERSION_5));
    spy_contract(&recog_pnpm_lock, 0, BYTES(VERSION_6));
    spy_contract(&recog_pnpm_lock, 0, BYTES(VERSION_9));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_5), cmocka_unit_test(reads_version_6),
        cmocka_unit_test(reads_version_9), cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_pnpm_lock", tests, NULL, NULL);
}
