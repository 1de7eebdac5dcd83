// SPDX-License-Identifier: Apache-2.0
/* A plan at a terminal: what happens, what stands against it, then every step in its order. */
#include "report/plain.h"
#include "report/plan_say.h"
#include "report/say.h"

enum {
    HEAD = 11,   // where the facts at the top begin
    INDENT = 3,  // of a finding's lines, after its number
    LABEL = 14,  // where their texts begin
    DEEP = 9,    // of a step's lines
    DEEPER = 19, // where their texts begin
    TOUCHES = 6, // of one step; the page and the JSON have all
    LINES = 12,  // of a text to be written
};

static void heading(struct sink *s, const char *text)
{
    sink_char(s, '\n');
    plain_style(s, PLAIN_STRONG);
    sink_str(s, text);
    plain_style(s, PLAIN_NORMAL);
    sink_char(s, '\n');
}

static void label(struct sink *s, const char *name, size_t indent, size_t text_at)
{
    plain_pad(s, indent);
    plain_style(s, PLAIN_DIM);
    sink_str(s, name);
    plain_style(s, PLAIN_NORMAL);
    plain_pad(s, text_at - indent - plain_width(sv_str(name)));
}

static void row(struct sink *s, const char *name, size_t indent, size_t text_at, struct sv text)
{
    if (!text.n)
        return;
    label(s, name, indent, text_at);
    plain_wrap(s, text_at, text_at, text);
}

static void rows(struct sink *s, const char *name, size_t indent, size_t text_at,
                 const struct sv *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        row(s, i ? "" : name, indent, text_at, list[i]);
}

/* ---- the top ---- */

static void write_orders(const struct plan_view *v, struct sink *s)
{
    for (size_t i = 0; i < v->plan->order_count; i++) {
        struct sv id = v->plan->orders[i];
        const struct order_summary *o = plan_order(v, id);
        auto_buf text = {0};

        buf_sv(&text, id);
        if (o) {
            buf_str(&text, ": ");
            buf_sv(&text, o->title);
            buf_str(&text, ", ");
            buf_sv(&text, o->authority);
        }
        row(s, i ? "" : "Under", 0, HEAD, buf_view(&text));
    }
}

static void write_top(const struct plan_view *v, const struct plan_tally *t, struct sink *s)
{
    const struct plan *p = v->plan;
    auto_buf text = {0};

    plain_style(s, t->standing ? PLAIN_BAD : p->item_count ? PLAIN_WARN : PLAIN_GOOD);
    sink_str(s, "PLAN");
    plain_style(s, PLAIN_STRONG);
    sink_str(s, " ");
    plain_text(s, p->id);
    sink_str(s, ": ");
    plain_wrap(s, 7 + plain_width(p->id), INDENT, sv_str(say_plan_heading(v, t)));
    plain_style(s, PLAIN_NORMAL);
    say_plan_grounds(&text, v, t);
    plain_wrap(s, 0, 0, buf_view(&text));
    sink_char(s, '\n');
    row(s, "Machine", 0, HEAD, p->host_name.n ? p->host_name : p->host_id);
    row(s, "Root", 0, HEAD, plan_is_live(p) ? SV("/, the running machine") : p->root);
    row(s, "Scan", 0, HEAD, p->scan_id);
    write_orders(v, s);
    buf_reset(&text);
    say_plan_touches(&text, t);
    row(s, "Touches", 0, HEAD, buf_view(&text));
    buf_reset(&text);
    say_plan_downtime(&text, p, t);
    row(s, "Downtime", 0, HEAD, buf_view(&text));
}

static void write_funnel(const struct plan *p, const struct plan_tally *t, struct sink *s)
{
    static const enum plan_status order[] = {STATUS_REMOVED, STATUS_MITIGATED, STATUS_EXCEPTED,
                                             STATUS_REMAINING, STATUS_FOUND};

    heading(s, "Of what was found");
    sink_printf(s, "%6zu  Found\n", p->item_count);
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        sink_printf(s, "%6llu  %s: ", (unsigned long long)t->statuses[order[i]],
                    say_plan_status(order[i]));
        plain_wrap(s, 10 + plain_width(sv_str(say_plan_status(order[i]))), 8,
                   sv_str(say_plan_status_meaning(order[i])));
    }
}

static void write_refusal(const struct plan_refusal *r, struct sink *s)
{
    sink_str(s, " - ");
    plain_style(s, r->allowed ? PLAIN_DIM : PLAIN_BAD);
    plain_text(s, r->code);
    plain_style(s, PLAIN_NORMAL);
    if (r->subject.n) {
        sink_str(s, " ");
        plain_text(s, r->subject);
    }
    if (r->allowed)
        sink_str(s, " (allowed by name)");
    sink_char(s, '\n');
    plain_pad(s, INDENT);
    plain_wrap(s, INDENT, INDENT, r->text);
}

static void write_refusals(const struct plan *p, struct sink *s)
{
    if (!p->refusal_count)
        return;
    heading(s, "Refusals");
    for (size_t i = 0; i < p->refusal_count; i++)
        write_refusal(&p->refusals[i], s);
}

/* ---- steps ---- */

static void write_touches(const struct plan_step *step, struct sink *s)
{
    auto_buf text = {0};

    if (!step->touch_count)
        return;
    say_step_touches(&text, step);
    row(s, "touches", DEEP, DEEPER, buf_view(&text));
    for (size_t i = 0; i < step->touch_count && i < TOUCHES; i++) {
        const struct plan_touch *t = &step->touches[i];

        plain_pad(s, DEEPER);
        plain_style(s, t->change == TOUCH_REMOVED ? PLAIN_BAD : PLAIN_WARN);
        plain_cell(s, sv_str(say_touch_change(t->change)), 8, false);
        plain_style(s, PLAIN_NORMAL);
        plain_wrap(s, DEEPER + 8, DEEPER + 8, t->path);
    }
    if (step->touch_count > TOUCHES) {
        buf_reset(&text);
        say_number(&text, step->touch_count - TOUCHES);
        buf_str(&text, " more: see `debar plan -o html` or json");
        row(s, "", DEEP, DEEPER, buf_view(&text));
    }
}

static void write_content(const struct plan_step *step, struct sink *s)
{
    // What a check saw is in what it says.
    struct sv rest = step->action == ACTION_CHECK ? (struct sv){0} : step->content;

    for (size_t i = 0; rest.n && i < LINES; i++) {
        plain_pad(s, DEEPER);
        plain_style(s, PLAIN_DIM);
        plain_text(s, sv_line(&rest));
        plain_style(s, PLAIN_NORMAL);
        sink_char(s, '\n');
    }
    if (rest.n)
        row(s, "", DEEP, DEEPER, SV("and more: see `debar plan -o json`"));
}

static void write_step(const struct plan_step *step, struct sink *s)
{
    auto_buf text = {0};

    sink_printf(s, "   %4llu. ", (unsigned long long)step->number);
    plain_style(s, PLAIN_STRONG);
    plain_wrap(s, DEEP, DEEP, step->title);
    plain_style(s, PLAIN_NORMAL);
    say_command(&text, step);
    row(s, "command", DEEP, DEEPER, buf_view(&text));
    if (step->direct)
        row(s, "", DEEP, DEEPER, SV("on the machine itself, without a rehearsal"));
    row(s, "unit", DEEP, DEEPER, step->unit);
    row(s, "path", DEEP, DEEPER, step->path);
    row(s, "takes out", DEEP, DEEPER, step->edit_key);
    write_touches(step, s);
    write_content(step, s);
    row(s, "checked", DEEP, DEEPER, step->checked);
    row(s, "undo", DEEP, DEEPER, step->undo);
}

static size_t write_steps(const struct plan *p, struct sv finding, struct sink *s)
{
    size_t n = 0;

    for (size_t i = 0; i < p->step_count; i++)
        if (sv_eq(p->steps[i].finding, finding)) {
            write_step(&p->steps[i], s);
            n++;
        }
    return n;
}

/* ---- items ---- */

static enum plain_style status_style(enum plan_status status)
{
    static const enum plain_style styles[] = {
        [STATUS_FOUND] = PLAIN_WARN,     [STATUS_REMOVED] = PLAIN_GOOD,
        [STATUS_MITIGATED] = PLAIN_WARN, [STATUS_EXCEPTED] = PLAIN_WARN,
        [STATUS_REMAINING] = PLAIN_BAD,
    };

    return styles[status];
}

static void write_item(const struct plan *p, const struct plan_item *item, size_t number,
                       struct sink *s)
{
    auto_buf text = {0};

    sink_char(s, '\n');
    plain_style(s, PLAIN_STRONG);
    sink_printf(s, "%zu. ", number);
    plain_text(s, item->name.n ? item->name : item->product);
    if (item->version.n) {
        sink_str(s, " ");
        plain_text(s, item->version);
    }
    plain_style(s, PLAIN_NORMAL);
    sink_char(s, '\n');
    label(s, "outcome", INDENT, LABEL);
    plain_style(s, status_style(item->status));
    sink_str(s, say_plan_status(item->status));
    plain_style(s, PLAIN_NORMAL);
    sink_str(s, item->status_why.n ? ": " : "\n");
    if (item->status_why.n)
        plain_wrap(s, LABEL + 2 + plain_width(sv_str(say_plan_status(item->status))), LABEL,
                   item->status_why);
    buf_printf(&text, "%s, %s", confidence_text(item->confidence),
               component_state_text(item->state));
    row(s, "state", INDENT, LABEL, buf_view(&text));
    row(s, "why", INDENT, LABEL, item->why);
    row(s, "place", INDENT, LABEL, item->anchor);
    rows(s, "needed by", INDENT, LABEL, item->dependents, item->dependent_count);
    rows(s, "comes back", INDENT, LABEL, item->returns, item->return_count);
    row(s, "downtime", INDENT, LABEL, item->downtime);
    row(s, "finding", INDENT, LABEL, item->finding);
    if (!write_steps(p, item->finding, s))
        row(s, "steps", INDENT, LABEL, SV("none"));
}

static bool has_own_steps(const struct plan *p)
{
    for (size_t i = 0; i < p->step_count; i++)
        if (!p->steps[i].finding.n)
            return true;
    return false;
}

static void write_next(const struct plan_view *v, const struct plan_tally *t, struct sink *s)
{
    const struct plan *p = v->plan;
    auto_buf text = {0};

    if (!p->step_count)
        return;
    heading(s, "What to do next");
    if (t->standing)
        plain_wrap(s, 0, 0,
                   SV("Deal with each refusal, or allow it by name with `debar plan --allow "
                      "CODE=SUBJECT` and take the responsibility for it: who allows what is "
                      "recorded."));
    if (t->proposed)
        plain_wrap(s, 0, 0,
                   SV("Make the proposed changes by hand: no program edits source trees."));
    buf_printf(&text, "Carry it out: debar remove %.*s\n", (int)p->id.n, p->id.p);
    buf_printf(&text, "Take it back: debar undo %.*s\n", (int)p->id.n, p->id.p);
    buf_printf(&text, "Look again:   debar verify %.*s\n", (int)p->id.n, p->id.p);
    for (struct sv rest = buf_view(&text); rest.n;) {
        plain_text(s, sv_line(&rest));
        sink_char(s, '\n');
    }
}

void plan_write_text(const struct plan_view *v, struct sink *s)
{
    struct plan_tally t;

    plan_tally_take(v->plan, &t);
    write_top(v, &t, s);
    if (v->plan->item_count)
        write_funnel(v->plan, &t, s);
    write_refusals(v->plan, s);
    for (size_t i = 0; i < v->plan->item_count; i++)
        write_item(v->plan, &v->plan->items[i], i + 1, s);
    if (has_own_steps(v->plan)) {
        heading(s, "For the plan as a whole");
        (void)write_steps(v->plan, SV(""), s);
    }
    write_next(v, &t, s);
}
