// SPDX-License-Identifier: Apache-2.0
/*
 * Why one finding is a finding: each indicator with its strength and its place down to the byte,
 * what each order says, and what would change the answer. To fit a screen, a source or a clause has
 * one line and what is alike is counted; EXPLAIN_ALL cuts nothing. A place is never cut.
 */
#include "report/plain.h"
#include "report/report.h"
#include "report/say.h"

enum {
    INDENT = 2,
    LABEL = 15,
    INDICATORS = 6, /* that one screen shows */
    PLACES = 3,
    WHOLE_CLAUSES = 3, /* with more orders than these, each has one line */
};

static void put(struct sink *s, const char *label, struct sv text)
{
    auto_buf indented = {0};

    buf_str(&indented, "  ");
    buf_str(&indented, label);
    if (buf_ok(&indented))
        plain_labelled(s, indented.p, LABEL, text);
}

/* The same in one line, unless all of it is wanted. */
static void put_short(struct sink *s, const char *label, struct sv text, unsigned flags)
{
    if (flags & EXPLAIN_ALL) {
        put(s, label, text);
        return;
    }
    if (text.n == 0)
        return;
    plain_pad(s, INDENT);
    plain_style(s, PLAIN_DIM);
    plain_cell(s, sv_str(label), LABEL - INDENT, false);
    plain_style(s, PLAIN_NORMAL);
    plain_cut(s, text, plain_columns(s) - LABEL);
    sink_char(s, '\n');
}

static void strong(struct sink *s, const char *text)
{
    sink_char(s, '\n');
    plain_style(s, PLAIN_STRONG);
    sink_str(s, text);
    plain_style(s, PLAIN_NORMAL);
    sink_char(s, '\n');
}

static void write_what(struct sink *s, const struct finding *f)
{
    auto_buf text = {0};

    plain_style(s, PLAIN_STRONG);
    buf_sv(&text, f->name.n ? f->name : f->product);
    buf_char(&text, ' ');
    buf_sv(&text, f->version);
    plain_wrap(s, 0, 0, buf_view(&text));
    plain_style(s, PLAIN_NORMAL);
    put(s, "id", f->id);
    buf_reset(&text);
    buf_sv(&text, f->vendor);
    buf_char(&text, '/');
    buf_sv(&text, f->product);
    put(s, "catalogue", buf_view(&text));
    put(s, "state", sv_str(say_state(f->state)));
    put(s, "at", f->anchor);
    put(s, "inside", f->carrier);
    buf_reset(&text);
    say_date(&text, f->since);
    put(s, "since", buf_view(&text));
}

static void write_confidence(struct sink *s, const struct finding *f)
{
    auto_buf text = {0};

    strong(s, "Confidence");
    buf_printf(&text, "%s: ", confidence_text(f->confidence));
    buf_sv(&text, f->reason.n ? say_why(f) : sv_str(say_confidence(f->confidence)));
    put(s, "now", buf_view(&text));
    put(s, "to change it", f->raise);
}

/* A path that was seen is in its place: four hundred files of one folder are alike. */
static bool is_same(const struct finding_indicator *a, const struct finding_indicator *b)
{
    return sv_eq(a->id, b->id) && sv_eq(a->note, b->note) && a->effective == b->effective &&
           (sv_eq(a->value, b->value) || sv_eq(a->field, SV("path")));
}

/* Is there one like it before it? Then it is counted there. */
static bool is_repeat(const struct finding *f, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (is_same(&f->indicators[i], &f->indicators[at]))
            return true;
    return false;
}

static void write_place(struct sink *s, const struct finding_indicator *in, const char *label)
{
    size_t wide = LABEL + plain_width(in->place) + 2;
    auto_buf range = {0};

    say_range(&range, in);
    if (range.n == 0 || wide + plain_width(buf_view(&range)) > plain_columns(s)) {
        put(s, label, in->place);
        put(s, "", buf_view(&range));
        return;
    }
    plain_pad(s, INDENT);
    plain_style(s, PLAIN_DIM);
    plain_cell(s, sv_str(label), LABEL - INDENT, false);
    plain_style(s, PLAIN_NORMAL);
    plain_text(s, in->place);
    sink_str(s, "  ");
    plain_text(s, buf_view(&range));
    sink_char(s, '\n');
}

static void write_indicator(struct sink *s, const struct finding *f, size_t at, unsigned flags)
{
    const struct finding_indicator *in = &f->indicators[at];
    auto_buf text = {0};
    size_t alike = 0;

    plain_pad(s, INDENT);
    plain_style(s, PLAIN_STRONG);
    plain_text(s, in->id);
    plain_style(s, PLAIN_NORMAL);
    buf_printf(&text, " (%s", strength_text(in->strength));
    if (in->effective != in->strength)
        buf_printf(&text, ", here %s", strength_text(in->effective));
    buf_str(&text, ")\n");
    sink_sv(s, buf_view(&text));

    buf_reset(&text);
    buf_sv(&text, in->field);
    buf_str(&text, " = ");
    buf_sv(&text, in->value);
    put_short(s, "saw", buf_view(&text), flags);
    write_place(s, in, "in");
    for (size_t i = at + 1; i < f->indicator_count; i++)
        if (is_same(in, &f->indicators[i]) && (++alike, flags & EXPLAIN_ALL))
            write_place(s, &f->indicators[i], "and in");
    if (alike && !(flags & EXPLAIN_ALL)) {
        buf_reset(&text);
        buf_str(&text, "and at ");
        say_count(&text, alike, "more place", NULL);
        put(s, "", buf_view(&text));
    }
    put(s, "but", in->note);
    put_short(s, "known from", in->source, flags);
}

static void write_indicators(struct sink *s, const struct finding *f, unsigned flags)
{
    size_t shown = 0, left = 0;
    auto_buf text = {0};

    strong(s, "What was seen");
    // The strongest first: they are what the finding rests on.
    for (int strength = STRENGTH_CONCLUSIVE; strength >= STRENGTH_WEAK; strength--) {
        for (size_t i = 0; i < f->indicator_count; i++) {
            if ((int)f->indicators[i].effective != strength || is_repeat(f, i))
                continue;
            if (shown < INDICATORS || (flags & EXPLAIN_ALL)) {
                if (shown)
                    sink_char(s, '\n');
                write_indicator(s, f, i, flags);
                shown++;
            } else {
                left++;
            }
        }
    }
    if (left == 0)
        return;
    sink_char(s, '\n');
    say_count(&text, left, "more indicator, none of them stronger",
              "more indicators, none of them stronger");
    put(s, "", buf_view(&text));
}

static const struct order_summary *summary_of(const struct scan_view *view, struct sv id)
{
    for (size_t i = 0; i < view->order_count; i++)
        if (sv_eq(view->orders[i].id, id))
            return &view->orders[i];
    return NULL;
}

static void write_order(struct sink *s, const struct scan_view *view, const struct finding *f,
                        const struct finding_order *o, unsigned flags)
{
    const struct order_summary *summary = summary_of(view, o->id);
    auto_buf text = {0};

    buf_sv(&text, o->id);
    buf_str(&text, ": ");
    say_order_status(&text, o);
    if (o->scope.n) {
        buf_str(&text, " as ");
        buf_sv(&text, o->scope);
    }
    if (o->covered && !o->excepted && !finding_counts_under(f, o->id))
        buf_str(&text, ", but too unsure to count");
    buf_str(&text, ". ");
    buf_sv(&text, o->why);
    plain_pad(s, INDENT);
    if (!(flags & EXPLAIN_ALL) && f->order_count > WHOLE_CLAUSES) {
        plain_cut(s, buf_view(&text), plain_columns(s) - INDENT);
        sink_char(s, '\n');
        return;
    }
    if (flags & EXPLAIN_ALL && summary && summary->citation.n) {
        buf_str(&text, " [");
        buf_sv(&text, summary->citation);
        buf_char(&text, ']');
    }
    plain_wrap(s, INDENT, INDENT + 2, buf_view(&text));
}

static void write_orders(struct sink *s, const struct scan_view *view, const struct finding *f,
                         unsigned flags)
{
    strong(s, "What the orders say");
    if (f->order_count == 0)
        put(s, "", SV("None of the orders asked about names this vendor."));
    for (int covered = 1; covered >= 0; covered--)
        for (size_t i = 0; i < f->order_count; i++)
            if (f->orders[i].covered == covered)
                write_order(s, view, f, &f->orders[i], flags);
}

static void write_layer(struct sink *s, const struct finding_layer *l, unsigned flags)
{
    auto_buf text = {0};

    say_layer(&text, l);
    plain_pad(s, INDENT + 2);
    plain_wrap(s, INDENT + 2, INDENT + 4, buf_view(&text));
    if (l->digest.n) {
        plain_pad(s, INDENT + 2);
        plain_text(s, l->digest);
        sink_char(s, '\n');
    }
    if (l->created_by.n == 0)
        return;
    buf_reset(&text);
    buf_str(&text, "made by ");
    buf_sv(&text, l->created_by);
    plain_pad(s, INDENT + 2);
    if (flags & EXPLAIN_ALL) {
        plain_wrap(s, INDENT + 2, INDENT + 4, buf_view(&text));
        return;
    }
    plain_cut(s, buf_view(&text), plain_columns(s) - INDENT - 2);
    sink_char(s, '\n');
}

static void write_places(struct sink *s, const struct finding *f, unsigned flags)
{
    size_t show = flags & EXPLAIN_ALL || f->place_count <= PLACES ? f->place_count : PLACES;
    auto_buf text = {0};

    strong(s, "Places");
    for (size_t i = 0; i < show; i++) {
        plain_pad(s, INDENT);
        plain_text(s, f->places[i]);
        sink_char(s, '\n');
        for (size_t k = 0; k < f->layer_count; k++)
            if (sv_eq(f->layers[k].place, f->places[i]))
                write_layer(s, &f->layers[k], flags);
    }
    if (show == f->place_count)
        return;
    say_count(&text, f->place_count - show, "more place", NULL);
    plain_pad(s, INDENT);
    plain_wrap(s, INDENT, INDENT, buf_view(&text));
}

int report_explain(const struct scan_view *view, const struct finding *f, unsigned flags,
                   struct sink *sink, struct err *err)
{
    (void)err;

    write_what(sink, f);
    write_confidence(sink, f);
    write_indicators(sink, f, flags);
    write_orders(sink, view, f, flags);
    write_places(sink, f, flags);
    if (!(flags & EXPLAIN_ALL))
        sink_str(sink, "\n--all shows every indicator, place, source and clause in full.\n");
    return 0;
}
