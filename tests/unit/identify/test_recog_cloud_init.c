// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_cloud_init;

#define CONFIG \
    "#cloud-config\n" \
    "packages:\n" \
    "  - acme-agent\n" \
    "  - [other, 1.2]\n" \
    "runcmd:\n" \
    "  - curl https://dl.acme.test/a | sh\n" \
    "  - [apt-get, install, -y, third]\n" \
    "apt:\n" \
    "  sources:\n" \
    "    x: {source: \"deb https://apt.acme.test stable main\"}\n" \
    "write_files:\n" \
    "  - path: /x\n" \
    "    content: |\n" \
    "      wget https://not.test/prose\n"

#define SCRIPT \
    "#!/bin/bash\n" \
    "wget https://dl.acme.test/b\n"

static void reads_cloud_configuration(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_cloud_init, 0, BYTES(CONFIG));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "library referenced <=trace\n"
                                    "  package=acme-agent @28+10\n"
                                    "  name=acme-agent\n"
                                    "  package-type=deb\n"
                                    "library referenced <=trace\n"
                                    "  package=other @44+5\n"
                                    "  name=other\n"
                                    "  package-type=deb\n"
                                    "  version=1.2\n"
                                    "file referenced <=trace\n"
                                    "  url=https://dl.acme.test/a @73+22\n"
                                    "  host=dl.acme.test\n"
                                    "library referenced <=trace\n"
                                    "  package=third @128+5\n"
                                    "  name=third\n"
                                    "  package-type=deb\n"
                                    "file referenced <=trace\n"
                                    "  url=https://apt.acme.test @167+39\n"
                                    "  host=apt.acme.test\n");
    spy_clear(&spy);
}

static void reads_a_script(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_cloud_init, 0, BYTES(SCRIPT));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "file referenced <=trace\n"
                                    "  url=https://dl.acme.test/b @17+22\n"
                                    "  host=dl.acme.test\n");
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
        {"other", 0, BYTES("packages: [a]\n"), RECOG_NOT_MINE},
        {"damaged", 0,
         BYTES("#cloud-config\n"
               "a: ["),
         -ERR_FORMAT},
        {"a template", 0,
         BYTES("#cloud-config\n"
               "{% if x %}\n"
               "packages: [a]\n"
               "{% endif %}\n"),
         RECOG_NOT_MINE},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_cloud_init, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_cloud_init, 0, BYTES(CONFIG));
    spy_contract(&recog_cloud_init, 0, BYTES(SCRIPT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_cloud_configuration),
        cmocka_unit_test(reads_a_script),
        cmocka_unit_test(tells_other_files_from_damage),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_cloud_init", tests, NULL, NULL);
}
