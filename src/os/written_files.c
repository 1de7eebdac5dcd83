// SPDX-License-Identifier: Apache-2.0
#include "os/written_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.h"

struct listing {
    struct written_files *ret;
    struct arena *arena;
    size_t room;
};

static int compare(const void *a, const void *b)
{
    const struct written_file *x = a, *y = b;

    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return (x->inode > y->inode) - (x->inode < y->inode);
}

static int add(struct listing *l, const struct stat *st, struct err *err)
{
    struct written_files *w = l->ret;

    if (w->count == l->room) {
        size_t room = l->room ? 2 * l->room : 256;
        struct written_file *grown = arena_take_array(l->arena, room, sizeof(*grown));

        if (!grown)
            return arena_error(l->arena, err);
        if (w->count)
            memcpy(grown, w->all, w->count * sizeof(*grown));
        w->all = grown;
        l->room = room;
    }
    w->all[w->count++] = (struct written_file){st->st_dev, st->st_ino};
    return 0;
}

static int list_process(struct listing *l, int proc, const char *pid, struct err *err)
{
    char path[280];
    const struct dirent *e;
    DIR *folder;
    int fd, r = 0;

    (void)snprintf(path, sizeof(path), "%s/fd", pid);
    if (file_open_dir(proc, path, &fd, NULL) < 0)
        return 0; // it ended, or is not ours to look at
    folder = fdopendir(fd);
    if (!folder) {
        (void)close(fd);
        return ERR_SYS(err, "listing the files of a process");
    }
    while (r == 0 && (e = readdir(folder))) {
        struct stat link, file;

        // The link's own mode says how the file is open.
        if (*e->d_name != '.' && fstatat(fd, e->d_name, &link, AT_SYMLINK_NOFOLLOW) == 0 &&
            link.st_mode & S_IWUSR && fstatat(fd, e->d_name, &file, 0) == 0 &&
            S_ISREG(file.st_mode))
            r = add(l, &file, err);
    }
    (void)closedir(folder);
    return r;
}

int written_files_list(const char *proc, struct arena *arena, struct written_files *ret,
                       struct err *err)
{
    struct listing l = {.ret = ret, .arena = arena};
    const struct dirent *e;
    DIR *folder = opendir(proc);
    int r = 0;

    *ret = (struct written_files){0};
    if (!folder)
        return ERR_SYS(err, "listing %s", proc);
    while (r == 0 && (e = readdir(folder)))
        if (*e->d_name >= '1' && *e->d_name <= '9')
            r = list_process(&l, dirfd(folder), e->d_name, err);
    (void)closedir(folder);
    if (ret->count)
        qsort(ret->all, ret->count, sizeof(*ret->all), compare);
    return r;
}

bool written_files_has(const struct written_files *w, uint64_t device, uint64_t inode)
{
    const struct written_file wanted = {device, inode};

    return w->count && bsearch(&wanted, w->all, w->count, sizeof(wanted), compare);
}
