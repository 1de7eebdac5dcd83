// SPDX-License-Identifier: Apache-2.0
#include "report/document.h"

#include "base/clock.h"

static void write_host(const struct host *h, struct json_writer *w)
{
    json_key(w, "host");
    json_object(w);
    json_member(w, "id", h->id);
    json_member(w, "name", h->name);
    json_member(w, "os", h->os);
    json_member(w, "kernel", h->kernel);
    json_member(w, "architecture", h->architecture);
    json_member(w, "dmi_uuid", h->dmi_uuid);
    json_end(w);
}

static void write_deadlines(const struct order_summary *o, struct json_writer *w)
{
    json_key(w, "deadlines");
    json_array(w);
    for (size_t i = 0; i < o->deadline_count; i++) {
        const struct deadline *d = &o->deadlines[i];

        json_object(w);
        json_member(w, "kind", d->kind);
        json_member(w, "what", d->what);
        json_member(w, "due", d->due);
        if (d->every_days) {
            json_key(w, "every_days");
            json_u64(w, d->every_days);
        }
        json_key(w, "past");
        json_bool(w, d->past);
        json_member(w, "clause", d->clause);
        json_end(w);
    }
    json_end(w);
}

static void write_orders(const struct scan_view *view, struct json_writer *w)
{
    json_key(w, "orders");
    json_array(w);
    for (size_t i = 0; i < view->order_count; i++) {
        const struct order_summary *o = &view->orders[i];

        json_object(w);
        json_key(w, "id");
        json_string(w, o->id);
        json_key(w, "verdict");
        json_str(w, verdict_text(o->verdict));
        json_member(w, "title", o->title);
        json_member(w, "authority", o->authority);
        json_member(w, "citation", o->citation);
        json_member(w, "url", o->url);
        json_member(w, "issued", o->issued);
        json_member(w, "binds", o->binds);
        json_member(w, "replacement", o->replacement);
        json_member(w, "report_to", o->report_to);
        json_key(w, "nil_report");
        json_bool(w, o->nil_report);
        write_deadlines(o, w);
        json_end(w);
    }
    json_end(w);
}

static void write_list(struct json_writer *w, const char *name, const struct sv *list, size_t count)
{
    json_key(w, name);
    json_array(w);
    for (size_t i = 0; i < count; i++)
        json_string(w, list[i]);
    json_end(w);
}

static void write_time(struct json_writer *w, const char *name, int64_t ns)
{
    char text[CLOCK_TEXT];

    json_key(w, name);
    json_str(w, clock_text(ns, text));
}

void document_head(const struct scan_view *view, struct json_writer *w)
{
    json_key(w, "complete");
    json_bool(w, view->complete);
    json_member(w, "scan", view->scan_id);
    json_key(w, "tool");
    json_object(w);
    json_member(w, "name", SV("debar"));
    json_member(w, "version", view->version);
    json_end(w);
    write_host(&view->host, w);
    json_member(w, "root", view->root);
    write_list(w, "targets", view->targets, view->target_count);
    write_orders(view, w);
    write_list(w, "catalogues", view->catalogues, view->catalogue_count);
    if (view->unknown_indicator_count)
        write_list(w, "unknown_indicators", view->unknown_indicators,
                   view->unknown_indicator_count);
    write_time(w, "started", view->started_ns);
    write_time(w, "finished", view->finished_ns);
}

void document_coverage(const struct coverage *c, struct json_writer *w)
{
    json_key(w, "seen");
    json_u64(w, c->seen);
    json_key(w, "examined");
    json_u64(w, c->examined);
    json_key(w, "bytes");
    json_u64(w, c->bytes);
    if (c->unchanged) {
        json_key(w, "unchanged");
        json_u64(w, c->unchanged);
        write_time(w, "unchanged_since", c->unchanged_since_ns);
    }
    json_key(w, "skipped");
    json_object(w);
    for (int i = 0; i < RULE_COUNT_; i++) {
        if (c->skipped[i] == 0)
            continue;
        json_key(w, coverage_rule_text((enum coverage_rule)i));
        json_u64(w, c->skipped[i]);
    }
    json_end(w);
}

void document_unexamined(const struct unexamined *u, struct json_writer *w)
{
    json_object(w);
    json_key(w, "place");
    json_string(w, u->place);
    json_key(w, "reason");
    json_str(w, coverage_reason_text(u->reason));
    json_member(w, "detail", u->detail);
    json_end(w);
}

int document_balance(const struct coverage *c, uint64_t listed, struct err *err)
{
    uint64_t skipped = coverage_skipped(c);

    if (c->examined + skipped + listed == c->seen)
        return 0;
    return ERR(err, ERR_CONFLICT,
               "the coverage does not add up: %llu examined + %llu skipped + %llu not examined is "
               "not %llu seen",
               (unsigned long long)c->examined, (unsigned long long)skipped,
               (unsigned long long)listed, (unsigned long long)c->seen);
}
