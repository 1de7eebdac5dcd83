// SPDX-License-Identifier: Apache-2.0
#include "remedy/names.h"

#include <stdlib.h>
#include <string.h>

#include "remedy/root_each.h"

struct one_name {
    uint64_t device, inode;
    struct sv path;
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

struct listing {
    struct names *names;
    size_t room;
};

static int add(void *to, int folder, const char *name, struct sv path, const struct stat *st,
               struct err *err)
{
    struct listing *l = to;
    struct names *n = l->names;

    (void)folder;
    (void)name;
    if (S_ISDIR(st->st_mode) || st->st_nlink < 2)
        return 0;
    if (n->count == l->room) {
        size_t room = l->room ? l->room * 2 : 256;
        struct one_name *grown = arena_take_array(&n->arena, room, sizeof(*grown));

        if (!grown)
            return arena_error(&n->arena, err);
        if (n->count)
            memcpy(grown, n->all, n->count * sizeof(*grown));
        n->all = grown;
        l->room = room;
    }
    n->all[n->count++] = (struct one_name){st->st_dev, st->st_ino, arena_copy(&n->arena, path)};
    return arena_failed(&n->arena) ? arena_error(&n->arena, err) : 0;
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

static int list_all(struct names *n, int root_fd, struct err *err)
{
    struct listing l = {.names = n};
    const struct root_each each = {.root_fd = root_fd, .each = add, .to = &l};

    TRY(root_each(&each, err));
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
        TRY(list_all(n, root_fd, err));
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
