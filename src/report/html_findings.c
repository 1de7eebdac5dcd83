// SPDX-License-Identifier: Apache-2.0
/* The findings of the HTML report: a table of those that count, then each with its evidence. */
#include "report/html.h"

enum {
    PLACES = 200, /* of one finding; the JSON report has them all */
    INDICATORS = 100,
    TRACES = 200,
};

struct walk {
    struct page *page;
    enum finding_group group;
    uint64_t number; /* over all groups, so that every finding has its own anchor */
};

static void finding_title(struct sink *s, const struct finding *f)
{
    html_name(s, f->name.n ? f->name : f->product);
    if (f->version.n) {
        sink_str(s, " <span class=\"version\">");
        html_name(s, f->version);
        sink_str(s, "</span>");
    }
}

static const char *confidence_label(enum confidence confidence)
{
    static const char *const texts[] = {"None", "Trace", "Probable", "Confirmed"};

    return texts[confidence];
}

static void confidence_tag(struct sink *s, enum confidence confidence)
{
    sink_printf(s, "<span class=\"tag %s\">%s</span>", confidence_text(confidence),
                confidence_label(confidence));
}

static struct sv where(const struct finding *f)
{
    return f->anchor.n || f->place_count == 0 ? f->anchor : f->places[0];
}

static void section_begin(struct page *p, const char *id, enum finding_group group)
{
    struct sink *s = p->sink;

    sink_printf(s, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s <span class=\"count\">(", id,
                id, finding_group_title(group));
    html_number(s, p->tally.group[group]);
    sink_printf(s, ")</span></h2>\n<p class=\"lead\">%s</p>\n", finding_group_note(group));
}

/* ---- the table ---- */

static void covering_orders(struct sink *s, const struct finding *f)
{
    bool any = false;

    for (size_t i = 0; i < f->order_count; i++) {
        if (!finding_counts_under(f, f->orders[i].id))
            continue;
        sink_str(s, any ? ", " : "");
        sink_str(s, "<span class=\"nobreak\">");
        html_text(s, f->orders[i].id);
        sink_str(s, "</span>");
        any = true;
    }
}

static int table_row(void *to, const struct finding *f, struct err *err)
{
    struct walk *w = to;
    struct sink *s = w->page->sink;
    (void)err;

    w->number++;
    html_row(s);
    html_row_heading(s, "Product");
    sink_printf(s, "<a href=\"#finding-%llu\">", (unsigned long long)w->number);
    finding_title(s, f);
    sink_str(s, "</a>");
    html_row_heading_end(s);
    html_cell(s, "State");
    sink_str(s, component_state_text(f->state));
    html_cell_end(s);
    html_cell(s, "How sure");
    confidence_tag(s, f->confidence);
    html_cell_end(s);
    html_cell(s, "Since");
    if (f->since.n)
        html_date(s, f->since);
    else
        sink_str(s, "<span class=\"muted\">not recorded</span>");
    html_cell_end(s);
    html_cell(s, "Where");
    sink_str(s, "<div class=\"clamp\">");
    html_place(s, where(f));
    sink_str(s, "</div>");
    html_cell_end(s);
    html_cell(s, "Counts under");
    covering_orders(s, f);
    html_cell_end(s);
    html_row_end(s);
    return 0;
}

int html_findings_table(struct page *p, struct err *err)
{
    static const char *const columns[] = {"Product", "State", "How sure",
                                          "Since",   "Where", "Counts under"};
    struct walk w = {.page = p};

    if (p->tally.group[GROUP_COUNTS] == 0)
        return 0;
    section_begin(p, "findings", GROUP_COUNTS);
    html_table_begin(p->sink, "findings-table", "The findings that count", true, columns,
                     ARRAY_LEN(columns));
    TRY(tally_each(&p->tally, p->view, GROUP_COUNTS, table_row, &w, err));
    html_table_end(p->sink);
    sink_str(p->sink, "</section>\n");
    return 0;
}

/* ---- one finding ---- */

static void fact_begin(struct sink *s, const char *name)
{
    sink_printf(s, "<div><dt>%s</dt><dd>", name);
}

static void fact_end(struct sink *s)
{
    sink_str(s, "</dd></div>\n");
}

static void write_facts(struct sink *s, const struct finding *f)
{
    sink_str(s, "<dl class=\"facts\">\n");
    fact_begin(s, "Where");
    html_place(s, where(f));
    fact_end(s);
    if (f->carrier.n) {
        fact_begin(s, "Inside");
        html_name(s, f->carrier);
        fact_end(s);
    }
    fact_begin(s, "Since");
    if (f->since.n)
        html_date(s, f->since);
    else
        sink_str(s, "Not recorded.");
    fact_end(s);
    fact_begin(s, "How sure");
    sink_printf(s, "<strong>%s</strong>: ", confidence_label(f->confidence));
    html_marked(s, say_why(f));
    fact_end(s);
    if (f->raise.n) {
        fact_begin(s, "What would change that");
        html_marked(s, f->raise);
        fact_end(s);
    }
    if (finding_counts(f)) {
        fact_begin(s, "Counts under");
        covering_orders(s, f);
        fact_end(s);
    }
    fact_begin(s, "Catalogue");
    html_text(s, f->vendor);
    sink_str(s, ", product ");
    html_text(s, f->product);
    fact_end(s);
    fact_begin(s, "Finding");
    sink_str(s, "<code>");
    html_text(s, f->id);
    sink_str(s, "</code>");
    fact_end(s);
    sink_str(s, "</dl>\n");
}

static void write_order(struct sink *s, const struct finding_order *o)
{
    auto_buf status = {0};

    say_order_status(&status, o);
    html_row(s);
    html_row_heading(s, "Order");
    html_text(s, o->id);
    html_row_heading_end(s);
    html_cell(s, "Covered");
    html_text(s, buf_view(&status));
    html_cell_end(s);
    html_cell(s, "As");
    html_text(s, o->scope);
    html_cell_end(s);
    html_cell(s, "Clause");
    html_text(s, o->why);
    html_cell_end(s);
    html_row_end(s);
}

static size_t count_covering(const struct finding *f)
{
    size_t n = 0;

    for (size_t i = 0; i < f->order_count; i++)
        n += f->orders[i].covered;
    return n;
}

static void write_orders(struct sink *s, const struct finding *f)
{
    static const char *const columns[] = {"Order", "Covered", "As", "Clause"};
    size_t covering = count_covering(f);
    auto_buf text = {0};

    if (f->order_count == 0) {
        sink_str(s, "<p>None of the orders asked about names this vendor.</p>\n");
        return;
    }
    buf_str(&text, "What the orders say: covered by ");
    say_number(&text, covering);
    if (covering < f->order_count) {
        buf_str(&text, ", not by ");
        say_number(&text, f->order_count - covering);
    }
    sink_str(s, "<details class=\"evidence\">\n<summary>");
    sink_sv(s, buf_view(&text));
    sink_str(s, "</summary>\n");
    html_table_begin(s, NULL, "What each order says of it", true, columns, ARRAY_LEN(columns));
    for (int covered = 1; covered >= 0; covered--)
        for (size_t i = 0; i < f->order_count; i++)
            if (f->orders[i].covered == covered)
                write_order(s, &f->orders[i]);
    html_table_end(s);
    sink_str(s, "</details>\n");
}

static void write_indicator(struct sink *s, const struct finding_indicator *in)
{
    auto_buf range = {0};

    html_row(s);
    html_row_heading(s, "Indicator");
    sink_str(s, "<code>");
    html_text(s, in->id);
    sink_str(s, "</code>");
    html_row_heading_end(s);
    html_cell(s, "Strength");
    sink_str(s, strength_text(in->strength));
    if (in->effective != in->strength)
        sink_printf(s, ", here %s", strength_text(in->effective));
    html_cell_end(s);
    html_cell(s, "What was seen");
    html_text(s, in->field);
    sink_str(s, " = <code>");
    html_name(s, in->value);
    sink_str(s, "</code>");
    if (in->note.n) {
        sink_str(s, "<p class=\"note\">");
        html_text(s, in->note);
        sink_str(s, "</p>");
    }
    html_cell_end(s);
    html_cell(s, "Where");
    html_place(s, in->place);
    say_range(&range, in);
    if (range.n) {
        sink_str(s, "<br><span class=\"muted\">");
        html_text(s, buf_view(&range));
        sink_str(s, "</span>");
    }
    html_cell_end(s);
    html_cell(s, "Known from");
    html_link(s, in->source, in->source);
    html_cell_end(s);
    html_row_end(s);
}

static void more_in_json(struct sink *s, uint64_t n)
{
    auto_buf text = {0};

    say_count(&text, n, "more is in the JSON report.", "more are in the JSON report.");
    sink_str(s, "<p class=\"muted\">");
    sink_sv(s, buf_view(&text));
    sink_str(s, "</p>\n");
}

static void write_evidence(struct sink *s, const struct finding *f)
{
    static const char *const columns[] = {"Indicator", "Strength", "What was seen", "Where",
                                          "Known from"};
    auto_buf text = {0};

    buf_str(&text, "Evidence: ");
    say_count(&text, f->indicator_count, "indicator", NULL);
    buf_str(&text, ", ");
    say_count(&text, f->place_count, "place", NULL);
    sink_str(s, "<details class=\"evidence\">\n<summary>");
    sink_sv(s, buf_view(&text));
    sink_str(s, "</summary>\n");
    if (f->indicator_count) {
        html_table_begin(s, NULL, "What was seen", false, columns, ARRAY_LEN(columns));
        for (size_t i = 0; i < f->indicator_count && i < INDICATORS; i++)
            write_indicator(s, &f->indicators[i]);
        html_table_end(s);
    }
    if (f->indicator_count > INDICATORS)
        more_in_json(s, f->indicator_count - INDICATORS);
    sink_str(s, "<h4>Places</h4>\n<ul class=\"places\">\n");
    for (size_t i = 0; i < f->place_count && i < PLACES; i++) {
        sink_str(s, "<li>");
        html_place(s, f->places[i]);
        sink_str(s, "</li>\n");
    }
    sink_str(s, "</ul>\n");
    if (f->place_count > PLACES)
        more_in_json(s, f->place_count - PLACES);
    sink_str(s, "</details>\n");
}

static void lapsed_note(struct sink *s, const struct finding *f)
{
    const struct finding_order *o = finding_lapsed(f);

    if (!o)
        return;
    sink_str(s, "<p class=\"note\">It counts again: the exception ");
    html_text(s, o->exception);
    sink_str(s, " ran out");
    if (o->until.n) {
        sink_str(s, " on ");
        html_date(s, o->until);
    }
    sink_str(s, ".</p>\n");
}

static int write_finding(void *to, const struct finding *f, struct err *err)
{
    struct walk *w = to;
    struct sink *s = w->page->sink;
    unsigned long long n;
    (void)err;

    n = ++w->number;
    sink_printf(s,
                "<article class=\"finding\" id=\"finding-%llu\" "
                "aria-labelledby=\"finding-%llu-title\">\n<h3 id=\"finding-%llu-title\">",
                n, n, n);
    finding_title(s, f);
    sink_str(s, "</h3>\n<p class=\"tags\">");
    confidence_tag(s, f->confidence);
    sink_printf(s, " <span class=\"tag plain\">%s</span>", say_state(f->state));
    if (w->group == GROUP_EXCEPTED)
        sink_str(s, " <span class=\"tag plain\">excepted</span>");
    sink_str(s, "</p>\n");
    lapsed_note(s, f);
    write_facts(s, f);
    write_orders(s, f);
    write_evidence(s, f);
    sink_str(s, "</article>\n");
    return 0;
}

/* ---- traces ---- */

static int trace_row(void *to, const struct finding *f, struct err *err)
{
    struct walk *w = to;
    struct sink *s = w->page->sink;
    (void)err;

    if (w->number++ >= TRACES)
        return 0;
    html_row(s);
    html_row_heading(s, "Hint at");
    finding_title(s, f);
    html_row_heading_end(s);
    html_cell(s, "What was seen");
    if (f->indicator_count) {
        html_text(s, f->indicators[0].field);
        sink_str(s, " = <code>");
        html_name(s, f->indicators[0].value);
        sink_str(s, "</code>");
    }
    html_cell_end(s);
    html_cell(s, "Where");
    html_place(s, where(f));
    html_cell_end(s);
    html_cell(s, "Why it is no more");
    html_marked(s, say_why(f));
    html_cell_end(s);
    html_row_end(s);
    return 0;
}

static int write_traces(struct page *p, struct err *err)
{
    static const char *const columns[] = {"Hint at", "What was seen", "Where", "Why it is no more"};
    struct walk w = {.page = p};

    html_table_begin(p->sink, NULL, "The traces", true, columns, ARRAY_LEN(columns));
    TRY(tally_each(&p->tally, p->view, GROUP_TRACE, trace_row, &w, err));
    html_table_end(p->sink);
    if (w.number > TRACES)
        more_in_json(p->sink, w.number - TRACES);
    return 0;
}

/* ---- sections ---- */

int html_findings(struct page *p, struct err *err)
{
    static const char *const ids[] = {
        [GROUP_COUNTS] = "details",
        [GROUP_EXCEPTED] = "excepted",
        [GROUP_OUTSIDE] = "outside",
        [GROUP_TRACE] = "traces",
    };
    struct walk w = {.page = p};

    for (int group = 0; group < GROUP_COUNT_; group++) {
        if (p->tally.group[group] == 0)
            continue;
        w.group = (enum finding_group)group;
        if (group == GROUP_COUNTS)
            sink_str(p->sink, "<section aria-labelledby=\"details\">\n<h2 id=\"details\">Each "
                              "finding that counts</h2>\n");
        else
            section_begin(p, ids[group], w.group);
        if (group == GROUP_TRACE)
            TRY(write_traces(p, err));
        else
            TRY(tally_each(&p->tally, p->view, w.group, write_finding, &w, err));
        sink_str(p->sink, "</section>\n");
    }
    return 0;
}
