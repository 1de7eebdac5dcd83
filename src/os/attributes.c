// SPDX-License-Identifier: Apache-2.0
#include "os/attributes.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
    NAMES_MAX = 1 << 16, /* as the kernel has it */
    VALUE_MAX = 1 << 16,
    PATH_ROOM = 300,
};

#define FLAGS_KEPT \
    (FS_COMPR_FL | FS_SYNC_FL | FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | FS_NOATIME_FL | \
     FS_DIRSYNC_FL | FS_TOPDIR_FL | FS_NOCOW_FL | FS_PROJINHERIT_FL)

/* There are no calls for a name in a folder, or for a file that is open as a path only; this
 * name of it does the same. */
static const char *path_of(int fd, const char *name, char room[PATH_ROOM])
{
    (void)snprintf(room, PATH_ROOM, *name ? "/proc/self/fd/%d/%s" : "/proc/self/fd/%d", fd, name);
    return room;
}

static int by_name(const void *a, const void *b)
{
    return sv_cmp(((const struct attribute *)a)->name, ((const struct attribute *)b)->name);
}

static ssize_t list(int fd, const char *name, char *names, size_t n)
{
    char room[PATH_ROOM];

    return *name ? llistxattr(path_of(fd, name, room), names, n) : flistxattr(fd, names, n);
}

static ssize_t value_of(int fd, const char *name, const char *attribute, char *value)
{
    char room[PATH_ROOM];

    return *name ? lgetxattr(path_of(fd, name, room), attribute, value, VALUE_MAX)
                 : fgetxattr(fd, attribute, value, VALUE_MAX);
}

static int get_all(int fd, const char *name, char *names, size_t n, char *value,
                   struct arena *arena, struct attribute *ret, size_t *ret_count, struct err *err)
{
    for (const char *at = names; at < names + n; at += strlen(at) + 1) {
        ssize_t got = value_of(fd, name, at, value);

        // It was taken away meanwhile, or the label is one that the policy shows to nobody.
        if (got < 0 && (errno == ENODATA || errno == EOPNOTSUPP))
            continue;
        if (got < 0)
            return ERR_SYS(err, "reading the attribute %s", at);
        ret[(*ret_count)++] = (struct attribute){
            arena_copy(arena, sv_str(at)), arena_copy(arena, (struct sv){value, (size_t)got})};
    }
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

int attributes_get(int fd, const char *name, struct arena *arena, struct attribute **ret,
                   size_t *ret_count, struct err *err)
{
    auto_free char *names = NULL;
    struct attribute *all = NULL;
    size_t count = 0, used = 0;
    ssize_t n;

    *ret = NULL;
    *ret_count = 0;
    if (list(fd, name, NULL, 0) == 0)
        return 0;
    names = malloc(NAMES_MAX + VALUE_MAX);
    if (!names)
        return ERR(err, ERR_NOMEM, "no memory");
    n = list(fd, name, names, NAMES_MAX);
    if (n < 0 && errno != EOPNOTSUPP)
        return ERR_SYS(err, "listing the attributes");
    for (ssize_t i = 0; i < n; i++)
        count += names[i] == '\0';
    if (count) {
        all = arena_take_array(arena, count, sizeof(*all));
        if (!all)
            return arena_error(arena, err);
        TRY(get_all(fd, name, names, (size_t)n, names + NAMES_MAX, arena, all, &used, err));
        qsort(all, used, sizeof(*all), by_name);
    }
    *ret = all;
    *ret_count = used;
    return 0;
}

int attribute_set(int fd, const char *name, const struct attribute *a, struct err *err)
{
    char room[PATH_ROOM];
    int r = *name ? lsetxattr(path_of(fd, name, room), a->name.p, a->value.p, a->value.n, 0)
                  : fsetxattr(fd, a->name.p, a->value.p, a->value.n, 0);

    return r == 0 ? 0 : ERR_SYS(err, "setting the attribute %s", a->name.p);
}

int attribute_remove(int fd, const char *name, struct sv attribute, struct err *err)
{
    char room[PATH_ROOM];
    int r =
        *name ? lremovexattr(path_of(fd, name, room), attribute.p) : fremovexattr(fd, attribute.p);

    return r == 0 || errno == ENODATA ? 0 : ERR_SYS(err, "removing the attribute %s", attribute.p);
}

uint32_t inode_flags_get(int fd)
{
    int flags = 0;

    return ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 ? (uint32_t)flags & FLAGS_KEPT : 0;
}

int inode_flags_set(int fd, uint32_t flags, struct err *err)
{
    const uint32_t mine = FLAGS_KEPT & ~(uint32_t)(FS_IMMUTABLE_FL | FS_APPEND_FL);
    int now = 0;

    if (ioctl(fd, FS_IOC_GETFLAGS, &now) != 0 || ((uint32_t)now & mine) == (flags & mine))
        return 0;
    now = (int)(((uint32_t)now & ~mine) | (flags & mine));
    if (ioctl(fd, FS_IOC_SETFLAGS, &now) == 0 || errno == ENOTTY || errno == EOPNOTSUPP)
        return 0;
    return ERR_SYS(err, "setting the flags of the inode");
}

int extents_get(int fd, uint64_t size, struct arena *arena, struct extent **ret, size_t *ret_count,
                struct err *err)
{
    struct extent *all = NULL;
    size_t count = 0, room = 0;
    off_t at = 0, end;

    while ((uint64_t)at < size && (at = lseek(fd, at, SEEK_DATA)) >= 0) {
        end = lseek(fd, at, SEEK_HOLE);
        if (end < 0)
            return ERR_SYS(err, "looking for holes");
        if (count == room) {
            struct extent *grown = arena_take_array(arena, room ? room * 2 : 4, sizeof(*all));

            if (!grown)
                return arena_error(arena, err);
            if (count)
                memcpy(grown, all, count * sizeof(*all));
            all = grown;
            room = room ? room * 2 : 4;
        }
        all[count++] = (struct extent){(uint64_t)at, (uint64_t)(end - at)};
        at = end;
    }
    // ENXIO: no data from here to the end.
    if (at < 0 && errno != ENXIO)
        return ERR_SYS(err, "looking for data");
    *ret = all;
    *ret_count = count;
    return 0;
}
