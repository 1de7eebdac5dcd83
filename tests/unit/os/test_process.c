// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/process.h"
#include "support/made_tree.h"

static int write_process(void *to, const struct process *p, struct err *err)
{
    struct buf *b = to;

    (void)err;
    buf_printf(b, "%u parent %u uid %u%s%s\n", p->pid, p->parent, p->uid,
               p->kernel ? " kernel" : "", p->other_root ? " elsewhere" : "");
    buf_printf(b, "  name '%.*s'\n  command '%.*s'\n", (int)p->name.n, p->name.p, (int)p->command.n,
               p->command.p);
    buf_printf(b, "  program '%.*s'%s\n", (int)p->program.path.n, p->program.path.p,
               p->program.deleted ? " deleted" : "");
    for (size_t i = 0; i < p->mapped_count; i++)
        buf_printf(b, "  mapped '%.*s'%s\n", (int)p->mapped[i].path.n, p->mapped[i].path.p,
                   p->mapped[i].deleted ? " deleted" : "");
    return 0;
}

static void write_unread(void *to, uint32_t pid, const char *what, const struct err *why)
{
    buf_printf(to, "unread %u %s %d\n", pid, what, (int)why->code);
}

static const struct process_events events = {write_process, write_unread};

#define LINE(address, access, file) \
    address " " access " 00000000 fe:00 123                  " file "\n"

static void make_process(struct made_tree *t)
{
    made_file(t, "42/status", "Name:\tagent\nPPid:\t1\nUid:\t0\t33\t0\t0\n");
    made_file(t, "42/comm", "agent\n");
    made_bytes(t, "42/cmdline", "/opt/a b/agent\0--all\0", 21);
    made_link(t, "42/exe", "/opt/a b/agent (deleted)");
    made_link(t, "42/root", "/");
    made_link(t, "42/ns/mnt", "mnt:[1]");
    made_link(t, "self/ns/mnt", "mnt:[1]");
    made_file(t, "42/maps",
              LINE("7f00-7f01", "r-xp", "/usr/lib/libc.so.6")
                  LINE("7f01-7f02", "r--p", "/usr/share/data")
                      LINE("7f02-7f03", "r-xp", "/opt/a b/agent (deleted)")
                          LINE("7f03-7f04", "r-xp", "/opt/new\\012line.so")
                              LINE("7f04-7f05", "rwxp", "/memfd:jit (deleted)")
                                  LINE("7f05-7f06", "r-xp", "[vdso]") LINE("7f06-7f07", "rwxp", "")
                                      LINE("7f07-7f08", "r-xp", "/usr/lib/libc.so.6"));
}

static void says_what_a_process_runs_and_has_mapped(void **state)
{
    struct made_tree tree;
    auto_buf answer = {0};
    (void)state;

    made_tree_init(&tree);
    make_process(&tree);
    assert_int_equal(processes_each(tree.path, &events, &answer, NULL), 0);

    assert_string_equal(answer.p, "42 parent 1 uid 0\n"
                                  "  name 'agent'\n"
                                  "  command '/opt/a b/agent --all'\n"
                                  "  program '/opt/a b/agent' deleted\n"
                                  "  mapped '/opt/a b/agent' deleted\n"
                                  "  mapped '/opt/new\nline.so'\n"
                                  "  mapped '/usr/lib/libc.so.6'\n");
    made_tree_clear(&tree);
}

static void knows_containers_and_threads_of_the_kernel(void **state)
{
    struct made_tree tree;
    auto_buf answer = {0};
    (void)state;

    made_tree_init(&tree);
    made_link(&tree, "self/ns/mnt", "mnt:[1]");
    made_link(&tree, "7/ns/mnt", "mnt:[2]");
    made_file(&tree, "7/comm", "inside\n");
    made_file(&tree, "7/status", "PPid:\t1\nUid:\t5\t5\t5\t5\n");
    assert_int_equal(processes_each(tree.path, &events, &answer, NULL), 0);
    assert_string_equal(answer.p, "7 parent 1 uid 5 elsewhere\n"
                                  "  name 'inside'\n  command ''\n  program ''\n");
    made_tree_clear(&tree);

    buf_reset(&answer);
    made_tree_init(&tree);
    made_file(&tree, "9/comm", "kworker/0:1\n");
    made_folder(&tree, "9/maps"); // is not asked for, so it cannot fail
    made_file(&tree, "9/status", "PPid:\t2\nUid:\t0\t0\t0\t0\n");
    assert_int_equal(processes_each(tree.path, &events, &answer, NULL), 0);
    assert_string_equal(answer.p, "9 parent 2 uid 0 kernel\n"
                                  "  name 'kworker/0:1'\n  command ''\n  program ''\n");
    made_tree_clear(&tree);
}

static void says_what_it_could_not_read(void **state)
{
    struct made_tree tree;
    auto_buf answer = {0};
    (void)state;

    made_tree_init(&tree);
    made_file(&tree, "5/comm", "odd\n");
    made_folder(&tree, "5/maps"); // reading a folder fails, and not because it is gone
    assert_int_equal(processes_each(tree.path, &events, &answer, NULL), 0);

    assert_string_equal(answer.p, "unread 5 maps 3\n"
                                  "5 parent 0 uid 0\n"
                                  "  name 'odd'\n  command ''\n  program ''\n");
    made_tree_clear(&tree);
}

struct own {
    bool seen;
    struct sv program;
};

static int find_own(void *to, const struct process *p, struct err *err)
{
    struct own *own = to;
    bool libc = false;

    (void)err;
    if (p->pid != (uint32_t)getpid())
        return 0;
    own->seen = true;
    assert_true(sv_eq(p->program.path, own->program));
    assert_true(p->inode != 0);
    assert_int_equal(p->uid, getuid());
    for (size_t i = 0; i < p->mapped_count; i++)
        libc = libc || sv_find(p->mapped[i].path, SV("/libc.so")) != SIZE_MAX;
    assert_true(libc);
    return 0;
}

static void finds_itself_among_the_processes_of_this_machine(void **state)
{
    const struct process_events own_events = {find_own, NULL};
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
    struct own own = {false, {path, n > 0 ? (size_t)n : 0}};
    (void)state;

    assert_int_equal(processes_each("/proc", &own_events, &own, NULL), 0);

    assert_true(own.seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_a_process_runs_and_has_mapped),
        cmocka_unit_test(knows_containers_and_threads_of_the_kernel),
        cmocka_unit_test(says_what_it_could_not_read),
        cmocka_unit_test(finds_itself_among_the_processes_of_this_machine),
    };
    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
