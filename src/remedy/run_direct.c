// SPDX-License-Identifier: Apache-2.0
/*
 * A program that runs on the root itself, where it could not be tried on a copy and a person
 * allowed that.
 *
 *     sweep, and keep what it may change ─► journal: running ─► run ─► compare ─► journal: staged
 *                                                 │                       │
 *                                       a crash ──┴── compare ────────────┴──► journal: undoing
 *
 * What differs afterwards is what the step changed, and is committed and undone like any other
 * step. A path that the plan does not name makes it fail, and all of it is taken back; a file whose
 * content was not kept cannot be, and is named.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "model/place.h"
#include "os/below.h"
#include "os/file.h"
#include "os/root_run.h"
#include "os/written_files.h"
#include "remedy/act_internal.h"
#include "remedy/facts_list.h"
#include "remedy/sweep.h"

enum {
    LIMIT_S = 600,
    OUTPUT_MAX = 256 << 10,
    OUTPUT_TAIL = 200,
    NAMED_MAX = 5, /* paths in a message */
    SPARE = 16 << 20,
    SWEEP_MAX = 1 << 30,
};

/* Where maintainers' scripts and triggers write; all in it is kept first. */
static const char *const trees[] = {
    "/etc",
    "/lib/systemd/system",
    "/usr/lib/systemd",
    "/usr/lib/sysimage/rpm",
    "/usr/local/share/ca-certificates",
    "/usr/share/applications",
    "/usr/share/glib-2.0/schemas",
    "/usr/share/icons",
    "/usr/share/info",
    "/usr/share/keyrings",
    "/usr/share/mime",
    "/var/cache/debconf",
    "/var/cache/ldconfig",
    "/var/cache/man",
    "/var/lib/dpkg",
    "/var/lib/rpm",
    "/var/lib/systemd",
    "/var/lib/ucf",
    "/var/log/alternatives.log",
    "/var/log/dpkg.log",
    "/var/spool/cron",
};

struct named_path {
    struct sv path;
    bool all_below; /* a folder that the plan removes with all in it */
};

struct direct {
    struct removal *r;
    const struct plan_step *step;
    struct arena arena; /* as long as the step */
    struct sweep before;
    struct named_path *named; /* by any step of the plan; sorted */
    size_t named_count;
    struct written_files others; /* what other programs write to */
    struct staging g;
    size_t outside, left, lost;
    struct buf told; /* paths outside the plan, some of them */
};

#define auto_direct __attribute__((cleanup(direct_clear))) struct direct

static void direct_clear(struct direct *d)
{
    sweep_clear(&d->before);
    arena_clear(&d->arena);
    buf_clear(&d->told);
}

/* ---- what the plan names ---- */

static int by_path(const void *a, const void *b)
{
    return sv_cmp(((const struct named_path *)a)->path, ((const struct named_path *)b)->path);
}

static int list_named(struct direct *d, struct err *err)
{
    const struct plan *p = &d->r->plan;
    size_t n = 0;

    for (size_t i = 0; i < p->step_count; i++)
        n += p->steps[i].touch_count;
    d->named = arena_take_array(&d->arena, n + 1, sizeof(*d->named));
    if (!d->named)
        return arena_error(&d->arena, err);
    for (size_t i = 0; i < p->step_count; i++)
        for (size_t k = 0; k < p->steps[i].touch_count; k++) {
            const struct plan_touch *t = &p->steps[i].touches[k];
            struct named_path *made = &d->named[d->named_count++];

            TRY(stage_path(&d->arena, t->path, &made->path, err));
            made->all_below = p->steps[i].action == ACTION_REMOVE && sv_eq(t->type, SV("folder"));
        }
    qsort(d->named, d->named_count, sizeof(*d->named), by_path);
    return 0;
}

static const struct named_path *named(const struct direct *d, struct sv path)
{
    const struct named_path wanted = {.path = path};

    return d->named_count ? bsearch(&wanted, d->named, d->named_count, sizeof(wanted), by_path)
                          : NULL;
}

static bool is_named(const struct direct *d, struct sv path)
{
    auto_buf place = {0};

    if (named(d, path))
        return true;
    for (size_t n = path.n; n > 1; n--) {
        const struct named_path *above =
            path.p[n - 1] == '/' ? named(d, (struct sv){path.p, n - 1}) : NULL;

        if (above && above->all_below)
            return true;
    }
    place_append(&place, path);
    return buf_ok(&place) && removal_is_allowed(d->r, SV("changed"), buf_view(&place));
}

static bool is_in_trees(struct sv path)
{
    for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
        struct sv tree = sv_str(trees[i]);

        if (sv_starts(path, tree) && (path.n == tree.n || path.p[tree.n] == '/'))
            return true;
    }
    return false;
}

static bool is_whole(void *to, struct sv path)
{
    return is_in_trees(path) || is_named(to, path);
}

static struct sweep_options sweeping(struct direct *d)
{
    return (struct sweep_options){
        .root_fd = d->r->root_fd, .state_folder = d->r->o.state_folder, .whole = is_whole, .to = d};
}

static int direct_init(struct direct *d, struct removal *r, const struct plan_step *step,
                       struct err *err)
{
    d->r = r;
    d->step = step;
    arena_init(&d->arena, (size_t)2 << 30);
    return list_named(d, err);
}

/* ---- before ---- */

static bool has_content(const struct swept *s)
{
    return s->whole && s->state.type == PATH_FILE && s->state.size;
}

static int check_room(const struct direct *d, struct err *err)
{
    uint64_t need = SPARE, room = 0;

    for (size_t i = 0; i < d->before.count; i++)
        if (has_content(&d->before.all[i]) &&
            !vault_has(d->r->vault, d->before.all[i].state.sha256))
            need += d->before.all[i].state.size;
    TRY(vault_free_bytes(d->r->vault, &room, err));
    return room >= need ? 0
                        : ERR(err, ERR_LIMIT,
                              "the vault needs up to %llu MiB for what the uninstaller may change, "
                              "and its disk has %llu MiB; make room (`debar vault expire`), or put "
                              "the state elsewhere (--state)",
                              (unsigned long long)(need >> 20), (unsigned long long)(room >> 20));
}

static int keep(const struct direct *d, struct sv path, const struct path_state *s, struct err *err)
{
    auto_fd int fd = -1;
    int r;

    if (s->type != PATH_FILE || !s->size)
        return 0;
    TRY(file_open_below(d->r->root_fd, path.p, false, &fd, err));
    r = vault_keep(d->r->vault, fd, s->size, s->sha256, err);
    return r < 0 ? err_wrap(err, r, "keeping %s", path.p) : 0;
}

static int note_running(struct direct *d, const struct journal_sweep *s, struct err *err)
{
    struct removal *r = d->r;

    TRY(journal_begin(r->journal, err));
    if (r->done_unsaid)
        TRY(journal_set_step(r->journal, r->plan.id, r->done_unsaid, STEP_DONE, clock_now_ns(),
                             (struct sv){0}, err));
    TRY(journal_set_sweep(r->journal, r->plan.id, d->step->number, s, err));
    for (size_t i = 0; i < d->before.count; i++)
        if (has_content(&d->before.all[i]))
            TRY(journal_add_object(r->journal, r->plan.id, d->step->number,
                                   d->before.all[i].state.sha256, err));
    TRY(journal_set_step(r->journal, r->plan.id, d->step->number, STEP_RUNNING, clock_now_ns(),
                         (struct sv){0}, err));
    return journal_commit(r->journal, err);
}

static int prepare(struct direct *d, struct err *err)
{
    const struct sweep_options o = sweeping(d);
    struct journal_sweep s;
    auto_buf bytes = {0};
    int result;

    TRY(sweep_take(&o, &d->before, err));
    TRY(check_room(d, err));
    for (size_t i = 0; i < d->before.count; i++)
        if (has_content(&d->before.all[i]))
            TRY(keep(d, d->before.all[i].path, &d->before.all[i].state, err));
    sweep_write(&d->before, &bytes);
    if (!buf_ok(&bytes))
        return ERR(err, ERR_NOMEM, "no memory");
    s.size = bytes.n;
    TRY(vault_keep_bytes(d->r->vault, (struct span){(const uint8_t *)bytes.p, bytes.n}, s.sha256,
                         err));
    TRY(vault_sync(d->r->vault, err));
    result = note_running(d, &s, err);
    if (result < 0)
        journal_rollback(d->r->journal);
    else
        d->r->done_unsaid = 0;
    return result;
}

/* ---- after ---- */

static void tell_outside(struct direct *d, struct sv path, const char *how)
{
    removal_say(d->r, "%.*s, which the plan does not name, %s", (int)path.n, path.p, how);
    if (d->outside++ < NAMED_MAX)
        buf_printf(&d->told, "%s%.*s", d->told.n ? ", " : "", (int)path.n, path.p);
}

/* On a machine that runs, other programs work too: what they have open is theirs, and of what lies
 * where uninstallers seldom write nobody knows who changed it. True: it is left as it is. */
static bool is_left(struct direct *d, const struct sweep_change *c)
{
    if (!sv_eq(c->path, SV("/")) && (!d->r->live || is_in_trees(c->path)))
        return false;
    if (c->now.type == PATH_FILE && written_files_has(&d->others, c->now.device, c->now.inode)) {
        removal_say(d->r, "%.*s was changed meanwhile by what has it open", (int)c->path.n,
                    c->path.p);
        return true;
    }
    tell_outside(d, c->path, "was changed by it or by another program, and was left as it is");
    d->left++;
    return true;
}

static int take_change(struct direct *d, const struct sweep_change *c, struct err *err)
{
    struct path_state before = c->before ? c->before->state : (struct path_state){0};

    if (!is_named(d, c->path)) {
        if (is_left(d, c))
            return 0;
        tell_outside(d, c->path,
                     c->unknown ? "was changed, and its content was not kept" : "was changed");
    }
    if (c->unread)
        return ERR(err, ERR_CONFLICT, "%s is written to by another program; end that", c->path.p);
    d->lost += c->unknown;
    // Its content is what it was: what else it was is what changed.
    if (c->before && !c->before->whole && !c->unknown) {
        memcpy(before.sha256, c->now.sha256, sizeof(before.sha256));
        before.extents = c->now.extents;
        before.extent_count = c->now.extent_count;
    }
    TRY(keep(d, c->path, &c->now, err));
    return staging_add(&d->g, c->path, &before, &c->now, err);
}

static bool has_change(const struct direct *d, struct sv path)
{
    for (size_t i = 0; i < d->g.count; i++)
        if (sv_eq(d->g.changes[i].path, path))
            return true;
    return false;
}

/* What an earlier try lost is still lost. */
static int take_lost(struct direct *d, struct err *err)
{
    struct work w;

    TRY(removal_work(d->r, d->step->number, &w, err));
    for (size_t i = 0; i < w.count; i++) {
        const struct path_state *before = &w.changes[i].before;
        struct path_state now;

        if (before->type != PATH_FILE || !before->size || path_state_has_content(before) ||
            has_change(d, w.changes[i].path))
            continue;
        TRY(path_state_get(d->r->root_fd, w.changes[i].path.p, &d->arena, &now, err));
        TRY(keep(d, w.changes[i].path, &now, err));
        TRY(staging_add(&d->g, w.changes[i].path, &w.changes[i].before, &now, err));
    }
    return 0;
}

static int by_inode(const void *a, const void *b)
{
    const struct path_state *x = &(*(const struct swept *const *)a)->state;
    const struct path_state *y = &(*(const struct swept *const *)b)->state;

    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return 0;
}

/* Names that a file had and that are not changed: undo makes it one file with them again. */
static int find_others(struct direct *d, struct err *err)
{
    const struct swept **shared = arena_take_array(&d->arena, d->before.count + 1, sizeof(*shared));
    size_t count = 0;

    if (!shared)
        return arena_error(&d->arena, err);
    for (size_t i = 0; i < d->before.count; i++)
        if (d->before.all[i].state.links > 1 && d->before.all[i].state.type != PATH_FOLDER)
            shared[count++] = &d->before.all[i];
    if (count)
        qsort(shared, count, sizeof(*shared), by_inode);
    for (size_t i = 0; i < d->g.count; i++) {
        struct journal_change *c = &d->g.changes[i];
        const struct swept wanted = {.state = c->before}, *key = &wanted;
        auto_buf others = {0};

        if (c->before.links < 2 || c->before.type == PATH_FOLDER)
            continue;
        for (size_t k = 0; k < count; k++)
            if (by_inode(&shared[k], &key) == 0 && !has_change(d, shared[k]->path)) {
                buf_sv(&others, shared[k]->path);
                buf_char(&others, '\0');
            }
        if (!buf_ok(&others))
            return ERR(err, ERR_NOMEM, "no memory");
        c->others = arena_copy(&d->arena, buf_view(&others));
    }
    return 0;
}

/* Whether its times are to be what they were: names in it came or went, by the step or, where the
 * uninstaller works by itself, for a moment only. */
static bool is_to_be_settled(const struct direct *d, const struct swept *folder)
{
    struct path_state now;
    struct arena *arena = d->g.s->arena;

    for (size_t i = 0; i < d->g.count; i++)
        if (sv_eq(stage_parent(d->g.changes[i].path), folder->path))
            return true;
    return (!d->r->live || is_in_trees(folder->path)) &&
           path_state_get(d->r->root_fd, folder->path.p, arena, &now, NULL) == 0 &&
           now.type == PATH_FOLDER && now.mtime_ns != folder->state.mtime_ns;
}

static int find_folders(const struct direct *d, struct work *w, struct err *err)
{
    struct facts_list all = FACTS_LIST(d->g.s->arena, struct journal_folder);
    struct journal_folder *made;

    for (size_t i = 0; i < d->before.count; i++) {
        const struct swept *s = &d->before.all[i];

        if (s->state.type != PATH_FOLDER || !is_to_be_settled(d, s))
            continue;
        TRY(facts_list_add(&all, (void **)&made, err));
        *made = (struct journal_folder){
            .path = s->path, .atime_ns = s->state.atime_ns, .mtime_ns = s->state.mtime_ns};
    }
    w->folders = all.items;
    w->folder_count = all.count;
    return 0;
}

/* What it changed, from how the root is now. */
static int compare(struct direct *d, struct work *ret, struct err *err)
{
    const struct sweep_options o = sweeping(d);
    struct stage *s = arena_take(&d->arena, sizeof(*s));
    struct sweep_change *all;
    size_t count;

    if (!s)
        return arena_error(&d->arena, err);
    *s = removal_stage(d->r);
    d->g = (struct staging){.s = s, .plan = &d->r->plan, .step = d->step};
    TRY(sweep_compare(&d->before, &o, &d->arena, &all, &count, err));
    if (d->r->live)
        TRY(written_files_list(d->r->o.proc, &d->arena, &d->others, err));
    for (size_t i = 0; i < count; i++)
        TRY(take_change(d, &all[i], err));
    TRY(take_lost(d, err));
    staging_sort(&d->g);
    TRY(find_others(d, err));
    TRY(vault_sync(d->r->vault, err));
    *ret = (struct work){.plan = d->r->plan.id,
                         .step = d->step->number,
                         .changes = d->g.changes,
                         .count = d->g.count};
    return find_folders(d, ret, err);
}

/* What it made or wrote is as old as the removal, however often it had to be begun. */
static int set_times(const struct direct *d, struct err *err)
{
    const int64_t began = d->r->row.began_ns;

    for (size_t i = 0; i < d->g.count; i++) {
        struct journal_change *c = &d->g.changes[i];
        char name[BELOW_NAME];
        auto_fd int folder = -1;

        if (c->after.type == PATH_ABSENT ||
            (c->before.type == c->after.type && c->before.mtime_ns == c->after.mtime_ns))
            continue;
        TRY(below_open_parent(d->r->root_fd, c->path.p, &folder, name, err));
        TRY(below_set_times(folder, name, began, began, err));
        c->after.mtime_ns = c->after.atime_ns = began;
    }
    sync(); // of all file systems that it may have written to
    return 0;
}

static int note(struct direct *d, const struct work *w, enum step_state state, const char *why,
                struct err *err)
{
    struct journal *j = d->r->journal;
    int result;

    TRY(journal_begin(j, err));
    result = journal_set_changes(j, w->plan, w->step, w->changes, w->count, w->folders,
                                 w->folder_count, err);
    if (result == 0)
        result = journal_set_step(j, w->plan, w->step, state, clock_now_ns(), sv_str(why), err);
    if (result == 0)
        result = journal_commit(j, err);
    if (result < 0)
        journal_rollback(j);
    return result;
}

static int take_back(struct direct *d, const struct work *w, enum step_state state, const char *why,
                     size_t *conflicts, struct err *err)
{
    TRY(note(d, w, STEP_UNDOING, why, err));
    return removal_take_back(d->r, w->step, state, why, conflicts, err);
}

/* ---- the program ---- */

/* dpkg and rpm take their own locks; apt's, which dpkg lets its caller have, stays here. */
static int run_program(struct direct *d, struct err *err)
{
    auto_buf output = BUF_INIT(OUTPUT_MAX);
    struct copy_run run = {0};
    struct sv tail;
    int result;

    removal_unlock_packages(d->r);
    result = root_run(d->r->row.root.p, d->step->argv, d->step->argc, LIMIT_S, &run, &output, err);
    TRY(result);
    if (run.timed_out)
        return ERR(err, ERR_LIMIT_TIME, "%.*s was not done after %d seconds and was ended",
                   (int)d->step->argv[0].n, d->step->argv[0].p, LIMIT_S);
    tail = sv_trim(buf_view(&output));
    if (tail.n > OUTPUT_TAIL)
        tail = sv_from(tail, tail.n - OUTPUT_TAIL);
    return run.code == 0 ? 0
                         : ERR(err, ERR_IO, "`%.*s` ended with %d: %.*s", (int)d->step->argv[0].n,
                               d->step->argv[0].p, run.code, (int)tail.n, tail.p);
}

/* Why it is taken back, and what of it is not. */
static int failed(struct direct *d, const struct work *w, const struct err *why, struct err *err)
{
    auto_buf text = {0};
    size_t conflicts = 0;

    if (why->text[0])
        buf_printf(&text, "%s; ", why->text);
    if (d->outside)
        buf_printf(&text, "it touched %zu paths that the plan does not name: %s%s; ", d->outside,
                   d->told.p, d->outside > NAMED_MAX ? " …" : "");
    if (d->lost)
        buf_printf(&text, "%zu of them cannot be brought back, since their content was not kept; ",
                   d->lost);
    if (d->left)
        buf_printf(&text, "%zu" DIRECT_LEFT "; ", d->left);
    buf_str(&text, d->lost || d->left ? "all else was taken back" : "all of it was taken back");
    if (!buf_ok(&text))
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(take_back(d, w, STEP_FAILED, text.p, &conflicts, err));
    return ERR(err, why->text[0] ? ERR_IO : ERR_CONFLICT, "%s", text.p);
}

int direct_run(struct removal *r, const struct plan_step *step, struct work *ret, struct err *err)
{
    auto_direct d = {0};
    struct err why = {0};
    struct work w;

    TRY(direct_init(&d, r, step, err));
    TRY(prepare(&d, err));
    if (run_program(&d, &why) == 0)
        why.text[0] = '\0';
    // Whoever has a lock now may be what the program left behind: nothing can be compared yet.
    TRY(removal_lock_packages(r, err));
    TRY(compare(&d, &w, err));
    if (why.text[0] || d.outside || d.lost)
        return failed(&d, &w, &why, err);
    TRY(set_times(&d, err));
    TRY(note(&d, &w, STEP_STAGED, "", err));
    return removal_work(r, step->number, ret, err);
}

int direct_recover(struct removal *r, const struct plan_step *step, enum step_state state,
                   size_t *ret_conflicts, struct err *err)
{
    auto_direct d = {0};
    struct journal_sweep s;
    struct span bytes;
    struct work w;
    auto_buf why = {0};

    buf_str(&why, "the uninstaller was interrupted");
    TRY(direct_init(&d, r, step, err));
    TRY(journal_get_sweep(r->journal, r->plan.id, step->number, &s, err));
    TRY(vault_read(r->vault, s.sha256, s.size, SWEEP_MAX, &d.arena, &bytes, err));
    TRY(sweep_read(bytes, &d.before, err));
    TRY(compare(&d, &w, err));
    if (d.left)
        buf_printf(&why, "; %zu" DIRECT_LEFT, d.left);
    if (!buf_ok(&why))
        return ERR(err, ERR_NOMEM, "no memory");
    *ret_conflicts += d.left;
    return take_back(&d, &w, state, why.p, ret_conflicts, err);
}
