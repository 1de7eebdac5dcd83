// SPDX-License-Identifier: Apache-2.0
#include "order/exception.h"

#include "base/glob.h"

static bool holds_order(const struct exception *e, struct sv order_id)
{
    for (size_t i = 0; i < e->order_count; i++)
        if (sv_eq(e->orders[i], order_id))
            return true;
    return e->all_orders;
}

static bool matches_finding(const struct exception *e, const struct finding *f)
{
    if (e->finding.n)
        return sv_eq_nocase(e->finding, f->id);
    if (e->vendor.n && !sv_eq(e->vendor, f->vendor))
        return false;
    if (e->product.n && !sv_eq(e->product, f->product))
        return false;
    if (!e->place.n || glob_match(e->place, f->anchor))
        return true;
    // A permission for one folder is none for what the installation has outside of it.
    for (size_t i = 0; i < f->place_count; i++)
        if (!glob_match(e->place, f->places[i]))
            return false;
    return f->place_count > 0;
}

static enum exception_answer on_day(const struct exception *e, int64_t today)
{
    if (e->from != NO_DAY && today < e->from)
        return EXCEPTION_NO;
    return today <= e->until ? EXCEPTION_YES : EXCEPTION_EXPIRED;
}

enum exception_answer exception_covers(const struct exception *e, const struct finding *f,
                                       struct sv order_id, int64_t today)
{
    if (e->kind != EXCEPTION_FINDING || !holds_order(e, order_id) || !matches_finding(e, f))
        return EXCEPTION_NO;
    return on_day(e, today);
}

enum exception_answer exceptions_cover(const struct exception *exceptions, size_t count,
                                       const struct finding *f, struct sv order_id, int64_t today,
                                       const struct exception **ret_exception)
{
    enum exception_answer best = EXCEPTION_NO;

    *ret_exception = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct exception *e = &exceptions[i];
        enum exception_answer answer = exception_covers(e, f, order_id, today);

        if (answer < best || answer == EXCEPTION_NO)
            continue;
        // Of several the one that lasts longest.
        if (answer == best && e->until <= (*ret_exception)->until)
            continue;
        best = answer;
        *ret_exception = e;
    }
    return best;
}

enum exception_answer exception_accepts_gap(const struct exception *e, const struct unexamined *gap,
                                            struct sv sha256, int64_t today)
{
    if (e->kind != EXCEPTION_COVERAGE)
        return EXCEPTION_NO;
    if (e->has_reason && e->reason != gap->reason)
        return EXCEPTION_NO;
    if (e->gap_place.n && !glob_match(e->gap_place, gap->place))
        return EXCEPTION_NO;
    if (e->gap_sha256.n && !sv_eq_nocase(e->gap_sha256, sha256))
        return EXCEPTION_NO;
    return on_day(e, today);
}
