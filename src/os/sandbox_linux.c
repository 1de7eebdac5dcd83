// SPDX-License-Identifier: Apache-2.0
/*
 * Landlock and capabilities by system call, so that neither the age of the C library nor of the
 * kernel headers matters; the version of Landlock is asked for at run time. seccomp(2),
 * landlock(7), capabilities(7), user_namespaces(7), proc_pid_stat(5).
 */
#include "os/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <seccomp.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#    define SANITIZED 1 // needs terabytes of address space, and tells on stderr what it found
#else
#    define SANITIZED 0
#endif

/* ---- Landlock ---- */

enum {
    LANDLOCK_VERSION_FLAG = 1 << 0,
    LANDLOCK_PATH_BENEATH = 1,

    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_REFER = 1 << 13,     // since version 2
    FS_TRUNCATE = 1 << 14,  // 3
    FS_IOCTL_DEV = 1 << 15, // 5

    FS_ALL_1 = (1 << 13) - 1, // all of version 1
    FS_READ = FS_READ_FILE | FS_READ_DIR,
    FS_WRITE = FS_READ | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR |
               FS_MAKE_REG | FS_TRUNCATE,
    FS_OF_FILES = FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE, // what is not a folder can be given

    NET_ALL = 3,   // bind and connect by TCP: 4
    SCOPE_ALL = 3, // abstract sockets and signals of others: 6
};

struct landlock_ruleset {
    uint64_t fs, net, scoped;
};

struct landlock_rule {
    uint64_t access;
    int32_t parent;
} __attribute__((packed));

static int landlock_version(void)
{
    long v = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION_FLAG);

    return v < 0 ? 0 : (int)v;
}

static int landlock_open(int version, enum sandbox_bounds bounds, uint64_t *ret_handled)
{
    static const uint64_t not_asked[] = {
        [SANDBOX_WRITES] = FS_READ, [SANDBOX_LISTS] = FS_READ_FILE, [SANDBOX_READS] = 0};
    struct landlock_ruleset rules = {.fs = FS_ALL_1 & ~not_asked[bounds]};
    size_t size = sizeof(rules.fs);

    if (version >= 2)
        rules.fs |= FS_REFER;
    // Asked about at each open, so that it would cost what checking reads costs; seccomp instead.
    if (version >= 3 && bounds == SANDBOX_READS)
        rules.fs |= FS_TRUNCATE;
    if (version >= 4) {
        rules.net = NET_ALL;
        size = sizeof(rules.fs) + sizeof(rules.net);
    }
    if (version >= 5)
        rules.fs |= FS_IOCTL_DEV;
    if (version >= 6) {
        rules.scoped = SCOPE_ALL;
        size = sizeof(rules);
    }
    *ret_handled = rules.fs;
    return (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
}

static int landlock_allow(int ruleset, uint64_t handled, const struct sandbox_path *path,
                          struct err *err)
{
    auto_fd int fd = open(path->path, O_PATH | O_CLOEXEC);
    static const uint64_t rights[] = {
        [SANDBOX_LIST] = FS_READ_DIR, [SANDBOX_READ] = FS_READ, [SANDBOX_WRITE] = FS_WRITE};
    struct landlock_rule rule = {.access = rights[path->access], .parent = fd};
    struct stat st;

    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0 || fstat(fd, &st) != 0)
        return ERR_SYS(err, "%s", path->path);
    rule.access &= S_ISDIR(st.st_mode) ? handled : handled & FS_OF_FILES;
    if (!rule.access)
        return 0;
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_PATH_BENEATH, &rule, 0) != 0)
        return ERR_SYS(err, "Landlock: %s", path->path);
    return 0;
}

/* Within `bounds` only `paths` from here on; needs no_new_privs. */
static int landlock_enter(const struct sandbox_path *paths, size_t count,
                          enum sandbox_bounds bounds, struct err *err)
{
    uint64_t handled = 0;
    auto_fd int ruleset = landlock_open(landlock_version(), bounds, &handled);

    if (ruleset < 0)
        return ERR_SYS(err, "Landlock");
    for (size_t i = 0; i < count; i++)
        TRY(landlock_allow(ruleset, handled, &paths[i], err));
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        return ERR_SYS(err, "Landlock");
    return 0;
}

/* ---- privileges ---- */

/* Keep these capabilities at most; none can be got back. */
static bool keep_capabilities(uint32_t kept)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{0}};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    // Without the right to do this, no_new_privs still keeps them out of reach.
    for (int c = 0; prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
        if (c > 31 || !(kept & 1u << c))
            (void)prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
    if (syscall(SYS_capget, &header, sets) != 0)
        return false;
    sets[0].permitted &= kept;
    sets[0].effective = sets[0].permitted;
    sets[0].inheritable = 0;
    sets[1] = (struct __user_cap_data_struct){0};
    return syscall(SYS_capset, &header, sets) == 0;
}

/* ---- what is left of the process before ---- */

extern char **environ;

/* The arguments and the environment, where ps looks for them: one block after the other. */
static bool arguments_at(char **ret_begin, char **ret_arguments_end, char **ret_end)
{
    unsigned long args, args_end, env, env_end;
    char text[2048];
    const char *p;
    auto_fd int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (n <= 0)
        return false;
    text[n] = '\0';
    // The second field is a name in parentheses, which may hold anything.
    p = strrchr(text, ')');
    for (int field = 2; p && field < 48; field++)
        p = strchr(p + 1, ' ');
    if (!p || sscanf(p, "%lu %lu %lu %lu", &args, &args_end, &env, &env_end) != 4 || !args ||
        args_end <= args)
        return false;
    *ret_begin = (char *)args;
    *ret_arguments_end = (char *)args_end;
    *ret_end = (char *)(env == args_end && env_end > env ? env_end : args_end);
    return true;
}

static char *arguments, *arguments_end;

static void set_name(const char *name)
{
    size_t room = arguments ? (size_t)(arguments_end - arguments) : 0;

    (void)prctl(PR_SET_NAME, name);
    if (!room)
        return;
    memset(arguments, 0, room);
    (void)snprintf(arguments, room, "%s", name);
}

/* Nothing of it is needed any more, and it may hold secrets. */
static void forget_environment(void)
{
    // Without it the C library looks at /etc/localtime whenever somebody asks for a local time.
    static char zone[] = "TZ=UTC0", *none[] = {zone, NULL};
    char *end;

    if (arguments_at(&arguments, &arguments_end, &end))
        memset(arguments, 0, (size_t)(end - arguments));
    environ = none;
    tzset();
}

static uint64_t address_space; /* bytes of it; 0: not known */

/* As long as it can be looked up. */
static void measure_address_space(void)
{
    unsigned long long pages = 0;
    char text[128] = "";
    auto_fd int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && sscanf(text, "%llu", &pages) == 1)
        address_space = pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int leave_terminal(struct err *err)
{
    int ends[2] = {-1, -1}, fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    // Without /dev: a pipe that nobody writes to.
    if (fd < 0 && pipe2(ends, O_CLOEXEC) == 0) {
        (void)close(ends[1]);
        fd = ends[0];
    }
    if (fd < 0 || dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
        (!SANITIZED && dup2(fd, STDERR_FILENO) < 0))
        return ERR_SYS(err, "leaving the terminal");
    if (fd > STDERR_FILENO)
        (void)close(fd);
    return 0;
}

int sandbox_renounce(const char *name, unsigned *ret_features, struct err *err)
{
    unsigned features = 0;
    struct err none;

    TRY(leave_terminal(err));
    measure_address_space();
    forget_environment();
    set_name(name);
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0)
        features |= SANDBOX_NAMESPACES;
    if (keep_capabilities(0))
        features |= SANDBOX_PRIVILEGES;
    if (landlock_version() > 0 && landlock_enter(NULL, 0, SANDBOX_READS, &none) == 0)
        features |= SANDBOX_FILES;
    (void)prctl(PR_SET_DUMPABLE, 0);
    *ret_features = features;
    return 0;
}

/* ---- the jail ---- */

static void limit(int what, uint64_t value)
{
    struct rlimit old, new = {value, value};

    if (getrlimit((__rlimit_resource_t)what, &old) == 0 && old.rlim_max < value)
        new = (struct rlimit){old.rlim_max, old.rlim_max};
    (void)setrlimit((__rlimit_resource_t)what, &new); // lowering never fails
}

static void set_limits(const struct sandbox_limits *l, int file)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, file < 0 ? 0 : l->written);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_MEMLOCK, 0);
    limit(RLIMIT_MSGQUEUE, 0);
    limit(RLIMIT_NOFILE, l->files);
    if (l->cpu_s)
        limit(RLIMIT_CPU, l->cpu_s);
    if (l->memory && address_space && !SANITIZED)
        limit(RLIMIT_AS, address_space + l->memory);
}

/* What reading, computing and answering takes. */
static int allow_calls(scmp_filter_ctx filter, int file, bool opens)
{
    static const int calls[] = {
        SCMP_SYS(read),
        SCMP_SYS(pread64),
        SCMP_SYS(close),
        SCMP_SYS(recvmsg),
        SCMP_SYS(sendto),
        SCMP_SYS(poll),
        SCMP_SYS(munmap),
        SCMP_SYS(mremap),
        SCMP_SYS(madvise),
        SCMP_SYS(brk),
        SCMP_SYS(futex),
        SCMP_SYS(getrandom),
        SCMP_SYS(clock_gettime),
        SCMP_SYS(gettimeofday),
        SCMP_SYS(getpid),
        SCMP_SYS(gettid),
        SCMP_SYS(rt_sigreturn),
        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(restart_syscall),
        SCMP_SYS(sched_yield),
        SCMP_SYS(exit),
        SCMP_SYS(exit_group),
    };
    // Landlock lets nothing be opened but what has no path: memory files, by /proc/self/fd.
    static const int opening[] = {SCMP_SYS(openat), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
                                  SCMP_SYS(lseek), SCMP_SYS(write)};
    int failed = 0;

    for (size_t i = 0; i < ARRAY_LEN(calls); i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    // Memory without a file behind it, which never becomes code.
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
                               SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    // abort() ends this very process; its last words go where stderr leads: nowhere.
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                               SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                               SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(writev), 1,
                               SCMP_A0(SCMP_CMP_EQ, STDERR_FILENO));
    if (file >= 0) {
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(pwrite64), 1,
                                   SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)file));
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ftruncate), 1,
                                   SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)file));
    }
    for (size_t i = 0; opens && i < ARRAY_LEN(opening); i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, opening[i], 0);
    if (opens)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
                                   SCMP_A1(SCMP_CMP_EQ, F_SETFD));
    if (SANITIZED) {
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(sigaltstack), 0);
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(rt_sigaction), 0);
    }
    return failed;
}

static bool filter_calls(int file, bool opens)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    bool done = false;

    if (filter) {
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        done = allow_calls(filter, file, opens) == 0 && seccomp_load(filter) == 0;
    }
    seccomp_release(filter);
    return done;
}

int sandbox_enter(const char *name, const struct sandbox_limits *limits, int file,
                  unsigned *ret_features, struct err *err)
{
    set_name(name);
    (void)prctl(PR_SET_DUMPABLE, 0);
    set_limits(limits, file);
    *ret_features = 0;
    if (!filter_calls(file, limits->opens))
        return ERR(err, ERR_UNSUPPORTED, "seccomp: no filter could be installed");
    *ret_features = SANDBOX_CALLS;
    return 0;
}

/* ---- the opener ---- */

/* What somebody who opens and stores never does; it would be an attacker who does. */
static int refuse_calls(scmp_filter_ctx filter)
{
    static const int calls[] = {
        SCMP_SYS(execve),
        SCMP_SYS(execveat),
        SCMP_SYS(fork),
        SCMP_SYS(vfork),
        SCMP_SYS(ptrace),
        SCMP_SYS(process_vm_readv),
        SCMP_SYS(process_vm_writev),
        SCMP_SYS(socket),
        SCMP_SYS(connect),
        SCMP_SYS(bind),
        SCMP_SYS(listen),
        SCMP_SYS(accept),
        SCMP_SYS(accept4),
        SCMP_SYS(mount),
        SCMP_SYS(umount2),
        SCMP_SYS(move_mount),
        SCMP_SYS(open_tree),
        SCMP_SYS(fsopen),
        SCMP_SYS(pivot_root),
        SCMP_SYS(chroot),
        SCMP_SYS(unshare),
        SCMP_SYS(setns),
        SCMP_SYS(init_module),
        SCMP_SYS(finit_module),
        SCMP_SYS(delete_module),
        SCMP_SYS(kexec_load),
        SCMP_SYS(kexec_file_load),
        SCMP_SYS(bpf),
        SCMP_SYS(perf_event_open),
        SCMP_SYS(userfaultfd),
        SCMP_SYS(add_key),
        SCMP_SYS(request_key),
        SCMP_SYS(keyctl),
        SCMP_SYS(reboot),
        SCMP_SYS(swapon),
        SCMP_SYS(swapoff),
        SCMP_SYS(settimeofday),
        SCMP_SYS(clock_settime),
        SCMP_SYS(adjtimex),
        SCMP_SYS(sethostname),
        SCMP_SYS(open_by_handle_at),
        SCMP_SYS(io_uring_setup),
        SCMP_SYS(chmod),
        SCMP_SYS(fchmodat),
        SCMP_SYS(chown),
        SCMP_SYS(lchown),
        SCMP_SYS(fchownat),
        SCMP_SYS(utime),
        SCMP_SYS(utimes),
        SCMP_SYS(futimesat),
        SCMP_SYS(utimensat),
        SCMP_SYS(setxattr),
        SCMP_SYS(lsetxattr),
        SCMP_SYS(fsetxattr),
        SCMP_SYS(removexattr),
        SCMP_SYS(lremovexattr),
        SCMP_SYS(fremovexattr),
        SCMP_SYS(mknod),
        SCMP_SYS(mknodat),
        SCMP_SYS(truncate),
    };
    int failed = 0;

    for (size_t i = 0; i < ARRAY_LEN(calls); i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
    // Threads, but no processes. What the kernel reads from memory cannot be told apart; the C
    // library then does it the old way.
    failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                               SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    // To truncate is not among the rights that Landlock is asked about: what is only read stays
    // whole.
    failed |=
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(open), 1,
                         SCMP_A1(SCMP_CMP_MASKED_EQ, O_TRUNC | O_ACCMODE, O_TRUNC | O_RDONLY));
    failed |=
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(openat), 1,
                         SCMP_A2(SCMP_CMP_MASKED_EQ, O_TRUNC | O_ACCMODE, O_TRUNC | O_RDONLY));
    return failed;
}

static bool refuse_what_attackers_do(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool done = false;

    if (filter) {
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        done = refuse_calls(filter) == 0 && seccomp_load(filter) == 0;
    }
    seccomp_release(filter);
    return done;
}

int sandbox_confine(const struct sandbox_path *paths, size_t count, enum sandbox_bounds bounds,
                    unsigned *ret_features, struct err *err)
{
    /* To read what it has no permission for, without changing its access time; and to write where
     * it may, which Landlock says, in a folder of somebody else. */
    const uint32_t kept = 1u << CAP_DAC_READ_SEARCH | 1u << CAP_FOWNER | 1u << CAP_DAC_OVERRIDE;
    unsigned features = 0;

    *ret_features = SANDBOX_NEEDED;
    // At their end sanitizers look into their own process by ways that are closed here.
    if (SANITIZED)
        return 0;
    if (landlock_version() > 0) {
        if (keep_capabilities(kept))
            features |= SANDBOX_PRIVILEGES;
        TRY(landlock_enter(paths, count, bounds, err));
        features |= SANDBOX_FILES;
    }
    if (refuse_what_attackers_do())
        features |= SANDBOX_CALLS;
    *ret_features = features;
    return 0;
}

/* ---- what there is ---- */

unsigned sandbox_available(void)
{
    const uint32_t kill = SECCOMP_RET_KILL_PROCESS;
    unsigned features = SANDBOX_PRIVILEGES;

    if (landlock_version() > 0)
        features |= SANDBOX_FILES;
    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &kill) == 0)
        features |= SANDBOX_CALLS;
    return features;
}

/* ---- the guest ---- */

/* What a maintainer's script has no use for. */
static const int guest_calls[] = {
    SCMP_SYS(mount),
    SCMP_SYS(umount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(fsopen),
    SCMP_SYS(fspick),
    SCMP_SYS(fsmount),
    SCMP_SYS(fsconfig),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(syslog),
    SCMP_SYS(acct),
    SCMP_SYS(quotactl),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(socketcall),
};

static int refuse_guest_calls(scmp_filter_ctx filter)
{
    const uint32_t no = SCMP_ACT_ERRNO(EPERM);
    const uint64_t spaces = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID |
                            CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

    for (size_t i = 0; i < sizeof(guest_calls) / sizeof(guest_calls[0]); i++)
        if (seccomp_rule_add(filter, no, guest_calls[i], 0) != 0)
            return -1;
    for (uint64_t bit = 1; bit && bit <= spaces; bit <<= 1)
        if (spaces & bit && seccomp_rule_add(filter, no, SCMP_SYS(clone), 1,
                                             SCMP_A0(SCMP_CMP_MASKED_EQ, bit, bit)) != 0)
            return -1;
    // Its flags lie in memory; the C library then uses clone().
    if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) != 0)
        return -1;
    // Sockets that a network namespace does not keep in: to the audit log, the host of a machine.
    for (unsigned family = 0; family < AF_MAX; family++)
        if (family != AF_UNIX && family != AF_INET && family != AF_INET6 &&
            seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                             SCMP_A0(SCMP_CMP_EQ, family)) != 0)
            return -1;
    // Typing into a terminal that it might have inherited.
    return seccomp_rule_add(filter, no, SCMP_SYS(ioctl), 1,
                            SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, TIOCSTI));
}

static bool filter_guest(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    bool done = false;

    if (filter) {
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        (void)seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
        if (seccomp_arch_native() == SCMP_ARCH_X86_64)
            (void)seccomp_arch_add(filter, SCMP_ARCH_X86);
        done = refuse_guest_calls(filter) == 0 && seccomp_load(filter) == 0;
    }
    seccomp_release(filter);
    return done;
}

int sandbox_guest(struct err *err)
{
    const uint32_t kept = 1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_FOWNER |
                          1u << CAP_FSETID | 1u << CAP_KILL | 1u << CAP_SETGID | 1u << CAP_SETUID |
                          1u << CAP_SETPCAP | 1u << CAP_SYS_CHROOT | 1u << CAP_SETFCAP;
    const struct rlimit no_core = {1, 1}; // 0 would still be piped to a program of the host

    if (setrlimit(RLIMIT_CORE, &no_core) != 0 || !keep_capabilities(kept))
        return ERR(err, ERR_UNSUPPORTED, "the rights of a program could not be taken from it");
    if (!filter_guest())
        return ERR(err, ERR_UNSUPPORTED, "seccomp: no filter could be installed");
    return 0;
}
