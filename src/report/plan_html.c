// SPDX-License-Identifier: Apache-2.0
/*
 * A plan as one self-contained page: for the manager what happens, under which order and what it
 * takes; for the engineer every step with every path. The same head, style and script as the
 * report of a scan, and the same rule: what is not a literal of ours is escaped.
 */
#include "report/html.h"
#include "report/plan_say.h"

static void fact_begin(struct sink *s, const char *name)
{
    sink_printf(s, "<div><dt>%s</dt><dd>", name);
}

static void fact_end(struct sink *s)
{
    sink_str(s, "</dd></div>\n");
}

static void fact(struct sink *s, const char *name, struct sv value)
{
    if (!value.n)
        return;
    fact_begin(s, name);
    html_text(s, value);
    fact_end(s);
}

static void fact_place(struct sink *s, const char *name, struct sv place)
{
    if (!place.n)
        return;
    fact_begin(s, name);
    html_place(s, place);
    fact_end(s);
}

static void fact_list(struct sink *s, const char *name, const struct sv *list, size_t count)
{
    if (!count)
        return;
    fact_begin(s, name);
    sink_str(s, "<ul class=\"places\">");
    for (size_t i = 0; i < count; i++) {
        sink_str(s, "<li>");
        html_text(s, list[i]);
        sink_str(s, "</li>");
    }
    sink_str(s, "</ul>");
    fact_end(s);
}

/* ---- the top ---- */

static const char *verdict_class(const struct plan *p, const struct plan_tally *t)
{
    if (t->standing)
        return "found";
    return t->statuses[STATUS_REMOVED] == p->item_count ? "absent" : "unknown";
}

static void write_banner(const struct plan_view *v, const struct plan_tally *t, struct sink *s)
{
    const struct plan *p = v->plan;
    const char *class = verdict_class(p, t);
    auto_buf text = {0};

    sink_str(s, "<h1>Removal plan for ");
    html_name(s, p->host_name.n ? p->host_name : SV("a machine without a name"));
    sink_str(s, "</h1>\n<p class=\"when\">Plan <code>");
    html_text(s, p->id);
    sink_printf(s, "</code></p>\n<section class=\"verdict %s\" aria-labelledby=\"verdict\">\n",
                class);
    html_icon(s, t->standing ? VERDICT_FOUND : *class == 'a' ? VERDICT_ABSENT : VERDICT_UNKNOWN);
    sink_printf(s, "<div>\n<h2 id=\"verdict\">%s</h2>\n<p>", say_plan_heading(v, t));
    say_plan_grounds(&text, v, t);
    html_text(s, buf_view(&text));
    sink_str(s, "</p>\n</div>\n</section>\n");
}

static void card_begin(struct sink *s, const char *name)
{
    sink_printf(s, "<div class=\"card\"><dt>%s</dt><dd>", name);
}

static void card_end(struct sink *s)
{
    sink_str(s, "</dd></div>\n");
}

static void card_what(const struct plan *p, const struct plan_tally *t, struct sink *s)
{
    uint64_t shown = 0, removed = t->statuses[STATUS_REMOVED];

    card_begin(s, "What is removed");
    sink_str(s, "<p class=\"big\">");
    html_number(s, removed);
    sink_str(s, " of ");
    html_number(s, p->item_count);
    sink_str(s, p->item_count == 1 ? " product</p>" : " products</p>");
    for (size_t i = 0; i < p->item_count && shown < TALLY_NAMES; i++) {
        if (p->items[i].status != STATUS_REMOVED)
            continue;
        sink_str(s, "<p>");
        html_name(s, p->items[i].name.n ? p->items[i].name : p->items[i].product);
        sink_str(s, "</p>");
        shown++;
    }
    if (removed > shown) {
        sink_str(s, "<p class=\"muted\">and ");
        html_number(s, removed - shown);
        sink_str(s, " more</p>");
    }
    card_end(s);
}

static void card_orders(const struct plan_view *v, struct sink *s)
{
    card_begin(s, "Under which order");
    if (!v->plan->order_count)
        sink_str(s, "<p>None was named.</p>");
    for (size_t i = 0; i < v->plan->order_count; i++) {
        const struct order_summary *o = plan_order(v, v->plan->orders[i]);

        sink_str(s, "<p>");
        html_text(s, o && o->title.n ? o->title : v->plan->orders[i]);
        if (o) {
            sink_str(s, "<br><span class=\"muted\">");
            html_link(s, o->url, o->citation);
            sink_str(s, ", ");
            html_text(s, o->authority);
            sink_str(s, "</span>");
        }
        sink_str(s, "</p>");
    }
    card_end(s);
}

static void card_text(struct sink *s, const char *name, const char *big, struct sv text)
{
    card_begin(s, name);
    sink_printf(s, "<p class=\"big\">%s</p><p>", big);
    html_text(s, text);
    sink_str(s, "</p>");
    card_end(s);
}

static void write_glance(const struct plan_view *v, const struct plan_tally *t, struct sink *s)
{
    const struct plan *p = v->plan;
    auto_buf text = {0};

    sink_str(s, "<section aria-labelledby=\"glance\">\n<h2 id=\"glance\">At a glance</h2>\n"
                "<dl class=\"cards\">\n");
    card_what(p, t, s);
    card_orders(v, s);
    say_plan_downtime(&text, p, t);
    card_text(s, "Downtime",
              p->reboot                  ? "Restart needed"
              : t->units || t->processes ? "Services stop"
                                         : "None",
              buf_view(&text));
    buf_reset(&text);
    say_plan_touches(&text, t);
    card_text(s, "Changes", t->direct ? "Some without a rehearsal" : "All known beforehand",
              buf_view(&text));
    card_begin(s, "Refusals");
    sink_str(s, "<p class=\"big\">");
    html_number(s, t->standing);
    sink_str(s, t->standing == 1 ? " stands" : " stand");
    sink_str(s, "</p>");
    if (t->allowed) {
        sink_str(s, "<p>");
        html_number(s, t->allowed);
        sink_str(s, " allowed by name</p>");
    }
    if (p->refusal_count)
        sink_str(s, "<p><a href=\"#refusals\">What stands against it</a></p>");
    card_end(s);
    sink_str(s, "</dl>\n</section>\n");
}

static void write_contents(const struct plan *p, struct sink *s)
{
    sink_str(s, "<nav aria-label=\"Contents\"><ul>\n<li><a href=\"#funnel\">Of what was "
                "found</a></li>\n");
    if (p->refusal_count)
        sink_str(s, "<li><a href=\"#refusals\">Refusals</a></li>\n");
    if (p->item_count)
        sink_str(s, "<li><a href=\"#products\">The products, step by step</a></li>\n");
    sink_str(s, "<li><a href=\"#next\">What to do next</a></li>\n"
                "<li><a href=\"#about\">About this plan</a></li>\n</ul></nav>\n");
}

/* ---- counts and refusals ---- */

static void funnel_row(struct sink *s, const char *name, uint64_t n, const char *meaning)
{
    html_row(s);
    html_row_heading(s, "Status");
    sink_str(s, name);
    html_row_heading_end(s);
    html_cell(s, "Products");
    html_number(s, n);
    html_cell_end(s);
    html_cell(s, "What it means");
    sink_str(s, meaning);
    html_cell_end(s);
    html_row_end(s);
}

static void write_funnel(const struct plan *p, const struct plan_tally *t, struct sink *s)
{
    static const char *const columns[] = {"Status", "Products", "What it means"};
    static const enum plan_status order[] = {STATUS_REMOVED, STATUS_MITIGATED, STATUS_EXCEPTED,
                                             STATUS_REMAINING, STATUS_FOUND};

    sink_str(s, "<section aria-labelledby=\"funnel\">\n<h2 id=\"funnel\">Of what was found</h2>\n");
    html_table_begin(s, NULL, "What becomes of each product when this plan was carried out", true,
                     columns, ARRAY_LEN(columns));
    funnel_row(s, "Found", p->item_count, "every product that this plan is about");
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        funnel_row(s, say_plan_status(order[i]), t->statuses[order[i]],
                   say_plan_status_meaning(order[i]));
    html_table_end(s);
    sink_str(s, "</section>\n");
}

static void write_refusals(const struct plan *p, struct sink *s)
{
    static const char *const columns[] = {"Refusal", "What it is about", "Why, and what to do",
                                          "State"};

    if (!p->refusal_count)
        return;
    sink_str(s, "<section aria-labelledby=\"refusals\">\n<h2 id=\"refusals\">What stands against "
                "it</h2>\n");
    html_table_begin(s, NULL, "Refusals", true, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < p->refusal_count; i++) {
        const struct plan_refusal *r = &p->refusals[i];

        html_row(s);
        html_row_heading(s, "Refusal");
        html_text(s, r->code);
        html_row_heading_end(s);
        html_cell(s, "What it is about");
        if (r->subject.n)
            html_place(s, r->subject);
        else
            sink_str(s, "the whole plan");
        html_cell_end(s);
        html_cell(s, "Why, and what to do");
        html_text(s, r->text);
        html_cell_end(s);
        html_cell(s, "State");
        sink_str(s, r->allowed ? "<span class=\"tag plain\">Allowed by name</span>"
                               : "<span class=\"tag confirmed\">Stands</span>");
        html_cell_end(s);
        html_row_end(s);
    }
    html_table_end(s);
    sink_str(s, "</section>\n");
}

/* ---- one step ---- */

static void touch_row(struct sink *s, const struct plan_touch *t)
{
    auto_buf size = {0};

    html_row(s);
    html_row_heading(s, "Path");
    html_place(s, t->path);
    html_row_heading_end(s);
    html_cell(s, "Becomes");
    sink_str(s, say_touch_change(t->change));
    html_cell_end(s);
    html_cell(s, "What it is");
    html_text(s, t->type);
    if (t->size && sv_eq(t->type, SV("file"))) {
        say_bytes(&size, t->size);
        sink_str(s, ", ");
        html_text(s, buf_view(&size));
    }
    html_cell_end(s);
    html_cell(s, "Why it may be touched");
    html_text(s, t->why);
    html_cell_end(s);
    html_row_end(s);
}

static void write_touches(struct sink *s, const struct plan_step *step)
{
    static const char *const columns[] = {"Path", "Becomes", "What it is", "Why it may be touched"};
    auto_buf text = {0};

    if (!step->touch_count)
        return;
    say_step_touches(&text, step);
    sink_str(s, "<details class=\"evidence\">\n<summary>");
    html_text(s, buf_view(&text));
    sink_printf(s, "<span class=\"unseen\"> by step %llu</span></summary>\n",
                (unsigned long long)step->number);
    html_table_begin(s, NULL, "Every path that this step touches", true, columns,
                     ARRAY_LEN(columns));
    for (size_t i = 0; i < step->touch_count; i++)
        touch_row(s, &step->touches[i]);
    html_table_end(s);
    sink_str(s, "</details>\n");
}

static void write_content(struct sink *s, const struct plan_step *step)
{
    struct sv rest = step->content;

    // What a check saw is in what it says.
    if (!rest.n || step->action == ACTION_CHECK)
        return;
    sink_printf(s,
                "<details class=\"evidence\">\n<summary>%s<span class=\"unseen\"> of step "
                "%llu</span></summary>\n<ul class=\"places\">",
                step->action == ACTION_PROPOSE ? "The change" : "What is written",
                (unsigned long long)step->number);
    while (rest.n) {
        sink_str(s, "<li>");
        html_place(s, sv_line(&rest));
        sink_str(s, "</li>\n");
    }
    sink_str(s, "</ul>\n</details>\n");
}

static void write_command(struct sink *s, const struct plan_step *step)
{
    auto_buf text = {0};

    say_command(&text, step);
    if (!text.n)
        return;
    fact_begin(s, "Command");
    html_place(s, buf_view(&text));
    sink_str(s, step->direct
                    ? "<br>It runs on the machine itself: no rehearsal was possible."
                    : "<br><span class=\"muted\">It was rehearsed on a copy; what it did there is "
                      "what is listed here, and only that is carried over.</span>");
    fact_end(s);
}

static void write_step(struct sink *s, const struct plan_step *step)
{
    sink_printf(s, "<li class=\"step\" value=\"%llu\">\n<p><strong>",
                (unsigned long long)step->number);
    html_text(s, step->title);
    sink_printf(s, "</strong> <span class=\"tag plain\">%s</span></p>\n",
                say_plan_stage(step->stage));
    sink_str(s, "<dl class=\"facts\">\n");
    write_command(s, step);
    fact(s, "Unit", step->unit);
    fact_place(s, "Path", step->path);
    fact(s, "Takes out", step->edit_key);
    if (!step->touch_count)
        fact(s, "Touches", SV("no path"));
    fact(s, "Checked afterwards", step->checked);
    fact(s, "To undo it", step->undo);
    sink_str(s, "</dl>\n");
    write_touches(s, step);
    write_content(s, step);
    sink_str(s, "</li>\n");
}

static bool write_steps(struct sink *s, const struct plan *p, struct sv finding)
{
    bool any = false;

    for (size_t i = 0; i < p->step_count; i++) {
        if (!sv_eq(p->steps[i].finding, finding))
            continue;
        if (!any)
            sink_str(s, "<ol class=\"plan\">\n");
        any = true;
        write_step(s, &p->steps[i]);
    }
    if (any)
        sink_str(s, "</ol>\n");
    return any;
}

/* ---- one product ---- */

static const char *status_class(enum plan_status status)
{
    if (status == STATUS_REMOVED)
        return "plain";
    return status == STATUS_REMAINING ? "confirmed" : "probable";
}

static void write_item(struct sink *s, const struct plan *p, size_t i)
{
    const struct plan_item *item = &p->items[i];

    sink_printf(s, "<article class=\"finding\" id=\"item-%zu\">\n<h3>", i + 1);
    html_name(s, item->name.n ? item->name : item->product);
    if (item->version.n) {
        sink_str(s, " <span class=\"version\">");
        html_name(s, item->version);
        sink_str(s, "</span>");
    }
    sink_printf(s, "</h3>\n<p class=\"tags\"><span class=\"tag %s\">%s</span> ",
                status_class(item->status), say_plan_status(item->status));
    sink_printf(s, "<span class=\"tag plain\">%s, %s</span></p>\n<dl class=\"facts\">\n",
                confidence_text(item->confidence), component_state_text(item->state));
    fact(s, "Why not removed", item->status_why);
    fact(s, "Why it is the vendor's", item->why);
    fact_place(s, "Place", item->anchor);
    fact_list(s, "What needs it", item->dependents, item->dependent_count);
    fact_list(s, "What would bring it back", item->returns, item->return_count);
    fact(s, "Downtime", item->downtime);
    fact(s, "Vendor", item->vendor);
    fact(s, "Finding", item->finding);
    sink_str(s, "</dl>\n<h4>Steps</h4>\n");
    if (!write_steps(s, p, item->finding))
        sink_str(s, "<p>None.</p>\n");
    sink_str(s, "</article>\n");
}

static void write_items(const struct plan *p, struct sink *s)
{
    bool own = false;

    if (!p->item_count)
        return;
    sink_str(s, "<section aria-labelledby=\"products\">\n<h2 id=\"products\">The products, step by "
                "step</h2>\n<p class=\"lead\">Steps are carried out in the order of their "
                "numbers.</p>\n");
    for (size_t i = 0; i < p->item_count; i++)
        write_item(s, p, i);
    for (size_t i = 0; i < p->step_count; i++)
        own = own || !p->steps[i].finding.n;
    if (own) {
        sink_str(s, "<article class=\"finding\">\n<h3>For the plan as a whole</h3>\n");
        (void)write_steps(s, p, SV(""));
        sink_str(s, "</article>\n");
    }
    sink_str(s, "</section>\n");
}

/* ---- the end ---- */

static void command_line(struct sink *s, const char *before, const char *command, struct sv id)
{
    sink_printf(s, "<li>%s: <code>debar %s ", before, command);
    html_text(s, id);
    sink_str(s, "</code></li>\n");
}

static void write_next(const struct plan *p, const struct plan_tally *t, struct sink *s)
{
    sink_str(s, "<section aria-labelledby=\"next\">\n<h2 id=\"next\">What to do next</h2>\n<ol "
                "class=\"steps\">\n");
    if (t->standing)
        sink_str(s, "<li>Deal with each refusal, or allow it by name with <code>debar plan "
                    "--allow</code>: who allows what is recorded.</li>\n");
    if (t->proposed)
        sink_str(s, "<li>Make the proposed changes by hand: no program edits source trees.</li>\n");
    if (p->step_count) {
        command_line(s, "When this plan is approved, carry it out", "remove", p->id);
        command_line(s, "If anything has to come back, undo it", "undo", p->id);
        command_line(s, "After a restart, and after 1, 7 and 30 days, look again", "verify", p->id);
    } else {
        sink_str(s, "<li>Nothing: this plan has no steps.</li>\n");
    }
    sink_str(s, "</ol>\n</section>\n");
}

static void write_about(const struct plan *p, struct sink *s)
{
    sink_str(s, "<section aria-labelledby=\"about\">\n<h2 id=\"about\">About this plan</h2>\n"
                "<dl class=\"facts\">\n");
    fact(s, "Plan", p->id);
    fact(s, "Machine", p->host_name);
    fact(s, "Host id", p->host_id);
    if (plan_is_live(p))
        fact(s, "Root", SV("/, the running machine"));
    else
        fact_place(s, "Root", p->root);
    fact(s, "Scan", p->scan_id);
    fact_list(s, "Orders", p->orders, p->order_count);
    sink_str(s, "</dl>\n<p>The plan's id is made from its content: a plan that was altered has "
                "another.</p>\n</section>\n");
}

void plan_write_html(const struct plan_view *v, struct sink *s)
{
    struct plan_tally t;

    plan_tally_take(v->plan, &t);
    html_begin(s, "Removal plan", v->plan->host_name, "Removal plan");
    write_banner(v, &t, s);
    write_glance(v, &t, s);
    write_contents(v->plan, s);
    write_funnel(v->plan, &t, s);
    write_refusals(v->plan, s);
    write_items(v->plan, s);
    write_next(v->plan, &t, s);
    write_about(v->plan, s);
    html_end(s, "This page loads nothing from elsewhere. The same plan as JSON is what is carried "
                "out.");
}
