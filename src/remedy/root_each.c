// SPDX-License-Identifier: Apache-2.0
#include "remedy/root_each.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "os/file.h"

enum {
    DEPTH_MAX = 512,
};

struct going {
    const struct root_each *o;
    struct buf path; /* of the folder that is looked at */
    unsigned depth;
    dev_t device; /* of the root */
};

static bool is_elsewhere(const struct going *g, int fd)
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
    return g->o->no_memory && (long)system.f_type == TMPFS_MAGIC;
}

static int look_through(struct going *g, int folder_fd, struct err *err);

static int look_into(struct going *g, int folder, const char *name, const struct stat *st,
                     struct err *err)
{
    int fd, r;

    if (g->depth == DEPTH_MAX || file_open_dir(folder, name, &fd, NULL) < 0)
        return 0;
    if (st->st_dev != g->device && is_elsewhere(g, fd)) {
        (void)close(fd);
        return 0;
    }
    g->depth++;
    r = look_through(g, fd, err);
    g->depth--;
    return r;
}

static int look_at(struct going *g, int folder, const char *name, struct err *err)
{
    struct stat st;
    size_t before = g->path.n;
    int r;

    if (!strcmp(name, ".") || !strcmp(name, "..") ||
        fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
        return 0;
    buf_printf(&g->path, "/%s", name);
    if (!buf_ok(&g->path))
        return ERR(err, ERR_NOMEM, "no memory");
    r = g->o->each(g->o->to, folder, name, buf_view(&g->path), &st, err);
    if (r == 0 && S_ISDIR(st.st_mode))
        r = look_into(g, folder, name, &st, err);
    g->path.n = before;
    g->path.p[before] = '\0';
    return r < 0 ? r : 0;
}

/* Takes the descriptor. */
static int look_through(struct going *g, int folder_fd, struct err *err)
{
    DIR *folder = fdopendir(folder_fd);
    const struct dirent *d;
    int r = 0;

    if (!folder) {
        (void)close(folder_fd);
        return ERR_SYS(err, "listing a folder");
    }
    while (r == 0 && (d = readdir(folder)))
        r = look_at(g, folder_fd, d->d_name, err);
    (void)closedir(folder);
    return r;
}

int root_each(const struct root_each *o, struct err *err)
{
    struct going g = {.o = o};
    struct stat root;
    int fd, r;

    TRY(file_open_dir(o->root_fd, ".", &fd, err));
    if (fstat(fd, &root) == 0)
        g.device = root.st_dev;
    r = look_through(&g, fd, err);
    buf_clear(&g.path);
    return r;
}
