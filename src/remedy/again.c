// SPDX-License-Identifier: Apache-2.0
/* What state a removal is in, by looking again. */
#include "os/compiled_file.h"
#include "remedy/act_internal.h"
#include "remedy/verify.h"

int removal_rules(struct removal *r, const struct rules **ret, struct err *err)
{
    auto_buf path = {0};
    int result = 0;

    if (!r->rules) {
        compiled_file_close(r->compiled);
        buf_printf(&path, "%s/compiled", r->o.state_folder);
        r->compiled = buf_ok(&path) ? compiled_file_open(path.p) : NULL;
        result = rules_load(&(struct rules_options){.compiled = r->compiled}, &r->rules, err);
    }
    *ret = r->rules;
    return result;
}

struct seen {
    struct removal *r;
    struct sv first; /* the first thing that is not as it should be */
};

static void take_drift(void *to, const struct drift *d)
{
    struct seen *s = to;

    removal_say(s->r, "%s %.*s: %s", drift_kind_text(d->kind), (int)d->subject.n, d->subject.p,
                d->text);
    if (!s->first.n && d->kind != DRIFT_UNSEEN)
        s->first = arena_copy(&s->r->arena, d->subject);
}

/* Findings of which the plan itself says that they stay. */
static size_t count_staying(const struct plan *p)
{
    size_t n = 0;

    for (size_t i = 0; i < p->item_count; i++)
        n += p->items[i].status == STATUS_REMAINING || p->items[i].status == STATUS_FOUND;
    return n;
}

int removal_verify(struct removal *r, struct err *err)
{
    struct verify_request request = {.plan = &r->plan, .root_fd = r->root_fd, .proc = r->o.proc};
    struct seen seen = {.r = r};
    struct err why = {0};
    struct verified v;
    size_t staying = count_staying(&r->plan);

    // A plan of nobody's products has nothing to be swept for.
    if (r->plan.item_count && removal_rules(r, &request.rules, &why) < 0)
        return removal_set_state(r, JOURNAL_UNVERIFIED, err, "it could not be looked for: %s",
                                 why.text);
    if (verify_plan(&request, take_drift, &seen, &v, &why) < 0)
        return removal_set_state(r, JOURNAL_UNVERIFIED, err, "looking again failed: %s", why.text);
    if (v.drifts)
        return removal_set_state(r, JOURNAL_REMAINING, err,
                                 "%zu things are not as the plan would leave them, such as %.*s",
                                 v.drifts, (int)seen.first.n, seen.first.p);
    if (staying)
        return removal_set_state(r, JOURNAL_REMAINING, err,
                                 "%zu findings stay, as the plan says; all else is gone", staying);
    if (v.unseen)
        return removal_set_state(r, JOURNAL_UNVERIFIED, err, "%zu things could not be looked at",
                                 v.unseen);
    return removal_set_state(r, JOURNAL_REMOVED, err, "%s", "");
}
