// SPDX-License-Identifier: Apache-2.0
#include "report/say.h"

#include "base/clock.h"

#define DAY_NS (86400 * NS_PER_S)

void say_number(struct buf *to, uint64_t n)
{
    if (n >= 1000) {
        say_number(to, n / 1000);
        buf_printf(to, ",%03u", (unsigned)(n % 1000));
        return;
    }
    buf_printf(to, "%u", (unsigned)n);
}

void say_count(struct buf *to, uint64_t n, const char *one, const char *many)
{
    say_number(to, n);
    buf_char(to, ' ');
    buf_str(to, n == 1 || !many ? one : many);
    if (n != 1 && !many)
        buf_char(to, 's');
}

void say_bytes(struct buf *to, uint64_t bytes)
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double amount = (double)bytes;
    size_t unit = 0;

    while (amount >= 1024 && unit + 1 < ARRAY_LEN(units)) {
        amount /= 1024;
        unit++;
    }
    buf_printf(to, unit ? "%.1f %s" : "%.0f %s", amount, bytes == 1 ? "byte" : units[unit]);
}

void say_unchanged(struct buf *to, const struct coverage *c)
{
    char began[CLOCK_TEXT];

    buf_printf(to, "not read again: unchanged since the scan of %s",
               clock_text(c->unchanged_since_ns, began));
}

void say_duration(struct buf *to, int64_t ns)
{
    int64_t s = ns > 0 ? ns / NS_PER_S : 0;

    if (s >= 86400)
        buf_printf(to, "%lld d %lld h", (long long)(s / 86400), (long long)(s % 86400 / 3600));
    else if (s >= 3600)
        buf_printf(to, "%lld h %lld min", (long long)(s / 3600), (long long)(s % 3600 / 60));
    else if (s >= 60)
        buf_printf(to, "%lld min %lld s", (long long)(s / 60), (long long)(s % 60));
    else if (s > 0)
        buf_printf(to, "%lld s", (long long)s);
    else
        buf_str(to, "less than a second");
}

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

void say_day(struct buf *to, int64_t day)
{
    char text[CLOCK_TEXT];
    uint64_t month = 0, date = 0;

    clock_day_text(day, text);
    (void)sv_to_u64((struct sv){text + 5, 2}, &month);
    (void)sv_to_u64((struct sv){text + 8, 2}, &date);
    if (month < 1 || month > 12)
        buf_str(to, text);
    else
        buf_printf(to, "%u %s %.4s", (unsigned)date, months[month - 1], text);
}

void say_date(struct buf *to, struct sv date)
{
    int64_t ns;

    if (clock_parse(date, &ns))
        say_day(to, ns / DAY_NS);
    else
        buf_sv(to, date);
}

int64_t scan_day(const struct scan_view *view)
{
    return view->finished_ns / DAY_NS;
}

const struct deadline *next_deadline(const struct order_summary *o)
{
    const struct deadline *next = NULL;

    for (size_t i = 0; i < o->deadline_count; i++) {
        const struct deadline *d = &o->deadlines[i];

        if (!d->past && d->due_day != INT64_MIN && (!next || d->due_day < next->due_day))
            next = d;
    }
    return next;
}

void say_distance(struct buf *to, const struct deadline *d, int64_t today)
{
    int64_t days = d->due_day == INT64_MIN ? 0 : d->due_day - today;

    if (d->due_day == INT64_MIN)
        return;
    if (days == 0)
        buf_str(to, "today");
    else if (days > 0)
        buf_str(to, "in ");
    if (days != 0)
        say_count(to, (uint64_t)(days > 0 ? days : -days), "day", NULL);
    if (days < 0)
        buf_str(to, " ago");
}

const char *say_verdict(enum verdict verdict)
{
    static const char *const texts[] = {
        [VERDICT_ABSENT] = "No banned product was found",
        [VERDICT_FOUND] = "Banned products were found",
        [VERDICT_UNKNOWN] = "Not known: the search could not be completed",
    };

    return texts[verdict];
}

const char *say_order_verdict(enum verdict verdict)
{
    static const char *const texts[] = {
        [VERDICT_ABSENT] = "Not found", [VERDICT_FOUND] = "Found", [VERDICT_UNKNOWN] = "Not known"};

    return texts[verdict];
}

static void say_names(struct buf *to, const struct tally *t)
{
    for (size_t i = 0; i < t->name_count; i++) {
        bool last = i + 1 == t->name_count && t->other_names == 0;

        buf_str(to, i == 0 ? "" : last ? " and " : ", ");
        buf_str(to, t->names[i]);
    }
    if (t->other_names) {
        buf_str(to, " and ");
        say_number(to, t->other_names);
        buf_str(to, " more");
    }
}

static void say_found(struct buf *to, const struct tally *t)
{
    say_count(to, t->group[GROUP_COUNTS], "finding counts: ", "findings count: ");
    say_names(to, t);
    buf_str(to, ". ");
    if (t->confirmed) {
        say_number(to, t->confirmed);
        buf_str(to, t->probable ? " confirmed, " : " confirmed. ");
    }
    if (t->probable) {
        say_number(to, t->probable);
        buf_str(to, " probable. ");
    }
    if (t->since_day != INT64_MIN) {
        buf_str(to, "The earliest known installation is of ");
        say_day(to, t->since_day);
        buf_str(to, ". ");
    }
}

static void say_gaps(struct buf *to, const struct scan_view *view, const struct tally *t)
{
    uint64_t left_out = coverage_left_out(&view->coverage);

    if (!view->complete)
        buf_str(to, "The scan was ended before it was finished. ");
    if (t->unexamined)
        say_count(to, t->unexamined, "object could not be examined. ",
                  "objects could not be examined. ");
    if (view->unknown_indicator_count)
        say_count(to, view->unknown_indicator_count,
                  "indicator was not looked for when the inventory was made. ",
                  "indicators were not looked for when the inventory was made. ");
    if (left_out)
        say_count(to, left_out, "object that belongs to this machine was left out of the scan. ",
                  "objects that belong to this machine were left out of the scan. ");
}

static bool has_gaps(const struct scan_view *view, const struct tally *t)
{
    return !view->complete || t->unexamined || view->unknown_indicator_count ||
           coverage_left_out(&view->coverage);
}

/* A result for some folders is none for the machine. */
static void say_scope(struct buf *to, const struct scan_view *view)
{
    struct sv whole = view->root.n ? view->root : SV("/");

    if (view->target_count == 0 || (view->target_count == 1 && sv_eq(view->targets[0], whole)))
        return;
    buf_str(to, "Only what was asked for was scanned, not the whole machine: ");
    say_count(to, view->target_count, "target", NULL);
    buf_str(to, ". ");
}

static void say_absent(struct buf *to, const struct scan_view *view)
{
    uint64_t skipped = coverage_skipped(&view->coverage);

    if (view->order_count == 0) {
        buf_str(to, "No order was asked about, so that nothing could count. ");
        return;
    }
    buf_str(to, "All ");
    say_count(to, view->coverage.seen - skipped, "object", NULL);
    buf_str(to, " in the scope of the scan were examined, and nothing counts under ");
    say_count(to, view->order_count, "the order", "orders");
    if (skipped) {
        buf_str(to, ". By rule, ");
        say_count(to, skipped, "other object was left out", "other objects were left out");
    }
    buf_str(to, ". ");
}

static void trim_end(struct buf *to)
{
    while (to->n && to->p[to->n - 1] == ' ')
        to->p[--to->n] = '\0';
}

void say_uncounted(struct buf *to, const struct tally *t)
{
    static const struct {
        enum finding_group group;
        const char *one, *many;
    } groups[] = {
        {GROUP_EXCEPTED, "finding does not count because of an exception. ",
         "findings do not count because of exceptions. "},
        {GROUP_OUTSIDE, "product of a listed vendor is there that none of the orders covers. ",
         "products of listed vendors are there that none of the orders covers. "},
        {GROUP_TRACE, "trace was seen, which is a hint and not a finding. ",
         "traces were seen, which are hints and not findings. "},
    };

    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        if (t->group[groups[i].group])
            say_count(to, t->group[groups[i].group], groups[i].one, groups[i].many);
    trim_end(to);
}

void say_grounds(struct buf *to, const struct scan_view *view, const struct tally *t)
{
    switch (view->verdict) {
    case VERDICT_FOUND:
        say_found(to, t);
        say_scope(to, view);
        say_gaps(to, view, t);
        if (has_gaps(view, t))
            buf_str(to, "There may be more than was found. ");
        break;
    case VERDICT_ABSENT:
        say_absent(to, view);
        say_scope(to, view);
        break;
    case VERDICT_UNKNOWN:
        buf_str(to, "Nothing that counts was found in what was examined, and this is not a clean "
                    "result. ");
        say_gaps(to, view, t);
        say_scope(to, view);
        break;
    }
    trim_end(to);
}

/* ---- what to do next ---- */

struct steps {
    const struct scan_view *view;
    const struct tally *tally;
    struct buf text;
    void (*each)(void *to, struct sv step);
    void *to;
};

static void step_done(struct steps *s)
{
    s->each(s->to, buf_view(&s->text));
    buf_reset(&s->text);
}

static void step(struct steps *s, const char *text)
{
    buf_str(&s->text, text);
    step_done(s);
}

static void say_report_to(struct steps *s, const struct order_summary *o)
{
    if (o->report_to.n == 0 || sv_starts(o->report_to, SV("none")))
        return;
    buf_str(&s->text, " Reports go to: ");
    buf_sv(&s->text, o->report_to);
    if (!sv_ends(o->report_to, SV(".")))
        buf_char(&s->text, '.');
}

static void step_deadline(struct steps *s, const struct order_summary *o, const struct deadline *d)
{
    buf_sv(&s->text, o->id);
    buf_str(&s->text, ": next is ");
    say_day(&s->text, d->due_day);
    buf_str(&s->text, " (");
    say_distance(&s->text, d, scan_day(s->view));
    buf_str(&s->text, "): ");
    buf_sv(&s->text, d->what);
    say_report_to(s, o);
    step_done(s);
}

/* The deadlines to come of the orders that are concerned, the nearest first. */
static void steps_deadlines(struct steps *s)
{
    int64_t after = INT64_MIN;

    for (;;) {
        int64_t day = INT64_MAX;

        for (size_t i = 0; i < s->view->order_count; i++) {
            const struct deadline *d = next_deadline(&s->view->orders[i]);

            if (d && s->view->orders[i].verdict == VERDICT_FOUND && d->due_day > after &&
                d->due_day < day)
                day = d->due_day;
        }
        if (day == INT64_MAX)
            return;
        for (size_t i = 0; i < s->view->order_count; i++) {
            const struct deadline *d = next_deadline(&s->view->orders[i]);

            if (d && s->view->orders[i].verdict == VERDICT_FOUND && d->due_day == day)
                step_deadline(s, &s->view->orders[i], d);
        }
        after = day;
    }
}

static void step_undated(struct steps *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->view->order_count; i++) {
        const struct order_summary *o = &s->view->orders[i];

        if (o->verdict != VERDICT_FOUND || next_deadline(o))
            continue;
        buf_str(&s->text, n++ ? ", "
                              : "What these orders ask for has no dated "
                                "deadline still to come: ");
        buf_sv(&s->text, o->id);
    }
    if (n)
        step(s, ".");
}

static void steps_gaps(struct steps *s)
{
    const struct coverage *c = &s->view->coverage;

    for (int i = 0; i < REASON_COUNT_; i++) {
        if (c->by_reason[i] == 0)
            continue;
        say_count(&s->text, c->by_reason[i], "object (", "objects (");
        buf_str(&s->text, coverage_reason_text((enum coverage_reason)i));
        buf_str(&s->text, "): ");
        step(s, say_reason_remedy((enum coverage_reason)i));
    }
    if (c->skipped[RULE_EXCLUDED_FS])
        step(s, "Scan again without --exclude-fs.");
    if (c->skipped[RULE_NO_PACKAGES])
        step(s, "Scan again without --packages: packages alone were asked for.");
    if (s->view->unknown_indicator_count)
        step(s, "Scan the machine again with today's catalogue: the stored inventory cannot answer "
                "for every indicator.");
}

static void steps_found(struct steps *s)
{
    step(s,
         "Keep this report. Do not remove anything by hand yet: uninstallers also delete the logs "
         "and settings that show what a product did.");
    steps_deadlines(s);
    step_undated(s);
    step(s,
         "Have a replacement ready before anything that protects this machine goes. `debar orders "
         "show` with an order's id tells what it asks for.");
    step(s, "To see why something is a finding, and what would raise or lower its confidence, ask "
            "`debar explain` with the finding's id.");
}

static void steps_absent(struct steps *s)
{
    for (size_t i = 0; i < s->view->order_count; i++) {
        const struct order_summary *o = &s->view->orders[i];

        if (!o->nil_report)
            continue;
        buf_sv(&s->text, o->id);
        buf_str(&s->text, " asks for a report also when nothing was found.");
        say_report_to(s, o);
        step_done(s);
    }
    buf_str(&s->text, "This result is of ");
    say_day(&s->text, scan_day(s->view));
    step(s, ". Scan again when software is installed or changed, and before each report.");
}

void say_next(const struct scan_view *view, const struct tally *t,
              void (*each)(void *to, struct sv step), void *to)
{
    struct steps s = {.view = view, .tally = t, .each = each, .to = to};

    if (view->verdict == VERDICT_FOUND)
        steps_found(&s);
    if (view->verdict == VERDICT_UNKNOWN)
        step(&s,
             "Do not report this machine as clean. Close the gaps below, or have them accepted by "
             "a coverage exception, and scan again.");
    steps_gaps(&s);
    if (view->verdict == VERDICT_ABSENT)
        steps_absent(&s);
    if (t->group[GROUP_TRACE])
        step(&s,
             "Have somebody who knows the machine look at the traces: they are too weak to count, "
             "and one may lead to something.");
    buf_clear(&s.text);
}

struct sv say_why(const struct finding *f)
{
    struct sv word = sv_str(confidence_text(f->confidence)), rest = f->reason;

    if (!sv_starts(rest, word) || !sv_starts(sv_from(rest, word.n), SV(": ")))
        return f->reason;
    return sv_from(rest, word.n + 2);
}

void say_range(struct buf *to, const struct finding_indicator *in)
{
    if (in->length) {
        buf_str(to, "bytes ");
        say_number(to, in->offset);
        buf_str(to, " to ");
        say_number(to, in->offset + (in->length - 1));
    }
    if (in->row.n) {
        buf_str(to, in->length ? ", row: " : "row: ");
        buf_sv(to, in->row);
    }
}

void say_layer(struct buf *to, const struct finding_layer *l)
{
    buf_str(to, "layer ");
    say_number(to, l->number);
    buf_str(to, " of ");
    say_number(to, l->of);
    buf_str(to, " of ");
    buf_sv(to, l->image);
    if (l->images > 1) {
        buf_str(to, " and ");
        say_count(to, l->images - 1, "other image", "other images");
    }
    if (l->by) {
        buf_str(to, l->deleted ? ", deleted in layer " : ", replaced in layer ");
        say_number(to, l->by);
        buf_str(to, ": still in the image");
    }
}

void say_order_status(struct buf *to, const struct finding_order *o)
{
    if (!o->covered) {
        buf_str(to, "not covered");
        return;
    }
    buf_str(to, "covered");
    if (o->exception.n == 0)
        return;
    buf_str(to, o->excepted ? ", excepted" : ", exception ran out");
    if (o->until.n) {
        buf_str(to, o->excepted ? " until " : " on ");
        say_date(to, o->until);
    }
    buf_str(to, " (");
    buf_sv(to, o->exception);
    buf_char(to, ')');
}
