// SPDX-License-Identifier: Apache-2.0
#include "remedy/stage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/place.h"
#include "os/below.h"
#include "os/file.h"
#include "remedy/edit.h"

enum {
    SPARE = 16 << 20, /* bytes of the disk that are left to others */
};

/* ---- paths ---- */

int stage_path(struct arena *arena, struct sv place, struct sv *ret, struct err *err)
{
    auto_buf raw = {0};

    TRY(place_decode(place, &raw, err));
    if (!buf_ok(&raw))
        return ERR(err, ERR_NOMEM, "no memory");
    if (!sv_starts(buf_view(&raw), SV("/")) || memchr(raw.p, '\0', raw.n))
        return ERR(err, ERR_FORMAT, "'%.*s' in the plan is no path", (int)place.n, place.p);
    *ret = arena_copy(arena, buf_view(&raw));
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

static bool lies_in(struct sv path, struct sv folder)
{
    return sv_starts(path, folder) && (path.n == folder.n || path.p[folder.n] == '/');
}

struct sv stage_subject(const struct plan *plan, struct sv place)
{
    struct sv subject = place;

    for (size_t i = 0; i < plan->step_count; i++)
        for (size_t k = 0; k < plan->steps[i].touch_count; k++) {
            const struct plan_touch *t = &plan->steps[i].touches[k];

            if (t->change == TOUCH_REMOVED && sv_eq(t->type, SV("folder")) &&
                !plan->steps[i].direct && t->path.n < subject.n && lies_in(place, t->path))
                subject = t->path;
        }
    return subject;
}

static bool is_allowed(const struct staging *g, struct sv code, struct sv place)
{
    const struct stage *s = g->s;

    return s->allowed && (s->allowed(s->to, code, place) ||
                          s->allowed(s->to, code, stage_subject(g->plan, place)));
}

/* ---- changes ---- */

static int copy_state(const struct path_state *from, struct arena *arena, struct path_state *ret,
                      struct err *err)
{
    auto_buf bytes = {0};

    path_state_write(from, &bytes);
    if (!buf_ok(&bytes))
        return ERR(err, ERR_NOMEM, "no memory");
    return path_state_read((struct span){(const uint8_t *)bytes.p, bytes.n}, arena, ret, err);
}

int staging_add(struct staging *g, struct sv path, const struct path_state *before,
                const struct path_state *after, struct err *err)
{
    struct journal_change *c;

    if (g->count == g->room) {
        size_t room = g->room ? g->room * 2 : 32;
        struct journal_change *grown = arena_take_array(g->s->arena, room, sizeof(*grown));

        if (!grown)
            return arena_error(g->s->arena, err);
        if (g->count)
            memcpy(grown, g->changes, g->count * sizeof(*grown));
        g->changes = grown;
        g->room = room;
    }
    c = &g->changes[g->count++];
    *c = (struct journal_change){.path = arena_copy(g->s->arena, path)};
    TRY(copy_state(before, g->s->arena, &c->before, err));
    return copy_state(after, g->s->arena, &c->after, err);
}

static int get(const struct staging *g, struct sv path, struct path_state *ret, struct err *err)
{
    return path_state_get(g->s->root_fd, path.p, g->s->arena, ret, err);
}

static int not_as_planned(const struct staging *g, struct sv place, const char *what,
                          struct err *err)
{
    struct sv subject = stage_subject(g->plan, place);

    return ERR(err, ERR_CONFLICT,
               "%.*s %s since the plan was made; make a new plan, or allow it with `--allow "
               "changed=%.*s`",
               (int)place.n, place.p, what, (int)subject.n, subject.p);
}

/* ---- what the actions do ---- */

static int remove_below(struct staging *g, struct sv path, struct err *err);

static int remove_one(struct staging *g, struct sv path, const struct path_state *before,
                      struct err *err)
{
    const struct path_state absent = {0};

    return staging_add(g, path, before, &absent, err);
}

/* Names that the plan does not have, in a folder of which a person said that they may go too. */
static int remove_entry(struct staging *g, struct sv folder, const char *name, struct err *err)
{
    struct sv path = arena_printf(g->s->arena, "%.*s/%s", (int)folder.n, folder.p, name);
    struct path_state before;

    if (!path.n)
        return arena_error(g->s->arena, err);
    TRY(get(g, path, &before, err));
    if (before.type == PATH_ABSENT)
        return 0;
    if (before.type == PATH_FOLDER)
        TRY(remove_below(g, path, err));
    return remove_one(g, path, &before, err);
}

static int remove_below(struct staging *g, struct sv path, struct err *err)
{
    struct dirent *d;
    DIR *folder;
    int fd, r;

    r = below_open_folder(g->s->root_fd, path.p, &fd, err);
    if (r == -ERR_GONE)
        return 0;
    TRY(r);
    folder = fdopendir(fd);
    if (!folder) {
        (void)close(fd);
        return ERR_SYS(err, "listing %s", path.p);
    }
    r = 0;
    while (r == 0 && (d = readdir(folder)))
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            r = remove_entry(g, path, d->d_name, err);
    (void)closedir(folder);
    return r;
}

static int stage_touch_removed(struct staging *g, const struct plan_touch *t, struct err *err)
{
    struct path_state before;
    char digest[PATH_DIGEST_HEX];
    bool allowed;
    struct sv path;

    TRY(stage_path(g->s->arena, t->path, &path, err));
    TRY(get(g, path, &before, err));
    if (before.type == PATH_ABSENT)
        return 0; // an earlier step took it with it, or it went by itself: gone is gone
    path_state_digest(&before, digest);
    allowed = is_allowed(g, SV("changed"), t->path);
    // A path that an earlier step touched has no state that could be known when it was planned.
    if (t->before.n && !sv_eq(sv_str(digest), t->before) && !allowed)
        return not_as_planned(g, t->path, "has changed", err);
    if (before.type == PATH_FOLDER && allowed)
        TRY(remove_below(g, path, err));
    return remove_one(g, path, &before, err);
}

static int stage_remove(struct staging *g, struct err *err)
{
    for (size_t i = 0; i < g->step->touch_count; i++)
        if (g->step->touches[i].change == TOUCH_REMOVED)
            TRY(stage_touch_removed(g, &g->step->touches[i], err));
    return 0;
}

/* What the removal makes itself: readable by all, written now. */
static struct path_state made(const struct stage *s, enum path_type type, uint32_t mode)
{
    return (struct path_state){.type = type,
                               .mode = mode,
                               .uid = geteuid(),
                               .gid = getegid(),
                               .mtime_ns = s->began_ns,
                               .atime_ns = s->began_ns};
}

/* A file with other bytes: a file of its own from then on, without holes. */
static int with_bytes(const struct staging *g, const struct path_state *before, struct span bytes,
                      struct path_state *ret, struct err *err)
{
    struct extent *all = bytes.n ? arena_take(g->s->arena, sizeof(*all)) : NULL;

    *ret = before->type == PATH_FILE ? *before : made(g->s, PATH_FILE, S_IFREG | 0644);
    ret->size = bytes.n;
    ret->mtime_ns = ret->atime_ns = g->s->began_ns;
    ret->device = ret->inode = ret->links = 0;
    ret->extents = all;
    ret->extent_count = all ? 1 : 0;
    if (all)
        *all = (struct extent){0, bytes.n};
    if (arena_failed(g->s->arena))
        return arena_error(g->s->arena, err);
    return vault_keep_bytes(g->s->vault, bytes, ret->sha256, err);
}

static int stage_write(struct staging *g, struct err *err)
{
    struct sv content = g->step->content;
    struct path_state before, after;
    struct sv path;

    for (size_t i = 0; i < g->step->touch_count; i++) {
        const struct plan_touch *t = &g->step->touches[i];

        if (!sv_eq(t->type, SV("folder")))
            continue;
        TRY(stage_path(g->s->arena, t->path, &path, err));
        TRY(get(g, path, &before, err));
        after = made(g->s, PATH_FOLDER, S_IFDIR | 0755);
        if (before.type == PATH_ABSENT)
            TRY(staging_add(g, path, &before, &after, err));
    }
    TRY(stage_path(g->s->arena, g->step->path, &path, err));
    TRY(get(g, path, &before, err));
    if (before.type == PATH_FOLDER)
        return ERR(err, ERR_CONFLICT, "%s is a folder, and the plan has a file there", path.p);
    TRY(with_bytes(g, &before, (struct span){(const uint8_t *)content.p, content.n}, &after, err));
    // Done already, by somebody with the same thought.
    if (before.type == PATH_FILE && before.size == after.size &&
        memcmp(before.sha256, after.sha256, sizeof(before.sha256)) == 0)
        return 0;
    return staging_add(g, path, &before, &after, err);
}

static int keep_file(const struct stage *s, int root_fd, struct sv path, const struct path_state *f,
                     struct err *err)
{
    auto_fd int fd = -1;
    int r;

    if (f->type != PATH_FILE || f->size == 0)
        return 0;
    TRY(file_open_below(root_fd, path.p, false, &fd, err));
    r = vault_keep(s->vault, fd, f->size, f->sha256, err);
    return r < 0 ? err_wrap(err, r, "keeping %s", path.p) : 0;
}

static int stage_edit(struct staging *g, struct err *err)
{
    struct path_state before, after;
    struct sv path;
    struct span bytes;
    auto_buf edited = {0};
    int r;

    TRY(stage_path(g->s->arena, g->step->path, &path, err));
    TRY(get(g, path, &before, err));
    // Some edits make the file; the others find nothing in none.
    if (before.type != PATH_FILE && before.type != PATH_ABSENT)
        return ERR(err, ERR_CONFLICT, "%s is a %s now, and the plan has a file there", path.p,
                   path_type_text(before.type));
    // An uninstaller may have taken it meanwhile.
    if (before.type == PATH_ABSENT && sv_starts(g->step->edit, SV("drop-")))
        return 0;
    TRY(keep_file(g->s, g->s->root_fd, path, &before, err));
    TRY(vault_read(g->s->vault, before.sha256, before.size, EDIT_FILE_MAX, g->s->arena, &bytes,
                   err));
    r = edit_apply(g->step->edit, bytes, g->step->edit_key, &edited, err);
    if (r == EDIT_NOTHING)
        return 0;
    if (r < 0)
        return err_wrap(err, r, "%s", path.p);
    if (!buf_ok(&edited))
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(with_bytes(g, &before, (struct span){(const uint8_t *)edited.p, edited.n}, &after, err));
    return staging_add(g, path, &before, &after, err);
}

/* ---- what all of them need ---- */

static int by_path(const void *a, const void *b)
{
    return sv_cmp(((const struct journal_change *)a)->path,
                  ((const struct journal_change *)b)->path);
}

void staging_sort(struct staging *g)
{
    size_t kept = 0;

    if (g->count)
        qsort(g->changes, g->count, sizeof(*g->changes), by_path);
    for (size_t i = 0; i < g->count; i++)
        if (!kept || !sv_eq(g->changes[kept - 1].path, g->changes[i].path))
            g->changes[kept++] = g->changes[i];
    g->count = kept;
    for (size_t i = 0; i < g->count; i++)
        g->changes[i].number = i + 1;
}

static bool has_change(const struct staging *g, struct sv path)
{
    const struct journal_change wanted = {.path = path};

    return g->count && bsearch(&wanted, g->changes, g->count, sizeof(wanted), by_path);
}

/* All of them is what the disk may need at most, since content seldom packs to more than it was. */
static int check_room(const struct staging *g, struct err *err)
{
    uint64_t need = SPARE, room = 0;

    for (size_t i = 0; i < g->count; i++) {
        const struct path_state *b = &g->changes[i].before;

        if (b->type == PATH_FILE && b->size && !vault_has(g->s->vault, b->sha256))
            for (size_t k = 0; k < b->extent_count; k++)
                need += b->extents[k].length;
    }
    TRY(vault_free_bytes(g->s->vault, &room, err));
    if (need == SPARE || room >= need)
        return 0;
    return ERR(
        err, ERR_LIMIT,
        "the vault needs up to %llu MiB for what would be removed, and its disk has %llu MiB; "
        "make room (`debar vault expire`), or put the state elsewhere (--state)",
        (unsigned long long)(need >> 20) + 1, (unsigned long long)(room >> 20));
}

static int keep_all(const struct staging *g, struct err *err)
{
    for (size_t i = 0; i < g->count; i++)
        TRY(keep_file(g->s, g->s->root_fd, g->changes[i].path, &g->changes[i].before, err));
    return 0;
}

static int by_file(const void *a, const void *b)
{
    const struct path_state *x = *(const struct path_state *const *)a;
    const struct path_state *y = *(const struct path_state *const *)b;

    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return (x->inode > y->inode) - (x->inode < y->inode);
}

/* How many of the files, sorted, are this one. */
static uint64_t names_in_step(const struct path_state **files, size_t count,
                              const struct path_state *s)
{
    size_t low = 0, high = count, end;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (by_file(&files[middle], &s) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (end = low; end < count && by_file(&files[end], &s) == 0; end++)
        continue;
    return end - low;
}

/* Where the other names of a file are, so that undo makes it one file with them again. */
static int find_others(struct staging *g, struct err *err)
{
    const struct path_state **files = arena_take_array(g->s->arena, g->count + 1, sizeof(*files));
    auto_buf all = {0}, others = {0};

    if (!files)
        return arena_error(g->s->arena, err);
    for (size_t i = 0; i < g->count; i++)
        files[i] = &g->changes[i].before;
    if (g->count)
        qsort(files, g->count, sizeof(const struct path_state *), by_file);
    for (size_t i = 0; i < g->count; i++) {
        struct journal_change *c = &g->changes[i];
        struct sv rest;

        if (c->before.type == PATH_ABSENT || c->before.type == PATH_FOLDER || c->before.links < 2 ||
            names_in_step(files, g->count, &c->before) >= c->before.links)
            continue;
        buf_reset(&all);
        buf_reset(&others);
        TRY(names_of(g->s->names, g->s->root_fd, c->before.device, c->before.inode, c->path, &all,
                     err));
        rest = buf_view(&all);
        while (rest.n) {
            struct sv other = sv_cut(&rest, '\0');

            if (!has_change(g, other))
                buf_bytes(&others, other.p, other.n + 1);
        }
        c->others = arena_copy(g->s->arena, buf_view(&others));
        if (!buf_ok(&others) || arena_failed(g->s->arena))
            return ERR(err, ERR_NOMEM, "no memory");
    }
    return 0;
}

struct sv stage_parent(struct sv path)
{
    size_t slash = sv_find_last(path, '/');

    return slash == SIZE_MAX || slash == 0 ? SV("/") : (struct sv){path.p, slash};
}

static int by_folder(const void *a, const void *b)
{
    return sv_cmp(((const struct journal_folder *)a)->path,
                  ((const struct journal_folder *)b)->path);
}

static int find_folders(const struct staging *g, struct work *w, struct err *err)
{
    struct journal_folder *all = arena_take_array(g->s->arena, g->count + 1, sizeof(*all));
    size_t count = 0, kept = 0;

    if (!all)
        return arena_error(g->s->arena, err);
    for (size_t i = 0; i < g->count; i++)
        all[count++].path = arena_copy(g->s->arena, stage_parent(g->changes[i].path));
    if (count)
        qsort(all, count, sizeof(*all), by_folder);
    for (size_t i = 0; i < count; i++) {
        struct path_state s;
        auto_fd int fd = -1;
        int r;

        if (kept && sv_eq(all[kept - 1].path, all[i].path))
            continue;
        r = below_open_folder(g->s->root_fd, all[i].path.p, &fd, err);
        if (r == -ERR_GONE)
            continue; // the step makes it
        TRY(r);
        TRY(path_state_glance(fd, "", g->s->arena, &s, err));
        all[kept++] = (struct journal_folder){
            .path = all[i].path, .atime_ns = s.atime_ns, .mtime_ns = s.mtime_ns};
    }
    w->folders = all;
    w->folder_count = kept;
    return arena_failed(g->s->arena) ? arena_error(g->s->arena, err) : 0;
}

static int find_changes(struct staging *g, struct err *err)
{
    switch (g->step->action) {
    case ACTION_REMOVE:
    case ACTION_STOP_UNIT:
    case ACTION_END_PROCESS:
    case ACTION_UNLOAD:
        return stage_remove(g, err);
    case ACTION_WRITE:
        return stage_write(g, err);
    case ACTION_EDIT:
        return stage_edit(g, err);
    case ACTION_RUN:
        return stage_run(g, err);
    case ACTION_COLLECT:
    case ACTION_CHECK:
    case ACTION_PROPOSE:
    case ACTION_VERIFY:
    case ACTION_EXPIRE:
    case ACTION_COUNT_:
        return 0;
    }
    return 0;
}

int stage_step(const struct stage *s, const struct plan *plan, const struct plan_step *step,
               struct work *ret, struct err *err)
{
    struct staging g = {.s = s, .plan = plan, .step = step};
    struct work w = {.plan = plan->id, .step = step->number};

    TRY(find_changes(&g, err));
    staging_sort(&g);
    TRY(check_room(&g, err));
    TRY(find_others(&g, err));
    TRY(find_folders(&g, &w, err));
    TRY(keep_all(&g, err));
    TRY(vault_sync(s->vault, err));
    w.changes = g.changes;
    w.count = g.count;
    *ret = w;
    return 0;
}
