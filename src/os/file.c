// SPDX-License-Identifier: Apache-2.0
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

static int64_t ns(struct statx_timestamp t)
{
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static enum file_kind kind_of(unsigned mode)
{
    if (S_ISREG(mode))
        return FILE_REGULAR;
    if (S_ISDIR(mode))
        return FILE_DIRECTORY;
    return S_ISLNK(mode) ? FILE_SYMLINK : FILE_SPECIAL;
}

int file_facts(int dir_fd, const char *name, struct file_facts *ret, struct err *err)
{
    struct statx s;
    int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*name ? 0 : AT_EMPTY_PATH);

    if (statx(dir_fd, name, flags, STATX_BASIC_STATS | STATX_MNT_ID, &s) != 0)
        return ERR_SYS(err, "looking at it");
    *ret = (struct file_facts){
        .kind = kind_of(s.stx_mode),
        .mode = s.stx_mode,
        .links = s.stx_nlink,
        .uid = s.stx_uid,
        .gid = s.stx_gid,
        .device = (uint64_t)s.stx_dev_major << 32 | s.stx_dev_minor,
        .inode = s.stx_ino,
        .mount = s.stx_mask & STATX_MNT_ID ? s.stx_mnt_id : 0,
        .size = s.stx_size,
        .mtime_ns = ns(s.stx_mtime),
        .ctime_ns = ns(s.stx_ctime),
    };
    return 0;
}

static int open_quietly(int dir_fd, const char *name, int flags)
{
    int fd = openat(dir_fd, name, flags | O_RDONLY | O_CLOEXEC | O_NOATIME);

    // O_NOATIME is for the owner and root only.
    if (fd < 0 && errno == EPERM)
        fd = openat(dir_fd, name, flags | O_RDONLY | O_CLOEXEC);
    return fd;
}

int file_open(int dir_fd, const char *name, int *ret_fd, struct err *err)
{
    int fd = open_quietly(dir_fd, name, O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return ERR_SYS(err, "opening it");
    *ret_fd = fd;
    return 0;
}

bool file_is_whiteout(int dir_fd, const char *name)
{
    struct stat s;

    return fstatat(dir_fd, name, &s, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0 &&
           S_ISCHR(s.st_mode) && s.st_rdev == makedev(0, 0);
}

bool file_is_opaque(int dir_fd, const char *name)
{
    static const char *const attributes[] = {"trusted.overlay.opaque", "user.overlay.opaque",
                                             "user.fuseoverlayfs.opaque"};
    int fd = open_quietly(dir_fd, name, O_NOFOLLOW | O_DIRECTORY);
    bool opaque = false;
    char value[2];

    for (size_t i = 0; fd >= 0 && !opaque && i < sizeof(attributes) / sizeof(*attributes); i++)
        opaque = fgetxattr(fd, attributes[i], value, sizeof(value)) == 1 && value[0] == 'y';
    if (fd >= 0)
        (void)close(fd);
    return opaque;
}

int file_open_program(const char *path, int *ret_fd, struct err *err)
{
    int fd = open_quietly(AT_FDCWD, path, O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return ERR_SYS(err, "opening it");
    *ret_fd = fd;
    return 0;
}

int file_open_dir(int dir_fd, const char *name, int *ret_fd, struct err *err)
{
    int fd = open_quietly(dir_fd, name, O_NOFOLLOW | O_DIRECTORY);

    if (fd < 0)
        return ERR_SYS(err, "opening the folder");
    *ret_fd = fd;
    return 0;
}

int file_open_parent(int dir_fd, int *ret_fd, struct err *err)
{
    int fd = open_quietly(dir_fd, "..", O_DIRECTORY);

    if (fd < 0)
        return ERR_SYS(err, "going back to the folder above");
    *ret_fd = fd;
    return 0;
}

int file_open_below(int root_fd, const char *path, bool directory, int *ret_fd, struct err *err)
{
    struct open_how how = {
        .flags = (uint64_t)(O_RDONLY | O_CLOEXEC | (directory ? O_DIRECTORY : O_NONBLOCK)),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    long fd;

    while (*path == '/')
        path++;
    how.flags |= O_NOATIME;
    fd = syscall(SYS_openat2, root_fd, *path ? path : ".", &how, sizeof(how));
    if (fd < 0 && errno == EPERM) {
        how.flags &= ~(uint64_t)O_NOATIME;
        fd = syscall(SYS_openat2, root_fd, *path ? path : ".", &how, sizeof(how));
    }
    if (fd < 0)
        return ERR_SYS(err, "opening %s", path);
    *ret_fd = (int)fd;
    return 0;
}

bool file_exists_in(int root_fd, const char *path)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC,
                           .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    auto_fd int fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

    return fd >= 0;
}

int file_read_below(int root_fd, const char *path, size_t max, struct arena *arena,
                    struct sv *ret_text, struct err *err)
{
    auto_fd int fd = -1;
    size_t used = 0;
    char *text;

    TRY(file_open_below(root_fd, path, false, &fd, err));
    text = arena_take(arena, max + 1);
    if (!text)
        return arena_error(arena, err);
    // Files of /proc and /sys have no size: read until the end.
    while (used < max) {
        ssize_t n = read(fd, text + used, max - used);

        if (n < 0)
            return ERR_SYS(err, "reading %s", path);
        if (n == 0)
            break;
        used += (size_t)n;
    }
    *ret_text = (struct sv){text, used};
    return 0;
}

void file_raise_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); // the walk also copes with fewer
}

enum {
    PAGE = 4096, /* or a multiple of it */
};

/*
 * A read that fails on its way ends with a whole page: one that ended within a page (`page` bytes,
 * 1: not to be relied on) met the end of the file, and nobody needs to ask again to be told so.
 */
static int read_pages(struct file_source *f, uint64_t offset, void *to, size_t n, size_t page,
                      size_t *ret_n, struct err *err)
{
    size_t used = 0;

    while (used < n && used % page == 0) {
        ssize_t got = pread(f->fd, (char *)to + used, n - used, (off_t)(offset + used));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_SYS(err, "reading it");
        if (got == 0) {
            f->short_read = f->short_read || offset + used < f->source.size;
            break;
        }
        used += (size_t)got;
    }
    f->bytes_read += used;
    *ret_n = used;
    if (f->meter)
        f->meter->read(f->meter->to, used);
    return 0;
}

static int fd_read_at(struct source *s, uint64_t offset, void *to, size_t n, size_t *ret_n,
                      struct err *err)
{
    return read_pages((struct file_source *)s, offset, to, n, 1, ret_n, err);
}

static int head_read_at(struct source *s, uint64_t offset, void *to, size_t n, size_t *ret_n,
                        struct err *err)
{
    struct span rest = offset < s->head.n ? span_from(s->head, (size_t)offset) : (struct span){0};

    (void)err;
    *ret_n = n < rest.n ? n : rest.n;
    if (*ret_n)
        memcpy(to, rest.p, *ret_n);
    ((struct file_source *)s)->bytes_read += *ret_n;
    return 0;
}

int file_read_all(int fd, size_t n, struct buf *to, struct err *err)
{
    struct file_source f = {.source = {.size = n}, .fd = fd};
    char piece[64 * 1024];
    size_t got = 1;

    buf_reset(to);
    while (to->n < n && got) {
        TRY(fd_read_at(&f.source, to->n, piece,
                       n - to->n < sizeof(piece) ? n - to->n : sizeof(piece), &got, err));
        buf_bytes(to, piece, got);
    }
    return buf_ok(to) ? 0 : ERR(err, ERR_NOMEM, "no memory to read it");
}

void file_drain(int pipe, size_t max, struct buf *to)
{
    char bytes[4096];
    size_t kept = 0;

    for (;;) {
        ssize_t n = read(pipe, bytes, sizeof(bytes));
        size_t fits;

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        fits = (size_t)n < max - kept ? (size_t)n : max - kept;
        buf_bytes(to, bytes, fits);
        kept += fits;
    }
}

void file_source_init_with(struct file_source *f, int fd, uint64_t size, struct span head)
{
    *f = (struct file_source){
        .source = {.size = size, .head = head, .read_at = fd < 0 ? head_read_at : fd_read_at},
        .fd = fd};
}

int file_source_begin(struct file_source *f, int fd, uint8_t *head_room, struct err *err)
{
    size_t got;

    *f = (struct file_source){.source.read_at = fd_read_at, .fd = fd};
    TRY(read_pages(f, 0, head_room, SOURCE_HEAD, PAGE, &got, err));
    f->source.head = (struct span){head_room, got};
    f->source.size = got;
    return 0;
}

int file_source_init(struct file_source *f, int fd, uint64_t size, uint8_t *head_room,
                     struct err *err)
{
    size_t got;

    *f = (struct file_source){.source = {.size = size, .read_at = fd_read_at}, .fd = fd};
    TRY(fd_read_at(&f->source, 0, head_room, size < SOURCE_HEAD ? (size_t)size : SOURCE_HEAD, &got,
                   err));
    f->source.head = (struct span){head_room, got};
    return 0;
}
