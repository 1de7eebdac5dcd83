// SPDX-License-Identifier: Apache-2.0
#include "remedy/protection.h"

#include "model/place.h"
#include "os/process.h"
#include "remedy/act_internal.h"

/* Programs of anti-malware that protects while it runs, as their makers' packages name them. */
static const struct {
    const char *program, *name;
} protections[] = {
    {"clamd", "ClamAV (clamd)"},                       // clamd(8)
    {"clamonacc", "ClamAV (clamonacc)"},               // clamonacc(8)
    {"wdavdaemon", "Microsoft Defender for Endpoint"}, // learn.microsoft.com, linux-support-perf
};

const char *protection_named(struct sv program)
{
    size_t slash = sv_find_last(program, '/');

    if (slash != SIZE_MAX)
        program = sv_from(program, slash + 1);
    for (size_t i = 0; i < ARRAY_LEN(protections); i++)
        if (sv_eq(program, sv_str(protections[i].program)))
            return protections[i].name;
    return NULL;
}

struct looking {
    const struct plan *plan;
    struct sv finding;
    struct protection_now *ret;
};

/* Whether the plan takes the program away, for this finding or another. */
static bool is_taken(const struct looking *l, struct sv place, bool *ret_of_finding)
{
    bool taken = false;

    for (size_t i = 0; i < l->plan->step_count; i++) {
        const struct plan_step *s = &l->plan->steps[i];
        bool here = s->action == ACTION_END_PROCESS && sv_eq(s->path, place);

        for (size_t k = 0; k < s->touch_count && !here; k++)
            here = s->touches[k].change == TOUCH_REMOVED && sv_eq(s->touches[k].path, place);
        taken = taken || here;
        if (here && sv_eq(s->finding, l->finding))
            *ret_of_finding = true;
    }
    return taken;
}

static int look_at(void *to, const struct process *p, struct err *err)
{
    struct looking *l = to;
    auto_buf place = {0};

    if (p->kernel || p->other_root || !p->program.path.n)
        return 0;
    place_append(&place, p->program.path);
    if (!buf_ok(&place))
        return ERR(err, ERR_NOMEM, "no memory");
    if (!is_taken(l, buf_view(&place), &l->ret->product_running) && !l->ret->other)
        l->ret->other = protection_named(p->program.path);
    return 0;
}

int protection_look(const struct plan *plan, struct sv finding, const char *proc,
                    struct protection_now *ret, struct err *err)
{
    const struct process_events events = {.process = look_at};
    struct looking l = {plan, finding, ret};

    *ret = (struct protection_now){0};
    return processes_each(proc, &events, &l, err);
}

static struct sv product_of(const struct plan *p, struct sv finding)
{
    for (size_t i = 0; i < p->item_count; i++)
        if (sv_eq(p->items[i].finding, finding))
            return p->items[i].product;
    return (struct sv){0};
}

static bool was_allowed(struct removal *r, struct sv product)
{
    for (size_t i = 0; i < r->plan.refusal_count; i++) {
        const struct plan_refusal *f = &r->plan.refusals[i];

        if (f->allowed && sv_eq(f->code, SV("last-protection")) && sv_eq(f->subject, product))
            return true;
    }
    return removal_is_allowed(r, SV("last-protection"), product);
}

int removal_check_replacement(struct removal *r, struct sv *ret_subject, struct err *err)
{
    for (size_t i = 0; r->live && i < r->plan.step_count; i++) {
        const struct plan_step *s = &r->plan.steps[i];
        struct sv product = product_of(&r->plan, s->finding);
        struct protection_now now;

        if (s->stage != STAGE_REPLACEMENT || s->action != ACTION_CHECK || was_allowed(r, product))
            continue;
        TRY(protection_look(&r->plan, s->finding, r->o.proc, &now, err));
        if (now.other || (!s->content.n && !now.product_running))
            continue;
        *ret_subject = product;
        return ERR(err, ERR_CONFLICT,
                   "%.*s%s and nothing else that is known to debar protects this machine from "
                   "malware now; start the replacement%s, or allow it with `--allow "
                   "last-protection=%.*s`",
                   (int)s->content.n, s->content.n ? s->content.p : "",
                   s->content.n ? " ran when the plan was made and no longer does,"
                                : "the product runs,",
                   r->stored ? " and go on with `debar resume`, or bring all back with `debar undo`"
                             : " first",
                   (int)product.n, product.p);
    }
    return 0;
}
