// SPDX-License-Identifier: Apache-2.0
/* The account of the HTML report: what was examined, what was left out, and what could not be. */
#include "report/html.h"

enum {
    LISTED = 200,
    BAR = 1000, /* the bar's width in its own units */
    BAR_MIN = 8,
};

struct listing {
    struct page *page;
    uint64_t listed;
};

static uint64_t bar_part(uint64_t part, uint64_t all)
{
    uint64_t width = all ? (uint64_t)((double)part / (double)all * BAR) : 0;

    // A single file that could not be read must be seen among a million.
    return part && width < BAR_MIN ? BAR_MIN : width;
}

static void write_bar(struct page *p)
{
    const struct coverage *c = &p->view->coverage;
    uint64_t skipped = bar_part(coverage_skipped(c), c->seen);
    uint64_t missed = bar_part(c->unexamined, c->seen);
    uint64_t examined = BAR - skipped - missed;
    struct sink *s = p->sink;

    if (c->seen == 0 || skipped + missed > BAR)
        return;
    sink_printf(s,
                "<svg class=\"bar\" viewBox=\"0 0 %d 24\" preserveAspectRatio=\"none\" "
                "aria-hidden=\"true\" focusable=\"false\">",
                BAR);
    sink_printf(s, "<rect class=\"b-yes\" width=\"%llu\" height=\"24\"/>",
                (unsigned long long)examined);
    sink_printf(s, "<rect class=\"b-rule\" x=\"%llu\" width=\"%llu\" height=\"24\"/>",
                (unsigned long long)examined, (unsigned long long)skipped);
    sink_printf(s, "<rect class=\"b-no\" x=\"%llu\" width=\"%llu\" height=\"24\"/></svg>\n",
                (unsigned long long)(examined + skipped), (unsigned long long)missed);
}

static void sum(struct sink *s, const char *class, const char *name, uint64_t n, const char *note)
{
    sink_printf(s, "<div><dt><span class=\"key %s\"></span>%s</dt><dd><strong>", class, name);
    html_number(s, n);
    sink_printf(s, "</strong> <span class=\"muted\">%s</span></dd></div>\n", note);
}

static void write_sums(struct page *p)
{
    const struct coverage *c = &p->view->coverage;
    struct sink *s = p->sink;
    auto_buf bytes = {0}, unchanged = {0};

    say_bytes(&bytes, c->bytes);
    buf_str(&bytes, " read");
    say_unchanged(&unchanged, c);
    sink_str(s, "<dl class=\"sums\">\n");
    sum(s, "b-yes", "Examined", c->examined, bytes.p ? bytes.p : "");
    sum(s, "b-rule", "Left out by rule", coverage_skipped(c), "on purpose");
    sum(s, "b-no", "Not examined", c->unexamined, "wanted, and not possible");
    sum(s, "b-all", "Seen", c->seen, "the three together");
    if (c->unchanged)
        sum(s, "b-all", "Of these", c->unchanged, unchanged.p ? unchanged.p : "");
    sink_str(s, "</dl>\n");
}

static void write_meaning(struct page *p)
{
    struct sink *s = p->sink;

    if (p->view->coverage.unexamined == 0 && p->view->complete &&
        p->view->unknown_indicator_count == 0 && coverage_left_out(&p->view->coverage) == 0) {
        sink_str(s, "<p>Nothing that was to be examined was left unexamined.</p>\n");
        return;
    }
    sink_str(s, "<p>Why this matters: a product may lie unseen in what was not examined. ");
    sink_str(s, p->view->verdict == VERDICT_FOUND
                    ? "What was found stands, and there may be more.</p>\n"
                    : "That is why the result is \"not known\" and not \"not found\".</p>\n");
}

static void write_reasons(struct page *p)
{
    static const char *const columns[] = {"Reason", "Objects", "What it means", "What can be done"};
    const struct coverage *c = &p->view->coverage;
    struct sink *s = p->sink;

    if (c->unexamined == 0)
        return;
    html_table_begin(s, NULL, "Not examined, by reason", false, columns, ARRAY_LEN(columns));
    for (int i = 0; i < REASON_COUNT_; i++) {
        enum coverage_reason reason = (enum coverage_reason)i;

        if (c->by_reason[i] == 0)
            continue;
        html_row(s);
        html_row_heading(s, "Reason");
        sink_str(s, coverage_reason_text(reason));
        html_row_heading_end(s);
        html_cell(s, "Objects");
        html_number(s, c->by_reason[i]);
        html_cell_end(s);
        html_cell(s, "What it means");
        sink_str(s, say_reason(reason));
        html_cell_end(s);
        html_cell(s, "What can be done");
        sink_str(s, say_reason_remedy(reason));
        html_cell_end(s);
        html_row_end(s);
    }
    html_table_end(s);
}

static int list_one(void *to, const struct unexamined *u, struct err *err)
{
    struct listing *l = to;
    struct sink *s = l->page->sink;
    (void)err;

    if (l->listed++ >= LISTED)
        return 0;
    sink_str(s, "<li>");
    html_place(s, u->place);
    sink_printf(s, " <span class=\"muted\">%s", coverage_reason_text(u->reason));
    if (u->detail.n) {
        sink_str(s, ": ");
        html_text(s, u->detail);
    }
    sink_str(s, "</span></li>\n");
    return 0;
}

static int write_list(struct page *p, struct err *err)
{
    struct listing l = {.page = p};
    auto_buf text = {0};
    struct sink *s = p->sink;

    if (p->view->coverage.unexamined == 0 || !p->view->unexamined)
        return 0;
    say_count(&text, p->view->coverage.unexamined, "object", NULL);
    sink_str(s, "<details class=\"evidence\"><summary>The places: ");
    sink_sv(s, buf_view(&text));
    sink_str(s, "</summary>\n<ul class=\"places\">\n");
    TRY(p->view->unexamined(p->view->context, list_one, &l, err));
    sink_str(s, "</ul>\n");
    if (l.listed > LISTED) {
        buf_reset(&text);
        say_count(&text, l.listed - LISTED, "more is in the JSON report.",
                  "more are in the JSON report.");
        sink_str(s, "<p class=\"muted\">");
        sink_sv(s, buf_view(&text));
        sink_str(s, "</p>\n");
    }
    sink_str(s, "</details>\n");
    return 0;
}

static void write_rules(struct page *p)
{
    static const char *const columns[] = {"Rule", "Objects", "What it leaves out"};
    const struct coverage *c = &p->view->coverage;
    struct sink *s = p->sink;

    if (coverage_skipped(c) == 0)
        return;
    html_table_begin(s, NULL, "Left out by rule", false, columns, ARRAY_LEN(columns));
    for (int i = 0; i < RULE_COUNT_; i++) {
        enum coverage_rule rule = (enum coverage_rule)i;

        if (c->skipped[i] == 0)
            continue;
        html_row(s);
        html_row_heading(s, "Rule");
        sink_str(s, coverage_rule_text(rule));
        html_row_heading_end(s);
        html_cell(s, "Objects");
        html_number(s, c->skipped[i]);
        html_cell_end(s);
        html_cell(s, "What it leaves out");
        sink_str(s, say_rule(rule));
        html_cell_end(s);
        html_row_end(s);
    }
    html_table_end(s);
}

static void write_unknown_indicators(struct page *p)
{
    struct sink *s = p->sink;

    if (p->view->unknown_indicator_count == 0)
        return;
    sink_str(s, "<h3>Indicators that were not looked for</h3>\n<p>The stored inventory was made "
                "without these, so it cannot answer for them.</p>\n<ul class=\"places\">\n");
    for (size_t i = 0; i < p->view->unknown_indicator_count; i++) {
        sink_str(s, "<li><code>");
        html_text(s, p->view->unknown_indicators[i]);
        sink_str(s, "</code></li>\n");
    }
    sink_str(s, "</ul>\n");
}

int html_coverage(struct page *p, struct err *err)
{
    sink_str(p->sink, "<section aria-labelledby=\"coverage\">\n<h2 id=\"coverage\">What was "
                      "examined, and what was not</h2>\n");
    write_bar(p);
    write_sums(p);
    write_meaning(p);
    write_reasons(p);
    TRY(write_list(p, err));
    write_unknown_indicators(p);
    write_rules(p);
    sink_str(p->sink, "</section>\n");
    return 0;
}
