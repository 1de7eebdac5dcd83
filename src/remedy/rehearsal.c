// SPDX-License-Identifier: Apache-2.0
/*
 * The upper layers hold every path that may have changed; each is compared with what it was at the
 * last call. A path that went is a whiteout there, or lies below one, or in a folder that hides all
 * that the lower layer has in it. https://docs.kernel.org/filesystems/overlayfs.html
 */
#include "remedy/rehearsal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/below.h"
#include "os/copy_root.h"
#include "os/file.h"

enum {
    LIMIT_S = 600,
    DEPTH_MAX = 256,
    TRIES_MAX = 3,
    ARENA_MAX = 512 << 20,
};

/* A path and its state at the last call. */
struct known {
    struct sv path;
    struct path_state *state;
};

struct known_list {
    struct known *all;
    size_t count, room;
};

struct rehearsal {
    struct copy_root *copy;
    unsigned limit_s;
    struct arena arena;
    struct known_list known; /* sorted by path */
};

void rehearsal_free(struct rehearsal *r)
{
    if (!r)
        return;
    copy_root_free(r->copy);
    arena_clear(&r->arena);
    free(r->known.all);
    free(r);
}

void rehearsal_auto_free(struct rehearsal **r)
{
    rehearsal_free(*r);
}

int rehearsal_new(const char *root, struct rehearsal **ret, struct err *err)
{
    auto_rehearsal *r = calloc(1, sizeof(*r));

    if (!r)
        return ERR(err, ERR_NOMEM, "rehearsal: out of memory");
    arena_init(&r->arena, ARENA_MAX);
    r->limit_s = LIMIT_S;
    TRY(copy_root_new(root, &r->copy, err));
    *ret = STEAL(r);
    return 0;
}

void rehearsal_limit(struct rehearsal *r, unsigned seconds)
{
    r->limit_s = seconds;
}

int rehearsal_root(const struct rehearsal *r)
{
    return copy_root_fd(r->copy);
}

int rehearsal_run(struct rehearsal *r, const struct sv *argv, size_t argc, int *ret_code,
                  struct buf *output, struct err *err)
{
    struct copy_run run;

    TRY(copy_root_run(r->copy, argv, argc, r->limit_s, &run, output, err));
    if (run.timed_out)
        return ERR(err, ERR_LIMIT_TIME, "%.*s was not done after %u seconds and was ended",
                   (int)argv[0].n, argv[0].p, r->limit_s);
    *ret_code = run.code;
    return 0;
}

/* ---- which paths may have changed ---- */

static int add(struct known_list *list, struct sv path, struct err *err)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 256;
        struct known *all = realloc(list->all, room * sizeof(*all));

        if (!all)
            return ERR(err, ERR_NOMEM, "rehearsal: out of memory");
        list->all = all;
        list->room = room;
    }
    list->all[list->count++] = (struct known){.path = path};
    return 0;
}

struct looking {
    struct rehearsal *r;
    const struct copy_layer *layer;
    struct known_list *found;
    struct buf path; /* of the folder that is looked through; "" is the root */
};

static int look_through(struct looking *l, int fd, bool upper, unsigned depth, struct err *err);

static int add_path(struct looking *l, struct err *err)
{
    struct sv path = l->path.n ? buf_view(&l->path) : SV("/");

    path = arena_copy(&l->r->arena, path);
    if (!path.n || !buf_ok(&l->path))
        return arena_error(&l->r->arena, err);
    return add(l->found, path, err);
}

/* All that the disk has below the folder of this path, which is hidden now. */
static int look_through_lower(struct looking *l, unsigned depth, struct err *err)
{
    auto_fd int fd = -1;

    if (below_open_folder(l->layer->lower, l->path.p + l->layer->point.n, &fd, NULL) < 0)
        return 0; // there is no such folder
    return look_through(l, fd, false, depth + 1, err);
}

static int look_at(struct looking *l, int folder, const char *name, bool upper, unsigned depth,
                   struct err *err)
{
    auto_fd int fd = -1;
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return ERR_SYS(err, "%s", l->path.p);
    TRY(add_path(l, err));
    if (upper && (!S_ISDIR(st.st_mode) || file_is_opaque(folder, name)))
        TRY(look_through_lower(l, depth, err));
    if (!S_ISDIR(st.st_mode))
        return 0;
    TRY(file_open_dir(folder, name, &fd, err));
    return look_through(l, fd, upper, depth + 1, err);
}

static int look_through(struct looking *l, int fd, bool upper, unsigned depth, struct err *err)
{
    int list = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    DIR *dir = list < 0 ? NULL : fdopendir(list);
    size_t length = l->path.n;
    const struct dirent *e;
    int r = 0;

    if (!dir || depth > DEPTH_MAX) {
        if (dir)
            (void)closedir(dir);
        return dir ? ERR(err, ERR_LIMIT_DEPTH, "%s: folders in folders without end", l->path.p)
                   : ERR_SYS(err, "%s", l->path.p);
    }
    rewinddir(dir);
    while (r == 0 && (e = readdir(dir))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        buf_char(&l->path, '/');
        buf_str(&l->path, e->d_name);
        r = buf_ok(&l->path) ? look_at(l, fd, e->d_name, upper, depth, err)
                             : ERR(err, ERR_NOMEM, "rehearsal: out of memory");
        l->path.n = length;
        l->path.p[length] = '\0';
    }
    (void)closedir(dir);
    return r;
}

static int by_path(const void *a, const void *b)
{
    const struct known *x = a, *y = b;

    return sv_cmp(x->path, y->path);
}

/* Every path that differs from the disk, or did at the last call; sorted, each once. */
static int candidates(struct rehearsal *r, struct known_list *to, struct err *err)
{
    size_t layers, kept = 0;
    const struct copy_layer *layer = copy_root_layers(r->copy, &layers);

    for (size_t i = 0; i < layers; i++) {
        auto_buf path = {0};
        struct looking l = {.r = r, .layer = &layer[i], .found = to};
        int failed;

        buf_sv(&l.path, layer[i].point);
        failed = add_path(&l, err);
        if (failed == 0)
            failed = look_through(&l, layer[i].upper, true, 0, err);
        path = l.path; // to be cleared
        TRY(failed);
    }
    for (size_t i = 0; i < r->known.count; i++)
        TRY(add(to, r->known.all[i].path, err));
    qsort(to->all, to->count, sizeof(*to->all), by_path);
    for (size_t i = 0; i < to->count; i++)
        if (!kept || !sv_eq(to->all[kept - 1].path, to->all[i].path))
            to->all[kept++] = to->all[i];
    to->count = kept;
    return 0;
}

/* ---- comparing ---- */

/* Whether the folder that a path lies in is there, and no part of its path is a link. */
static bool has_folder(int root, const char *path)
{
    char name[BELOW_NAME];
    auto_fd int fd = -1;

    return below_open_parent(root, path, &fd, name, NULL) == 0;
}

/* A state; there is no such path when there is no such folder, or a link in its place. */
static int state_of(struct rehearsal *r, int root, const char *path, struct path_state **ret,
                    struct err *err)
{
    struct path_state *s = arena_take(&r->arena, sizeof(*s));
    int result;

    if (!s)
        return arena_error(&r->arena, err);
    *ret = s;
    if (!*path || !strcmp(path, "/"))
        return path_state_at(root, "", &r->arena, s, err);
    if (!has_folder(root, path)) {
        s->type = PATH_ABSENT;
        return 0;
    }
    // A file of the running machine may be written to just now.
    for (int tries = 0;; tries++) {
        result = path_state_get(root, path, &r->arena, s, err);
        if (result != -ERR_CONFLICT || tries == TRIES_MAX)
            return result;
    }
}

static const struct known *known_of(const struct rehearsal *r, struct sv path)
{
    const struct known key = {.path = path};

    return r->known.count
               ? bsearch(&key, r->known.all, r->known.count, sizeof(*r->known.all), by_path)
               : NULL;
}

/* The innermost file system that a path lies in. */
static const struct copy_layer *layer_of(const struct rehearsal *r, struct sv path)
{
    size_t count;
    const struct copy_layer *all = copy_root_layers(r->copy, &count), *best = all;

    for (size_t i = 1; i < count; i++) {
        struct sv point = all[i].point;

        if (point.n > best->point.n && sv_starts(path, point) &&
            (path.n == point.n || path.p[point.n] == '/'))
            best = &all[i];
    }
    return best;
}

static int before_of(struct rehearsal *r, struct sv path, struct path_state **ret, struct err *err)
{
    const struct known *known = known_of(r, path);
    const struct copy_layer *layer = layer_of(r, path);

    if (known) {
        *ret = known->state;
        return 0;
    }
    return state_of(r, layer->lower, path.p + layer->point.n, ret, err);
}

static enum touch_change change_of(const struct path_state *before, const struct path_state *after)
{
    if (after->type == PATH_ABSENT)
        return TOUCH_REMOVED;
    return before->type == PATH_ABSENT ? TOUCH_CREATED : TOUCH_CHANGED;
}

static int tell(struct rehearsal *r, struct known *k,
                int (*each)(void *to, const struct rehearsal_change *c, struct err *err), void *to,
                struct err *err)
{
    struct rehearsal_change c = {.path = k->path};
    struct path_state *before;

    TRY(before_of(r, k->path, &before, err));
    TRY(state_of(r, copy_root_fd(r->copy), k->path.p, &k->state, err));
    if (path_state_same(before, k->state) ||
        (before->type == PATH_ABSENT && copy_root_made(r->copy, k->path.p)))
        return 0;
    c.change = change_of(before, k->state);
    c.before = before;
    c.after = k->state;
    return each(to, &c, err);
}

int rehearsal_changes(struct rehearsal *r,
                      int (*each)(void *to, const struct rehearsal_change *c, struct err *err),
                      void *to, struct err *err)
{
    struct known_list now = {0};
    int failed = candidates(r, &now, err);

    for (size_t i = 0; failed == 0 && i < now.count; i++)
        failed = tell(r, &now.all[i], each, to, err);
    if (failed < 0) {
        free(now.all);
        return failed;
    }
    free(r->known.all);
    r->known = now;
    return 0;
}
