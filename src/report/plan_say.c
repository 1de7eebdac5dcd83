// SPDX-License-Identifier: Apache-2.0
#include "report/plan_say.h"

#include <stdlib.h>

#include "report/say.h"

/* ---- counts ---- */

/* A path that two steps touch is one path, with what the last of them makes of it. */
struct touched {
    struct sv path;
    const struct plan_touch *touch;
    size_t at;
};

static int by_path(const void *a, const void *b)
{
    const struct touched *x = a, *y = b;
    int order = sv_cmp(x->path, y->path);

    if (order)
        return order;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void count_touch(struct plan_tally *t, const struct plan_touch *touch)
{
    t->touches[touch->change]++;
    if (touch->change != TOUCH_CREATED)
        t->bytes += touch->size;
}

static void count_touches(const struct plan *p, struct plan_tally *t)
{
    struct touched *all;
    size_t n = 0, count = 0;

    for (size_t i = 0; i < p->step_count; i++)
        count += p->steps[i].touch_count;
    all = calloc(count + 1, sizeof(*all));
    for (size_t i = 0; i < p->step_count; i++)
        for (size_t j = 0; j < p->steps[i].touch_count; j++) {
            const struct plan_touch *touch = &p->steps[i].touches[j];

            if (all)
                all[n] = (struct touched){touch->path, touch, n};
            else
                count_touch(t, touch); // without memory for a list, each is counted as it stands
            n++;
        }
    if (!all)
        return;
    qsort(all, n, sizeof(*all), by_path);
    for (size_t i = 0; i < n; i++)
        if (i + 1 == n || !sv_eq(all[i].path, all[i + 1].path))
            count_touch(t, all[i].touch);
    free(all);
}

void plan_tally_take(const struct plan *p, struct plan_tally *ret)
{
    *ret = (struct plan_tally){0};
    for (size_t i = 0; i < p->item_count; i++)
        ret->statuses[p->items[i].status]++;
    for (size_t i = 0; i < p->refusal_count; i++) {
        ret->standing += !p->refusals[i].allowed;
        ret->allowed += p->refusals[i].allowed;
    }
    for (size_t i = 0; i < p->step_count; i++) {
        const struct plan_step *s = &p->steps[i];

        ret->units += s->action == ACTION_STOP_UNIT;
        ret->processes += s->action == ACTION_END_PROCESS;
        ret->commands += s->action == ACTION_RUN;
        ret->direct += s->direct;
        ret->proposed += s->action == ACTION_PROPOSE;
    }
    count_touches(p, ret);
}

const struct order_summary *plan_order(const struct plan_view *v, struct sv id)
{
    for (size_t i = 0; i < v->order_count; i++)
        if (sv_eq(v->orders[i].id, id))
            return &v->orders[i];
    return NULL;
}

bool plan_is_live(const struct plan *p)
{
    return sv_eq(p->root, SV("/")) || !p->root.n;
}

/* ---- sentences ---- */

const char *say_plan_heading(const struct plan_view *v, const struct plan_tally *t)
{
    if (!v->plan->item_count)
        return "Nothing is to be removed";
    if (t->standing)
        return "Not everything may be removed yet";
    if (t->statuses[STATUS_REMOVED] == v->plan->item_count)
        return "Everything found can be removed";
    return t->statuses[STATUS_REMOVED] ? "A part of what was found can be removed"
                                       : "Nothing that was found would be removed";
}

static void funnel_part(struct buf *to, bool *any, uint64_t n, const char *one, const char *many)
{
    if (!n)
        return;
    buf_str(to, *any ? ", " : "");
    say_count(to, n, one, many);
    *any = true;
}

void say_plan_grounds(struct buf *to, const struct plan_view *v, const struct plan_tally *t)
{
    bool any = false;

    say_count(to, v->plan->item_count, "product was found: ", "products were found: ");
    if (!v->plan->item_count) {
        buf_str(to, "there is nothing to do.");
        return;
    }
    funnel_part(to, &any, t->statuses[STATUS_REMOVED], "will be removed", "will be removed");
    funnel_part(to, &any, t->statuses[STATUS_MITIGATED], "will be made harmless",
                "will be made harmless");
    funnel_part(to, &any, t->statuses[STATUS_EXCEPTED], "is excepted", "are excepted");
    funnel_part(to, &any, t->statuses[STATUS_REMAINING], "remains", "remain");
    funnel_part(to, &any, t->statuses[STATUS_FOUND], "is for somebody else to remove",
                "are for somebody else to remove");
    buf_str(to, ". ");
    if (t->standing) {
        say_count(to, t->standing, "refusal stands and has to be dealt with",
                  "refusals stand and have to be dealt with");
        buf_str(to, " first. ");
    }
    buf_str(to, "This is a plan: nothing has been changed yet.");
}

void say_plan_touches(struct buf *to, const struct plan_tally *t)
{
    bool any = false;

    funnel_part(to, &any, t->touches[TOUCH_REMOVED], "path removed", "paths removed");
    funnel_part(to, &any, t->touches[TOUCH_CHANGED], "changed", "changed");
    funnel_part(to, &any, t->touches[TOUCH_CREATED], "created", "created");
    if (!any) {
        buf_str(to, "no path is touched");
        return;
    }
    if (t->bytes) {
        buf_str(to, "; ");
        say_bytes(to, t->bytes);
        buf_str(to, " to be kept for undoing");
    }
}

void say_step_touches(struct buf *to, const struct plan_step *step)
{
    uint64_t counts[TOUCH_COUNT_] = {0};
    bool any = false;

    for (size_t i = 0; i < step->touch_count; i++)
        counts[step->touches[i].change]++;
    funnel_part(to, &any, counts[TOUCH_REMOVED], "path removed", "paths removed");
    funnel_part(to, &any, counts[TOUCH_CHANGED], "path changed", "paths changed");
    funnel_part(to, &any, counts[TOUCH_CREATED], "path created", "paths created");
    if (!any)
        buf_str(to, "touches no path");
}

void say_plan_downtime(struct buf *to, const struct plan *p, const struct plan_tally *t)
{
    bool any = false;

    funnel_part(to, &any, t->units, "service is stopped", "services are stopped");
    funnel_part(to, &any, t->processes, "program is ended", "programs are ended");
    if (!any)
        buf_str(to, plan_is_live(p) ? "No service is stopped" : "None: the machine is not running");
    buf_str(to, ".");
    if (!p->reboot)
        return;
    buf_str(to, " A restart is needed");
    if (p->reboot_why.n) {
        buf_str(to, ": ");
        buf_sv(to, p->reboot_why);
    }
    buf_str(to, ".");
}

const char *say_plan_status(enum plan_status status)
{
    static const char *const texts[] = {
        [STATUS_FOUND] = "For somebody else", [STATUS_REMOVED] = "Will be removed",
        [STATUS_MITIGATED] = "Made harmless", [STATUS_EXCEPTED] = "Excepted",
        [STATUS_REMAINING] = "Remains",
    };

    return texts[status];
}

const char *say_plan_status_meaning(enum plan_status status)
{
    static const char *const texts[] = {
        [STATUS_FOUND] = "nothing is planned for it here: whoever it belongs to has to remove it",
        [STATUS_REMOVED] = "all of it goes",
        [STATUS_MITIGATED] = "it stays, and can no longer act",
        [STATUS_EXCEPTED] = "an exception of the order lets it stay",
        [STATUS_REMAINING] = "it stays, because a refusal stands or nothing here removes it",
    };

    return texts[status];
}

const char *say_plan_stage(enum plan_stage stage)
{
    static const char *const texts[] = {
        [STAGE_EVIDENCE] = "Keep the evidence",
        [STAGE_REPLACEMENT] = "Check the replacement",
        [STAGE_STOP] = "Stop",
        [STAGE_UNINSTALL] = "Uninstall",
        [STAGE_RESIDUE] = "Remove what is left",
        [STAGE_TRUST] = "Take trust away",
        [STAGE_BROWSER] = "Browsers",
        [STAGE_SOURCE] = "Package sources",
        [STAGE_REFERENCE] = "References",
        [STAGE_BLOCK] = "Keep it out",
        [STAGE_VERIFY] = "Verify",
        [STAGE_EXPIRE] = "Give up what was kept",
    };

    return texts[stage];
}

const char *say_touch_change(enum touch_change change)
{
    static const char *const texts[] = {
        [TOUCH_REMOVED] = "removed", [TOUCH_CHANGED] = "changed", [TOUCH_CREATED] = "created"};

    return texts[change];
}

static bool is_plain_word(struct sv word)
{
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '-' || c == '_' || c == '/' || c == '.' || c == ':' || c == '=' || c == '+' ||
              c == '@' || c == ','))
            return false;
    }
    return word.n;
}

void say_command(struct buf *to, const struct plan_step *step)
{
    for (size_t i = 0; i < step->argc; i++) {
        struct sv rest = step->argv[i];

        buf_str(to, i ? " " : "");
        if (is_plain_word(rest)) {
            buf_sv(to, rest);
            continue;
        }
        buf_char(to, '\'');
        while (rest.n) {
            bool more = sv_find(rest, SV("'")) != SIZE_MAX;

            buf_sv(to, sv_cut(&rest, '\''));
            buf_str(to, more ? "'\\''" : "");
        }
        buf_char(to, '\'');
    }
}
