// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_init_script;

#define SYSTEM_V \
    "#!/bin/sh\n### BEGIN INIT INFO\n# Provides:          acme\n" \
    "# Short-Description: Acme agent\n### END INIT INFO\n" \
    "# Short-Description: not this\nNAME=acme\nDAEMON=/usr/sbin/$NAME\n" \
    "  DAEMON='/opt/acme/agent' # comment\nDAEMON=/second\n"

static void says_what_a_script_starts(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_init_script, 1, BYTES(SYSTEM_V));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "service installed\n"
                                    "  description=Acme agent @77+10\n"
                                    "  command=/opt/acme/agent @179+15\n");
    spy_clear(&spy);
}

static void reads_scripts_of_openrc(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_init_script, 1,
                 BYTES("#!/sbin/openrc-run\ndescription=\"Acme agent\"\ncommand=/usr/sbin/acme\n"));

    assert_string_equal(spy.text.p, "service installed\n"
                                    "  description=Acme agent @32+10\n"
                                    "  command=/usr/sbin/acme @52+14\n");
    spy_clear(&spy);
}

static void a_file_that_is_no_script_is_not_ours(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_init_script, 1, BYTES("Read me\n"));
    assert_int_equal(spy.result, RECOG_NOT_MINE);
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_init_script, 1, BYTES(SYSTEM_V));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_a_script_starts),
        cmocka_unit_test(reads_scripts_of_openrc),
        cmocka_unit_test(a_file_that_is_no_script_is_not_ours),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_init_script", tests, NULL, NULL);
}
