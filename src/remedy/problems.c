// SPDX-License-Identifier: Apache-2.0
/*
 * What stands against carrying out a plan. A path that an earlier step of the plan touches is left
 * out: what it will be then cannot be known by looking now.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/place.h"
#include "os/below.h"
#include "remedy/act_internal.h"

struct touched {
    struct sv path;
    uint64_t step;
};

struct problems {
    struct removal *r;
    struct touched *touched; /* by all steps, sorted by path and step */
    size_t touched_count;
    struct sv *subjects; /* of "changed": each is told once */
    size_t subject_count, subject_room;
    void (*each)(void *to, struct sv code, struct sv subject, const char *text);
    void *to;
    size_t count;
};

static void tell(struct problems *p, struct sv code, struct sv subject, const char *text)
{
    p->count++;
    if (p->each)
        p->each(p->to, code, subject, text);
}

static int by_path_and_step(const void *a, const void *b)
{
    const struct touched *x = a, *y = b;
    int r = sv_cmp(x->path, y->path);

    return r ? r : (x->step > y->step) - (x->step < y->step);
}

/* Every touch of the plan; an edit and a file that is written are one too. */
static int list_touched(struct problems *p, struct err *err)
{
    const struct plan *plan = &p->r->plan;
    size_t n = plan->step_count;

    for (size_t i = 0; i < plan->step_count; i++)
        n += plan->steps[i].touch_count;
    p->touched = arena_take_array(&p->r->arena, n + 1, sizeof(*p->touched));
    if (!p->touched)
        return arena_error(&p->r->arena, err);
    for (size_t i = 0; i < plan->step_count; i++)
        for (size_t k = 0; k < plan->steps[i].touch_count; k++)
            p->touched[p->touched_count++] =
                (struct touched){plan->steps[i].touches[k].path, plan->steps[i].number};
    qsort(p->touched, p->touched_count, sizeof(*p->touched), by_path_and_step);
    return 0;
}

/* The first step that touches a path, or 0. */
static uint64_t first_step(const struct problems *p, struct sv path)
{
    size_t low = 0, high = p->touched_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sv_cmp(p->touched[middle].path, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->touched_count && sv_eq(p->touched[low].path, path) ? p->touched[low].step : 0;
}

/* A change is told for the topmost folder that the plan removes, once. */
static int tell_changed(struct problems *p, struct sv place, const char *what, struct err *err)
{
    struct sv subject = stage_subject(&p->r->plan, place);
    auto_buf text = {0};

    if (removal_is_allowed(p->r, SV("changed"), subject) ||
        removal_is_allowed(p->r, SV("changed"), place))
        return 0;
    for (size_t i = 0; i < p->subject_count; i++)
        if (sv_eq(p->subjects[i], subject))
            return 0;
    if (p->subject_count == p->subject_room) {
        size_t room = p->subject_room ? 2 * p->subject_room : 16;
        struct sv *all = arena_take_array(&p->r->arena, room, sizeof(*all));

        if (!all)
            return arena_error(&p->r->arena, err);
        if (p->subject_count)
            memcpy(all, p->subjects, p->subject_count * sizeof(*all));
        p->subjects = all;
        p->subject_room = room;
    }
    p->subjects[p->subject_count++] = subject;
    buf_printf(&text,
               "%.*s %s since the plan was made; make a new plan, or allow it with `--allow "
               "changed=%.*s`",
               (int)place.n, place.p, what, (int)subject.n, subject.p);
    tell(p, SV("changed"), subject, buf_ok(&text) ? text.p : what);
    return 0;
}

/* Names in a folder that the plan removes and that it does not name. */
static int check_entries(struct problems *p, const struct plan_touch *t, struct sv path,
                         struct err *err)
{
    struct dirent *d;
    DIR *folder;
    int fd, r = 0;

    if (below_open_folder(p->r->root_fd, path.p, &fd, NULL) < 0)
        return 0; // it went, or is something else: told otherwise
    folder = fdopendir(fd);
    if (!folder) {
        (void)close(fd);
        return ERR_SYS(err, "listing %s", path.p);
    }
    while (r == 0 && (d = readdir(folder))) {
        auto_buf place = {0};

        if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
            continue;
        buf_sv(&place, t->path);
        buf_char(&place, '/');
        place_append(&place, sv_str(d->d_name));
        if (!buf_ok(&place))
            r = ERR(err, ERR_NOMEM, "no memory");
        else if (!first_step(p, buf_view(&place)))
            r = tell_changed(p, buf_view(&place), "has come into a folder that is to be removed",
                             err);
    }
    (void)closedir(folder);
    return r;
}

/* What the system will not let us do is told before anything is done. */
static void check_changeable(struct problems *p, const struct plan_touch *t, struct sv path)
{
    char name[BELOW_NAME];
    auto_fd int folder = -1;
    struct err why = {0};
    auto_buf text = {0};

    if (below_open_parent(p->r->root_fd, path.p, &folder, name, NULL) < 0 ||
        path_changeable(folder, name, &why) == 0)
        return;
    buf_printf(&text, "%.*s: %s", (int)t->path.n, t->path.p, why.text);
    tell(p, SV("locked"), t->path, buf_ok(&text) ? text.p : why.text);
}

static int check_touch(struct problems *p, const struct plan_step *step, const struct plan_touch *t,
                       struct err *err)
{
    struct path_state now;
    char digest[PATH_DIGEST_HEX];
    struct sv path;
    struct err why = {0};

    TRY(stage_path(&p->r->step_arena, t->path, &path, err));
    // An uninstaller leaves a folder that is not empty, and was not tried where it runs directly.
    if (t->change == TOUCH_REMOVED && sv_eq(t->type, SV("folder")) && !step->direct)
        TRY(check_entries(p, t, path, err));
    if (first_step(p, t->path) != step->number)
        return 0;
    if (path_state_get(p->r->root_fd, path.p, &p->r->step_arena, &now, &why) < 0) {
        auto_buf text = {0};

        buf_printf(&text, "%.*s: %s", (int)t->path.n, t->path.p, why.text);
        tell(p, SV("unreadable"), t->path, buf_ok(&text) ? text.p : why.text);
        return 0;
    }
    if (now.type != PATH_ABSENT)
        check_changeable(p, t, path);
    // What a program or an edit changes is worked out anew from what is there then.
    if (t->change != TOUCH_REMOVED)
        return 0;
    if (now.type == PATH_ABSENT)
        return tell_changed(p, t->path, "was removed", err);
    path_state_digest(&now, digest);
    return sv_eq(sv_str(digest), t->before) ? 0 : tell_changed(p, t->path, "has changed", err);
}

static void check_refusals(struct problems *p)
{
    for (size_t i = 0; i < p->r->plan.refusal_count; i++) {
        const struct plan_refusal *f = &p->r->plan.refusals[i];
        auto_buf text = {0};

        if (f->allowed || removal_is_allowed(p->r, f->code, f->subject))
            continue;
        buf_printf(&text, "%.*s (%.*s=%.*s)", (int)f->text.n, f->text.p, (int)f->code.n, f->code.p,
                   (int)f->subject.n, f->subject.p);
        tell(p, f->code, f->subject, buf_ok(&text) ? text.p : "refused by the plan");
    }
}

static bool is_refused_by_plan(const struct problems *p, struct sv code, struct sv subject)
{
    for (size_t i = 0; i < p->r->plan.refusal_count; i++)
        if (sv_eq(p->r->plan.refusals[i].code, code) &&
            sv_eq(p->r->plan.refusals[i].subject, subject))
            return true;
    return false;
}

/* The plan knows what protected the machine when it was made; that may have ended since. */
static int check_replacement(struct problems *p, struct err *err)
{
    struct sv product;
    struct err why = {0};
    int r = removal_check_replacement(p->r, &product, &why);

    if (r == -ERR_CONFLICT) {
        if (!is_refused_by_plan(p, SV("last-protection"), product))
            tell(p, SV("last-protection"), product, why.text);
        return 0;
    }
    if (r < 0 && err)
        *err = why;
    return r;
}

/* What was not tried on a copy runs on the root only when a person allowed that. */
static void check_direct(struct problems *p)
{
    const struct plan *plan = &p->r->plan;

    for (size_t i = 0; i < plan->step_count; i++) {
        const struct plan_step *s = &plan->steps[i];
        bool asked = !s->direct;
        auto_buf text = {0};

        // The refusal itself is told, or was allowed.
        for (size_t k = 0; k < plan->refusal_count && !asked; k++)
            asked = sv_eq(plan->refusals[k].code, SV("no-rehearsal")) &&
                    sv_eq(plan->refusals[k].finding, s->finding);
        if (asked)
            continue;
        buf_printf(&text,
                   "step %llu (%.*s) would run on the root itself without a person having been "
                   "asked; make a new plan",
                   (unsigned long long)s->number, (int)s->title.n, s->title.p);
        tell(p, SV("no-rehearsal"), s->title, buf_ok(&text) ? text.p : "no rehearsal");
    }
}

int removal_problems(struct removal *r,
                     void (*each)(void *to, struct sv code, struct sv subject, const char *text),
                     void *to, size_t *ret_count, struct err *err)
{
    struct problems p = {.r = r, .each = each, .to = to};

    check_refusals(&p);
    check_direct(&p);
    TRY(check_replacement(&p, err));
    TRY(list_touched(&p, err));
    for (size_t i = 0; i < r->plan.step_count; i++)
        for (size_t k = 0; k < r->plan.steps[i].touch_count; k++) {
            arena_reset(&r->step_arena);
            TRY(check_touch(&p, &r->plan.steps[i], &r->plan.steps[i].touches[k], err));
        }
    *ret_count = p.count;
    return 0;
}
