// SPDX-License-Identifier: Apache-2.0
#include "order/show.h"

#include <uniwidth.h>

#include "base/clock.h"

enum {
    KEY_WIDTH = 14,
    LINE_WIDTH = 100,
};

/* ---- paragraphs beside a key ---- */

static size_t columns(struct sv s)
{
    int n = s.n ? u8_width((const uint8_t *)s.p, s.n, "UTF-8") : 0;

    return n > 0 ? (size_t)n : 0;
}

static void spaces(struct buf *to, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_char(to, ' ');
}

static struct sv next_word(struct sv *text)
{
    size_t n = 0;

    while (text->n && (*text->p == ' ' || *text->p == '\n' || *text->p == '\t'))
        *text = sv_from(*text, 1);
    while (n < text->n && text->p[n] != ' ' && text->p[n] != '\n' && text->p[n] != '\t')
        n++;
    struct sv word = {text->p, n};
    *text = sv_from(*text, n);
    return word;
}

/* `key`, and the text wrapped beside it; further lines stand `indent` columns deeper. */
static void paragraph(struct buf *to, const char *key, struct sv text, size_t indent)
{
    size_t at = KEY_WIDTH;
    bool first = true;

    if (!text.n)
        return;
    buf_str(to, key);
    spaces(to, KEY_WIDTH > columns(sv_str(key)) ? KEY_WIDTH - columns(sv_str(key)) : 1);
    for (struct sv word = next_word(&text); word.n; word = next_word(&text)) {
        size_t width = columns(word);

        if (!first && at + 1 + width > LINE_WIDTH) {
            buf_char(to, '\n');
            at = KEY_WIDTH + indent;
            spaces(to, at);
        } else if (!first) {
            buf_char(to, ' ');
            at++;
        }
        buf_sv(to, word);
        at += width;
        first = false;
    }
    buf_char(to, '\n');
}

/* One paragraph an item, the key before the first only. */
static void items(struct buf *to, const char *key, const struct sv *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        auto_buf text = BUF_INIT(0);

        buf_printf(&text, "- %.*s", (int)list[i].n, list[i].p);
        paragraph(to, i ? "" : key, buf_view(&text), 2);
    }
}

static void join(struct buf *to, const struct sv *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_printf(to, "%s%.*s", i ? ", " : "", (int)list[i].n, list[i].p);
}

static void row(struct buf *to, const char *key, const struct buf *text)
{
    paragraph(to, key, buf_view(text), 0);
}

static void words_of_set(struct buf *to, unsigned set, unsigned count, const char *text(unsigned))
{
    bool any = false;

    for (unsigned i = 0; i < count; i++)
        if (set & SET_OF(i)) {
            buf_printf(to, "%s%s", any ? ", " : "", text(i));
            any = true;
        }
}

static const char *platform_word(unsigned i)
{
    return platform_text((enum platform)i);
}

static const char *relation_word(unsigned i)
{
    return relation_text((enum relation)i);
}

static const char *applies_word(unsigned i)
{
    return order_applies_text((enum order_applies)i);
}

/* ---- tables ---- */

static void cell(struct buf *to, struct sv text, size_t width)
{
    size_t n = columns(text);

    buf_sv(to, text);
    spaces(to, (n < width ? width - n : 0) + 2);
}

static size_t widest(size_t so_far, struct sv text)
{
    size_t n = columns(text);

    return n > so_far ? n : so_far;
}

void show_orders(const struct rules *r, struct buf *to)
{
    char day[CLOCK_TEXT];
    size_t id = 2, vendors = 7;

    for (size_t i = 0; i < r->order_count; i++) {
        auto_buf list = BUF_INIT(0);

        join(&list, r->orders[i].vendors, r->orders[i].vendor_count);
        id = widest(id, r->orders[i].id);
        vendors = widest(vendors, buf_view(&list));
    }
    cell(to, SV("ID"), id);
    cell(to, SV("ISSUED"), 10);
    cell(to, SV("VENDORS"), vendors);
    buf_str(to, "TITLE\n");
    for (size_t i = 0; i < r->order_count; i++) {
        const struct order *o = &r->orders[i];
        auto_buf list = BUF_INIT(0);

        join(&list, o->vendors, o->vendor_count);
        cell(to, o->id, id);
        cell(to, sv_str(clock_day_text(o->issued, day)), 10);
        cell(to, buf_view(&list), vendors);
        buf_printf(to, "%.*s\n", (int)o->title.n, o->title.p);
    }
}

void show_catalogues(const struct rules *r, struct buf *to)
{
    size_t vendor = 6;

    for (size_t i = 0; i < r->catalogue_count; i++)
        vendor = widest(vendor, r->catalogues[i].vendor);
    cell(to, SV("VENDOR"), vendor);
    buf_str(to, "ENTITIES  PRODUCTS  INDICATORS  TITLE\n");
    for (size_t i = 0; i < r->catalogue_count; i++) {
        const struct catalogue *c = &r->catalogues[i];

        cell(to, c->vendor, vendor);
        buf_printf(to, "%8zu  %8zu  %10zu  %.*s\n", c->entity_count, c->product_count,
                   c->indicator_count, (int)c->title.n, c->title.p);
    }
}

/* ---- an order ---- */

static void show_products(const struct order *o, struct buf *to)
{
    const struct order_products *p = &o->products;
    auto_buf only = BUF_INIT(0), platforms = BUF_INIT(0);

    paragraph(to, "Products",
              p->closed ? SV("only these:") : SV("all of the vendors'; the text names:"), 0);
    items(to, "", p->named, p->named_count);
    if (p->id_count) {
        buf_str(&only, "product ");
        join(&only, p->ids, p->id_count);
    }
    if (p->kind_count) {
        buf_str(&only, only.n ? "; kind " : "kind ");
        join(&only, p->kinds, p->kind_count);
    }
    if (p->platforms) {
        words_of_set(&platforms, p->platforms, PLATFORM_COUNT_, platform_word);
        buf_printf(&only, "%son %s", only.n ? "; " : "", platforms.p);
    }
    if (only.n)
        buf_printf(&only, ": %.*s", (int)p->clause.n, p->clause.p);
    row(to, "  only", &only);
}

static void show_scope(const struct order *o, struct buf *to, bool in)
{
    bool first = true;

    for (unsigned i = 0; i < SCOPE_COUNT_; i++) {
        const struct order_class *class = &o->scope[i];
        auto_buf text = BUF_INIT(0);

        if ((class->rule == ORDER_IN) != in || class->rule == ORDER_SILENT)
            continue;
        buf_printf(&text, "%s: %.*s", scope_class_text((enum scope_class)i), (int)class->clause.n,
                   class->clause.p);
        paragraph(to, !first ? "" : in ? "In scope" : "Out of scope", buf_view(&text), 2);
        first = false;
    }
}

static void show_milestones(const struct order *o, int64_t today, struct buf *to)
{
    struct deadline *deadlines = NULL;
    size_t count = 0;
    auto_arena arena;

    arena_init(&arena, 16 << 20);
    if (order_deadlines(o, &ORDER_CLOCKS_UNKNOWN, today, &arena, &deadlines, &count, NULL) < 0)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct deadline *d = &deadlines[i];
        const struct milestone *m = &o->milestones[i];
        auto_buf text = BUF_INIT(0);

        buf_printf(&text, "%.*s%s", (int)d->due.n, d->due.p, d->past ? " (past)" : "");
        if (d->every_days)
            buf_printf(&text, ", then every %u days", d->every_days);
        if (m->until.n)
            buf_printf(&text, " until %.*s", (int)m->until.n, m->until.p);
        buf_printf(&text, ", %.*s: %.*s", (int)d->kind.n, d->kind.p, (int)d->what.n, d->what.p);
        if (d->clause.n)
            buf_printf(&text, " [%.*s]", (int)d->clause.n, d->clause.p);
        paragraph(to, i ? "" : "Deadlines", buf_view(&text), 2);
    }
}

static void show_exceptions(const struct order *o, struct buf *to)
{
    auto_buf text = BUF_INIT(0);

    if (o->exceptions.granted_by.n)
        buf_printf(&text, "granted by %.*s. ", (int)o->exceptions.granted_by.n,
                   o->exceptions.granted_by.p);
    if (o->exceptions.max_days)
        buf_printf(&text, "For %u days at most. ", o->exceptions.max_days);
    if (!o->exceptions.blanket)
        buf_str(&text, "None for everything at once. ");
    buf_sv(&text, o->exceptions.text);
    row(to, "Exceptions", &text);
}

static void show_header(const struct order *o, struct buf *to)
{
    char issued[CLOCK_TEXT], effective[CLOCK_TEXT];
    auto_buf dates = BUF_INIT(0), vendors = BUF_INIT(0), relations = BUF_INIT(0),
             applies = BUF_INIT(0);

    paragraph(to, "Order", o->id, 0);
    paragraph(to, "Title", o->title, 0);
    paragraph(to, "Authority", o->authority, 0);
    paragraph(to, "Citation", o->citation, 0);
    paragraph(to, "", o->url, 0);
    buf_str(&dates, clock_day_text(o->issued, issued));
    if (o->effective != NO_DAY)
        buf_printf(&dates, ", in effect from %s", clock_day_text(o->effective, effective));
    row(to, "Issued", &dates);
    paragraph(to, "Binds", o->binds, 0);
    items(to, "Does not bind", o->carve_outs, o->carve_out_count);
    join(&vendors, o->vendors, o->vendor_count);
    row(to, "Vendors", &vendors);
    items(to, "Names", o->named, o->named_count);
    words_of_set(&relations, o->relations, RELATION_COUNT_, relation_word);
    row(to, "  and their", &relations);
    words_of_set(&applies, o->applies_to, APPLIES_COUNT_, applies_word);
    row(to, "Applies to", &applies);
}

static void show_elements(const struct order *o, struct buf *to)
{
    auto_buf text = BUF_INIT(0);

    for (size_t i = 0; i < o->element_count; i++) {
        const struct order_element *e = &o->elements[i];

        buf_reset(&text);
        buf_printf(&text, "%.*s: %.*s%s%.*s", (int)e->id.n, e->id.p, (int)e->title.n, e->title.p,
                   e->key.n ? ", key " : "", (int)e->key.n, e->key.p);
        paragraph(to, i ? "" : "Plan has", buf_view(&text), 0);
    }
}

void show_order(const struct order *o, int64_t today, struct buf *to)
{
    auto_buf replacement = BUF_INIT(0);

    show_header(o, to);
    show_products(o, to);
    show_scope(o, to, true);
    show_scope(o, to, false);
    show_milestones(o, today, to);
    paragraph(to, "Report to", o->report_to, 0);
    paragraph(
        to, "",
        o->nil_report ? SV("Also when nothing is found.") : SV("Only when something is found."), 0);
    items(to, "Report says", o->report_fields, o->report_field_count);
    show_elements(o, to);
    paragraph(to, "Flow-down", o->flow_down, 0);
    show_exceptions(o, to);
    buf_printf(&replacement, "%s. %.*s", o->replacement.required ? "Required" : "Not required",
               (int)o->replacement.text.n, o->replacement.text.p);
    row(to, "Replacement", &replacement);
    items(to, "Notes", o->notes, o->note_count);
    for (size_t i = 0; i < o->source_count; i++) {
        auto_buf text = BUF_INIT(0);

        buf_printf(&text, "- %.*s: %.*s", (int)o->sources[i].fact.n, o->sources[i].fact.p,
                   (int)o->sources[i].url.n, o->sources[i].url.p);
        paragraph(to, i ? "" : "Sources", buf_view(&text), 2);
    }
    paragraph(to, "File", o->file, 0);
}

void show_undecided(const struct order *o, struct buf *to)
{
    for (unsigned i = 0; i < SCOPE_COUNT_; i++)
        if (o->scope[i].rule == ORDER_SILENT)
            buf_printf(
                to, "%.*s: scope says nothing of class '%s'; what is of it will not be covered\n",
                (int)o->file.n, o->file.p, scope_class_text((enum scope_class)i));
}

/* ---- a catalogue ---- */

static void show_entity(const struct entity *e, bool first, struct buf *to)
{
    auto_buf text = BUF_INIT(0);

    buf_printf(&text, "- %.*s (%s)", (int)e->name.n, e->name.p, relation_text(e->relation));
    if (e->former_count) {
        buf_str(&text, ", formerly ");
        join(&text, e->former, e->former_count);
    }
    if (e->native_count) {
        buf_str(&text, ", also ");
        join(&text, e->native, e->native_count);
    }
    if (e->publisher)
        buf_printf(&text, "; %s as publisher", strength_text(e->publisher_strength));
    paragraph(to, first ? "Entities" : "", buf_view(&text), 2);
}

static void show_product(const struct product *p, bool first, struct buf *to)
{
    auto_buf text = BUF_INIT(0);

    buf_printf(&text, "- %.*s: %.*s (%.*s; ", (int)p->id.n, p->id.p, (int)p->name.n, p->name.p,
               (int)p->kind.n, p->kind.p);
    words_of_set(&text, p->platforms, PLATFORM_COUNT_, platform_word);
    buf_str(&text, p->generic ? "; generic)" : ")");
    paragraph(to, first ? "Products" : "", buf_view(&text), 2);
}

/* Bytes that a terminal would obey, and all of a pattern of bytes, as \xNN. */
static void show_value(struct buf *to, const struct condition *t, struct sv value)
{
    bool bytes = t->field == FIELD_MAGIC || t->field == FIELD_LITERAL;

    buf_char(to, '\'');
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];

        if (c < ' ' || c == 0x7f || (bytes && c >= 0x80))
            buf_printf(to, "\\x%02x", c);
        else
            buf_char(to, (char)c);
    }
    buf_char(to, '\'');
}

static void show_condition(struct buf *to, const struct condition *t)
{
    buf_printf(to, "%s %s%s", field_text(t->field),
               t->normalised ? "names" : indicator_op_text(t->op), t->nocase ? " (any case)" : "");
    for (size_t i = 0; i < t->value_count; i++) {
        buf_str(to, i ? ", " : " ");
        show_value(to, t, t->values[i]);
    }
}

static void show_evidence(const struct catalogue *c, struct buf *to)
{
    size_t id = 8;

    if (!c->evidence_count)
        return;
    for (size_t i = 0; i < c->evidence_count; i++)
        id = widest(id, c->evidence[i].id);
    buf_char(to, '\n');
    cell(to, SV("EVIDENCE"), id);
    cell(to, SV("KIND"), 11);
    buf_str(to, "PATHS\n");
    for (size_t i = 0; i < c->evidence_count; i++) {
        const struct catalogue_evidence *e = &c->evidence[i];

        for (size_t p = 0; p < e->path_count; p++) {
            cell(to, p ? SV("") : e->id, id);
            cell(to, p ? SV("") : sv_str(evidence_kind_text(e->kind)), 11);
            buf_printf(to, "%.*s\n", (int)e->paths[p].n, e->paths[p].p);
        }
    }
}

void show_catalogue(const struct catalogue *c, struct buf *to)
{
    size_t id = 9, field = 5;

    paragraph(to, "Vendor", c->vendor, 0);
    paragraph(to, "Title", c->title, 0);
    for (size_t i = 0; i < c->entity_count; i++)
        show_entity(&c->entities[i], i == 0, to);
    for (size_t i = 0; i < c->product_count; i++)
        show_product(&c->products[i], i == 0, to);
    paragraph(to, "File", c->file, 0);
    buf_char(to, '\n');
    for (size_t i = 0; i < c->indicator_count; i++) {
        id = widest(id, c->indicators[i].id);
        field = widest(field, sv_str(field_text(c->indicators[i].test.field)));
    }
    cell(to, SV("INDICATOR"), id);
    cell(to, SV("FIELD"), field);
    cell(to, SV("STRENGTH"), 10);
    buf_str(to, "CLASS\n");
    for (size_t i = 0; i < c->indicator_count; i++) {
        const struct indicator *n = &c->indicators[i];

        cell(to, n->id, id);
        cell(to, sv_str(field_text(n->test.field)), field);
        cell(to, sv_str(strength_text(n->strength)), 10);
        buf_printf(to, "%s\n", scope_class_text(n->scope));
    }
    show_evidence(c, to);
}

static void show_version(struct buf *to, const struct version_range *v)
{
    if (v->low.n)
        buf_printf(to, "%s%.*s", v->low_open ? ">" : ">=", (int)v->low.n, v->low.p);
    if (v->high.n)
        buf_printf(to, "%s%s%.*s", v->low.n ? " " : "", v->high_open ? "<" : "<=", (int)v->high.n,
                   v->high.p);
}

static void show_examples(struct buf *to, const char *key, const struct condition *t,
                          const struct sv *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        auto_buf text = BUF_INIT(0);

        show_value(&text, t, list[i]);
        paragraph(to, i ? "" : key, buf_view(&text), 0);
    }
}

void show_indicator(const struct indicator *i, struct buf *to)
{
    auto_buf product = BUF_INIT(0), test = BUF_INIT(0), types = BUF_INIT(0), version = BUF_INIT(0),
             platforms = BUF_INIT(0), file = BUF_INIT(0);

    paragraph(to, "Indicator", i->id, 0);
    buf_printf(&product, "%.*s: %.*s", (int)i->product->id.n, i->product->id.p,
               (int)i->product->name.n, i->product->name.p);
    row(to, "Product", &product);
    show_condition(&test, &i->test);
    if (i->test.field == FIELD_MAGIC)
        buf_printf(&test, " at byte %llu", (unsigned long long)i->offset);
    row(to, "Test", &test);
    for (size_t n = 0; n < i->with_count; n++) {
        auto_buf with = BUF_INIT(0);

        show_condition(&with, &i->with[n]);
        row(to, "  and", &with);
    }
    join(&types, i->types, i->type_count);
    row(to, "Package type", &types);
    show_version(&version, &i->version);
    row(to, "Version", &version);
    paragraph(to, "Strength", sv_str(strength_text(i->strength)), 0);
    paragraph(to, "Class", sv_str(scope_class_text(i->scope)), 0);
    words_of_set(&platforms, i->platforms, PLATFORM_COUNT_, platform_word);
    row(to, "Platform", &platforms);
    paragraph(to, "Source", i->source, 0);
    show_examples(to, "Hits", &i->test, i->hits, i->hit_count);
    show_examples(to, "Misses", &i->test, i->misses, i->miss_count);
    buf_printf(&file, "%.*s:%u", (int)i->catalogue->file.n, i->catalogue->file.p, i->line);
    row(to, "File", &file);
}
