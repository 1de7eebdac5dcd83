// SPDX-License-Identifier: Apache-2.0
#include "report/agency.h"

#include "base/json.h"
#include "report/csv_cell.h"

/* ---- JSON ---- */

static void number(struct json_writer *w, const char *name, uint64_t n)
{
    json_key(w, name);
    json_u64(w, n);
}

static void write_statuses(struct json_writer *w, uint64_t found, const uint64_t statuses[])
{
    static const char *const names[] = {[STATUS_FOUND] = "for-others",
                                        [STATUS_REMOVED] = "removed",
                                        [STATUS_MITIGATED] = "mitigated",
                                        [STATUS_EXCEPTED] = "excepted",
                                        [STATUS_REMAINING] = "remaining"};

    number(w, "found", found);
    for (int i = 0; i < STATUS_COUNT_; i++)
        number(w, names[i], statuses[i]);
}

static void write_element(struct json_writer *w, const struct agency_element *e)
{
    json_object(w);
    json_member(w, "id", e->id);
    json_member(w, "title", e->title);
    json_member(w, "asked", e->asked);
    json_member(w, "key", e->key);
    json_key(w, "missing");
    json_bool(w, e->missing);
    json_key(w, "lines");
    json_array(w);
    for (size_t i = 0; i < e->line_count; i++) {
        json_object(w);
        json_member(w, "label", e->lines[i].label);
        json_member(w, "text", e->lines[i].text);
        json_end(w);
    }
    json_end(w);
    json_end(w);
}

static void write_product(struct json_writer *w, const struct agency_product *p)
{
    json_object(w);
    json_member(w, "vendor", p->vendor);
    json_member(w, "product", p->product);
    json_member(w, "name", p->name);
    number(w, "endpoints", p->endpoints);
    write_statuses(w, p->found, p->statuses);
    json_end(w);
}

static void write_head(struct json_writer *w, const struct agency_plan *a)
{
    json_member(w, "schema", SV("debar.agency-plan/1"));
    json_member(w, "version", a->version);
    json_member(w, "made", a->made);
    json_key(w, "order");
    json_object(w);
    json_member(w, "id", a->order);
    json_member(w, "title", a->order_title);
    json_member(w, "citation", a->citation);
    json_member(w, "authority", a->authority);
    json_end(w);
    json_key(w, "complete");
    json_bool(w, !a->missing);
}

void agency_write_json(const struct agency_plan *a, struct sink *s)
{
    struct json_writer w = json_writer_to(&s->buf, true);

    json_object(&w);
    write_head(&w, a);
    json_key(&w, "elements");
    json_array(&w);
    for (size_t i = 0; i < a->element_count; i++)
        write_element(&w, &a->elements[i]);
    json_end(&w);
    json_key(&w, "products");
    json_array(&w);
    for (size_t i = 0; i < a->product_count; i++)
        write_product(&w, &a->products[i]);
    json_end(&w);
    json_key(&w, "counts");
    json_object(&w);
    number(&w, "endpoints", a->endpoints);
    write_statuses(&w, a->found, a->statuses);
    json_end(&w);
    json_key(&w, "plans");
    json_array(&w);
    for (size_t i = 0; i < a->plan_count; i++)
        json_string(&w, a->plans[i]);
    json_end_all(&w);
    sink_char(s, '\n');
}

/* ---- CSV ---- */

static void row(struct sink *s, const struct agency_element *e, struct sv status, struct sv label,
                struct sv text)
{
    const struct sv cells[] = {e->id, e->title, status, label, text};

    for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
        if (i)
            sink_char(s, ',');
        csv_cell(s, cells[i]);
    }
    sink_str(s, "\r\n");
}

void agency_write_csv(const struct agency_plan *a, struct sink *s)
{
    sink_str(s, "element,title,status,label,text\r\n");
    for (size_t i = 0; i < a->element_count; i++) {
        const struct agency_element *e = &a->elements[i];

        if (e->missing)
            row(s, e, SV("missing"), SV("key"), e->key);
        for (size_t k = 0; k < e->line_count; k++)
            row(s, e, e->missing ? SV("missing") : SV("answered"), e->lines[k].label,
                e->lines[k].text);
    }
}
