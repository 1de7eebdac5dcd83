// SPDX-License-Identifier: Apache-2.0
/*
 * One self-contained page: for the manager the result, what it rests on and what to do; for the
 * engineer the evidence of each finding down to the byte.
 *
 * It loads nothing, and needs no script: the one it has filters the list and opens what is folded
 * before printing. The policy in its head names style and script by their digests, so that nothing
 * else could run even if something from a scanned machine got into the markup.
 */
#include "base/clock.h"
#include "report/html.h"

static void write_time(struct sink *s, int64_t ns)
{
    char text[CLOCK_TEXT];
    auto_buf day = {0};

    clock_text(ns, text);
    say_day(&day, ns / (86400 * NS_PER_S));
    sink_printf(s, "<time datetime=\"%s\">", text);
    sink_sv(s, buf_view(&day));
    sink_printf(s, ", %.5s UTC</time>", text + 11);
}

static void write_banner(struct page *p)
{
    const struct scan_view *v = p->view;
    auto_buf text = {0}, duration = {0};
    struct sink *s = p->sink;

    say_grounds(&text, v, &p->tally);
    say_duration(&duration, v->finished_ns - v->started_ns);
    sink_str(s, "<h1>Scan of ");
    if (v->host.name.n)
        html_name(s, v->host.name);
    else
        sink_str(s, "a machine without a name");
    sink_str(s, "</h1>\n<p class=\"when\">");
    write_time(s, v->started_ns);
    sink_str(s, ", for ");
    sink_sv(s, buf_view(&duration));
    sink_str(s, v->complete ? "" : ", ended early");
    sink_printf(s, "</p>\n<section class=\"verdict %s\" aria-labelledby=\"verdict\">\n",
                html_verdict_class(v->verdict));
    html_icon(s, v->verdict);
    sink_printf(s, "<div>\n<h2 id=\"verdict\">%s</h2>\n<p>", say_verdict(v->verdict));
    html_text(s, buf_view(&text));
    buf_reset(&text);
    say_uncounted(&text, &p->tally);
    if (text.n) {
        sink_str(s, "</p>\n<p class=\"beside\">");
        html_text(s, buf_view(&text));
    }
    sink_str(s, "</p>\n</div>\n</section>\n");
}

/* ---- at a glance ---- */

struct glance {
    struct page *page;
    unsigned shown;
};

static void card_begin(struct sink *s, const char *name)
{
    sink_printf(s, "<div class=\"card\"><dt>%s</dt><dd>", name);
}

static void card_end(struct sink *s)
{
    sink_str(s, "</dd></div>\n");
}

static int card_place(void *to, const struct finding *f, struct err *err)
{
    struct glance *g = to;
    struct sink *s = g->page->sink;
    (void)err;

    if (g->shown++ >= TALLY_NAMES)
        return 0;
    sink_str(s, "<div class=\"clamp\">");
    html_place(s, f->anchor.n || f->place_count == 0 ? f->anchor : f->places[0]);
    sink_str(s, "</div>");
    return 0;
}

static int card_where(struct page *p, struct err *err)
{
    struct glance g = {.page = p};

    card_begin(p->sink, "Where");
    TRY(tally_each(&p->tally, p->view, GROUP_COUNTS, card_place, &g, err));
    if (g.shown > TALLY_NAMES) {
        sink_str(p->sink, "<p class=\"muted\">and at ");
        html_number(p->sink, g.shown - TALLY_NAMES);
        sink_str(p->sink, " more, <a href=\"#findings\">listed below</a></p>");
    }
    card_end(p->sink);
    return 0;
}

static void card_what(struct page *p)
{
    const struct tally *t = &p->tally;
    struct sink *s = p->sink;
    auto_buf text = {0};

    card_begin(s, "What");
    say_count(&text, t->group[GROUP_COUNTS], "finding that counts", "findings that count");
    sink_str(s, "<p class=\"big\">");
    sink_sv(s, buf_view(&text));
    sink_str(s, "</p>");
    for (size_t i = 0; i < t->name_count; i++) {
        sink_str(s, "<p>");
        html_name(s, sv_str(t->names[i]));
        sink_str(s, "</p>");
    }
    if (t->other_names) {
        sink_str(s, "<p class=\"muted\">and ");
        html_number(s, t->other_names);
        sink_str(s, " more</p>");
    }
    card_end(s);
}

static void card_since(struct page *p)
{
    const struct tally *t = &p->tally;
    struct sink *s = p->sink;
    char day[CLOCK_TEXT];

    card_begin(s, "Since when");
    if (t->since_day == INT64_MIN) {
        sink_str(s,
                 "<p class=\"big\">Not recorded</p><p>Nothing on the machine tells when any of it "
                 "was installed.</p>");
    } else {
        sink_str(s, "<p class=\"big\">");
        html_date(s, sv_str(clock_day_text(t->since_day, day)));
        sink_str(s, "</p><p>The earliest date that is known");
        if (t->since_known < t->group[GROUP_COUNTS]) {
            sink_str(s, "; for ");
            html_number(s, t->group[GROUP_COUNTS] - t->since_known);
            sink_str(s, " of ");
            html_number(s, t->group[GROUP_COUNTS]);
            sink_str(s, " none is recorded");
        }
        sink_str(s, ".</p>");
    }
    card_end(s);
}

static void card_sure(struct page *p)
{
    struct sink *s = p->sink;

    card_begin(s, "How sure");
    if (p->tally.confirmed) {
        sink_str(s, "<p><span class=\"tag confirmed\">Confirmed</span> ");
        html_number(s, p->tally.confirmed);
        sink_printf(s, "</p><p class=\"muted\">%s</p>", say_confidence(CONFIDENCE_CONFIRMED));
    }
    if (p->tally.probable) {
        sink_str(s, "<p><span class=\"tag probable\">Probable</span> ");
        html_number(s, p->tally.probable);
        sink_printf(s, "</p><p class=\"muted\">%s</p>", say_confidence(CONFIDENCE_PROBABLE));
    }
    card_end(s);
}

/* The nearest deadline of the orders that this result concerns. */
static void card_deadline(struct page *p)
{
    const struct order_summary *of = NULL;
    const struct deadline *next = NULL;
    struct sink *s = p->sink;
    auto_buf text = {0};

    for (size_t i = 0; i < p->view->order_count; i++) {
        const struct order_summary *o = &p->view->orders[i];
        const struct deadline *d = next_deadline(o);
        bool concerns = p->view->verdict != VERDICT_FOUND || o->verdict == VERDICT_FOUND;

        if (d && concerns && (!next || d->due_day < next->due_day)) {
            next = d;
            of = o;
        }
    }
    card_begin(s, "Next deadline");
    if (!next) {
        sink_str(s,
                 "<p class=\"big\">None to come</p><p>No dated deadline of these orders is still "
                 "to come. <a href=\"#orders\">See the orders</a> for what is past.</p>");
    } else {
        say_distance(&text, next, scan_day(p->view));
        sink_str(s, "<p class=\"big\">");
        html_date(s, next->due);
        sink_str(s, "</p><p>");
        html_text(s, buf_view(&text));
        sink_str(s, ", ");
        html_text(s, of->id);
        sink_str(s, ": ");
        html_text(s, next->kind);
        sink_str(s, "</p>");
    }
    card_end(s);
}

static void card_coverage(struct page *p)
{
    const struct coverage *c = &p->view->coverage;
    struct sink *s = p->sink;
    auto_buf text = {0};

    say_count(&text, c->unexamined, "object", NULL);
    card_begin(s, "Not examined");
    sink_str(s, "<p class=\"big\">");
    sink_sv(s, buf_view(&text));
    sink_str(s, "</p><p>");
    html_number(s, c->examined);
    sink_str(s, " were examined, ");
    html_number(s, coverage_skipped(c));
    sink_str(s, " left out by rule. <a href=\"#coverage\">The account</a></p>");
    card_end(s);
}

static int write_glance(struct page *p, struct err *err)
{
    struct sink *s = p->sink;

    sink_str(s, "<section aria-labelledby=\"glance\">\n<h2 id=\"glance\">At a glance</h2>\n"
                "<dl class=\"cards\">\n");
    if (p->tally.group[GROUP_COUNTS]) {
        card_what(p);
        TRY(card_where(p, err));
        card_since(p);
        card_sure(p);
    }
    card_deadline(p);
    card_coverage(p);
    sink_str(s, "</dl>\n</section>\n");
    return 0;
}

/* ---- the rest of the page ---- */

static void add_step(void *to, struct sv step)
{
    struct sink *s = to;

    sink_str(s, "<li>");
    html_marked(s, step);
    sink_str(s, "</li>\n");
}

static void write_next(struct page *p)
{
    sink_str(p->sink, "<section aria-labelledby=\"next\">\n<h2 id=\"next\">What to do next</h2>\n"
                      "<ol class=\"steps\">\n");
    say_next(p->view, &p->tally, add_step, p->sink);
    sink_str(p->sink, "</ol>\n</section>\n");
}

static void write_contents(struct page *p)
{
    static const struct {
        enum finding_group group;
        const char *id, *text;
    } groups[] = {{GROUP_COUNTS, "details", "Each finding"},
                  {GROUP_EXCEPTED, "excepted", "Excepted"},
                  {GROUP_OUTSIDE, "outside", "Not covered"},
                  {GROUP_TRACE, "traces", "Traces"}};
    struct sink *s = p->sink;

    sink_str(s, "<nav aria-label=\"On this page\">\n<ul>\n<li><a href=\"#next\">What to do "
                "next</a></li>\n");
    if (p->tally.group[GROUP_COUNTS])
        sink_str(s, "<li><a href=\"#findings\">Findings</a></li>\n");
    sink_str(s, "<li><a href=\"#orders\">Orders</a></li>\n<li><a href=\"#coverage\">What was "
                "examined</a></li>\n");
    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        if (p->tally.group[groups[i].group])
            sink_printf(s, "<li><a href=\"#%s\">%s</a></li>\n", groups[i].id, groups[i].text);
    sink_str(s, "<li><a href=\"#method\">How it was searched</a></li>\n<li><a "
                "href=\"#about\">About this scan</a></li>\n</ul>\n</nav>\n");
}

static void write_method(struct page *p)
{
    struct sink *s = p->sink;

    sink_str(s,
             "<section aria-labelledby=\"method\">\n<h2 id=\"method\">How it was searched</h2>\n");
    for (size_t i = 0; say_method(i); i++)
        sink_printf(s, "<p>%s</p>\n", say_method(i));
    sink_str(s, "</section>\n");
}

static void fact(struct sink *s, const char *name, struct sv value)
{
    if (value.n == 0)
        return;
    sink_printf(s, "<div><dt>%s</dt><dd>", name);
    html_name(s, value);
    sink_str(s, "</dd></div>\n");
}

static void fact_list(struct sink *s, const char *name, const struct sv *list, size_t count)
{
    if (count == 0)
        return;
    sink_printf(s, "<div><dt>%s</dt><dd><ul class=\"places\">", name);
    for (size_t i = 0; i < count; i++) {
        sink_str(s, "<li>");
        html_place(s, list[i]);
        sink_str(s, "</li>");
    }
    sink_str(s, "</ul></dd></div>\n");
}

static void fact_time(struct sink *s, const char *name, int64_t ns)
{
    sink_printf(s, "<div><dt>%s</dt><dd>", name);
    write_time(s, ns);
    sink_str(s, "</dd></div>\n");
}

static void write_about(struct page *p)
{
    const struct scan_view *v = p->view;
    struct sink *s = p->sink;

    sink_str(s, "<section aria-labelledby=\"about\">\n<h2 id=\"about\">About this scan</h2>\n"
                "<dl class=\"facts\">\n");
    fact(s, "Machine", v->host.name);
    fact(s, "Host id", v->host.id);
    fact(s, "System", v->host.os);
    fact(s, "Kernel", v->host.kernel);
    fact(s, "Architecture", v->host.architecture);
    fact(s, "Hardware id (DMI)", v->host.dmi_uuid);
    if (v->root.n)
        fact_list(s, "Root", &v->root, 1);
    fact_list(s, "Targets", v->targets, v->target_count);
    fact_time(s, "Started", v->started_ns);
    fact_time(s, v->complete ? "Finished" : "Ended early", v->finished_ns);
    fact(s, "Scan", v->scan_id);
    fact(s, "Program", SV("debar"));
    fact(s, "Version", v->version);
    fact_list(s, "Catalogues", v->catalogues, v->catalogue_count);
    sink_str(s, "</dl>\n</section>\n");
}

static int write_page(struct page *p, struct err *err)
{
    TRY(tally_take(p->view, &p->tally, err));
    html_begin(p->sink, say_verdict(p->view->verdict), p->view->host.name, "Scan report");
    write_banner(p);
    TRY(write_glance(p, err));
    write_contents(p);
    write_next(p);
    TRY(html_findings_table(p, err));
    html_orders(p);
    TRY(html_coverage(p, err));
    TRY(html_findings(p, err));
    write_method(p);
    write_about(p);
    return 0;
}

static int write_html(const struct scan_view *view, struct sink *sink, struct err *err)
{
    struct page page = {.view = view, .sink = sink};
    int result = write_page(&page, err);

    if (result < 0)
        sink_str(sink,
                 "<p><strong>This report is not whole: writing it failed here.</strong></p>\n");
    html_end(sink, "This page loads nothing from elsewhere. A JSON report of the same scan holds "
                   "every place and everything that was not examined.");
    tally_clear(&page.tally);
    return result;
}

const struct report_format format_html = {
    .name = "html",
    .summary = "one self-contained page, for a manager and an engineer",
    .extension = "html",
    .write = write_html,
};
