// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

extern const struct recogniser recog_windows_trace;

/* Everything is in the gates: which name is taken, from which bytes on. */
static void takes_names_of_logs_and_programs(void **state)
{
    const struct {
        const char *path;
        struct span head;
        enum field_key key;
        const char *value; /* NULL: no gate */
    } cases[] = {
        {"/Windows/System32/winevt/Logs/Acme Log.evtx", BYTES("ElfFile\0..."), FIELD_EVENT_LOG,
         "Acme Log"},
        {"/windows/system32/config/Acme.Evt", BYTES("\x30\0\0\0LfLe"), FIELD_EVENT_LOG, "Acme"},
        {"/Windows/Prefetch/ACME-AGENT.EXE-1A2B3C4D.pf", BYTES("MAM\x04"), FIELD_PROCESS,
         "ACME-AGENT.EXE"},
        {"/Windows/Prefetch/ACME.EXE-1A2B3C4D.pf", BYTES("\x1a\0\0\0SCCA"), FIELD_PROCESS,
         "ACME.EXE"},
        {"/Windows/Prefetch/ACME.EXE-1A2B3C4D.pf", BYTES("else"), FIELD_PROCESS, NULL},
        {"/srv/case/Acme Log.evtx", BYTES("ElfFile\0..."), FIELD_EVENT_LOG, NULL},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct gate *g = recog_windows_trace.gates;
        struct captures captures;

        while (g->path && !(gate_path_matches(g->path, sv_str(cases[i].path), &captures) &&
                            gate_magic_matches(g, cases[i].head)))
            g++;
        if (!g->path != !cases[i].value)
            fail_msg("%s: %s", cases[i].path, g->path ? g->path : "no gate");
        if (!g->path)
            continue;
        assert_int_equal(g->state, STATE_RESIDUE);
        assert_int_equal(captures.at[0].key, cases[i].key);
        assert_true(sv_eq(captures.at[0].value, sv_str(cases[i].value)));
    }
}

static void says_what_kind_of_trace_it_is(void **state)
{
    struct spy spy;
    (void)state;

    spy_identify(&spy, &recog_windows_trace, 0, BYTES("ElfFile\0"));
    assert_string_equal(spy.text.p, "data residue\n  status=event log\n");
    spy_clear(&spy);
    spy_identify(&spy, &recog_windows_trace, 3, BYTES("MAM\x04"));
    assert_string_equal(spy.text.p, "application residue <=probable\n  status=has been run\n");
    spy_clear(&spy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_names_of_logs_and_programs),
        cmocka_unit_test(says_what_kind_of_trace_it_is),
    };
    return cmocka_run_group_tests_name("recog_windows_trace", tests, NULL, NULL);
}
