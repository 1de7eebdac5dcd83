// SPDX-License-Identifier: Apache-2.0
/* The orders of the HTML report: a table of all, and each with its deadlines. */
#include "base/clock.h"
#include "report/html.h"

static void verdict_tag(struct sink *s, enum verdict verdict)
{
    sink_printf(s, "<span class=\"result %s\">", html_verdict_class(verdict));
    html_icon(s, verdict);
    sink_printf(s, "%s</span>", say_order_verdict(verdict));
}

static void count_or_dash(struct sink *s, uint64_t n)
{
    if (n)
        html_number(s, n);
    else
        sink_str(s, "0");
}

static void next_date(struct page *p, const struct order_summary *o)
{
    const struct deadline *d = next_deadline(o);
    auto_buf text = {0};

    if (!d) {
        sink_str(p->sink, o->deadline_count ? "None to come" : "None");
        return;
    }
    html_date(p->sink, d->due);
    say_distance(&text, d, scan_day(p->view));
    sink_str(p->sink, " <span class=\"muted\">");
    html_text(p->sink, buf_view(&text));
    sink_str(p->sink, "</span>");
}

static void write_table(struct page *p)
{
    static const char *const columns[] = {"Order", "Result", "Findings that count", "Excepted",
                                          "Next deadline"};
    struct sink *s = p->sink;

    html_table_begin(s, NULL, "The result under each order", true, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < p->view->order_count; i++) {
        const struct order_summary *o = &p->view->orders[i];

        html_row(s);
        html_row_heading(s, "Order");
        sink_printf(s, "<a href=\"#order-%zu\">", i + 1);
        html_text(s, o->id);
        sink_str(s, "</a>");
        html_row_heading_end(s);
        html_cell(s, "Result");
        verdict_tag(s, o->verdict);
        html_cell_end(s);
        html_cell(s, "Findings that count");
        count_or_dash(s, p->tally.orders[i].open);
        html_cell_end(s);
        html_cell(s, "Excepted");
        count_or_dash(s, p->tally.orders[i].excepted);
        html_cell_end(s);
        html_cell(s, "Next deadline");
        next_date(p, o);
        html_cell_end(s);
        html_row_end(s);
    }
    html_table_end(s);
}

static void write_deadline(struct page *p, const struct deadline *d, bool next)
{
    struct sink *s = p->sink;
    auto_buf distance = {0};

    say_distance(&distance, d, scan_day(p->view));
    sink_printf(s, "<li class=\"%s\"><div class=\"due\"><strong>",
                d->past ? "past"
                : next  ? "next"
                        : "later");
    html_date(s, d->due);
    sink_str(s, "</strong>");
    if (d->past)
        sink_str(s, "<span class=\"tag plain\">Past</span>");
    else if (next)
        sink_str(s, "<span class=\"tag next\">Next</span>");
    if (distance.n) {
        sink_str(s, "<span class=\"muted\">");
        html_text(s, buf_view(&distance));
        sink_str(s, "</span>");
    }
    sink_str(s, "</div><div>");
    html_text(s, d->what);
    if (d->every_days)
        sink_printf(s, " Repeats every %u days.", d->every_days);
    if (d->clause.n) {
        sink_str(s, " <span class=\"muted\">(");
        html_text(s, d->clause);
        sink_str(s, ")</span>");
    }
    sink_str(s, "</div></li>\n");
}

static void fact(struct sink *s, const char *name, struct sv value)
{
    if (value.n == 0)
        return;
    sink_printf(s, "<div><dt>%s</dt><dd>", name);
    html_text(s, value);
    sink_str(s, "</dd></div>\n");
}

static void write_order(struct page *p, size_t i)
{
    const struct order_summary *o = &p->view->orders[i];
    const struct deadline *next = next_deadline(o);
    struct sink *s = p->sink;

    sink_printf(s, "<details class=\"order\" id=\"order-%zu\"%s>\n<summary><h3>", i + 1,
                o->verdict == VERDICT_FOUND && next ? " open" : "");
    html_text(s, o->title.n ? o->title : o->id);
    sink_str(s, "</h3> <span class=\"muted nobreak\">");
    html_text(s, o->id);
    sink_str(s, "</span> ");
    verdict_tag(s, o->verdict);
    sink_str(s, "</summary>\n<dl class=\"facts\">\n");
    if (o->citation.n) {
        sink_str(s, "<div><dt>Text</dt><dd>");
        html_link(s, o->url, o->citation);
        sink_str(s, "</dd></div>\n");
    }
    fact(s, "Authority", o->authority);
    if (o->issued.n) {
        sink_str(s, "<div><dt>Issued</dt><dd>");
        html_date(s, o->issued);
        sink_str(s, "</dd></div>\n");
    }
    fact(s, "Who is bound", o->binds);
    fact(s, "Reports go to", o->report_to);
    if (o->nil_report)
        fact(s, "If nothing is found", SV("A report that says so is asked for."));
    fact(s, "Replacement", o->replacement);
    sink_str(s, "</dl>\n");
    if (o->deadline_count) {
        sink_str(s, "<h4>Deadlines</h4>\n<ol class=\"deadlines\">\n");
        for (size_t d = 0; d < o->deadline_count; d++)
            write_deadline(p, &o->deadlines[d], &o->deadlines[d] == next);
        sink_str(s, "</ol>\n");
    }
    sink_str(s, "</details>\n");
}

void html_orders(struct page *p)
{
    sink_str(p->sink, "<section aria-labelledby=\"orders\">\n<h2 id=\"orders\">Orders and their "
                      "deadlines</h2>\n");
    if (p->view->order_count == 0) {
        sink_str(p->sink, "<p>No order was asked about.</p>\n</section>\n");
        return;
    }
    write_table(p);
    for (size_t i = 0; i < p->view->order_count; i++)
        write_order(p, i);
    sink_str(p->sink, "</section>\n");
}
