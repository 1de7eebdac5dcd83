// SPDX-License-Identifier: Apache-2.0
#include "remedy/agency_made.h"

#include "base/clock.h"
#include "report/say.h"
#include "version.h"

enum {
    LINES_MAX = 4096, // of one element
};

struct making {
    const struct agency_parts *parts;
    struct arena *arena;
    struct agency_plan *plan;
};

/* ---- the plans ---- */

static bool is_under(const struct plan *p, struct sv order)
{
    return p->order_count == 1 && sv_eq(p->orders[0], order);
}

static int check_plans(const struct agency_parts *parts, struct err *err)
{
    struct sv order = parts->order->id;

    for (size_t i = 0; i < parts->plan_count; i++) {
        const struct plan *p = parts->plans[i];

        // A plan says not which order each of its items falls under, so it has to be this one only.
        if (!is_under(p, order))
            return ERR(
                err, ERR_CONFLICT,
                "plan %.*s was not made under %.*s alone; make one with `debar plan --orders "
                "%.*s`",
                (int)p->id.n, p->id.p, (int)order.n, order.p, (int)order.n, order.p);
        for (size_t k = 0; k < i; k++)
            if (p->host_id.n && sv_eq(parts->plans[k]->host_id, p->host_id))
                return ERR(
                    err, ERR_CONFLICT, "plans %.*s and %.*s are of one machine; give the newer one",
                    (int)parts->plans[k]->id.n, parts->plans[k]->id.p, (int)p->id.n, p->id.p);
    }
    return 0;
}

static struct agency_product *product_row(struct agency_plan *a, const struct plan_item *item)
{
    for (size_t i = 0; i < a->product_count; i++)
        if (sv_eq(a->products[i].vendor, item->vendor) &&
            sv_eq(a->products[i].product, item->product))
            return &a->products[i];
    a->products[a->product_count] = (struct agency_product){
        .vendor = item->vendor,
        .product = item->product,
        .name = item->name.n ? item->name : item->product,
    };
    return &a->products[a->product_count++];
}

static void count_plan(struct agency_plan *a, const struct plan *p)
{
    for (size_t i = 0; i < p->item_count; i++) {
        struct agency_product *row = product_row(a, &p->items[i]);
        bool first = true;

        for (size_t k = 0; k < i; k++)
            first = first && !(sv_eq(p->items[k].vendor, p->items[i].vendor) &&
                               sv_eq(p->items[k].product, p->items[i].product));
        row->endpoints += first;
        row->found++;
        row->statuses[p->items[i].status]++;
        a->found++;
        a->statuses[p->items[i].status]++;
    }
    a->endpoints += p->item_count != 0;
}

static int count_plans(struct making *m, struct err *err)
{
    struct agency_plan *a = m->plan;
    size_t items = 0;

    for (size_t i = 0; i < m->parts->plan_count; i++)
        items += m->parts->plans[i]->item_count;
    a->products = arena_take_array(m->arena, items + 1, sizeof(*a->products));
    a->plans = arena_take_array(m->arena, m->parts->plan_count + 1, sizeof(*a->plans));
    if (!a->products || !a->plans)
        return arena_error(m->arena, err);
    for (size_t i = 0; i < m->parts->plan_count; i++) {
        count_plan(a, m->parts->plans[i]);
        a->plans[a->plan_count++] = m->parts->plans[i]->id;
    }
    return 0;
}

/* ---- lines ---- */

static void line(struct making *m, struct agency_element *e, struct sv label, struct sv text)
{
    if (e->line_count < LINES_MAX)
        e->lines[e->line_count++] =
            (struct agency_line){arena_copy(m->arena, label), arena_copy(m->arena, text)};
}

static void products_lines(struct making *m, struct agency_element *e)
{
    const struct agency_plan *a = m->plan;

    for (size_t i = 0; i < a->product_count; i++)
        line(m, e, (struct sv){0}, a->products[i].name);
    // The order wants to be told that too.
    if (!a->product_count)
        line(m, e, (struct sv){0}, SV("None of the products was found."));
}

static void funnel(struct buf *to, const uint64_t statuses[STATUS_COUNT_])
{
    static const struct {
        enum plan_status status;
        const char *words;
    } parts[] = {{STATUS_REMOVED, "to be removed"},
                 {STATUS_MITIGATED, "made harmless"},
                 {STATUS_EXCEPTED, "excepted"},
                 {STATUS_REMAINING, "remaining"},
                 {STATUS_FOUND, "for others to remove"}};
    bool any = false;

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (!statuses[parts[i].status])
            continue;
        buf_str(to, any ? ", " : "");
        say_number(to, statuses[parts[i].status]);
        buf_printf(to, " %s", parts[i].words);
        any = true;
    }
}

static void endpoints_line(struct making *m, struct agency_element *e, struct sv label,
                           uint64_t endpoints, uint64_t found, const uint64_t statuses[])
{
    auto_buf text = {0};

    say_count(&text, endpoints, "endpoint", NULL);
    if (found) {
        buf_str(&text, ", ");
        say_count(&text, found, "installation", NULL);
        buf_str(&text, " found: ");
        funnel(&text, statuses);
    }
    line(m, e, label, buf_view(&text));
}

static void endpoints_lines(struct making *m, struct agency_element *e)
{
    const struct agency_plan *a = m->plan;
    auto_buf machines = {0};

    for (size_t i = 0; i < a->product_count; i++)
        endpoints_line(m, e, a->products[i].name, a->products[i].endpoints, a->products[i].found,
                       a->products[i].statuses);
    endpoints_line(m, e, SV("In all"), a->endpoints, a->found, a->statuses);
    say_count(&machines, a->plan_count, "machine", NULL);
    buf_str(&machines, "; machines without a plan here are not counted");
    line(m, e, SV("Counted from the plans of"), buf_view(&machines));
}

static void methods_lines(struct making *m, struct agency_element *e)
{
    const char *text;

    line(m, e, SV("Program"), SV("debar " DEBAR_VERSION));
    for (size_t i = 0; (text = say_method(i)); i++)
        line(m, e, (struct sv){0}, sv_str(text));
}

static void milestones_lines(struct making *m, struct agency_element *e)
{
    const struct order_summary *o = m->parts->summary;

    for (size_t i = 0; i < o->deadline_count; i++) {
        auto_buf text = {0};

        say_date(&text, o->deadlines[i].due);
        buf_str(&text, ": ");
        buf_sv(&text, o->deadlines[i].what);
        line(m, e, SV("Date of the order"), buf_view(&text));
    }
}

static void steps_lines(struct making *m, struct agency_element *e)
{
    for (size_t i = 0; i < m->parts->plan_count; i++) {
        const struct plan *p = m->parts->plans[i];
        auto_buf text = {0};
        uint64_t standing = 0;

        if (!p->item_count)
            continue;
        for (size_t k = 0; k < p->refusal_count; k++)
            standing += !p->refusals[k].allowed;
        buf_printf(&text, "plan %.*s, ", (int)p->id.n, p->id.p);
        say_count(&text, p->step_count, "step", NULL);
        buf_str(&text, p->reboot ? ", with a restart" : ", without a restart");
        if (standing) {
            buf_str(&text, "; ");
            say_count(&text, standing, "refusal stands", "refusals stand");
        }
        line(m, e, p->host_name.n ? p->host_name : p->host_id, buf_view(&text));
    }
}

static void fact_lines(struct making *m, struct agency_element *e, enum element_fact fact)
{
    switch (fact) {
    case ELEMENT_PRODUCTS:
        products_lines(m, e);
        break;
    case ELEMENT_ENDPOINTS:
        endpoints_lines(m, e);
        break;
    case ELEMENT_METHODS:
        methods_lines(m, e);
        break;
    case ELEMENT_STEPS:
        steps_lines(m, e);
        break;
    case ELEMENT_MILESTONES:
        milestones_lines(m, e);
        break;
    case ELEMENT_COUNT_:
        break;
    }
}

/* ---- elements ---- */

static int make_element(struct making *m, size_t i, struct err *err)
{
    const struct order_element *asked = &m->parts->order->elements[i];
    const struct agency_answer *answer =
        m->parts->agency ? &m->parts->agency->answers[i] : &(struct agency_answer){0};
    struct agency_element *e = &m->plan->elements[i];

    *e = (struct agency_element){
        .id = asked->id, .title = asked->title, .asked = asked->text, .key = asked->key};
    e->lines = arena_take_array(m->arena, LINES_MAX, sizeof(*e->lines));
    if (!e->lines)
        return arena_error(m->arena, err);
    for (size_t k = 0; k < answer->count; k++)
        line(m, e, answer->lines[k].label, answer->lines[k].text);
    e->missing = asked->key.n && !answer->count;
    m->plan->missing += e->missing;
    for (int fact = 0; fact < ELEMENT_COUNT_; fact++)
        if (asked->facts & SET_OF((unsigned)fact))
            fact_lines(m, e, (enum element_fact)fact);
    return 0;
}

int agency_plan_make(const struct agency_parts *parts, struct arena *arena, struct agency_plan *ret,
                     struct err *err)
{
    const struct order *o = parts->order;
    struct making m = {.parts = parts, .arena = arena, .plan = ret};
    char day[CLOCK_TEXT];

    if (!o->element_count)
        return ERR(err, ERR_USAGE, "order '%.*s' asks for no plan of an agency", (int)o->id.n,
                   o->id.p);
    TRY(check_plans(parts, err));
    *ret = (struct agency_plan){
        .order = o->id,
        .order_title = o->title,
        .citation = o->citation,
        .url = o->url,
        .authority = o->authority,
        .report_to = o->report_to,
        .made = arena_copy(arena, sv_str(clock_day_text(parts->today, day))),
        .version = SV(DEBAR_VERSION),
    };
    TRY(count_plans(&m, err));
    ret->elements = arena_take_array(arena, o->element_count, sizeof(*ret->elements));
    if (!ret->elements)
        return arena_error(arena, err);
    for (; ret->element_count < o->element_count; ret->element_count++)
        TRY(make_element(&m, ret->element_count, err));
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}
