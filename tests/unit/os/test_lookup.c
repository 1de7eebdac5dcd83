// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "os/lookup.h"

static void finds_files_whatever_their_case_and_stays_in_the_root(void **state)
{
    const struct {
        const char *path;
        bool there;
    } cases[] = {
        {"/Program Files/Acme/agent.exe", true},
        {"/PROGRAM FILES/acme/AGENT.EXE", true},
        {"Program Files/Acme", true},
        {"/program files/Acme/other.exe", false},
        {"/Program Files/Acme/agent.exe/x", false},
        {"/Program Files/Empty", false}, // an empty folder is no program
        {"/Program Files/none/agent.exe", false},
        {"/link/acme/agent.exe", true},
        {"/out/usr", false}, // a link to "/" is the root
        {"/out/link", true},
        {"/../../Program Files/Acme/agent.exe", true},
        {"", true},
    };
    char root[] = "/tmp/debar-lookup-XXXXXX";
    auto_fd int fd = -1, file = -1;
    uint64_t names = 1000;
    (void)state;

    assert_non_null(mkdtemp(root));
    fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(mkdirat(fd, "Program Files", 0755), 0);
    assert_int_equal(mkdirat(fd, "Program Files/Acme", 0755), 0);
    assert_int_equal(mkdirat(fd, "Program Files/Empty", 0755), 0);
    assert_int_equal(symlinkat("Program Files", fd, "link"), 0);
    assert_int_equal(symlinkat("/", fd, "out"), 0);
    file = openat(fd, "Program Files/Acme/agent.exe", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    assert_true(file >= 0);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (lookup_nocase(fd, cases[i].path, &names) != cases[i].there)
            fail_msg("%s", cases[i].path);
    assert_true(names < 1000);
    names = 0; // what cannot be looked at counts as there
    assert_true(lookup_nocase(fd, "/program files/Acme/other.exe", &names));

    (void)unlinkat(fd, "Program Files/Acme/agent.exe", 0);
    (void)unlinkat(fd, "link", 0);
    (void)unlinkat(fd, "out", 0);
    (void)unlinkat(fd, "Program Files/Acme", AT_REMOVEDIR);
    (void)unlinkat(fd, "Program Files/Empty", AT_REMOVEDIR);
    (void)unlinkat(fd, "Program Files", AT_REMOVEDIR);
    (void)rmdir(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_files_whatever_their_case_and_stays_in_the_root),
    };

    return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
