// SPDX-License-Identifier: Apache-2.0
/*
 * Mounts are made detached and then attached to folders that were looked up without following
 * links, since the root may be another machine's. Needs the calls of mount(2)'s successor: fsopen,
 * fsmount, move_mount. https://docs.kernel.org/filesystems/overlayfs.html
 */
#include "os/copy_root_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/attributes.h"
#include "os/below.h"
#include "os/channel.h"
#include "os/copy_root_guest.h"
#include "os/mount.h"

enum {
    LAYERS_MAX = 256,
};

const char *const keeper_folders[KEEPER_FOLDERS] = {"proc", "dev", "run", "tmp"};

struct keeper {
    int channel, scratch, merged;
    char merged_path[32]; // for a process with a mount namespace of its own
    struct arena arena;
    struct keeper_hello hello;
    struct {
        struct sv point;
        int lower, upper;
    } layers[LAYERS_MAX];
};

/* ---- mounts ---- */

/* One file system, attached to the folder `target`; `options` are pairs, ended by NULL. */
int keeper_attach(const char *type, const char *const *options, unsigned attributes, int target,
                  struct err *err)
{
    auto_fd int fs = fsopen(type, FSOPEN_CLOEXEC), mount = -1;

    if (fs < 0)
        return ERR(err, ERR_UNSUPPORTED, "this system cannot mount %s here: %s", type,
                   strerror(errno));
    for (; options && *options; options += 2)
        if (fsconfig(fs, FSCONFIG_SET_STRING, options[0], options[1], 0) != 0)
            return ERR_SYS(err, "%s: %s=%s", type, options[0], options[1]);
    if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
        return ERR(err, ERR_UNSUPPORTED, "this system cannot mount %s here: %s", type,
                   strerror(errno));
    mount = fsmount(fs, FSMOUNT_CLOEXEC, attributes);
    if (mount < 0 ||
        move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
        return ERR_SYS(err, "mounting %s", type);
    return 0;
}

/* What is at `source`, read-only, over `target`. */
static int attach_read_only(int source, int target, struct err *err)
{
    struct mount_attr how = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
    auto_fd int mount = open_tree(source, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

    if (mount < 0 || mount_setattr(mount, "", AT_EMPTY_PATH, &how, sizeof(how)) != 0 ||
        move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
        return ERR_SYS(err, "mounting a part of the root read-only");
    return 0;
}

/* A path below a folder, no part of which is a link; also a file. */
static int look_up(int folder, const char *path)
{
    struct open_how how = {
        .flags = O_PATH | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };

    while (*path == '/')
        path++;
    return (int)syscall(SYS_openat2, folder, *path ? path : ".", &how, sizeof(how));
}

/* The top folder of a merged root has the attributes of the upper one. */
static int make_like(int lower, int upper, struct err *err)
{
    auto_arena arena;
    struct attribute *attributes;
    struct stat st;
    size_t count;

    arena_init(&arena, 4 << 20);
    if (fstat(lower, &st) != 0 || fchown(upper, st.st_uid, st.st_gid) != 0 ||
        fchmod(upper, st.st_mode & 07777) != 0)
        return ERR_SYS(err, "making a folder like that of the root");
    TRY(attributes_get(lower, "", &arena, &attributes, &count, err));
    for (size_t i = 0; i < count; i++) {
        int r = sv_starts(attributes[i].name, SV("trusted.overlay."))
                    ? 0
                    : attribute_set(upper, "", &attributes[i], NULL);

        if (r < 0)
            continue; // memory cannot hold every attribute
    }
    return futimens(upper, (struct timespec[2]){st.st_atim, st.st_mtim}) == 0
               ? 0
               : ERR_SYS(err, "making a folder like that of the root");
}

static int make_folder(struct keeper *k, char kind, size_t number, int *ret_fd, struct err *err)
{
    char name[32];

    (void)snprintf(name, sizeof(name), "%c%zu", kind, number);
    if (mkdirat(k->scratch, name, 0755) != 0)
        return ERR_SYS(err, "making a folder in memory");
    return below_open_folder(k->scratch, name, ret_fd, err);
}

static int add_overlay(struct keeper *k, struct sv point, int target, int lower, struct err *err)
{
    size_t n = k->hello.layers;
    auto_fd int upper = -1, work = -1;
    char paths[3][64];
    // Nothing that a hostile layer says of itself is followed, and files stay whole.
    const char *const options[] = {"lowerdir", paths[0],       "upperdir", paths[1],   "workdir",
                                   paths[2],   "redirect_dir", "nofollow", "metacopy", "off",
                                   "index",    "off",          NULL};

    if (n >= LAYERS_MAX)
        return ERR(err, ERR_LIMIT, "more than %d file systems under the root", LAYERS_MAX);
    TRY(make_folder(k, 'u', n, &upper, err));
    TRY(make_folder(k, 'w', n, &work, err));
    TRY(make_like(lower, upper, err));
    (void)snprintf(paths[0], sizeof(paths[0]), "/proc/self/fd/%d", lower);
    (void)snprintf(paths[1], sizeof(paths[1]), "/proc/self/fd/%d", upper);
    (void)snprintf(paths[2], sizeof(paths[2]), "/proc/self/fd/%d", work);
    TRY(keeper_attach("overlay", options, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID, target, err));
    k->layers[n].point = point;
    k->layers[n].lower = fcntl(lower, F_DUPFD_CLOEXEC, 3);
    k->layers[n].upper = fcntl(upper, F_DUPFD_CLOEXEC, 3);
    k->hello.layers++;
    return k->layers[n].upper >= 0 && k->layers[n].lower >= 0 ? 0 : ERR_SYS(err, "a layer");
}

/* ---- what lies under the root ---- */

static bool is_below(struct sv path, struct sv folder)
{
    return sv_starts(path, folder) && path.n > folder.n &&
           (folder.n == 1 || path.p[folder.n] == '/');
}

/* What every run has of its own, or no use for. */
static bool is_replaced(struct sv point)
{
    static const char *const folders[] = {"/proc", "/sys", "/dev", "/run"};

    for (size_t i = 0; i < ARRAY_LEN(folders); i++)
        if (sv_eq(point, sv_str(folders[i])) || is_below(point, sv_str(folders[i])))
            return true;
    return false;
}

static int add_mount(struct keeper *k, int root, const struct mount *m, struct sv point,
                     struct err *err)
{
    auto_fd int target = look_up(k->merged, point.p), lower = look_up(root, point.p), opened = -1;
    const bool kept = m->class == MOUNT_LOCAL;
    struct stat st;

    // Something else is mounted over a folder above it.
    if (target < 0 || lower < 0 || fstat(target, &st) != 0)
        return 0;
    if (!S_ISDIR(st.st_mode))
        return kept ? attach_read_only(lower, target, err) : 0;
    if (m->class == MOUNT_MEMORY)
        return keeper_attach("tmpfs", NULL, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID, target, err);
    if (!kept)
        return keeper_attach("tmpfs", NULL, MOUNT_ATTR_RDONLY, target, err);
    TRY(below_open_folder(root, point.p, &opened, err));
    // Not every file system can lie below an overlay; one that cannot is there to be read.
    if (add_overlay(k, point, target, opened, NULL) < 0)
        return attach_read_only(opened, target, err);
    return 0;
}

static int add_mounts(struct keeper *k, const struct mounts *mounts, struct sv root_path, int root,
                      struct err *err)
{
    for (size_t i = 0; i < mounts->count; i++) {
        const struct mount *m = &mounts->all[i];
        struct sv point;

        if (m->hidden || !is_below(m->point, root_path))
            continue;
        point = arena_copy(&k->arena, sv_from(m->point, root_path.n == 1 ? 0 : root_path.n));
        if (!point.n)
            return arena_error(&k->arena, err);
        if (!is_replaced(point))
            TRY(add_mount(k, root, m, point, err));
    }
    return 0;
}

/* Somewhere to mount what is kept in memory: no path of ours goes through it from here on. */
static int open_scratch(struct keeper *k, struct err *err)
{
    static const char *const places[] = {"/tmp", "/mnt", "/media", "/srv", "/var"};

    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        auto_fd int target = open(places[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (target < 0)
            continue;
        TRY(keeper_attach("tmpfs", NULL, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID, target, err));
        k->scratch = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        (void)snprintf(k->merged_path, sizeof(k->merged_path), "%s/m0", places[i]);
        return k->scratch < 0 ? ERR_SYS(err, "%s", places[i]) : 0;
    }
    return ERR(err, ERR_UNSUPPORTED, "there is no folder to mount the copy of a root on");
}

static void make_folders(struct keeper *k)
{
    for (unsigned i = 0; i < KEEPER_FOLDERS; i++)
        if (mkdirat(k->merged, keeper_folders[i], 0755) == 0)
            k->hello.made |= 1u << i;
}

static int set_up(struct keeper *k, const char *root_path, struct err *err)
{
    const struct mounts_options options = {.proc = "/proc", .root = ""};
    auto_free char *real = realpath(root_path, NULL);
    struct mounts mounts;
    auto_fd int root = -1, target = -1;

    if (!real)
        return ERR_SYS(err, "the root %s", root_path);
    if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0)
        return ERR(err, ERR_UNSUPPORTED, "this system allows no namespaces here: %s",
                   strerror(errno));
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return ERR_SYS(err, "making mounts private");
    TRY(below_open_root(real, &root, err));
    TRY(mounts_read(&options, &k->arena, &mounts, err)); // before one of ours hides any
    TRY(open_scratch(k, err));
    TRY(make_folder(k, 'm', 0, &target, err));
    TRY(add_overlay(k, SV(""), target, root, err));
    TRY(below_open_folder(k->scratch, "m0", &k->merged, err));
    TRY(add_mounts(k, &mounts, sv_str(real), root, err));
    make_folders(k);
    return 0;
}

/* ---- running ---- */

/* Wait for the init of a run, at most so long. */
static int wait_for(pid_t init, unsigned limit_s, struct keeper_reply *reply)
{
    auto_fd int fd = (int)syscall(SYS_pidfd_open, init, 0);
    struct pollfd ended = {.fd = fd, .events = POLLIN};
    int status = 0, n;

    do
        n = poll(&ended, 1, fd < 0 ? 0 : (int)limit_s * 1000);
    while (n < 0 && errno == EINTR);
    if (n == 0) {
        reply->timed_out = true;
        (void)kill(init, SIGKILL);
    }
    while (waitpid(init, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    reply->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return 0;
}

static int run(struct keeper *k, const struct keeper_request *request, int output,
               struct keeper_reply *reply, struct err *err)
{
    auto_free char *words = malloc(request->size + 1);
    auto_free char **argv = calloc(request->argc + 1, sizeof(*argv));
    size_t count;
    pid_t init;
    char *p = words;

    if (!words || !argv)
        return ERR(err, ERR_NOMEM, "copy of a root: out of memory");
    TRY(channel_receive(k->channel, words, request->size, NULL, 0, &count, err));
    words[request->size] = '\0';
    for (size_t i = 0; i < request->argc; i++, p += strlen(p) + 1)
        argv[i] = p;
    init = (pid_t)syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0);
    if (init < 0)
        return ERR(err, ERR_UNSUPPORTED, "this system allows no namespaces here: %s",
                   strerror(errno));
    if (init == 0)
        guest_init(k->merged_path, argv, output);
    (void)close(output);
    return wait_for(init, request->limit_s, reply) == 0
               ? 0
               : ERR(err, ERR_IO, "a process that was started is not there");
}

static int answer(struct keeper *k, struct err *err)
{
    struct keeper_request request;
    struct keeper_reply reply = {0};
    int output = -1;
    size_t count = 0;

    TRY(channel_receive(k->channel, &request, sizeof(request), &output, 1, &count, err));
    reply.result = count == 1 ? run(k, &request, output, &reply, &reply.err)
                              : ERR(&reply.err, ERR_IO, "no file to write to");
    return channel_send(k->channel, &reply, sizeof(reply), NULL, 0, -1, err);
}

static int greet(struct keeper *k, struct err *err)
{
    TRY(channel_send(k->channel, &k->hello, sizeof(k->hello), &k->merged,
                     k->hello.result < 0 ? 0 : 1, -1, err));
    for (size_t i = 0; k->hello.result == 0 && i < k->hello.layers; i++) {
        struct sv point = k->layers[i].point;
        int files[2] = {k->layers[i].lower, k->layers[i].upper};

        TRY(channel_send(k->channel, &point.n, sizeof(point.n), files, 2, -1, err));
        if (point.n)
            TRY(channel_send(k->channel, point.p, point.n, NULL, 0, -1, err));
    }
    return k->hello.result;
}

/* Everything but the channel is the other process's. */
static void close_others(int *channel)
{
    int kept = fcntl(*channel, F_DUPFD_CLOEXEC, 3);

    if (kept > 3)
        kept = dup3(kept, 3, O_CLOEXEC);
    *channel = kept;
    (void)syscall(SYS_close_range, 4, ~0u, 0);
}

void keeper_work(const char *root, int channel)
{
    static struct keeper k;
    struct err err;

    close_others(&channel);
    (void)prctl(PR_SET_NAME, "debar-keeper");
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)umask(0);
    k.channel = channel;
    arena_init(&k.arena, 16 << 20);
    k.hello.result = set_up(&k, root, &k.hello.err);
    if (greet(&k, &err) == 0)
        while (answer(&k, &err) == 0)
            ;
    _exit(0);
}
