// SPDX-License-Identifier: Apache-2.0
/*
 * What a process in the jail tries, and what becomes of it. Built without sanitizers, which need
 * what the jail forbids; so limits of memory are tested too.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/sandbox.h"

enum {
    DONE = 42, /* the deed was done, whatever came of it */
    NOT_JAILED = 43,
    MEMORY = 64 << 20,
};

static const struct sandbox_limits limits = {.memory = MEMORY, .cpu_s = 1, .files = 8};

/* ---- deeds ---- */

static void nothing(void)
{
}

static void open_a_secret(void)
{
    (void)open("/etc/shadow", O_RDONLY);
}

static void open_its_own_memory(void)
{
    (void)open("/proc/self/mem", O_RDWR);
}

static void look_at_a_file(void)
{
    struct stat st;

    (void)stat("/etc/shadow", &st);
}

static void remove_a_file(void)
{
    (void)unlink("/nowhere/at/all");
}

static void connect_somewhere(void)
{
    (void)socket(AF_INET, SOCK_STREAM, 0);
}

static void make_a_local_socket(void)
{
    int ends[2];

    (void)socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static void run_a_program(void)
{
    char *const none[] = {NULL};

    (void)execve("/bin/true", none, none);
}

static void make_a_process(void)
{
    if (fork() == 0)
        _exit(DONE);
}

static void make_a_thread(void)
{
    (void)syscall(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, NULL, NULL, NULL, NULL);
}

static void trace_its_parent(void)
{
    (void)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void read_memory_of_others(void)
{
    (void)syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0);
}

static void kill_its_parent(void)
{
    (void)kill(getppid(), SIGTERM);
}

static void kill_a_thread_of_others(void)
{
    (void)syscall(SYS_tgkill, 1, 1, SIGTERM);
}

static void make_a_file_in_memory(void)
{
    (void)memfd_create("x", 0);
}

static void copy_a_descriptor(void)
{
    (void)dup(0);
}

static void make_code(void)
{
    (void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void make_data_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static void map_a_file(void)
{
    (void)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 0, 0);
}

static void send_a_descriptor(void)
{
    struct msghdr m = {0};

    (void)sendmsg(0, &m, 0);
}

static void load_a_filter(void)
{
    (void)syscall(SYS_bpf, 0, NULL, 0);
}

static void queue_calls(void)
{
    (void)syscall(SYS_io_uring_setup, 1, NULL);
}

static void raise_a_limit(void)
{
    struct rlimit more = {RLIM_INFINITY, RLIM_INFINITY};

    (void)setrlimit(RLIMIT_AS, &more);
}

static void take_memory_without_end(void)
{
    size_t taken = 0;

    for (void *p; taken < (size_t)4 * MEMORY && (p = malloc(1 << 20)); taken += 1 << 20)
        memset(p, 1, 1 << 20);
    if (taken > MEMORY)
        abort();
}

static void compute_without_end(void)
{
    for (volatile unsigned i = 0;; i++)
        continue;
}

static void give_up(void)
{
    abort();
}

/* ---- how each ends ---- */

static void enter(void)
{
    unsigned renounced = 0, entered = 0;
    struct err err;

    if (sandbox_renounce("test-spawner", &renounced, &err) < 0 ||
        sandbox_enter("test-parser", &limits, -1, &entered, &err) < 0)
        _exit(NOT_JAILED);
}

static int run(void (*deed)(void))
{
    int status = 0, pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        enter();
        deed();
        _exit(DONE);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void what_the_jail_forbids_ends_the_process(void **state)
{
    static const struct {
        const char *what;
        void (*deed)(void);
        int signal; /* 0: it goes on */
    } cases[] = {
        {"nothing", nothing, 0},
        {"open a secret", open_a_secret, SIGSYS},
        {"open its own memory", open_its_own_memory, SIGSYS},
        {"look at a file", look_at_a_file, SIGSYS},
        {"remove a file", remove_a_file, SIGSYS},
        {"connect somewhere", connect_somewhere, SIGSYS},
        {"make a local socket", make_a_local_socket, SIGSYS},
        {"run a program", run_a_program, SIGSYS},
        {"make a process", make_a_process, SIGSYS},
        {"make a thread", make_a_thread, SIGSYS},
        {"trace its parent", trace_its_parent, SIGSYS},
        {"read memory of others", read_memory_of_others, SIGSYS},
        {"kill its parent", kill_its_parent, SIGSYS},
        {"kill a thread of others", kill_a_thread_of_others, SIGSYS},
        {"make a file in memory", make_a_file_in_memory, SIGSYS},
        {"copy a descriptor", copy_a_descriptor, SIGSYS},
        {"make code", make_code, SIGSYS},
        {"make data code", make_data_code, SIGSYS},
        {"map a file", map_a_file, SIGSYS},
        {"send a descriptor", send_a_descriptor, SIGSYS},
        {"load a filter", load_a_filter, SIGSYS},
        {"queue calls", queue_calls, SIGSYS},
        {"raise a limit", raise_a_limit, SIGSYS},
        {"take memory without end", take_memory_without_end, 0},
        {"compute without end", compute_without_end, SIGKILL},
        {"give up", give_up, SIGABRT},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int status = run(cases[i].deed);

        // The soft limit of processor time is the hard one: either signal may come first.
        if (cases[i].signal == SIGKILL && WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
            continue;
        if (cases[i].signal ? !WIFSIGNALED(status) || WTERMSIG(status) != cases[i].signal
                            : !WIFEXITED(status) || WEXITSTATUS(status) != DONE)
            fail_msg("%s: status %#x", cases[i].what, (unsigned)status);
    }
}

/* The value of a line of /proc/PID/NAME, up to its end. */
static void read_line(int pid, const char *name, const char *key, char *to, size_t n)
{
    char path[64], text[8192], *at, *end;
    FILE *f;
    size_t got;

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    f = fopen(path, "re");
    assert_non_null(f);
    got = fread(text, 1, sizeof(text) - 1, f);
    (void)fclose(f);
    text[got] = '\0';
    at = key ? strstr(text, key) : text;
    assert_non_null(at);
    at += key ? strlen(key) : 0;
    end = key ? strchr(at, '\n') : at + strlen(at);
    (void)snprintf(to, n, "%.*s", (int)(end - at), at);
}

static void a_jailed_process_has_no_rights_name_of_its_own_and_no_environment(void **state)
{
    int ready[2], end[2], pid, status;
    char text[8192], byte;
    (void)state;
    assert_int_equal(pipe(ready) | pipe(end), 0);
    (void)setenv("A_SECRET", "in-the-environment", 1);

    pid = fork();
    if (pid == 0) {
        // Only what was made before is left: write() goes nowhere but stderr, so close() tells.
        (void)close(ready[0]);
        (void)close(end[1]);
        enter();
        (void)close(ready[1]);
        (void)!read(end[0], &byte, 1);
        _exit(DONE);
    }
    (void)close(ready[1]);
    (void)close(end[0]);
    assert_int_equal(read(ready[0], &byte, 1), 0);

    read_line(pid, "status", "\nNoNewPrivs:\t", text, sizeof(text));
    assert_string_equal(text, "1");
    read_line(pid, "status", "\nSeccomp:\t", text, sizeof(text));
    assert_string_equal(text, "2");
    read_line(pid, "status", "\nCapEff:\t", text, sizeof(text));
    assert_string_equal(text, "0000000000000000");
    read_line(pid, "status", "\nCapPrm:\t", text, sizeof(text));
    assert_string_equal(text, "0000000000000000");
    read_line(pid, "comm", NULL, text, sizeof(text));
    assert_string_equal(text, "test-parser\n");
    read_line(pid, "cmdline", NULL, text, sizeof(text));
    assert_string_equal(text, "test-parser");
    read_line(pid, "environ", NULL, text, sizeof(text));
    assert_string_equal(text, "");
    (void)close(end[1]);
    (void)close(ready[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), DONE);
}

/* ---- the opener ---- */

struct tried {
    const char *what;
    int failed; /* with this errno; 0: it must work */
};

static void write_in(const char *folder, int expected)
{
    char path[128];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/new", folder);
    errno = 0;
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (errno != expected || (fd >= 0 && unlink(path) != 0))
        _exit(fd >= 0 ? 1 : 2);
}

static void expect(int code, long result, int wanted_errno)
{
    if (wanted_errno ? result != -1 || errno != wanted_errno : result < 0)
        _exit(code);
}

static void be_confined(const char *writable, const char *other, enum sandbox_bounds bounds)
{
    const struct sandbox_path paths[] = {{"/usr", SANDBOX_READ},
                                         {"/nowhere/at/all", SANDBOX_READ},
                                         {"/etc", SANDBOX_LIST},
                                         {writable, SANDBOX_WRITE}};
    char *const none[] = {NULL};
    unsigned features = 0;
    struct err err;

    if (sandbox_confine(paths, ARRAY_LEN(paths), bounds, &features, &err) < 0 ||
        (features & SANDBOX_NEEDED) != SANDBOX_NEEDED)
        _exit(NOT_JAILED);
    write_in(writable, 0);
    write_in("/usr", EACCES);
    expect(3, open("/usr/bin/env", O_RDONLY), 0);
    expect(4, open("/etc/passwd", O_RDONLY), bounds == SANDBOX_READS ? EACCES : 0);
    expect(13, open("/var", O_RDONLY | O_DIRECTORY), bounds == SANDBOX_WRITES ? 0 : EACCES);
    expect(14, open(other, O_RDONLY | O_TRUNC), EPERM);
    expect(11, open(other, O_WRONLY), EACCES);
    expect(12, truncate(other, 1 << 20), EPERM);
    expect(10, open("/etc", O_RDONLY | O_DIRECTORY), 0);
    expect(5, socket(AF_INET, SOCK_STREAM, 0), EPERM);
    expect(6, execve("/usr/bin/env", none, none), EPERM);
    expect(7, fork(), EPERM);
    expect(8, ptrace(PTRACE_ATTACH, getppid(), NULL, NULL), EPERM);
    expect(9, chmod(writable, 0777), EPERM);
    _exit(DONE);
}

static void the_opener_reads_and_writes_where_it_may_and_does_nothing_else(void **state)
{
    char folder[] = "/tmp/debar-test-XXXXXX", other[] = "/tmp/debar-file-XXXXXX";
    int fd;
    (void)state;
    assert_non_null(mkdtemp(folder));
    fd = mkstemp(other);
    assert_true(fd >= 0);
    (void)close(fd);

    for (int bounds = SANDBOX_WRITES; bounds <= SANDBOX_READS; bounds++) {
        int status, pid = fork();

        if (pid == 0)
            be_confined(folder, other, (enum sandbox_bounds)bounds);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), DONE);
    }
    assert_int_equal(rmdir(folder) | unlink(other), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_jail_forbids_ends_the_process),
        cmocka_unit_test(a_jailed_process_has_no_rights_name_of_its_own_and_no_environment),
        cmocka_unit_test(the_opener_reads_and_writes_where_it_may_and_does_nothing_else),
    };

    // Without them there is nothing to test, and a scan says so.
    if ((sandbox_available() & SANDBOX_NEEDED) != SANDBOX_NEEDED) {
        (void)printf("this system has no sandbox\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
