// SPDX-License-Identifier: Apache-2.0
#include "os/copy_root_guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/below.h"
#include "os/sandbox.h"

enum {
    NOT_RUN = 127, /* as a shell says it */
};

static const char *const environment[] = {
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "LC_ALL=C",
    "TERM=dumb",
    "DEBIAN_FRONTEND=noninteractive",
    "DEBCONF_NONINTERACTIVE_SEEN=true",
    "SYSTEMD_OFFLINE=1",
    NULL,
};

/* A folder of its own in memory in the place of `name`, or nothing when the root has none that is
 * a folder. */
static int cover(int merged, const char *name, const char *type, const char *mode,
                 unsigned attributes, struct err *err)
{
    const char *const options[] = {"mode", mode, NULL};
    auto_fd int target = -1;
    int r = below_open_folder(merged, name, &target, err);

    if (r == -ERR_GONE || r == -ERR_CONFLICT)
        return 0;
    TRY(r);
    return keeper_attach(type, mode ? options : NULL, attributes, target, err);
}

static int make_devices(int merged, struct err *err)
{
    static const struct {
        const char *name;
        unsigned minor;
    } devices[] = {{"null", 3}, {"zero", 5}, {"full", 7}, {"random", 8}, {"urandom", 9}};
    static const struct {
        const char *name, *target;
    } links[] = {{"fd", "/proc/self/fd"},
                 {"stdin", "/proc/self/fd/0"},
                 {"stdout", "/proc/self/fd/1"},
                 {"stderr", "/proc/self/fd/2"}};
    auto_fd int dev = -1;

    TRY(below_open_folder(merged, "dev", &dev, err));
    for (size_t i = 0; i < ARRAY_LEN(devices); i++)
        if (mknodat(dev, devices[i].name, S_IFCHR | 0666, makedev(1, devices[i].minor)) != 0)
            return ERR_SYS(err, "making /dev/%s", devices[i].name);
    for (size_t i = 0; i < ARRAY_LEN(links); i++)
        if (symlinkat(links[i].target, dev, links[i].name) != 0)
            return ERR_SYS(err, "making /dev/%s", links[i].name);
    return mkdirat(dev, "shm", 01777) == 0 ? 0 : ERR_SYS(err, "making /dev/shm");
}

static int set_up(const char *merged_path, struct err *err)
{
    const unsigned safe = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
    auto_fd int run = -1, merged = -1;

    TRY(below_open_root(merged_path, &merged, err));
    TRY(cover(merged, "proc", "proc", NULL, safe | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY, err));
    TRY(cover(merged, "tmp", "tmpfs", "1777", safe, err));
    TRY(cover(merged, "run", "tmpfs", "755", safe, err));
    if (below_open_folder(merged, "run", &run, NULL) == 0)
        (void)mkdirat(run, "lock", 01777);
    TRY(cover(merged, "dev", "tmpfs", "755", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, err));
    TRY(make_devices(merged, err));
    if (fchdir(merged) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 ||
        umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
        return ERR_SYS(err, "entering the copy of the root");
    return 0;
}

static int set_streams(int null, int output, struct err *err)
{
    if (null < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
        return ERR_SYS(err, "the streams of a program");
    (void)syscall(SYS_close_range, 3, ~0u, 0);
    return 0;
}

static void restore_signals(void)
{
    sigset_t none;

    (void)sigemptyset(&none);
    for (int i = 1; i < NSIG; i++)
        (void)signal(i, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void complain(const char *what, const char *why)
{
    (void)dprintf(2, "debar: %s: %s\n", what, why);
}

__attribute__((noreturn)) static void become(char **argv, const char *more)
{
    const char *all[ARRAY_LEN(environment) + 1] = {NULL};
    struct err err;

    memcpy(all, environment, sizeof(environment));
    all[ARRAY_LEN(environment) - 1] = more;

    (void)umask(022);
    (void)setsid();
    if (sandbox_guest(&err) < 0) {
        complain(argv[0], err.text);
    } else {
        environ = (char **)(uintptr_t)all; // its PATH is what is looked through
        (void)execvp(argv[0], argv);
        complain(argv[0], strerror(errno));
    }
    _exit(NOT_RUN);
}

void guest_become(char **argv, const char *more, int null, int output)
{
    struct err err;

    restore_signals();
    if (set_streams(null, output, &err) == 0)
        become(argv, more);
    (void)dprintf(output, "debar: %s\n", err.text);
    _exit(NOT_RUN);
}

/* Take the exit of everything that is left to an init, until the program itself has ended. */
static int wait_for(pid_t program)
{
    int status;

    for (;;) {
        pid_t ended = waitpid(-1, &status, 0);

        if (ended == program)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        if (ended < 0 && errno != EINTR)
            return NOT_RUN;
    }
}

void guest_init(const char *merged, char **argv, int output)
{
    struct err err;
    pid_t program;

    (void)prctl(PR_SET_NAME, "debar-init");
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    restore_signals();
    if (set_up(merged, &err) < 0 || set_streams(open("/dev/null", O_RDONLY), output, &err) < 0) {
        (void)dprintf(output, "debar: %s\n", err.text);
        _exit(NOT_RUN);
    }
    program = fork();
    if (program == 0)
        become(argv, NULL);
    _exit(program < 0 ? NOT_RUN : wait_for(program));
}
