// SPDX-License-Identifier: Apache-2.0
#include "support/spy.h"

#include "identify/windows_path.h"

static void says_where_below_the_root_a_file_lies(void **state)
{
    const struct {
        const char *text, *path;
    } cases[] = {
        {"C:\\Program Files\\Acme\\agent.exe", "/Program Files/Acme/agent.exe"},
        {"\"C:\\Program Files\\Acme\\agent.exe\" -k x", "/Program Files/Acme/agent.exe"},
        {"C:\\Program Files\\Acme\\agent.exe -k x", "/Program Files/Acme/agent.exe"},
        {"c:\\acme\\icon.ico,0", "/acme/icon.ico"},
        {"@%SystemRoot%\\system32\\acme.dll,-101", "/Windows/system32/acme.dll"},
        {"\\SystemRoot\\System32\\drivers\\acme.sys", "/Windows/System32/drivers/acme.sys"},
        {"system32\\DRIVERS\\acme.sys", "/Windows/System32/DRIVERS/acme.sys"},
        {"\\??\\C:\\acme\\a.sys", "/acme/a.sys"},
        {"\\\\?\\C:\\acme\\a.sys", "/acme/a.sys"},
        {"%ProgramFiles(x86)%\\Acme\\", "/Program Files (x86)/Acme"},
        {"C:\\Program Files (x86)\\Acme Lab\\", "/Program Files (x86)/Acme Lab"},
        {"%programdata%\\Acme/x", "/ProgramData/Acme/x"},
        {"agent.exe", NULL},
        {"D:\\Acme\\agent.exe", NULL},
        {"\\\\host\\share\\agent.exe", NULL},
        {"C:\\PROGRA~1\\Acme\\agent.exe", NULL},
        {"C:\\Acme\\%NAME%\\agent.exe", NULL},
        {"C:\\Acme\\..\\agent.exe", NULL},
        {"C:\\Acme\\agent -k", NULL},
        {"C:\\Acme\\a:b.exe", NULL},
        {"C:\\", NULL},
        {"/opt/acme/agent", NULL},
        {"", NULL},
    };
    auto_arena arena = {0};
    (void)state;

    arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sv path = {0};
        bool found = windows_path(sv_str(cases[i].text), &arena, &path);

        if (found != (cases[i].path != NULL) || (found && !sv_eq(path, sv_str(cases[i].path))))
            fail_msg("%s: '%.*s'", cases[i].text, (int)path.n, path.p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_where_below_the_root_a_file_lies),
    };
    return cmocka_run_group_tests_name("windows_path", tests, NULL, NULL);
}
