// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include "identify/command.h"

static void finds_the_program_of_a_command_line(void **state)
{
    const struct {
        const char *command, *program;
    } cases[] = {
        {"/opt/acme/agent --all", "/opt/acme/agent"},
        {"-/opt/acme/agent", "/opt/acme/agent"},
        {"+!!/opt/acme/agent;true", "/opt/acme/agent"},
        {"\"/opt/a b/agent\" --all", "/opt/a b/agent"},
        {"'/opt/a b/agent'", "/opt/a b/agent"},
        {"/opt/acme/agent>/dev/null", "/opt/acme/agent"},
        {"agent", NULL},
        {"cd / && /opt/acme/agent", NULL},
        {"/opt/${NAME}/agent", NULL},
        {"/opt/%i", NULL},
        {"", NULL},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sv path = {0};
        bool found = command_program(sv_str(cases[i].command), &path);

        if (found != (cases[i].program != NULL) ||
            (found && !sv_eq(path, sv_str(cases[i].program))))
            fail_msg("%s: '%.*s'", cases[i].command, (int)path.n, path.p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_program_of_a_command_line),
    };
    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
