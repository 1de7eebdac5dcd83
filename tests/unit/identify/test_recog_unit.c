// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_unit;

#define UNIT \
    "# a comment\n[Unit]\nDescription=Acme agent\nAfter=network.target\n\n" \
    "[Service]\nUser=acme\nExecStartPre=-/bin/mkdir -p /run/acme\n" \
    "ExecStart=/opt/acme/agent --all \\\n    --quiet\nExecStop=/bin/kill $MAINPID\n" \
    "Environment=ExecStart=no\n[X-Acme]\nExecStart=/no\n"

static void says_what_a_service_runs(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_unit, 0, BYTES(UNIT));

    assert_int_equal(spy.result, 0);
    assert_string_equal(spy.text.p, "service installed\n"
                                    "  description=Acme agent @31+10\n"
                                    "  user=acme @79+4\n"
                                    "  command=/bin/mkdir -p /run/acme @97+24\n"
                                    "  command=/opt/acme/agent --all       --quiet @132+35\n");
    spy_clear(&spy);
}

static void leaves_other_key_files_alone(void **state)
{
    const char *cases[] = {"", "[Desktop Entry]\nExec=x\n", "no sections\n", "[Service]\n"};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct spy spy;
        struct sv text = sv_str(cases[i]);

        spy_identify(&spy, &recog_unit, 0, (struct span){(const uint8_t *)text.p, text.n});
        assert_int_equal(spy.result, RECOG_NOT_MINE);
        spy_clear(&spy);
    }
}

/* Which service it is, and where it is installed, come from the place alone. */
static void takes_the_name_of_the_service_from_the_place(void **state)
{
    const struct {
        const char *path, *service;
        unsigned up;
    } cases[] = {
        {"/usr/lib/systemd/system/acme.service", "acme", 5},
        {"/lib/systemd/system/acme@.service", "acme@", 4},
        {"/etc/systemd/system/acme.timer", "acme", 4},
        {"/etc/systemd/system/acme.service.d/override.conf", "acme", 5},
        {"/run/systemd/generator.late/acme.service", "acme", 4},
        {"/home/a/.config/systemd/user/acme.socket", "acme", 4},
        {"/etc/systemd/system.conf", NULL, 0},
        {"/home/a/project/acme.service", NULL, 0},
        {"/etc/systemd/system/acme.mount", NULL, 0},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct captures captures = {0};
        const struct gate *g = recog_unit.gates;

        while (g->path && !gate_path_matches(g->path, sv_str(cases[i].path), &captures))
            g++;
        if (!g->path != !cases[i].service)
            fail_msg("%s: %s", cases[i].path, g->path ? g->path : "no gate");
        if (!g->path)
            continue;
        assert_int_equal(captures.at[0].key, FIELD_SERVICE);
        if (!sv_eq(captures.at[0].value, sv_str(cases[i].service)) || g->anchor_up != cases[i].up)
            fail_msg("%s: '%.*s', %u up", cases[i].path, (int)captures.at[0].value.n,
                     captures.at[0].value.p, g->anchor_up);
    }
}

static void survives_damage(void **state)
{
    (void)state;
    spy_contract(&recog_unit, 0, BYTES(UNIT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_a_service_runs),
        cmocka_unit_test(leaves_other_key_files_alone),
        cmocka_unit_test(takes_the_name_of_the_service_from_the_place),
        cmocka_unit_test(survives_damage),
    };
    return cmocka_run_group_tests_name("recog_unit", tests, NULL, NULL);
}
