// SPDX-License-Identifier: Apache-2.0
#include "order/order.h"

#include "base/clock.h"
#include "base/compiler.h"

#define X(name, text) text,
static const char *const kind_texts[] = {MILESTONE_KINDS(X)};
static const char *const clock_texts[] = {MILESTONE_CLOCKS(X)};
static const char *const applies_texts[] = {ORDER_APPLIES(X)};
#undef X

const char *milestone_kind_text(enum milestone_kind kind)
{
    return kind_texts[kind];
}

const char *milestone_clock_text(enum milestone_clock clock)
{
    return clock_texts[clock];
}

const char *order_applies_text(enum order_applies applies)
{
    return applies_texts[applies];
}

static bool holds(const struct sv *list, size_t count, struct sv text)
{
    for (size_t i = 0; i < count; i++)
        if (sv_eq(list[i], text))
            return true;
    return false;
}

bool order_names_vendor(const struct order *o, struct sv vendor)
{
    return holds(o->vendors, o->vendor_count, vendor);
}

static bool is_restricted_away(const struct order_products *p, const struct product *product,
                               unsigned platforms)
{
    if (p->id_count && !holds(p->ids, p->id_count, product->id))
        return true;
    if (p->kind_count && !holds(p->kinds, p->kind_count, product->kind))
        return true;
    // "Any" says that the platform is not known, and what is not known to be one is not covered.
    return p->platforms && !(platforms & p->platforms);
}

bool order_covers(const struct order *o, const struct product *product, enum scope_class scope,
                  unsigned platforms, struct sv *ret_why)
{
    const struct order_class *class = &o->scope[scope];

    if (is_restricted_away(&o->products, product, platforms ? platforms : product->platforms)) {
        *ret_why = o->products.clause;
        return false;
    }
    *ret_why =
        class->rule == ORDER_SILENT ? SV("The order says nothing of this class.") : class->clause;
    return class->rule == ORDER_IN;
}

/* ---- deadlines ---- */

/* 1970-01-01 was a Thursday: 0 is Monday. */
static unsigned weekday(int64_t day)
{
    return (unsigned)(((day + 3) % 7 + 7) % 7);
}

static int64_t add_business_days(int64_t day, unsigned count)
{
    // What starts at a weekend counts from Monday on, as if it had started on Friday.
    while (weekday(day) > 4)
        day--;
    day += (int64_t)(count / 5) * 7;
    count %= 5;
    return day + count + (weekday(day) + count > 4 ? 2 : 0);
}

static int64_t clock_start(const struct order *o, const struct order_clocks *clocks,
                           enum milestone_clock from)
{
    switch (from) {
    case CLOCK_ISSUE:
        return o->issued;
    case CLOCK_IDENTIFICATION:
        return clocks->identification;
    case CLOCK_DETECTION:
        return clocks->detection;
    case CLOCK_REPORT:
        return clocks->report;
    case CLOCK_COUNT_:
        break;
    }
    return NO_DAY;
}

static int64_t first_due(const struct order *o, const struct order_clocks *clocks,
                         const struct milestone *m)
{
    int64_t start;

    if (m->date != NO_DAY)
        return m->date;
    start = clock_start(o, clocks, m->from);
    if (start == NO_DAY)
        return NO_DAY;
    return m->business ? add_business_days(start, m->days) : start + m->days;
}

static int64_t next_due(int64_t first, unsigned every, int64_t today)
{
    if (!every || first >= today)
        return first;
    return first + (today - first + every - 1) / every * every;
}

static struct sv words(const struct milestone *m, struct arena *arena)
{
    return arena_printf(arena, "%u %sday%s after %s", m->days, m->business ? "business " : "",
                        m->days == 1 ? "" : "s", milestone_clock_text(m->from));
}

static struct deadline deadline_of(const struct order *o, const struct order_clocks *clocks,
                                   const struct milestone *m, int64_t today, struct arena *arena)
{
    char text[CLOCK_TEXT];
    int64_t first = first_due(o, clocks, m);
    struct deadline d = {
        .what = m->text,
        .kind = sv_str(milestone_kind_text(m->kind)),
        .clause = m->clause,
        .due_day = NO_DAY,
        .every_days = m->every_days,
    };

    if (first == NO_DAY) {
        d.due = words(m, arena);
        return d;
    }
    d.due_day = next_due(first, m->every_days, today);
    d.due = arena_copy(arena, sv_str(clock_day_text(d.due_day, text)));
    d.past = d.due_day < today;
    return d;
}

int order_deadlines(const struct order *o, const struct order_clocks *clocks, int64_t today,
                    struct arena *arena, struct deadline **ret_deadlines, size_t *ret_count,
                    struct err *err)
{
    struct deadline *deadlines =
        arena_take_array(arena, o->milestone_count + 1, sizeof(*deadlines));

    if (!deadlines)
        return arena_error(arena, err);
    for (size_t i = 0; i < o->milestone_count; i++)
        deadlines[i] = deadline_of(o, clocks, &o->milestones[i], today, arena);
    if (arena_failed(arena))
        return arena_error(arena, err);
    *ret_deadlines = deadlines;
    *ret_count = o->milestone_count;
    return 0;
}

int order_summarise(const struct order *o, const struct order_clocks *clocks, int64_t today,
                    struct arena *arena, struct order_summary *ret, struct err *err)
{
    char issued[CLOCK_TEXT];
    struct order_summary s = {
        .id = o->id,
        .title = o->title,
        .authority = o->authority,
        .citation = o->citation,
        .url = o->url,
        .issued = arena_copy(arena, sv_str(clock_day_text(o->issued, issued))),
        .binds = o->binds,
        .replacement = o->replacement.text,
        .report_to = o->report_to,
        .nil_report = o->nil_report,
    };

    TRY(order_deadlines(o, clocks, today, arena, &s.deadlines, &s.deadline_count, err));
    *ret = s;
    return 0;
}
