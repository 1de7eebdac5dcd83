// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_python_requirements;

#define REQUIREMENTS \
    "\xef\xbb\xbf# comment\n" \
    "-r base.txt\n" \
    "--index-url https://pypi.corp.test/simple\n" \
    "pinned==1.2.3\n" \
    "ranged[extra,more] >= 1.0, <2 ; python_version < \"3.9\"  # why\n" \
    "old-style (~=2.1)\n" \
    "wild==3.*\n" \
    "bare\n" \
    "hashed==4.0 --hash=sha256:00ff \\\n" \
    "    --hash=sha256:11ff\n" \
    "direct @ https://files.test/direct-1.0.whl ; sys_platform == \"linux\"\n" \
    "git+https://git.test/owner/repo.git@v1#egg=from_git&subdirectory=py\n" \
    "-e git+ssh://git@git.test/o/r#egg=edited\n" \
    "./local/path\n" \
    "https://files.test/nameless.whl\n" \
    "this is prose, not a requirement\n"

static void reads_one_requirement_a_line(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_python_requirements, 0, BYTES(REQUIREMENTS));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced\n"
                                    "  package=pinned @67+6\n"
                                    "  name=pinned\n"
                                    "  package-type=pypi\n"
                                    "  version=1.2.3\n"
                                    "  purl=pkg:pypi/pinned@1.2.3\n"
                                    "library referenced\n"
                                    "  package=ranged @81+6\n"
                                    "  name=ranged\n"
                                    "  package-type=pypi\n"
                                    "  version=>= 1.0, <2\n"
                                    "  purl=pkg:pypi/ranged\n"
                                    "library referenced\n"
                                    "  package=old-style @143+9\n"
                                    "  name=old-style\n"
                                    "  package-type=pypi\n"
                                    "  version=~=2.1\n"
                                    "  purl=pkg:pypi/old-style\n"
                                    "library referenced\n"
                                    "  package=wild @161+4\n"
                                    "  name=wild\n"
                                    "  package-type=pypi\n"
                                    "  version===3.*\n"
                                    "  purl=pkg:pypi/wild\n"
                                    "library referenced\n"
                                    "  package=bare @171+4\n"
                                    "  name=bare\n"
                                    "  package-type=pypi\n"
                                    "  purl=pkg:pypi/bare\n"
                                    "library referenced\n"
                                    "  package=hashed @176+6\n"
                                    "  name=hashed\n"
                                    "  package-type=pypi\n"
                                    "  version=4.0\n"
                                    "  purl=pkg:pypi/hashed@4.0\n"
                                    "library referenced\n"
                                    "  package=direct @232+6\n"
                                    "  name=direct\n"
                                    "  package-type=pypi\n"
                                    "  purl=pkg:pypi/direct\n"
                                    "  url=https://files.test/direct-1.0.whl\n"
                                    "library referenced\n"
                                    "  package=from-git @344+8\n"
                                    "  name=from_git\n"
                                    "  package-type=pypi\n"
                                    "  purl=pkg:pypi/from-git\n"
                                    "  url=git+https://git.test/owner/repo.git@v1\n"
                                    "library referenced\n"
                                    "  package=edited @403+6\n"
                                    "  name=edited\n"
                                    "  package-type=pypi\n"
                                    "  purl=pkg:pypi/edited\n"
                                    "  url=git+ssh://git@git.test/o/r\n");
    spy_clear(&spy);
}

static void prose_is_not_a_requirement(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"empty", 0, BYTES(""), RECOG_NOT_MINE},
        {"prose", 0,
         BYTES("The requirements are many.\n"
               "See below: a list\n"),
         RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_python_requirements, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_python_requirements, 0, BYTES(REQUIREMENTS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_one_requirement_a_line),
        cmocka_unit_test(prose_is_not_a_requirement),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_python_requirements", tests, NULL, NULL);
}
