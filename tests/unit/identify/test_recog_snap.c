// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_snap;

enum {
    GATE_STATE,
    GATE_YAML_BELOW_VAR,
    GATE_YAML,
};

#define STATE \
    "{\"data\":{\"auth\":{},\"snaps\":{" \
    "\"acme\":{\"type\":\"app\",\"sequence\":[{\"name\":\"acme\",\"revision\":\"7\"}]," \
    "\"active\":true,\"current\":\"7\",\"channel\":\"latest/stable\"}," \
    "\"off\":{\"type\":\"app\",\"current\":\"x1\"},\"odd\":3}},\"changes\":{}}"
#define YAML \
    "# \u00e9\napps:\n  name:\n    command: x\n  version: 9\n" \
    "name: acme\nversion: '2.1'\nsummary: |\n  Acme agent\nlicense: MIT\ntitle: Acme Agent\n"

static void reads_which_snaps_are_installed(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_snap, GATE_STATE, BYTES(STATE));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application installed\n"
                                    "  package=acme @28+6\n"
                                    "  name=acme\n"
                                    "  package-type=snap\n"
                                    "  status=active, revision 7, channel latest/stable\n"
                                    "  row=data.snaps.acme\n"
                                    "application present\n"
                                    "  package=off @148+5\n"
                                    "  name=off\n"
                                    "  package-type=snap\n"
                                    "  status=inactive, revision x1\n"
                                    "  row=data.snaps.off\n");
    spy_clear(&spy);
}

static void reads_what_a_snap_is(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_snap, GATE_YAML, BYTES(YAML));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "application installed\n"
                                    "  package=acme @53+4\n"
                                    "  name=acme\n"
                                    "  package-type=snap\n"
                                    "  version=2.1\n"
                                    "  product=Acme Agent\n"
                                    "  licence=MIT\n"
                                    "  description=Acme agent\n\n");
    spy_clear(&spy);
}

static void says_why_it_cannot_read_a_file(void **state)
{
    const struct {
        const char *why;
        size_t gate;
        struct span bytes;
        int result;
    } cases[] = {
        {"a state that breaks off", GATE_STATE, BYTES("{\"data\":{\"snaps\":"), -ERR_FORMAT},
        {"snapd without snaps", GATE_STATE, BYTES("{\"data\":null}"), 0},
        {"no name", GATE_YAML, BYTES("version: 1\n"), RECOG_NOT_MINE},
        {"a list", GATE_YAML, BYTES("- name\n- acme\n"), RECOG_NOT_MINE},
        {"empty", GATE_YAML, BYTES(""), RECOG_NOT_MINE},
        {"no YAML", GATE_YAML, BYTES("name: [acme\n"), -ERR_FORMAT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;

        spy_identify(&spy, &recog_snap, cases[i].gate, cases[i].bytes);
        if (spy.result != cases[i].result || spy.text.n)
            fail_msg("%s: got %d, '%s'", cases[i].why, spy.result, spy.text.p);
        spy_clear(&spy);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_snap, GATE_STATE, BYTES(STATE));
    spy_contract(&recog_snap, GATE_YAML, BYTES(YAML));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_which_snaps_are_installed),
        cmocka_unit_test(reads_what_a_snap_is),
        cmocka_unit_test(says_why_it_cannot_read_a_file),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_snap", tests, NULL, NULL);
}
