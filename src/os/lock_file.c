// SPDX-License-Identifier: Apache-2.0
#include "os/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "os/below.h"

static int held(int fd, const char *path, struct err *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char who[48] = "another process";

    if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0)
        (void)snprintf(who, sizeof(who), "process %d", lock.l_pid);
    return ERR(err, ERR_CONFLICT,
               "%s holds the package manager's lock %s; wait until it is done, then try again", who,
               path);
}

int lock_file_take(int root_fd, const char *path, int *ret_fd, struct err *err)
{
    // Of the open file, not of the process: closing another descriptor of it does not end it.
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    char name[BELOW_NAME];
    auto_fd int folder = -1, fd = -1;
    int r = below_open_parent(root_fd, path, &folder, name, err);

    if (r == -ERR_GONE)
        return LOCK_NO_FILE;
    TRY(r);
    fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return LOCK_NO_FILE;
    // Where nothing can be written, nobody installs either; what follows says so.
    if (fd < 0 && errno == EROFS)
        return LOCK_NO_FILE;
    if (fd < 0)
        return ERR_SYS(err, "opening the package manager's lock %s", path);
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        if (errno == EAGAIN || errno == EACCES)
            return held(fd, path, err);
        return ERR_SYS(err, "locking %s", path);
    }
    *ret_fd = fd;
    fd = -1;
    return 0;
}
