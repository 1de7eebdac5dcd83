// SPDX-License-Identifier: Apache-2.0
#include "os/spill_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void spill_init(struct spill_file *f, const char *folder)
{
    *f = (struct spill_file){.folder = folder, .fd = -1};
}

void spill_clear(struct spill_file *f)
{
    if (f->fd >= 0)
        (void)close(f->fd); // it has no name: whatever was in it is gone
    f->fd = -1;
    f->size = 0;
}

/* Where the file system makes no file without a name (NFS, FUSE): one that loses it at once. */
static int make_and_unlink(const char *folder)
{
    auto_free char *path = NULL;
    int fd;

    if (asprintf(&path, "%s/.debar-spill-XXXXXX", folder) < 0)
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        (void)unlink(path);
    return fd;
}

int spill_make(const char *folder, int *ret_fd, struct err *err)
{
    if (folder) {
        *ret_fd = open(folder, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (*ret_fd < 0 && errno == EOPNOTSUPP)
            *ret_fd = make_and_unlink(folder);
    } else {
        *ret_fd = memfd_create("debar", MFD_CLOEXEC);
    }
    if (*ret_fd < 0)
        return ERR_SYS(err, "making an anonymous file in %s", folder ? folder : "memory");
    return 0;
}

int spill_append(struct spill_file *f, struct span bytes, struct err *err)
{
    if (f->fd < 0)
        TRY(spill_make(f->folder, &f->fd, err));
    while (bytes.n) {
        ssize_t n = pwrite(f->fd, bytes.p, bytes.n, (off_t)f->size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
            return ERR(err, ERR_LIMIT, "no room for what is too large for memory");
        if (n < 0)
            return ERR_SYS(err, "writing to an anonymous file");
        f->size += (uint64_t)n;
        bytes = span_from(bytes, (size_t)n);
    }
    return 0;
}

int spill_read_at(const struct spill_file *f, uint64_t offset, void *to, size_t n, size_t *ret_n,
                  struct err *err)
{
    size_t used = 0;

    while (used < n && offset < f->size) {
        ssize_t got = pread(f->fd, (char *)to + used, n - used, (off_t)(offset + used));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_SYS(err, "reading an anonymous file");
        if (got == 0)
            break;
        used += (size_t)got;
    }
    *ret_n = used;
    return 0;
}

void spill_cut(struct spill_file *f, uint64_t size)
{
    if (size >= f->size)
        return;
    f->size = size;
    if (ftruncate(f->fd, (off_t)size) != 0)
        return; // its room is used again, but not given back
}
