// SPDX-License-Identifier: Apache-2.0
#include "os/lookup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/bytes.h"
#include "os/file.h"

enum answer {
    MISSING,
    THERE,
    UNKNOWN,
};

static int open_folder(int root_fd, const char *path)
{
    struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOATIME,
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, root_fd, *path ? path : "/", &how, sizeof(how));

    // O_NOATIME is for the owner and root only.
    if (fd < 0 && errno == EPERM) {
        how.flags &= ~(uint64_t)O_NOATIME;
        fd = (int)syscall(SYS_openat2, root_fd, *path ? path : "/", &how, sizeof(how));
    }
    return fd;
}

/* A name in a folder that is like `name`; with NULL, any name. */
static enum answer find_name(int root_fd, const char *folder, const char *name,
                             uint64_t *names_left, char ret_name[NAME_MAX + 1])
{
    int fd = open_folder(root_fd, folder);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    enum answer answer = MISSING;
    const struct dirent *e;

    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? MISSING : UNKNOWN;
    if (!dir) {
        (void)close(fd);
        return UNKNOWN;
    }
    while (answer == MISSING && (e = readdir(dir))) {
        if (*names_left == 0) {
            answer = UNKNOWN;
            break;
        }
        --*names_left;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
            (name && !sv_eq_nocase(sv_str(e->d_name), sv_str(name))))
            continue;
        (void)snprintf(ret_name, NAME_MAX + 1, "%s", e->d_name);
        answer = THERE;
    }
    (void)closedir(dir);
    return answer;
}

/* Add the next name to a path that is there. */
static enum answer step(int root_fd, char path[PATH_MAX], struct sv name, uint64_t *names_left)
{
    char wanted[NAME_MAX + 1], found[NAME_MAX + 1];
    size_t n = strlen(path);
    enum answer answer;

    if (name.n > NAME_MAX || n + NAME_MAX + 2 > PATH_MAX)
        return UNKNOWN;
    (void)snprintf(wanted, sizeof(wanted), "%.*s", (int)name.n, name.p);
    (void)snprintf(path + n, PATH_MAX - n, "/%s", wanted);
    if (file_exists_in(root_fd, path))
        return THERE;
    path[n] = '\0';
    answer = find_name(root_fd, path, wanted, names_left, found);
    if (answer == THERE)
        (void)snprintf(path + n, PATH_MAX - n, "/%s", found);
    return answer;
}

static bool is_empty_folder(int root_fd, const char *path)
{
    auto_fd int fd = open_folder(root_fd, path);
    uint64_t few = 3;
    char any[NAME_MAX + 1];

    return fd >= 0 && find_name(root_fd, path, NULL, &few, any) == MISSING;
}

bool lookup_nocase(int root_fd, const char *path, uint64_t *names_left)
{
    struct sv rest = sv_str(path);
    char at[PATH_MAX] = "";

    while (rest.n) {
        struct sv name = sv_cut(&rest, '/');
        enum answer answer = name.n ? step(root_fd, at, name, names_left) : THERE;

        if (answer != THERE)
            return answer == UNKNOWN;
    }
    return !is_empty_folder(root_fd, at);
}
