// SPDX-License-Identifier: Apache-2.0
#include "os/below.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NS INT64_C(1000000000)

int below_open_root(const char *path, int *ret_fd, struct err *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return ERR_SYS(err, "opening the root %s", path);
    *ret_fd = fd;
    return 0;
}

static int open_folder(int root_fd, const char *path, uint64_t flags)
{
    struct open_how how = {
        .flags = flags | O_RDONLY | O_DIRECTORY | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    long fd;

    // A rename elsewhere in the tree makes the kernel unsure for a moment.
    do
        fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
    while (fd < 0 && (errno == EAGAIN || errno == EINTR));
    return (int)fd;
}

int below_open_folder(int root_fd, const char *path, int *ret_fd, struct err *err)
{
    int fd;

    while (*path == '/')
        path++;
    fd = open_folder(root_fd, *path ? path : ".", O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = open_folder(root_fd, *path ? path : ".", 0);
    if (fd < 0 && (errno == ELOOP || errno == EXDEV))
        return ERR(err, ERR_CONFLICT, "/%s: a part of the path is a symbolic link", path);
    if (fd < 0 && errno == ENOTDIR)
        return ERR(err, ERR_GONE, "/%s: a part of the path is no folder", path);
    if (fd < 0)
        return ERR_SYS(err, "opening the folder /%s", path);
    *ret_fd = fd;
    return 0;
}

int below_open_parent(int root_fd, const char *path, int *ret_fd, char ret_name[BELOW_NAME],
                      struct err *err)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t n = slash ? (size_t)(slash - path) : 0;

    if (!*name || strlen(name) >= BELOW_NAME || !strcmp(name, ".") || !strcmp(name, ".."))
        return ERR(err, ERR_FORMAT, "%s: no name that a file could have", path);
    if (n >= sizeof(folder))
        return ERR(err, ERR_LIMIT, "the path %.60s… is too long", path);
    memcpy(folder, path, n);
    folder[n] = '\0';
    TRY(below_open_folder(root_fd, folder, ret_fd, err));
    memcpy(ret_name, name, strlen(name) + 1);
    return 0;
}

int below_sync(int fd, struct err *err)
{
    int r;

    do
        r = fsync(fd);
    while (r != 0 && errno == EINTR);
    // EINVAL: this file system has nothing to write.
    return r == 0 || errno == EINVAL ? 0 : ERR_SYS(err, "writing to the disk");
}

static struct timespec spec(int64_t ns)
{
    int64_t s = ns / NS, rest = ns % NS;

    return (struct timespec){rest < 0 ? s - 1 : s, rest < 0 ? rest + NS : rest};
}

int below_set_times(int fd, const char *name, int64_t atime_ns, int64_t mtime_ns, struct err *err)
{
    struct timespec times[2] = {spec(atime_ns), spec(mtime_ns)};
    int r = *name ? utimensat(fd, name, times, AT_SYMLINK_NOFOLLOW) : futimens(fd, times);

    return r == 0 ? 0 : ERR_SYS(err, "setting the times");
}
