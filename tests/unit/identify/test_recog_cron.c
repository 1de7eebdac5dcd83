// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_cron;

enum {
    GATE_SYSTEM = 1,
    GATE_ANACRON,
    GATE_USER,
};

#define SYSTEM \
    "SHELL=/bin/sh\nMAILTO = root\n# m h dom mon dow user command\n" \
    "17 *\t* * *\troot  cd / && run-parts /etc/cron.hourly\n" \
    "@reboot acme /opt/acme/agent --start\n" \
    "broken line\n"

static void one_component_a_line(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_cron, GATE_SYSTEM, BYTES(SYSTEM));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "service installed\n"
                                    "  command=cd / && run-parts /etc/cron.hourly @76+34\n"
                                    "  user=root\n"
                                    "  row=line 4\n"
                                    "service installed\n"
                                    "  command=/opt/acme/agent --start @124+23\n"
                                    "  user=acme\n"
                                    "  row=line 5\n");
    spy_clear(&spy);
}

static void reads_the_other_two_tables(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_cron, GATE_USER, BYTES("*/5 * * * * /opt/acme/agent\n"));
    assert_string_equal(spy.text.p, "service installed\n"
                                    "  command=/opt/acme/agent @12+15\n"
                                    "  row=line 1\n");
    spy_clear(&spy);

    spy_identify(&spy, &recog_cron, GATE_ANACRON, BYTES("1 5 acme.daily nice /opt/acme/agent\n"));
    assert_string_equal(spy.text.p, "service installed\n"
                                    "  command=nice /opt/acme/agent @15+20\n"
                                    "  row=line 1\n");
    spy_clear(&spy);
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_cron, GATE_SYSTEM, BYTES(SYSTEM));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_component_a_line),
        cmocka_unit_test(reads_the_other_two_tables),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_cron", tests, NULL, NULL);
}
