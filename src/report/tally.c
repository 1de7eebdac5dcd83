// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "report/say.h"

enum finding_group finding_group(const struct finding *f)
{
    if (f->confidence < CONFIDENCE_PROBABLE)
        return GROUP_TRACE;
    if (finding_counts(f))
        return GROUP_COUNTS;
    for (size_t i = 0; i < f->order_count; i++)
        if (f->orders[i].covered)
            return GROUP_EXCEPTED;
    return GROUP_OUTSIDE;
}

const struct finding_order *finding_lapsed(const struct finding *f)
{
    for (size_t i = 0; i < f->order_count; i++)
        if (f->orders[i].covered && !f->orders[i].excepted && f->orders[i].exception.n)
            return &f->orders[i];
    return NULL;
}

struct counting {
    const struct scan_view *view;
    struct tally *tally;
};

static void count_orders(const struct counting *c, const struct finding *f)
{
    for (size_t i = 0; i < f->order_count; i++) {
        const struct finding_order *o = &f->orders[i];

        for (size_t n = 0; n < c->view->order_count; n++) {
            struct order_tally *t = &c->tally->orders[n];

            if (!sv_eq(c->view->orders[n].id, o->id))
                continue;
            t->outside += !o->covered;
            t->trace += o->covered && f->confidence < CONFIDENCE_PROBABLE;
            t->excepted += o->covered && f->confidence >= CONFIDENCE_PROBABLE && o->excepted;
            t->open += finding_counts_under(f, o->id);
        }
    }
}

/* `name` without what does not fit, and never ending inside a character. */
static void keep_name(char to[TALLY_NAME_MAX], struct sv name)
{
    size_t n = name.n < TALLY_NAME_MAX ? name.n : TALLY_NAME_MAX - 4;

    while (n < name.n && n > 0 && ((uint8_t)name.p[n] & 0xc0) == 0x80)
        n--;
    memcpy(to, name.p, n);
    memcpy(to + n, n < name.n ? "\xe2\x80\xa6" : "", n < name.n ? 4 : 1);
}

static void count_name(struct tally *t, struct sv name)
{
    char kept[TALLY_NAME_MAX];

    if (memchr(name.p ? name.p : "", '\0', name.n))
        name = SV("(a name with a NUL byte)");
    keep_name(kept, name);
    for (size_t i = 0; i < t->name_count; i++)
        if (strcmp(t->names[i], kept) == 0)
            return;
    if (t->name_count == TALLY_NAMES)
        t->other_names++;
    else
        memcpy(t->names[t->name_count++], kept, sizeof(kept));
}

static int count_one(void *to, const struct finding *f, struct err *err)
{
    struct counting *c = to;
    struct tally *t = c->tally;
    int64_t ns;
    (void)err;

    t->findings++;
    t->group[finding_group(f)]++;
    t->ranks[finding_group(f)][f->confidence][f->state]++;
    count_orders(c, f);
    if (finding_group(f) != GROUP_COUNTS)
        return 0;
    t->confirmed += f->confidence == CONFIDENCE_CONFIRMED;
    t->probable += f->confidence == CONFIDENCE_PROBABLE;
    count_name(t, f->name);
    if (!clock_parse(f->since, &ns))
        return 0;
    t->since_known++;
    if (t->since_day == INT64_MIN || ns / (86400 * NS_PER_S) < t->since_day)
        t->since_day = ns / (86400 * NS_PER_S);
    return 0;
}

int tally_take(const struct scan_view *view, struct tally *ret, struct err *err)
{
    struct counting c = {view, ret};

    *ret = (struct tally){.since_day = INT64_MIN, .unexamined = view->coverage.unexamined};
    ret->orders = calloc(view->order_count + 1, sizeof(*ret->orders));
    if (!ret->orders)
        return ERR(err, ERR_NOMEM, "no memory to count findings");
    if (!view->findings)
        return 0;
    return view->findings(view->context, count_one, &c, err);
}

struct ranked {
    enum finding_group group;
    enum confidence confidence;
    enum component_state state;
    int (*each)(void *to, const struct finding *f, struct err *err);
    void *to;
};

static int pass_on(void *to, const struct finding *f, struct err *err)
{
    struct ranked *r = to;

    if (f->confidence != r->confidence || f->state != r->state || finding_group(f) != r->group)
        return 0;
    return r->each(r->to, f, err);
}

/* Going through the view once for each rank that is there keeps no list in memory. */
int tally_each(const struct tally *t, const struct scan_view *view, enum finding_group group,
               int (*each)(void *to, const struct finding *f, struct err *err), void *to,
               struct err *err)
{
    struct ranked r = {.group = group, .each = each, .to = to};

    for (int c = CONFIDENCE_CONFIRMED; c >= CONFIDENCE_NONE; c--) {
        for (int s = 0; s < STATE_COUNT_; s++) {
            if (t->ranks[group][c][s] == 0)
                continue;
            r.confidence = (enum confidence)c;
            r.state = (enum component_state)s;
            TRY(view->findings(view->context, pass_on, &r, err));
        }
    }
    return 0;
}

void tally_clear(struct tally *t)
{
    free(t->orders);
    *t = (struct tally){0};
}
