// SPDX-License-Identifier: Apache-2.0
#include "remedy/names.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/file.h"

struct one_name {
    uint64_t device, inode;
    struct sv path;
};

enum {
    DEPTH_MAX = 512,
};

#define NAMES_ARENA ((size_t)2 << 30)

void names_init(struct names *n)
{
    *n = (struct names){0};
    arena_init(&n->arena, NAMES_ARENA);
}

void names_clear(struct names *n)
{
    arena_clear(&n->arena);
    *n = (struct names){0};
}

struct sweep {
    struct names *names;
    size_t room;
    struct buf path; /* of the folder that is looked at */
    unsigned depth;
    dev_t device; /* of the root */
};

static int add(struct sweep *s, const struct stat *st, const char *name, struct err *err)
{
    struct names *n = s->names;

    if (n->count == s->room) {
        size_t room = s->room ? s->room * 2 : 256;
        struct one_name *grown = arena_take_array(&n->arena, room, sizeof(*grown));

        if (!grown)
            return arena_error(&n->arena, err);
        if (n->count)
            memcpy(grown, n->all, n->count * sizeof(*grown));
        n->all = grown;
        s->room = room;
    }
    n->all[n->count++] = (struct one_name){
        st->st_dev, st->st_ino, arena_printf(&n->arena, "%s/%s", s->path.p ? s->path.p : "", name)};
    return arena_failed(&n->arena) ? arena_error(&n->arena, err) : 0;
}

static int look_through(struct sweep *s, int folder_fd, struct err *err);

/* Views of the kernel, and what lies on other machines, have no names of a file of ours. */
static bool is_elsewhere(int fd)
{
    static const long elsewhere[] = {PROC_SUPER_MAGIC,    SYSFS_MAGIC,        CGROUP_SUPER_MAGIC,
                                     CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC, DEBUGFS_MAGIC,
                                     TRACEFS_MAGIC,       SECURITYFS_MAGIC,   NFS_SUPER_MAGIC,
                                     SMB_SUPER_MAGIC,     FUSE_SUPER_MAGIC};
    struct statfs system;

    if (fstatfs(fd, &system) != 0)
        return true;
    for (size_t i = 0; i < sizeof(elsewhere) / sizeof(*elsewhere); i++)
        if ((long)system.f_type == elsewhere[i])
            return true;
    return false;
}

static int look_at(struct sweep *s, int folder, const char *name, struct err *err)
{
    struct stat st;
    size_t before = s->path.n;
    int fd, r;

    if (!strcmp(name, ".") || !strcmp(name, "..") ||
        fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
        return 0;
    if (!S_ISDIR(st.st_mode))
        return st.st_nlink > 1 ? add(s, &st, name, err) : 0;
    if (s->depth == DEPTH_MAX || file_open_dir(folder, name, &fd, NULL) < 0)
        return 0;
    if (st.st_dev != s->device && is_elsewhere(fd)) {
        (void)close(fd);
        return 0;
    }
    buf_printf(&s->path, "/%s", name);
    s->depth++;
    r = buf_ok(&s->path) ? look_through(s, fd, err) : ERR(err, ERR_NOMEM, "no memory");
    s->depth--;
    s->path.n = before;
    if (s->path.p)
        s->path.p[before] = '\0';
    return r;
}

/* Takes the descriptor. */
static int look_through(struct sweep *s, int folder_fd, struct err *err)
{
    DIR *folder = fdopendir(folder_fd);
    struct dirent *d;
    int r = 0;

    if (!folder) {
        (void)close(folder_fd);
        return ERR_SYS(err, "listing a folder");
    }
    while (r == 0 && (d = readdir(folder)))
        r = look_at(s, folder_fd, d->d_name, err);
    (void)closedir(folder);
    return r;
}

static int by_inode(const void *a, const void *b)
{
    const struct one_name *x = a, *y = b;

    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return sv_cmp(x->path, y->path);
}

static int sweep(struct names *n, int root_fd, struct err *err)
{
    struct sweep s = {.names = n};
    struct stat root;
    int fd, r;

    TRY(file_open_dir(root_fd, ".", &fd, err));
    if (fstat(fd, &root) == 0)
        s.device = root.st_dev;
    r = look_through(&s, fd, err);
    buf_clear(&s.path);
    TRY(r);
    if (n->count)
        qsort(n->all, n->count, sizeof(*n->all), by_inode);
    n->swept = true;
    return 0;
}

int names_of(struct names *n, int root_fd, uint64_t device, uint64_t inode, struct sv path,
             struct buf *to, struct err *err)
{
    const struct one_name wanted = {device, inode, {0}};
    size_t low = 0, high;

    if (!n->swept)
        TRY(sweep(n, root_fd, err));
    high = n->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (by_inode(&n->all[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < n->count && n->all[low].device == device && n->all[low].inode == inode; low++)
        if (!sv_eq(n->all[low].path, path)) {
            buf_sv(to, n->all[low].path);
            buf_char(to, '\0');
        }
    return buf_ok(to) ? 0 : ERR(err, ERR_NOMEM, "no memory");
}
