// SPDX-License-Identifier: Apache-2.0
#include "remedy/commit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/below.h"

enum {
    ONE_ARENA = 256 << 20, /* for the states of one path */
    CONFLICT = 1,
};

/* A commit under way. */
struct course {
    const struct commit *c;
    const struct work *w;
    bool back;
    bool *there;   /* by change: it is in the state to reach */
    size_t *twins; /* changes whose goal is a file with several names, by inode */
    size_t twin_count;
    bool unsynced;      /* something came that cannot be synced alone */
    struct arena arena; /* reset for every path */
    struct buf why;
};

static const struct path_state *goal(const struct course *o, size_t i)
{
    return o->back ? &o->w->changes[i].before : &o->w->changes[i].after;
}

static const struct path_state *origin(const struct course *o, size_t i)
{
    return o->back ? &o->w->changes[i].after : &o->w->changes[i].before;
}

static void name_beside(const struct work *w, size_t i, char ret[BELOW_NAME])
{
    (void)snprintf(ret, BELOW_NAME, ".debar-%.*s-%llu-%llu", (int)w->plan.n, w->plan.p,
                   (unsigned long long)w->step, (unsigned long long)w->changes[i].number);
}

static int conflict(struct course *o, const char *why)
{
    buf_reset(&o->why);
    buf_str(&o->why, why);
    return CONFLICT;
}

/* ---- files with several names ---- */

static int compare_inodes(const struct path_state *a, const struct path_state *b)
{
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return 0;
}

static int by_inode(const void *a, const void *b, void *course)
{
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    int r = compare_inodes(goal(course, i), goal(course, j));

    return r ? r : (i > j) - (i < j);
}

static bool has_twins(const struct path_state *s)
{
    return s->links > 1 && s->type != PATH_ABSENT && s->type != PATH_FOLDER;
}

static int find_twins(struct course *o, struct err *err)
{
    o->there = calloc(o->w->count + 1, sizeof(*o->there));
    o->twins = calloc(o->w->count + 1, sizeof(*o->twins));
    if (!o->there || !o->twins)
        return ERR(err, ERR_NOMEM, "no memory");
    for (size_t i = 0; i < o->w->count; i++)
        if (has_twins(goal(o, i)))
            o->twins[o->twin_count++] = i;
    qsort_r(o->twins, o->twin_count, sizeof(*o->twins), by_inode, o);
    return 0;
}

/* Another name of this plan step that is there already, or SIZE_MAX. */
static size_t twin_of(const struct course *o, size_t i)
{
    size_t low = 0, high = o->twin_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_inodes(goal(o, o->twins[middle]), goal(o, i)) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < o->twin_count; low++) {
        size_t t = o->twins[low];

        if (compare_inodes(goal(o, t), goal(o, i)) != 0)
            break;
        if (t != i && o->there[t] && path_state_same(goal(o, t), goal(o, i)))
            return t;
    }
    return SIZE_MAX;
}

/* Link `beside` to the file at `path`, if that is (still) the one: 1 when it was done. */
static int link_to(struct course *o, const char *path, const struct path_state *to, bool same_inode,
                   int folder, const char *beside, struct err *err)
{
    struct path_state now, linked;
    char name[BELOW_NAME];
    auto_fd int its_folder = -1;

    if (path_state_get(o->c->root_fd, path, &o->arena, &now, NULL) < 0 ||
        !path_state_same(&now, to) || (same_inode && now.inode != to->inode) ||
        below_open_parent(o->c->root_fd, path, &its_folder, name, NULL) < 0)
        return 0;
    // The other name may lie on another file system by now, or have as many names as there can be.
    if (linkat(its_folder, name, folder, beside, 0) != 0)
        return errno == EXDEV || errno == EMLINK || errno == ENOENT
                   ? 0
                   : ERR_SYS(err, "linking it to %s", path);
    if (path_state_glance(folder, beside, &o->arena, &linked, err) == 0 &&
        linked.inode == now.inode)
        return 1;
    (void)unlinkat(folder, beside, 0);
    return 0;
}

/* 1 when `beside` is now another name of a file that is there. */
static int link_to_twin(struct course *o, size_t i, int folder, const char *beside, struct err *err)
{
    const struct path_state *to = goal(o, i);
    struct sv others = o->w->changes[i].others;
    size_t twin = has_twins(to) ? twin_of(o, i) : SIZE_MAX;
    int r = 0;

    if (twin != SIZE_MAX)
        r = link_to(o, o->w->changes[twin].path.p, to, false, folder, beside, err);
    if (!o->back)
        return r;
    while (r == 0 && others.n) {
        struct sv other = sv_cut(&others, '\0');

        // What this plan itself took and brought back has a new inode.
        r = link_to(o, other.p, to, !journal_has_change(o->c->journal, o->w->plan, other), folder,
                    beside, err);
    }
    return r;
}

/* ---- one path ---- */

static int make_beside(struct course *o, size_t i, int folder, const char *beside, struct err *err)
{
    const struct path_state *to = goal(o, i);
    struct vault_object object = {0};
    int r = link_to_twin(o, i, folder, beside, err);

    if (r != 0)
        return r < 0 ? r : 0;
    if (to->type == PATH_FILE && to->size && !path_state_has_content(to))
        return ERR(err, ERR_GONE,
                   "its content was not kept, since nothing said that it would be "
                   "changed");
    if (to->type == PATH_FILE && to->size)
        TRY(vault_object_open(o->c->vault, to->sha256, &object, err));
    r = path_make(folder, beside, to, &object.content, err);
    vault_object_close(&object);
    o->unsynced = o->unsynced || to->type == PATH_LINK || to->type == PATH_SPECIAL;
    return r;
}

static int move_in(int folder, const char *beside, const char *name, bool over, struct err *err)
{
    struct stat s;

    if (over)
        return renameat(folder, beside, folder, name) == 0 ? 0 : ERR_SYS(err, "renaming it");
    if (renameat2(folder, beside, folder, name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EEXIST)
        return ERR(err, ERR_CONFLICT, "there is something of that name now");
    // A file system that cannot rename without replacing.
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
        return ERR_SYS(err, "renaming it");
    if (fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) == 0)
        return ERR(err, ERR_CONFLICT, "there is something of that name now");
    return renameat(folder, beside, folder, name) == 0 ? 0 : ERR_SYS(err, "renaming it");
}

static int bring(struct course *o, size_t i, int folder, const char *name,
                 const struct path_state *now, struct err *err)
{
    const struct path_state *to = goal(o, i);
    bool swap = now->type != PATH_ABSENT && (now->type == PATH_FOLDER || to->type == PATH_FOLDER);
    char beside[BELOW_NAME];
    int r;

    if (now->type == PATH_FOLDER && to->type == PATH_FOLDER) {
        auto_fd int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
            return ERR_SYS(err, "opening the folder");
        TRY(path_make_like(fd, to, err));
        return below_sync(fd, err);
    }
    name_beside(o->w, i, beside);
    TRY(make_beside(o, i, folder, beside, err));
    r = swap ? path_unmake(folder, name, now->type, err) : 0;
    if (r == 0)
        r = move_in(folder, beside, name, now->type != PATH_ABSENT && !swap, err);
    if (r < 0)
        (void)unlinkat(folder, beside, to->type == PATH_FOLDER ? AT_REMOVEDIR : 0);
    return r;
}

/* What stands where, and whether it may be changed: 0, or CONFLICT. */
static int judge(struct course *o, size_t i, const struct path_state *now)
{
    const struct path_state *from = origin(o, i), *to = goal(o, i);

    if (path_state_same(now, from)) {
        if (o->c->fresh && !o->back && from->type != PATH_ABSENT && now->inode != from->inode)
            return conflict(o, "another file took its place meanwhile");
        return 0;
    }
    if (path_state_between(now, from, to))
        return 0;
    if (now->type == PATH_ABSENT)
        return conflict(o, "somebody removed it meanwhile");
    if (from->type == PATH_ABSENT)
        return conflict(o, "there is something of that name now");
    if (now->type == PATH_LINK && from->type != PATH_LINK)
        return conflict(o, "it is a symbolic link now");
    return conflict(o, "somebody changed it meanwhile");
}

/* 0: it is there; CONFLICT: it was left. */
static int change_one(struct course *o, size_t i, struct err *err)
{
    const struct path_state *to = goal(o, i);
    struct path_state now;
    char name[BELOW_NAME];
    auto_fd int folder = -1;
    int r = below_open_parent(o->c->root_fd, o->w->changes[i].path.p, &folder, name, err);

    if (r == -ERR_GONE && to->type == PATH_ABSENT) {
        o->there[i] = true;
        return 0;
    }
    if (r == -ERR_GONE)
        return conflict(o, "the folder it belongs in is not there");
    if (r == -ERR_CONFLICT)
        return conflict(o, "a part of its path is a symbolic link now");
    TRY(r);
    TRY(path_state_at(folder, name, &o->arena, &now, err));
    if (!path_state_same(&now, to)) {
        r = judge(o, i, &now);
        if (r == 0)
            r = to->type == PATH_ABSENT ? path_unmake(folder, name, now.type, err)
                                        : bring(o, i, folder, name, &now, err);
        // Found out by the system, between our look and the change; or what was kept is damaged,
        // which must not keep the rest from coming back.
        if (err && (r == -ERR_CONFLICT || (o->back && (r == -ERR_FORMAT || r == -ERR_GONE))))
            r = conflict(o, err->text);
        if (r != 0)
            return r;
    }
    o->there[i] = true;
    return 0;
}

/* ---- all of them ---- */

static int change_and_tell(struct course *o, size_t i, size_t *conflicts, struct err *err)
{
    const struct journal_change *change = &o->w->changes[i];
    int r;

    arena_reset(&o->arena);
    r = change_one(o, i, err);
    if (r < 0)
        return err_wrap(err, r, "%s", change->path.p);
    if (r != CONFLICT)
        return 0;
    if (!conflicts)
        return ERR(err, ERR_CONFLICT, "%s: %s", change->path.p, o->why.p ? o->why.p : "");
    (*conflicts)++;
    if (o->c->conflict)
        o->c->conflict(o->c->to, change->path, o->why.p ? o->why.p : "");
    return 0;
}

static int change_all(struct course *o, size_t *conflicts, struct err *err)
{
    for (size_t i = o->w->count; i-- > 0;)
        if (goal(o, i)->type == PATH_ABSENT)
            TRY(change_and_tell(o, i, conflicts, err));
    for (size_t i = 0; i < o->w->count; i++)
        if (goal(o, i)->type != PATH_ABSENT)
            TRY(change_and_tell(o, i, conflicts, err));
    return 0;
}

static const struct path_state *folder_goal(const struct course *o, struct sv path)
{
    size_t low = 0, high = o->w->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int r = sv_cmp(o->w->changes[middle].path, path);

        if (r == 0)
            return goal(o, middle)->type == PATH_FOLDER ? goal(o, middle) : NULL;
        if (r < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static int settle_folder(const struct course *o, struct sv path, int64_t atime_ns, int64_t mtime_ns,
                         struct err *err)
{
    auto_fd int fd = -1;
    int r = below_open_folder(o->c->root_fd, path.p, &fd, err);

    // It went, or is somebody else's now, which was told.
    if (r == -ERR_GONE || r == -ERR_CONFLICT)
        return 0;
    if (r == 0)
        r = below_set_times(fd, "", atime_ns, mtime_ns, err);
    if (r == 0)
        r = below_sync(fd, err);
    return r < 0 ? err_wrap(err, r, "%s", path.p) : 0;
}

/* Times of folders as they should be, and all on the disk. */
static int settle(const struct course *o, struct err *err)
{
    for (size_t i = 0; i < o->w->folder_count; i++) {
        const struct journal_folder *f = &o->w->folders[i];
        const struct path_state *to = o->back ? NULL : folder_goal(o, f->path);
        bool other = o->back && f->undo_known;

        TRY(settle_folder(o, f->path,
                          to      ? to->atime_ns
                          : other ? f->undo_atime_ns
                                  : f->atime_ns,
                          to      ? to->mtime_ns
                          : other ? f->undo_mtime_ns
                                  : f->mtime_ns,
                          err));
    }
    for (size_t i = 0; i < o->w->count; i++)
        if (goal(o, i)->type == PATH_FOLDER && o->there[i] &&
            (origin(o, i)->type != PATH_FOLDER || !o->back))
            TRY(settle_folder(o, o->w->changes[i].path, goal(o, i)->atime_ns, goal(o, i)->mtime_ns,
                              err));
    // Links and special files cannot be synced one by one.
    return o->unsynced && syncfs(o->c->root_fd) != 0 ? ERR_SYS(err, "writing to the disk") : 0;
}

static int go(const struct commit *c, const struct work *w, bool back, size_t *conflicts,
              struct err *err)
{
    struct course o = {.c = c, .w = w, .back = back};
    int r;

    arena_init(&o.arena, ONE_ARENA);
    r = find_twins(&o, err);
    if (r == 0)
        r = change_all(&o, conflicts, err);
    if (r == 0)
        r = settle(&o, err);
    arena_clear(&o.arena);
    buf_clear(&o.why);
    free(o.there);
    free(o.twins);
    return r;
}

int commit_forward(const struct commit *c, const struct work *w, struct err *err)
{
    return go(c, w, false, NULL, err);
}

int commit_back(const struct commit *c, const struct work *w, size_t *ret_conflicts,
                struct err *err)
{
    *ret_conflicts = 0;
    return go(c, w, true, ret_conflicts, err);
}

int commit_tidy(const struct commit *c, const struct work *w, struct err *err)
{
    for (size_t i = 0; i < w->count; i++) {
        char name[BELOW_NAME], beside[BELOW_NAME];
        struct stat left;
        auto_fd int folder = -1;

        if (below_open_parent(c->root_fd, w->changes[i].path.p, &folder, name, NULL) < 0)
            continue;
        name_beside(w, i, beside);
        if (fstatat(folder, beside, &left, AT_SYMLINK_NOFOLLOW) == 0 &&
            unlinkat(folder, beside, S_ISDIR(left.st_mode) ? AT_REMOVEDIR : 0) != 0)
            return ERR_SYS(err, "%s: removing %s", w->changes[i].path.p, beside);
    }
    return 0;
}
