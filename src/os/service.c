// SPDX-License-Identifier: Apache-2.0
#include "os/service.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/file.h"

enum {
    NAME_MAX_ = 256,
};

/* Run systemctl without its chatter; its exit code, or -1. */
static int systemctl(const char *verb, const char *unit, const char *more)
{
    char program[] = "systemctl", silent[] = "--no-ask-password", quiet[] = "--quiet";
    char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", language[] = "LC_ALL=C";
    char *argv[] = {program, silent, quiet, NULL, NULL, NULL, NULL};
    char *environment[] = {path, language, NULL};
    posix_spawn_file_actions_t actions;
    char words[3][NAME_MAX_];
    size_t n = 3;
    int status = -1;
    pid_t pid;

    for (size_t i = 0; i < 3; i++) {
        const char *word = i == 0 ? verb : i == 1 ? more : unit;

        if (!word)
            continue;
        (void)snprintf(words[i], NAME_MAX_, "%s", word);
        argv[n++] = words[i];
    }
    if (posix_spawn_file_actions_init(&actions) != 0)
        return -1;
    (void)posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, program, &actions, NULL, argv, environment) == 0)
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    (void)posix_spawn_file_actions_destroy(&actions);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *unit_name(struct sv unit, char room[NAME_MAX_])
{
    (void)snprintf(room, NAME_MAX_, "%.*s", (int)unit.n, unit.p);
    return room;
}

bool service_manager_runs(void)
{
    struct stat s;

    return lstat("/run/systemd/system", &s) == 0 && S_ISDIR(s.st_mode);
}

bool service_is_active(struct sv unit)
{
    char room[NAME_MAX_];

    return service_manager_runs() && systemctl("is-active", unit_name(unit, room), "--") == 0;
}

int service_stop(struct sv unit, struct err *err)
{
    char room[NAME_MAX_];

    if (!service_manager_runs() || !service_is_active(unit))
        return 0;
    (void)systemctl("stop", unit_name(unit, room), "--");
    // What counts is what is so afterwards.
    return service_is_active(unit)
               ? ERR(err, ERR_CONFLICT,
                     "the unit %s still runs after it was told to stop; `systemctl status %s` says "
                     "more",
                     room, room)
               : 0;
}

int service_start(struct sv unit, struct err *err)
{
    char room[NAME_MAX_];

    (void)systemctl("start", unit_name(unit, room), "--");
    return service_is_active(unit) ? 0
                                   : ERR(err, ERR_CONFLICT,
                                         "the unit %s does not run although it was started again; "
                                         "`systemctl status %s` "
                                         "says more",
                                         room, room);
}

int service_reload(struct err *err)
{
    if (!service_manager_runs() || systemctl("daemon-reload", NULL, NULL) == 0)
        return 0;
    return ERR(err, ERR_CONFLICT, "systemd did not read its units again (systemctl daemon-reload)");
}

/* ---- processes ---- */

static bool runs(uint32_t pid, uint64_t device, uint64_t inode)
{
    char path[64];
    struct statx s;

    (void)snprintf(path, sizeof(path), "/proc/%u/exe", pid);
    return statx(AT_FDCWD, path, 0, STATX_INO, &s) == 0 && s.stx_ino == inode &&
           ((uint64_t)s.stx_dev_major << 32 | s.stx_dev_minor) == device;
}

static bool ended(int pidfd, int wait_ms)
{
    struct pollfd p = {.fd = pidfd, .events = POLLIN};

    return poll(&p, 1, wait_ms) == 1;
}

int service_end_process(uint32_t pid, uint64_t device, uint64_t inode, int patience_ms,
                        struct err *err)
{
    auto_fd int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    const int signals[] = {SIGTERM, SIGKILL};

    if (pidfd < 0)
        return errno == ESRCH ? 0 : ERR_SYS(err, "process %u", pid);
    // The number may have gone to another process before it was opened; now it is held.
    if (!runs(pid, device, inode))
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        if (syscall(SYS_pidfd_send_signal, pidfd, signals[i], NULL, 0) != 0)
            return errno == ESRCH
                       ? 0
                       : ERR_SYS(err, "ending process %u (a program that protects itself?)", pid);
        if (ended(pidfd, patience_ms))
            return 0;
    }
    return ERR(err, ERR_CONFLICT, "process %u does not end, although it was killed", pid);
}

/* ---- the kernel ---- */

static bool is_loaded(const char *name)
{
    char path[NAME_MAX_ + 32];
    struct stat s;

    (void)snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
    return lstat(path, &s) == 0;
}

int service_unload(struct sv module, struct err *err)
{
    char name[NAME_MAX_];

    (void)unit_name(module, name);
    for (char *p = name; *p; p++)
        *p = *p == '-' ? '_' : *p;
    if (strchr(name, '/') || name[0] == '.')
        return ERR(err, ERR_FORMAT, "%s is no name of a kernel module", name);
    if (!is_loaded(name))
        return 0;
    if (syscall(SYS_delete_module, name, O_NONBLOCK) == 0 || errno == ENOENT)
        return 0;
    if (errno == EWOULDBLOCK || errno == EBUSY || errno == EPERM || errno == ENOSYS)
        return SERVICE_MODULE_STAYS;
    return ERR_SYS(err, "unloading the kernel module %s", name);
}

struct sv service_boot_id(char room[64])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, room, 63);

    if (fd >= 0)
        (void)close(fd);
    room[n > 0 ? n : 0] = '\0';
    return sv_trim((struct sv){room, n > 0 ? (size_t)n : 0});
}
