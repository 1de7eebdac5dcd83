// SPDX-License-Identifier: Apache-2.0
/*
 * The findings as a table, one row for each finding and order (RFC 4180, UTF-8).
 */
#include "report/csv_cell.h"
#include "report/report.h"

enum {
    PLACES_MAX = 30000, /* bytes; a cell of the common spreadsheet programs ends at 32767 */
};

static const char header[] =
    "finding,vendor,product,name,version,state,confidence,counts,order,scope,covered,status,"
    "exception,until,why,since,installation,carrier,place_count,places,reason\r\n";

static void next_cell(struct sink *s, struct sv text)
{
    sink_char(s, ',');
    csv_cell(s, text);
}

static void places_cell(struct sink *s, const struct finding *f)
{
    auto_buf text = {0};

    // Whole places only; place_count tells when some are missing.
    for (size_t i = 0; i < f->place_count && text.n + f->places[i].n < PLACES_MAX; i++) {
        if (i)
            buf_char(&text, '\n');
        buf_sv(&text, f->places[i]);
    }
    if (!buf_ok(&text))
        s->buf.failed = true;
    next_cell(s, buf_view(&text));
}

static void row(struct sink *s, const struct finding *f, const struct finding_order *o)
{
    static const struct finding_order none;
    bool counts = o && finding_counts_under(f, o->id);
    struct sv yes_no[] = {SV("no"), SV("yes")};

    csv_cell(s, f->id);
    next_cell(s, f->vendor);
    next_cell(s, f->product);
    next_cell(s, f->name);
    next_cell(s, f->version);
    next_cell(s, sv_str(component_state_text(f->state)));
    next_cell(s, sv_str(confidence_text(f->confidence)));
    next_cell(s, yes_no[counts]);
    next_cell(s, o ? o->id : none.id);
    next_cell(s, o ? o->scope : none.scope);
    next_cell(s, o ? yes_no[o->covered] : none.id);
    next_cell(s, !o ? none.id : o->excepted ? SV("excepted") : SV("open"));
    next_cell(s, o ? o->exception : none.exception);
    next_cell(s, o ? o->until : none.until);
    next_cell(s, o ? o->why : none.why);
    next_cell(s, f->since);
    next_cell(s, f->anchor);
    next_cell(s, f->carrier);
    sink_printf(s, ",%zu", f->place_count);
    places_cell(s, f);
    next_cell(s, f->reason);
    sink_str(s, "\r\n");
}

static int add_finding(void *to, const struct finding *f, struct err *err)
{
    struct sink *s = to;
    (void)err;

    for (size_t i = 0; i < f->order_count; i++)
        row(s, f, &f->orders[i]);
    if (f->order_count == 0)
        row(s, f, NULL);
    return 0;
}

static int write_csv(const struct scan_view *view, struct sink *sink, struct err *err)
{
    sink_str(sink, header);
    if (view->findings)
        TRY(view->findings(view->context, add_finding, sink, err));
    return 0;
}

const struct report_format format_csv = {
    .name = "csv",
    .summary = "the findings as a table, one row for each finding and order",
    .extension = "csv",
    .write = write_csv,
};
