// SPDX-License-Identifier: Apache-2.0
/*
 * For people at a terminal: the verdict first and last, the orders as a table, the findings by
 * group, what could not be examined, and what to do next.
 */
#include <string.h>

#include "base/clock.h"
#include "report/plain.h"
#include "report/report.h"
#include "report/say.h"

enum {
    INDENT = 3,          /* of a finding's lines, after its number */
    LABEL = INDENT + 11, /* where their texts begin */
    FULL_FINDINGS = 25,  /* of one group; the others have a line each */
    LINE_FINDINGS = 200,
    PLACES = 5,
    UNEXAMINED = 10,
    REASON = INDENT + 15, /* where the places of these begin */
};

struct to {
    const struct scan_view *view;
    struct sink *sink;
    struct tally tally;
    enum finding_group group;
    uint64_t number; /* of findings of the group that were met */
    uint64_t listed; /* of unexamined objects */
};

static void heading(struct sink *s, const char *text)
{
    sink_char(s, '\n');
    plain_style(s, PLAIN_STRONG);
    sink_str(s, text);
    plain_style(s, PLAIN_NORMAL);
    sink_char(s, '\n');
}

static enum plain_style verdict_style(enum verdict verdict)
{
    static const enum plain_style styles[] = {
        [VERDICT_ABSENT] = PLAIN_GOOD, [VERDICT_FOUND] = PLAIN_BAD, [VERDICT_UNKNOWN] = PLAIN_WARN};

    return styles[verdict];
}

static void write_verdict(struct to *to)
{
    static const char *const words[] = {
        [VERDICT_ABSENT] = "ABSENT", [VERDICT_FOUND] = "FOUND", [VERDICT_UNKNOWN] = "UNKNOWN"};
    struct sink *s = to->sink;
    auto_buf text = {0};

    plain_style(s, verdict_style(to->view->verdict));
    sink_printf(s, "%s: %s", words[to->view->verdict], say_verdict(to->view->verdict));
    plain_style(s, PLAIN_NORMAL);
    sink_char(s, '\n');
    say_grounds(&text, to->view, &to->tally);
    plain_wrap(s, 0, 0, buf_view(&text));
    buf_reset(&text);
    say_uncounted(&text, &to->tally);
    if (text.n)
        plain_wrap(s, 0, 0, buf_view(&text));
}

static void add_word(struct buf *text, const char *separator, struct sv word)
{
    if (word.n == 0)
        return;
    if (text->n)
        buf_str(text, separator);
    buf_sv(text, word);
}

static void write_facts(struct to *to)
{
    const struct scan_view *v = to->view;
    char started[CLOCK_TEXT];
    auto_buf text = {0};

    sink_char(to->sink, '\n');
    add_word(&text, ", ", v->host.name);
    add_word(&text, ", ", v->host.os);
    add_word(&text, ", ", v->host.kernel);
    add_word(&text, ", ", v->host.architecture);
    plain_labelled(to->sink, "Machine", 10, buf_view(&text));
    plain_labelled(to->sink, "Root", 10, v->root);
    buf_reset(&text);
    for (size_t i = 0; i < v->target_count; i++)
        add_word(&text, " ", v->targets[i]);
    plain_labelled(to->sink, "Targets", 10, buf_view(&text));
    buf_reset(&text);
    buf_str(&text, clock_text(v->started_ns, started));
    buf_str(&text, ", for ");
    say_duration(&text, v->finished_ns - v->started_ns);
    buf_str(&text, v->complete ? "" : ", ended early");
    plain_labelled(to->sink, "Scanned", 10, buf_view(&text));
}

static void number_cell(struct sink *s, uint64_t n, size_t width)
{
    auto_buf text = {0};

    if (n)
        say_number(&text, n);
    else
        buf_char(&text, '-');
    plain_cell(s, buf_view(&text), width, true);
}

static size_t order_width(const struct scan_view *v)
{
    size_t width = 5;

    for (size_t i = 0; i < v->order_count; i++)
        if (plain_width(v->orders[i].id) > width)
            width = plain_width(v->orders[i].id);
    return width < 26 ? width : 26;
}

static void write_next_deadline(struct sink *s, const struct scan_view *v,
                                const struct order_summary *o)
{
    const struct deadline *d = next_deadline(o);
    auto_buf text = {0};

    if (!d) {
        sink_str(s, o->deadline_count ? "none to come" : "-");
        return;
    }
    buf_sv(&text, d->due);
    if (d->due_day - scan_day(v) < 100) {
        buf_str(&text, ", ");
        say_distance(&text, d, scan_day(v));
    }
    plain_text(s, buf_view(&text));
}

static void write_orders(struct to *to)
{
    const struct scan_view *v = to->view;
    struct sink *s = to->sink;
    size_t width = order_width(v);

    if (v->order_count == 0)
        return;
    sink_char(s, '\n');
    plain_style(s, PLAIN_STRONG);
    plain_cell(s, SV("ORDER"), width, false);
    sink_str(s, "  RESULT     COUNT  EXCEPTED  NEXT DEADLINE");
    plain_style(s, PLAIN_NORMAL);
    sink_char(s, '\n');
    for (size_t i = 0; i < v->order_count; i++) {
        const struct order_summary *o = &v->orders[i];

        plain_cell(s, o->id, width, false);
        sink_str(s, "  ");
        plain_style(s, verdict_style(o->verdict));
        plain_cell(s, sv_str(say_order_verdict(o->verdict)), 9, false);
        plain_style(s, PLAIN_NORMAL);
        sink_str(s, "  ");
        number_cell(s, to->tally.orders[i].open, 5);
        sink_str(s, "  ");
        number_cell(s, to->tally.orders[i].excepted, 8);
        sink_str(s, "  ");
        write_next_deadline(s, v, o);
        sink_char(s, '\n');
    }
}

/* ---- findings ---- */

static void labelled(struct sink *s, const char *label, struct sv text)
{
    auto_buf indented = {0};

    for (int i = 0; i < INDENT; i++)
        buf_char(&indented, ' ');
    buf_str(&indented, label);
    if (buf_ok(&indented))
        plain_labelled(s, indented.p, LABEL, text);
}

static void title(struct buf *text, const struct finding *f)
{
    buf_sv(text, f->name.n ? f->name : f->product);
    if (f->version.n) {
        buf_char(text, ' ');
        buf_sv(text, f->version);
    }
}

static void write_places(struct sink *s, const struct finding *f)
{
    auto_buf text = {0};

    for (size_t i = 0; i < f->place_count && i < PLACES; i++) {
        // The label stands before the first place; a place is never broken.
        if (i == 0)
            labelled(s, "places", f->places[0]);
        else {
            plain_pad(s, LABEL);
            plain_text(s, f->places[i]);
            sink_char(s, '\n');
        }
    }
    if (f->place_count <= PLACES)
        return;
    say_count(&text, f->place_count - PLACES, "more place", NULL);
    plain_pad(s, LABEL);
    plain_text(s, buf_view(&text));
    sink_char(s, '\n');
}

static void write_covering_order(struct sink *s, const struct finding_order *o, const char *label)
{
    auto_buf text = {0};

    buf_sv(&text, o->id);
    buf_str(&text, ": ");
    say_order_status(&text, o);
    if (o->scope.n) {
        buf_str(&text, " as ");
        buf_sv(&text, o->scope);
    }
    if (o->why.n) {
        buf_str(&text, ". ");
        buf_sv(&text, o->why);
    }
    labelled(s, label, buf_view(&text));
}

static void write_finding_orders(struct sink *s, const struct finding *f)
{
    const char *label = "orders";
    auto_buf others = {0};

    for (size_t i = 0; i < f->order_count; i++) {
        if (f->orders[i].covered) {
            write_covering_order(s, &f->orders[i], label);
            label = "";
        } else {
            add_word(&others, ", ", f->orders[i].id);
        }
    }
    labelled(s, "not under", buf_view(&others));
}

static void write_finding(struct to *to, const struct finding *f)
{
    struct sink *s = to->sink;
    auto_buf text = {0}, number = {0};

    sink_char(s, '\n');
    buf_printf(&number, "%llu. ", (unsigned long long)to->number);
    sink_sv(s, buf_view(&number));
    plain_style(s, PLAIN_STRONG);
    title(&text, f);
    plain_wrap(s, number.n, INDENT, buf_view(&text));
    plain_style(s, PLAIN_NORMAL);

    buf_reset(&text);
    buf_printf(&text, "%s, %s", confidence_text(f->confidence), say_state(f->state));
    if (f->since.n) {
        buf_str(&text, ", since ");
        say_date(&text, f->since);
    }
    labelled(s, "state", buf_view(&text));
    labelled(s, "why", say_why(f));
    labelled(s, "at", f->anchor);
    labelled(s, "inside", f->carrier);
    write_places(s, f);
    write_finding_orders(s, f);
    labelled(s, "id", f->id);
}

/* One line; what is in its last column is never cut. */
static void write_line(struct to *to, const struct finding *f)
{
    struct sink *s = to->sink;
    auto_buf text = {0};

    title(&text, f);
    plain_pad(s, INDENT);
    plain_cell(s, buf_view(&text), 34, false);
    sink_str(s, "  ");
    plain_cell(s, sv_str(component_state_text(f->state)), 10, false);
    sink_str(s, "  ");
    plain_text(s, f->anchor.n || f->place_count == 0 ? f->anchor : f->places[0]);
    sink_char(s, '\n');
}

static int add_finding(void *to_, const struct finding *f, struct err *err)
{
    struct to *to = to_;
    uint64_t full = to->group == GROUP_TRACE ? 0 : FULL_FINDINGS;
    (void)err;

    to->number++;
    if (to->number <= full) {
        write_finding(to, f);
    } else if (to->number <= full + LINE_FINDINGS) {
        if (to->number == full + 1)
            sink_char(to->sink, '\n');
        write_line(to, f);
    }
    return 0;
}

static int write_group(struct to *to, enum finding_group group, struct err *err)
{
    uint64_t count = to->tally.group[group], room = LINE_FINDINGS;
    auto_buf text = {0};

    if (count == 0)
        return 0;
    buf_str(&text, finding_group_title(group));
    buf_str(&text, " (");
    say_number(&text, count);
    buf_char(&text, ')');
    if (!buf_ok(&text))
        return ERR(err, ERR_NOMEM, "no memory for a report");
    heading(to->sink, text.p);
    plain_wrap(to->sink, 0, 0, sv_str(finding_group_note(group)));
    to->group = group;
    to->number = 0;
    TRY(tally_each(&to->tally, to->view, group, add_finding, to, err));
    room += group == GROUP_TRACE ? 0 : FULL_FINDINGS;
    if (count > room) {
        buf_reset(&text);
        say_count(&text, count - room, "more is in the JSON report.",
                  "more are in the JSON report.");
        plain_pad(to->sink, INDENT);
        plain_wrap(to->sink, INDENT, INDENT, buf_view(&text));
    }
    return 0;
}

/* ---- coverage ---- */

static void amount(struct sink *s, const char *label, uint64_t n, struct sv note)
{
    auto_buf text = {0};

    say_number(&text, n);
    sink_str(s, label);
    plain_pad(s, 17 - strlen(label));
    plain_cell(s, buf_view(&text), 13, true);
    sink_str(s, note.n ? "  " : "\n");
    if (note.n)
        plain_wrap(s, 32, 32, note);
}

static int add_unexamined(void *to_, const struct unexamined *u, struct err *err)
{
    struct to *to = to_;
    (void)err;

    if (to->listed++ >= UNEXAMINED)
        return 0;
    plain_pad(to->sink, INDENT);
    plain_cell(to->sink, sv_str(coverage_reason_text(u->reason)), REASON - INDENT, false);
    plain_text(to->sink, u->place);
    if (u->detail.n) {
        size_t used = REASON + plain_width(u->place) + plain_width(u->detail) + 2;
        bool fits = used <= plain_columns(to->sink);

        sink_str(to->sink, fits ? "  " : "\n");
        plain_pad(to->sink, fits ? 0 : REASON);
        plain_style(to->sink, PLAIN_DIM);
        plain_wrap(to->sink, fits ? used - plain_width(u->detail) : REASON, REASON, u->detail);
        plain_style(to->sink, PLAIN_NORMAL);
    } else {
        sink_char(to->sink, '\n');
    }
    return 0;
}

static void write_sums(struct to *to)
{
    const struct coverage *c = &to->view->coverage;
    auto_buf text = {0};

    heading(to->sink, "Coverage");
    amount(to->sink, "seen", c->seen, SV(""));
    say_bytes(&text, c->bytes);
    buf_str(&text, " read");
    amount(to->sink, "examined", c->examined, buf_view(&text));
    if (c->unchanged) {
        buf_reset(&text);
        say_unchanged(&text, c);
        amount(to->sink, "of all these", c->unchanged, buf_view(&text));
    }
    for (int i = 0; i < RULE_COUNT_; i++) {
        if (c->skipped[i] == 0)
            continue;
        buf_reset(&text);
        buf_printf(&text, "%s: %s", coverage_rule_text((enum coverage_rule)i),
                   say_rule((enum coverage_rule)i));
        amount(to->sink, "left out by rule", c->skipped[i], buf_view(&text));
    }
    for (int i = 0; i < REASON_COUNT_; i++) {
        if (c->by_reason[i] == 0)
            continue;
        buf_reset(&text);
        buf_printf(&text, "%s: %s", coverage_reason_text((enum coverage_reason)i),
                   say_reason((enum coverage_reason)i));
        amount(to->sink, "not examined", c->by_reason[i], buf_view(&text));
    }
}

static int write_coverage(struct to *to, struct err *err)
{
    const struct scan_view *v = to->view;
    auto_buf text = {0};

    write_sums(to);
    if (v->coverage.unexamined && v->unexamined) {
        sink_str(to->sink, "Not examined:\n");
        TRY(v->unexamined(v->context, add_unexamined, to, err));
    }
    if (to->listed > UNEXAMINED) {
        say_count(&text, to->listed - UNEXAMINED, "more is in the JSON report.",
                  "more are in the JSON report.");
        plain_pad(to->sink, INDENT);
        plain_wrap(to->sink, INDENT, INDENT, buf_view(&text));
    }
    if (v->unknown_indicator_count)
        sink_str(to->sink, "Indicators that the stored inventory cannot answer for:\n");
    for (size_t i = 0; i < v->unknown_indicator_count; i++) {
        plain_pad(to->sink, INDENT);
        plain_text(to->sink, v->unknown_indicators[i]);
        sink_char(to->sink, '\n');
    }
    return 0;
}

static void add_step(void *to_, struct sv step)
{
    struct to *to = to_;

    sink_printf(to->sink, "%2llu. ", (unsigned long long)++to->number);
    plain_wrap(to->sink, 4, 4, step);
}

static int write_all(struct to *to, struct err *err)
{
    auto_buf text = {0};

    TRY(tally_take(to->view, &to->tally, err));
    write_verdict(to);
    write_facts(to);
    write_orders(to);
    for (int group = 0; group < GROUP_COUNT_; group++)
        TRY(write_group(to, (enum finding_group)group, err));
    TRY(write_coverage(to, err));
    heading(to->sink, "What to do next");
    to->number = 0;
    say_next(to->view, &to->tally, add_step, to);

    // The beginning has scrolled away by now.
    sink_char(to->sink, '\n');
    plain_style(to->sink, verdict_style(to->view->verdict));
    buf_str(&text, say_verdict(to->view->verdict));
    buf_str(&text, ". ");
    say_count(&text, to->tally.group[GROUP_COUNTS], "finding counts, ", "findings count, ");
    say_count(&text, to->tally.unexamined, "object was not examined.",
              "objects were not examined.");
    plain_wrap(to->sink, 0, 0, buf_view(&text));
    plain_style(to->sink, PLAIN_NORMAL);
    return 0;
}

static int write_text(const struct scan_view *view, struct sink *sink, struct err *err)
{
    struct to to = {.view = view, .sink = sink};
    int result = write_all(&to, err);

    tally_clear(&to.tally);
    return result;
}

const struct report_format format_text = {
    .name = "text",
    .summary = "for people: verdict, orders, findings, coverage, what to do next",
    .extension = "txt",
    .write = write_text,
};
