// SPDX-License-Identifier: Apache-2.0
#include "remedy/path_make.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "os/below.h"

enum {
    PIECE = 64 << 10,
    AGAIN_ARENA = 64 << 20,
};

/* ---- bytes ---- */

static int write_all(int fd, const uint8_t *p, size_t n, uint64_t at, struct err *err)
{
    while (n) {
        ssize_t done = pwrite(fd, p, n, (off_t)at);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return ERR_SYS(err, "writing it");
        p += done;
        at += (uint64_t)done;
        n -= (size_t)done;
    }
    return 0;
}

/* Of n bytes that stand at `at`, write those that lie in an extent. */
static int write_data(int fd, const struct path_state *s, size_t *extent, const uint8_t *p,
                      size_t n, uint64_t at, struct err *err)
{
    while (*extent < s->extent_count) {
        const struct extent *e = &s->extents[*extent];
        uint64_t from = e->offset > at ? e->offset : at;
        uint64_t end = e->offset + e->length, to = at + n < end ? at + n : end;

        if (from < to)
            TRY(write_all(fd, p + (from - at), (size_t)(to - from), from, err));
        if (end > at + n)
            return 0;
        (*extent)++;
    }
    return 0;
}

static int fill(int fd, const struct path_state *s, struct content *content, struct err *err)
{
    auto_free uint8_t *piece = malloc(PIECE);
    size_t extent = 0, n = 0;
    uint64_t at = 0;

    if (!piece)
        return ERR(err, ERR_NOMEM, "no memory");
    // The size first: what is not written is a hole.
    if (ftruncate(fd, (off_t)s->size) != 0)
        return ERR_SYS(err, "setting the size");
    while (at < s->size) {
        TRY(content->read(content, piece, PIECE, &n, err));
        if (n == 0 || n > s->size - at)
            return ERR(err, ERR_FORMAT, "the kept content has another size");
        TRY(write_data(fd, s, &extent, piece, n, at, err));
        at += n;
    }
    return 0;
}

/* ---- all the rest ---- */

static bool wanted(const struct path_state *s, struct sv name)
{
    for (size_t i = 0; i < s->attribute_count; i++)
        if (sv_eq(s->attributes[i].name, name))
            return true;
    return false;
}

/* A new file may have inherited some; a security label is not for us to take away. */
static int set_attributes(int fd, const char *name, const struct path_state *s, struct err *err)
{
    struct attribute *now = NULL;
    size_t count = 0;
    auto_arena arena;
    int r;

    arena_init(&arena, AGAIN_ARENA);
    r = attributes_get(fd, name, &arena, &now, &count, err);
    for (size_t i = 0; r == 0 && i < count; i++)
        if (!wanted(s, now[i].name) && !sv_eq(now[i].name, SV("security.selinux")))
            r = attribute_remove(fd, name, now[i].name, err);
    for (size_t i = 0; r == 0 && i < s->attribute_count; i++)
        r = attribute_set(fd, name, &s->attributes[i], err);
    return r;
}

/* The owner before capabilities and mode, because a change of owner takes both away; times last. */
static int dress(int fd, const struct path_state *s, struct err *err)
{
    if (fchown(fd, s->uid, s->gid) != 0)
        return ERR_SYS(err, "setting the owner");
    TRY(set_attributes(fd, "", s, err));
    if (fchmod(fd, s->mode & 07777) != 0)
        return ERR_SYS(err, "setting the mode");
    return below_set_times(fd, "", s->atime_ns, s->mtime_ns, err);
}

static int dress_name(int folder_fd, const char *name, const struct path_state *s, struct err *err)
{
    if (fchownat(folder_fd, name, s->uid, s->gid, AT_SYMLINK_NOFOLLOW) != 0)
        return ERR_SYS(err, "setting the owner");
    TRY(set_attributes(folder_fd, name, s, err));
    if (s->type != PATH_LINK && fchmodat(folder_fd, name, s->mode & 07777, 0) != 0)
        return ERR_SYS(err, "setting the mode");
    return below_set_times(folder_fd, name, s->atime_ns, s->mtime_ns, err);
}

static int make_file(int folder_fd, const char *name, const struct path_state *s,
                     struct content *content, struct err *err)
{
    auto_fd int fd =
        openat(folder_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return ERR_SYS(err, "making a file");
    TRY(inode_flags_set(fd, s->flags, err));
    if (s->size)
        TRY(fill(fd, s, content, err));
    TRY(dress(fd, s, err));
    return below_sync(fd, err);
}

static int make_folder(int folder_fd, const char *name, const struct path_state *s, struct err *err)
{
    auto_fd int fd = -1;

    if (mkdirat(folder_fd, name, 0700) != 0)
        return ERR_SYS(err, "making a folder");
    fd = openat(folder_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return ERR_SYS(err, "opening the folder that was made");
    TRY(inode_flags_set(fd, s->flags, err));
    TRY(dress(fd, s, err));
    return below_sync(fd, err);
}

static int make_other(int folder_fd, const char *name, const struct path_state *s, struct err *err)
{
    if (s->type == PATH_LINK) {
        auto_buf target = {0};

        buf_sv(&target, s->target);
        if (!buf_ok(&target))
            return ERR(err, ERR_NOMEM, "no memory");
        if (symlinkat(target.p ? target.p : "", folder_fd, name) != 0)
            return ERR_SYS(err, "making a symbolic link");
    } else if (mknodat(folder_fd, name, (s->mode & S_IFMT) | 0600, (dev_t)s->rdev) != 0) {
        return ERR_SYS(err, "making a special file");
    }
    return dress_name(folder_fd, name, s, err);
}

static int look_again(int folder_fd, const char *name, const struct path_state *s, struct err *err)
{
    struct path_state made;
    auto_arena arena;

    arena_init(&arena, AGAIN_ARENA);
    TRY(path_state_at(folder_fd, name, &arena, &made, err));
    return path_state_same(&made, s)
               ? 0
               : ERR(err, ERR_IO,
                     "what was made is not what was to be made: the file system does "
                     "not keep all that belongs to it");
}

int path_make(int folder_fd, const char *name, const struct path_state *state,
              struct content *content, struct err *err)
{
    int r;

    if (state->type == PATH_FILE)
        r = make_file(folder_fd, name, state, content, err);
    else if (state->type == PATH_FOLDER)
        r = make_folder(folder_fd, name, state, err);
    else
        r = make_other(folder_fd, name, state, err);
    if (r == 0)
        r = look_again(folder_fd, name, state, err);
    // Somebody else's is not ours to take away.
    if (r < 0 && !(err && err->sys_errno == EEXIST))
        (void)unlinkat(folder_fd, name, state->type == PATH_FOLDER ? AT_REMOVEDIR : 0);
    return r;
}

int path_make_like(int fd, const struct path_state *state, struct err *err)
{
    TRY(inode_flags_set(fd, state->flags, err));
    return dress(fd, state, err);
}

/* ---- taking away ---- */

static uint32_t flags_of(int folder_fd, const char *name)
{
    struct stat s;
    auto_fd int fd = -1;

    if (fstatat(folder_fd, name, &s, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0 ||
        (!S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode)))
        return 0;
    fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd < 0 ? 0 : inode_flags_get(fd);
}

static int locked(uint32_t flags, const char *what, struct err *err)
{
    bool immutable = flags & INODE_IMMUTABLE;

    err_set(err, ERR_DENIED, __FILE__, "%s %s (chattr +%c); take that away with `chattr -%c`", what,
            immutable ? "is immutable" : "may only be appended to", immutable ? 'i' : 'a',
            immutable ? 'i' : 'a');
    return -ERR_DENIED;
}

int path_changeable(int folder_fd, const char *name, struct err *err)
{
    uint32_t flags = inode_flags_get(folder_fd);
    struct statvfs system;

    if (fstatvfs(folder_fd, &system) == 0 && system.f_flag & ST_RDONLY)
        return ERR(err, ERR_DENIED,
                   "the file system is mounted read-only; mount it writable (mount -o remount,rw)");
    if (flags & (INODE_IMMUTABLE | INODE_APPEND))
        return locked(flags, "the folder that it is in", err);
    flags = flags_of(folder_fd, name);
    return flags & (INODE_IMMUTABLE | INODE_APPEND) ? locked(flags, "it", err) : 0;
}

/* EPERM has many reasons, and the system tells none of them. */
static int why_not(int folder_fd, const char *name, int cause, struct err *err)
{
    if (cause == EPERM || cause == EACCES || cause == EROFS) {
        TRY(path_changeable(folder_fd, name, err));
        return ERR(err, ERR_DENIED,
                   "the system does not permit to remove it, and no flag of the file says why: a "
                   "program that protects itself, a swap file in use, or a security policy; stop "
                   "that first");
    }
    if (cause == EBUSY)
        return ERR(err, ERR_CONFLICT, "something is mounted on it or holds it; unmount that first");
    if (cause == ETXTBSY)
        return ERR(err, ERR_CONFLICT, "a process runs it or swaps to it; end that first");
    if (cause == ENOTEMPTY || cause == EEXIST)
        return ERR(err, ERR_CONFLICT,
                   "there is something in the folder that the plan does not name");
    errno = cause;
    return ERR_SYS(err, "removing it");
}

int path_unmake(int folder_fd, const char *name, enum path_type type, struct err *err)
{
    if (unlinkat(folder_fd, name, type == PATH_FOLDER ? AT_REMOVEDIR : 0) == 0)
        return 0;
    return why_not(folder_fd, name, errno, err);
}
