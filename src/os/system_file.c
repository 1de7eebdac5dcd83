// SPDX-License-Identifier: Apache-2.0
#include "os/system_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    CHUNK = 16 * 1024,
    LINE_MAX_BYTES = 4096,
};

int system_open(int dir_fd, const char *path, int *ret_fd, struct err *err)
{
    int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return ERR_SYS(err, "%s", path);
    *ret_fd = fd;
    return 0;
}

int system_read(int dir_fd, const char *path, size_t max, struct buf *to, struct err *err)
{
    auto_fd int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t used = 0;

    if (fd < 0)
        return ERR_SYS(err, "%s", path);
    for (;;) {
        char chunk[CHUNK];
        ssize_t n = read(fd, chunk, sizeof(chunk));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ERR_SYS(err, "%s", path);
        if (n == 0)
            break;
        used += (size_t)n;
        if (used > max)
            return ERR(err, ERR_LIMIT, "%s: longer than %zu bytes", path, max);
        buf_bytes(to, chunk, (size_t)n);
    }
    return buf_ok(to) ? 0 : ERR(err, ERR_NOMEM, "%s: out of memory", path);
}

int system_link(int dir_fd, const char *path, struct buf *to, struct err *err)
{
    char target[4096];
    ssize_t n = readlinkat(dir_fd, path, target, sizeof(target));

    if (n < 0)
        return ERR_SYS(err, "%s", path);
    buf_bytes(to, target, (size_t)n);
    return buf_ok(to) ? 0 : ERR(err, ERR_NOMEM, "%s: out of memory", path);
}

struct sv system_line(int dir_fd, const char *path, struct buf *to)
{
    struct sv text, line;

    buf_reset(to);
    if (system_read(dir_fd, path, LINE_MAX_BYTES, to, NULL) < 0)
        return (struct sv){0};
    text = buf_view(to);
    line = sv_line(&text);
    return sv_trim(line);
}

int system_each(int dir_fd, const char *path,
                int (*each)(void *to, int folder_fd, const char *name, struct err *err), void *to,
                struct err *err)
{
    struct dirent *entry;
    int fd = -1, result;
    DIR *folder;

    TRY(system_open(dir_fd, path, &fd, err));
    folder = fdopendir(fd);
    if (!folder) {
        result = ERR_SYS(err, "%s", path);
        (void)close(fd);
        return result;
    }
    for (;;) {
        errno = 0;
        entry = readdir(folder);
        if (!entry) {
            result = errno ? ERR_SYS(err, "%s", path) : 0;
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        result = each(to, dirfd(folder), entry->d_name, err);
        if (result < 0)
            break;
    }
    (void)closedir(folder);
    return result < 0 ? result : 0;
}
