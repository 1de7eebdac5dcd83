// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a command and kills it, with everything it started, right before one of the system calls
 * that change anything.
 *
 *     stop_at 0 COMMAND…      to its end; the last line on standard error is "changes: N"
 *     stop_at N COMMAND…      up to change N, which does not happen; exits with 137 then
 *
 * A seccomp filter hands such calls to the tracer, all others run at full speed. A call counts when
 * it could change a file system: to write means to a file, not to a pipe. Otherwise the exit code
 * is that of the command.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#    error "the tracer reads the registers of x86-64"
#endif

enum {
    ALWAYS,  /* every call changes something */
    TO_FILE, /* when its first argument is a file */
    OPENING, /* when its flags (second or third argument) say so */
    OPENING_AT,
    OPENING_HOW, /* openat2: flags are where the third argument points */
};

static const struct {
    int call, when;
} calls[] = {
    {SYS_open, OPENING},
    {SYS_openat, OPENING_AT},
    {SYS_openat2, OPENING_HOW},
    {SYS_creat, ALWAYS},
    {SYS_write, TO_FILE},
    {SYS_pwrite64, TO_FILE},
    {SYS_writev, TO_FILE},
    {SYS_pwritev, TO_FILE},
    {SYS_pwritev2, TO_FILE},
    {SYS_sendfile, TO_FILE},
    {SYS_copy_file_range, ALWAYS},
    {SYS_splice, ALWAYS},
    {SYS_truncate, ALWAYS},
    {SYS_ftruncate, ALWAYS},
    {SYS_fallocate, ALWAYS},
    {SYS_rename, ALWAYS},
    {SYS_renameat, ALWAYS},
    {SYS_renameat2, ALWAYS},
    {SYS_unlink, ALWAYS},
    {SYS_unlinkat, ALWAYS},
    {SYS_rmdir, ALWAYS},
    {SYS_mkdir, ALWAYS},
    {SYS_mkdirat, ALWAYS},
    {SYS_mknod, ALWAYS},
    {SYS_mknodat, ALWAYS},
    {SYS_link, ALWAYS},
    {SYS_linkat, ALWAYS},
    {SYS_symlink, ALWAYS},
    {SYS_symlinkat, ALWAYS},
    {SYS_chmod, ALWAYS},
    {SYS_fchmod, ALWAYS},
    {SYS_fchmodat, ALWAYS},
    {SYS_chown, ALWAYS},
    {SYS_lchown, ALWAYS},
    {SYS_fchown, ALWAYS},
    {SYS_fchownat, ALWAYS},
    {SYS_utime, ALWAYS},
    {SYS_utimes, ALWAYS},
    {SYS_futimesat, ALWAYS},
    {SYS_utimensat, ALWAYS},
    {SYS_setxattr, ALWAYS},
    {SYS_lsetxattr, ALWAYS},
    {SYS_fsetxattr, ALWAYS},
    {SYS_removexattr, ALWAYS},
    {SYS_lremovexattr, ALWAYS},
    {SYS_fremovexattr, ALWAYS},
    {SYS_mount, ALWAYS},
    {SYS_umount2, ALWAYS},
    {SYS_pivot_root, ALWAYS},
    {SYS_fsync, ALWAYS},
    {SYS_fdatasync, ALWAYS},
    {SYS_syncfs, ALWAYS},
    {SYS_sync, ALWAYS},
    {SYS_sync_file_range, ALWAYS},
};

enum { CALLS = sizeof(calls) / sizeof(calls[0]), WAIT = 0x40000000 };

static void die(const char *what)
{
    fprintf(stderr, "stop_at: %s: %s\n", what, strerror(errno));
    exit(125);
}

/* Stop at the calls of the list, and hide the one that would open or write without a call for each.
 */
static void filter(void)
{
    struct sock_filter f[CALLS * 2 + 6];
    struct sock_fprog program = {.filter = f};
    unsigned n = 0;

    f[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1);
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    for (unsigned i = 0; i < CALLS; i++) {
        f[n++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)calls[i].call, 0, 1);
        f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | i);
    }
    f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    program.len = (unsigned short)n;
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        die("seccomp");
}

static pid_t start(char **argv)
{
    pid_t child = fork();

    if (child < 0)
        die("fork");
    if (child > 0)
        return child;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0 || raise(SIGSTOP) != 0)
        die("tracing");
    filter();
    execvp(argv[0], argv);
    die(argv[0]);
    return -1;
}

/* Whether an open file of a process is one of a file system. */
static bool is_file(pid_t pid, unsigned long long fd)
{
    char link[64], target[32];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, (int)fd);
    n = readlink(link, target, sizeof(target) - 1);
    if (n <= 0)
        return false;
    target[n] = '\0';
    return target[0] == '/' && strncmp(target, "/dev/", 5) != 0 &&
           strncmp(target, "/memfd:", 7) != 0;
}

static bool writes(unsigned long long flags)
{
    return flags & (O_WRONLY | O_RDWR) && flags & (O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY));
}

static bool changes(pid_t pid, unsigned call)
{
    struct user_regs_struct r;

    if (call >= CALLS || ptrace(PTRACE_GETREGS, pid, NULL, &r) != 0)
        return false;
    switch (calls[call].when) {
    case TO_FILE:
        return is_file(pid, r.rdi);
    case OPENING:
        return writes(r.rsi);
    case OPENING_AT:
        return writes(r.rdx);
    case OPENING_HOW:
        return writes((unsigned long long)ptrace(PTRACE_PEEKDATA, pid, (void *)r.rdx, NULL));
    default:
        return true;
    }
}

/* Nothing that was started runs on, whatever it waits for. */
static int kill_all(void)
{
    // Tracees die with their tracer at the latest; the wait makes sure that they have.
    for (int status;;) {
        pid_t pid = waitpid(-1, &status, __WALL);

        if (pid < 0)
            return 137;
        if (WIFSTOPPED(status))
            kill(pid, SIGKILL);
    }
}

static void kill_known(const pid_t *pids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        kill(pids[i], SIGKILL);
}

int main(int argc, char **argv)
{
    static pid_t known[1 << 16];
    unsigned long at, count = 0;
    size_t known_n = 0;
    int status, code = 0;
    pid_t first;

    if (argc < 3) {
        fprintf(stderr, "usage: stop_at N COMMAND [ARGUMENT…]\n");
        return 125;
    }
    at = strtoul(argv[1], NULL, 10);
    first = start(argv + 2);
    if (waitpid(first, &status, 0) != first || !WIFSTOPPED(status))
        die("starting");
    if (ptrace(PTRACE_SETOPTIONS, first, NULL,
               PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL) != 0)
        die("tracing");
    known[known_n++] = first;
    ptrace(PTRACE_CONT, first, NULL, NULL);
    for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0;) {
        long give = 0;

        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (pid == first)
                code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            continue;
        }
        if (status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
            unsigned long call = 0;

            ptrace(PTRACE_GETEVENTMSG, pid, NULL, &call);
            if (changes(pid, (unsigned)call) && ++count == at) {
                kill_known(known, known_n);
                return kill_all();
            }
        } else if (status >> 16) {
            unsigned long child = 0;

            ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child);
            if (known_n < sizeof(known) / sizeof(known[0]))
                known[known_n++] = (pid_t)child;
        } else if (WSTOPSIG(status) != SIGSTOP && WSTOPSIG(status) != SIGTRAP) {
            give = WSTOPSIG(status);
        }
        ptrace(PTRACE_CONT, pid, NULL, give);
    }
    fprintf(stderr, "changes: %lu\n", count);
    return code;
}
