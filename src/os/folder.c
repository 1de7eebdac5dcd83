// SPDX-License-Identifier: Apache-2.0
#include "os/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/file.h"

enum {
    ROOM_FIRST = 64,
};

static int by_name(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

static int add(struct folder_names *to, size_t *room, const char *name, struct arena *arena)
{
    if (to->count == *room) {
        size_t more = *room ? 2 * *room : ROOM_FIRST;
        struct sv *all = arena_take_array(arena, more, sizeof(*all));

        if (!all)
            return -1;
        if (to->count)
            memcpy(all, to->all, to->count * sizeof(*all));
        to->all = all;
        *room = more;
    }
    to->all[to->count] = arena_copy(arena, sv_str(name));
    return to->all[to->count++].p ? 0 : -1;
}

int folder_list(int dir_fd, size_t max, struct arena *arena, struct folder_names *ret,
                struct err *err)
{
    struct folder_names made = {0};
    size_t room = 0;
    auto_fd int fd = -1;
    DIR *dir;
    int r = 0;

    // Opened anew, since a copy of a descriptor would share its position.
    TRY(file_open_dir(dir_fd, ".", &fd, err));
    dir = fdopendir(fd);
    if (!dir)
        return ERR_SYS(err, "listing a folder");
    fd = -1; // closedir() closes it
    for (;;) {
        const struct dirent *entry;

        errno = 0;
        entry = readdir(dir);
        if (!entry)
            break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (made.count == max) {
            made.more = true;
            break;
        }
        if (add(&made, &room, entry->d_name, arena) < 0) {
            r = arena_error(arena, err);
            break;
        }
    }
    if (r == 0 && !made.more && errno)
        r = ERR_SYS(err, "listing a folder");
    (void)closedir(dir); // it was only read
    TRY(r);
    if (made.count)
        qsort(made.all, made.count, sizeof(*made.all), by_name);
    *ret = made;
    return 0;
}
