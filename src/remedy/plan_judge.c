// SPDX-License-Identifier: Apache-2.0
#include "remedy/plan_judge.h"

#include "remedy/facts_list.h"

struct judging {
    const struct plan_input *in;
    struct arena *arena;
    struct plan *plan;
    struct facts_list refusals;
};

static bool is_allowed(const struct plan_input *in, struct sv code, struct sv subject)
{
    for (size_t i = 0; i < in->allowance_count; i++)
        if (sv_eq(in->allowances[i].code, code) && sv_eq(in->allowances[i].subject, subject))
            return true;
    return false;
}

static int refuse(struct judging *j, struct sv code, struct sv finding, struct sv subject,
                  struct sv text, struct err *err)
{
    const struct plan_refusal *all = j->refusals.items;
    struct plan_refusal *made;

    for (size_t i = 0; i < j->refusals.count; i++)
        if (sv_eq(all[i].code, code) && sv_eq(all[i].subject, subject))
            return 0;
    TRY(facts_list_add(&j->refusals, (void **)&made, err));
    *made = (struct plan_refusal){code, finding, subject, text, is_allowed(j->in, code, subject)};
    return 0;
}

/* A file that a program would take away and that was another one when it was scanned. */
static int check_changed(struct judging *j, const struct plan_step *s, const struct plan_touch *t,
                         struct err *err)
{
    const struct facts *f = j->in->facts;

    for (size_t i = 0; i < f->hit_count && t->sha256.n; i++)
        if (sv_eq(f->hits[i].path, t->path) && f->hits[i].scanned.n && !f->hits[i].inside &&
            !sv_eq(f->hits[i].scanned, t->sha256))
            return refuse(j, SV("changed"), s->finding, t->path,
                          arena_printf(j->arena,
                                       "%.*s is another file than the one that was scanned; scan "
                                       "again and make a new plan",
                                       (int)t->path.n, t->path.p),
                          err);
    return 0;
}

static bool is_of_root(struct sv path)
{
    static const char *const own[] = {"/etc/passwd",  "/etc/group",           "/etc/shadow",
                                      "/etc/gshadow", "/var/lib/dpkg/status", "/etc/fstab"};

    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (sv_eq(path, sv_str(own[i])))
            return true;
    return false;
}

static int judge_touch(struct judging *j, const struct plan_step *s, const struct plan_touch *t,
                       struct err *err)
{
    if (t->change != TOUCH_REMOVED)
        return 0;
    TRY(check_changed(j, s, t, err));
    if (is_of_root(t->path))
        TRY(refuse(j, SV("foreign-owner"), s->finding, t->path,
                   arena_printf(j->arena, "%.*s would be removed, which the whole system needs",
                                (int)t->path.n, t->path.p),
                   err));
    return 0;
}

/* An entry that debar cannot take out stays until a person did. */
static void settle(struct judging *j)
{
    struct plan *p = j->plan;

    for (size_t i = 0; i < p->item_count; i++) {
        struct plan_item *item = &p->items[i];

        if (item->status != STATUS_REMOVED)
            continue;
        for (size_t r = 0; r < p->refusal_count; r++)
            if (!p->refusals[r].allowed && sv_eq(p->refusals[r].finding, item->finding)) {
                item->status = STATUS_REMAINING;
                item->status_why = arena_printf(
                    j->arena, "refused: %.*s=%.*s", (int)p->refusals[r].code.n,
                    p->refusals[r].code.p, (int)p->refusals[r].subject.n, p->refusals[r].subject.p);
            }
        for (size_t s = 0; s < p->step_count && item->status == STATUS_REMOVED; s++)
            if (p->steps[s].action == ACTION_PROPOSE && sv_eq(p->steps[s].finding, item->finding)) {
                item->status = STATUS_REMAINING;
                item->status_why = arena_printf(j->arena, "step %llu is to be done by a person",
                                                (unsigned long long)p->steps[s].number);
            }
    }
}

int plan_judge(const struct plan_input *in, struct arena *arena, struct plan *p, struct err *err)
{
    struct judging j = {in, arena, p, FACTS_LIST(arena, struct plan_refusal)};

    for (size_t i = 0; i < p->refusal_count; i++) {
        struct plan_refusal *made;

        TRY(facts_list_add(&j.refusals, (void **)&made, err));
        *made = p->refusals[i];
    }
    for (size_t i = 0; i < p->step_count; i++)
        for (size_t k = 0; k < p->steps[i].touch_count; k++)
            TRY(judge_touch(&j, &p->steps[i], &p->steps[i].touches[k], err));
    if (in->facts->failed.n && !j.refusals.count)
        TRY(refuse(&j, SV("uninstaller-fails"), SV(""), SV("plan"), in->facts->failed, err));
    p->refusals = j.refusals.items;
    p->refusal_count = j.refusals.count;
    settle(&j);
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}
