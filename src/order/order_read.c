// SPDX-License-Identifier: Apache-2.0
/* `orders/<id>.yaml` to struct order. The format is described in debar-order(5). */
#include "base/suggest.h"
#include "order/reading.h"

#define X(name, text) text,
static const char *const scope_words[] = {SCOPE_CLASSES(X)};
static const char *const relation_words[] = {RELATIONS(X)};
static const char *const platform_words[] = {PLATFORMS(X)};
static const char *const applies_words[] = {ORDER_APPLIES(X)};
static const char *const kind_words[] = {MILESTONE_KINDS(X)};
static const char *const clock_words[] = {MILESTONE_CLOCKS(X)};
#undef X

static const char *const list_words[] = {"open", "closed"};
static const char *const calendar_words[] = {"calendar", "business"};

enum {
    DAYS_MAX = 36525, // a hundred years
};

static struct sv read_url(struct reading *r, const struct yaml *node)
{
    struct sv url = check_text(&r->check, node);

    if (url.n && !sv_starts(url, SV("https://")) && !sv_starts(url, SV("http://")))
        check_problem(&r->check, node->line, "'%.*s' is '%.*s'; expected a URL, https://…",
                      (int)node->key.n, node->key.p, (int)(url.n > 60 ? 60 : url.n), url.p);
    return url;
}

/* ---- products ---- */

enum {
    PRODUCTS_LIST,
    PRODUCTS_NAMED,
    PRODUCTS_IDS,
    PRODUCTS_KINDS,
    PRODUCTS_PLATFORMS,
    PRODUCTS_CLAUSE,
};

static const struct check_key products_keys[] = {
    [PRODUCTS_LIST] = {"list"},
    [PRODUCTS_NAMED] = {"named"},
    [PRODUCTS_IDS] = {"ids", .optional = true},
    [PRODUCTS_KINDS] = {"kinds", .optional = true},
    [PRODUCTS_PLATFORMS] = {"platforms", .optional = true},
    [PRODUCTS_CLAUSE] = {"clause", .optional = true},
};

static struct sv id_of(const struct product *p)
{
    return p->id;
}

static struct sv kind_of(const struct product *p)
{
    return p->kind;
}

static bool is_known(const struct reading *r, struct sv wanted, const struct order *o,
                     struct sv (*said)(const struct product *))
{
    for (size_t v = 0; v < o->vendor_count; v++) {
        const struct catalogue *c = rules_catalogue(r->rules, o->vendors[v]);

        for (size_t p = 0; c && p < c->product_count; p++)
            if (sv_eq(said(&c->products[p]), wanted))
                return true;
    }
    return false;
}

static struct sv nearest_of(const struct reading *r, struct sv wanted, const struct order *o,
                            struct sv (*said)(const struct product *))
{
    struct sv nearest = {0};

    for (size_t v = 0; v < o->vendor_count; v++) {
        const struct catalogue *c = rules_catalogue(r->rules, o->vendors[v]);

        for (size_t p = 0; c && p < c->product_count; p++) {
            struct sv two[2] = {nearest, said(&c->products[p])};

            nearest = suggest_sv(wanted, two, 2);
        }
    }
    return nearest;
}

/* Every one of `wanted` has to be said of some product of the order's vendors. */
static void check_known(struct reading *r, const struct yaml *node, struct sv *wanted, size_t count,
                        const struct order *o, struct sv (*said)(const struct product *))
{
    const struct yaml *item = node ? node->first : NULL;

    for (size_t i = 0; i < count && item; i++, item = item->next) {
        struct sv nearest;

        if (!wanted[i].n || is_known(r, wanted[i], o, said))
            continue;
        nearest = nearest_of(r, wanted[i], o, said);
        check_problem(&r->check, item->line,
                      "no product of the order's vendors has the %s '%.*s'%s%.*s%s",
                      said == id_of ? "id" : "kind", (int)wanted[i].n, wanted[i].p,
                      nearest.n ? "; did you mean '" : "", (int)nearest.n,
                      nearest.n ? nearest.p : "", nearest.n ? "'?" : "");
    }
}

static void read_products(struct reading *r, const struct yaml *node, struct order *o)
{
    struct check *c = &r->check;
    struct order_products *to = &o->products;
    const struct yaml *v[ARRAY_LEN(products_keys)];
    bool is_restricted;

    if (!check_map(c, node, "'products'", products_keys, ARRAY_LEN(products_keys), v))
        return;
    to->closed = check_word(c, v[PRODUCTS_LIST], list_words, ARRAY_LEN(list_words)) == 1;
    to->named = check_texts(c, v[PRODUCTS_NAMED], false, &to->named_count);
    to->ids = check_texts(c, v[PRODUCTS_IDS], false, &to->id_count);
    to->kinds = check_texts(c, v[PRODUCTS_KINDS], false, &to->kind_count);
    to->platforms =
        check_word_set(c, v[PRODUCTS_PLATFORMS], platform_words, ARRAY_LEN(platform_words), false);
    to->clause = check_prose(c, v[PRODUCTS_CLAUSE]);
    (void)check_list(c, v[PRODUCTS_IDS], false);
    (void)check_list(c, v[PRODUCTS_KINDS], false);
    check_known(r, v[PRODUCTS_IDS], to->ids, to->id_count, o, id_of);
    check_known(r, v[PRODUCTS_KINDS], to->kinds, to->kind_count, o, kind_of);
    if (v[PRODUCTS_IDS] && !to->closed && v[PRODUCTS_LIST])
        check_problem(c, v[PRODUCTS_IDS]->key_line,
                      "'ids' with an open list; expected 'list: closed'");
    is_restricted = v[PRODUCTS_IDS] || v[PRODUCTS_KINDS] || v[PRODUCTS_PLATFORMS];
    if (is_restricted && !v[PRODUCTS_CLAUSE])
        check_problem(c, node->line,
                      "'products' needs the key 'clause': why the other products are not covered");
    if (!is_restricted && v[PRODUCTS_CLAUSE])
        check_problem(c, v[PRODUCTS_CLAUSE]->key_line,
                      "'clause' has no effect without 'ids', 'kinds' or 'platforms'");
}

/* ---- scope ---- */

enum {
    SCOPE_KEY_IN,
    SCOPE_KEY_OUT,
};

static const struct check_key scope_keys[] = {
    [SCOPE_KEY_IN] = {"in"},
    [SCOPE_KEY_OUT] = {"out"},
};

enum {
    CLASS_CLASS,
    CLASS_CLAUSE,
};

static const struct check_key class_keys[] = {
    [CLASS_CLASS] = {"class"},
    [CLASS_CLAUSE] = {"clause"},
};

static void read_classes(struct reading *r, const struct yaml *node, struct order *o, bool in)
{
    for (const struct yaml *item = check_list(&r->check, node, !in); item; item = item->next) {
        const struct yaml *v[ARRAY_LEN(class_keys)];
        struct order_class *class;
        int i;

        if (!check_map(&r->check, item, "a scope class", class_keys, ARRAY_LEN(class_keys), v))
            continue;
        i = check_word(&r->check, v[CLASS_CLASS], scope_words, ARRAY_LEN(scope_words));
        if (i < 0)
            continue;
        class = &o->scope[i];
        if (class->rule != ORDER_SILENT)
            check_problem(&r->check, item->line, "class '%s' is there twice; it is already '%s'",
                          scope_words[i], class->rule == ORDER_IN ? "in" : "out");
        class->rule = in ? ORDER_IN : ORDER_OUT;
        class->clause = check_prose(&r->check, v[CLASS_CLAUSE]);
    }
}

static void read_scope(struct reading *r, const struct yaml *node, struct order *o)
{
    const struct yaml *v[ARRAY_LEN(scope_keys)];

    if (!check_map(&r->check, node, "'scope'", scope_keys, ARRAY_LEN(scope_keys), v))
        return;
    read_classes(r, v[SCOPE_KEY_IN], o, true);
    read_classes(r, v[SCOPE_KEY_OUT], o, false);
}

/* ---- milestones ---- */

enum {
    MS_ID,
    MS_KIND,
    MS_DAYS,
    MS_DATE,
    MS_CALENDAR,
    MS_FROM,
    MS_EVERY,
    MS_UNTIL,
    MS_TEXT,
    MS_CLAUSE,
};

static const struct check_key milestone_keys[] = {
    [MS_ID] = {"id"},
    [MS_KIND] = {"kind"},
    [MS_DAYS] = {"days", .optional = true},
    [MS_DATE] = {"date", .optional = true},
    [MS_CALENDAR] = {"calendar", .optional = true},
    [MS_FROM] = {"from", .optional = true},
    [MS_EVERY] = {"every", .optional = true},
    [MS_UNTIL] = {"until", .optional = true},
    [MS_TEXT] = {"text"},
    [MS_CLAUSE] = {"clause", .optional = true},
};

static void check_when(struct reading *r, const struct yaml *node, const struct yaml *const *v)
{
    struct check *c = &r->check;

    if (!v[MS_DAYS] == !v[MS_DATE])
        check_problem(c, node->line, "a milestone needs either 'date' or 'days'%s",
                      v[MS_DATE] ? ", not both" : ", 'calendar' and 'from'");
    if (v[MS_DAYS] && !v[MS_CALENDAR])
        check_problem(c, node->line, "a milestone with 'days' needs the key 'calendar'");
    if (v[MS_DAYS] && !v[MS_FROM])
        check_problem(c, node->line, "a milestone with 'days' needs the key 'from'");
    if (v[MS_DATE] && v[MS_CALENDAR])
        check_problem(c, v[MS_CALENDAR]->key_line, "'calendar' has no effect with 'date'");
    if (v[MS_DATE] && v[MS_FROM])
        check_problem(c, v[MS_FROM]->key_line, "'from' has no effect with 'date'");
    if (v[MS_UNTIL] && !v[MS_EVERY])
        check_problem(c, v[MS_UNTIL]->key_line, "'until' has no effect without 'every'");
}

static void read_milestone(struct reading *r, const struct yaml *node, struct milestone *to)
{
    struct check *c = &r->check;
    const struct yaml *v[ARRAY_LEN(milestone_keys)];
    int i;

    if (!check_map(c, node, "a milestone", milestone_keys, ARRAY_LEN(milestone_keys), v))
        return;
    check_when(r, node, v);
    to->id = check_id(c, v[MS_ID], "-");
    i = check_word(c, v[MS_KIND], kind_words, ARRAY_LEN(kind_words));
    to->kind = i < 0 ? MILESTONE_IDENTIFY : (enum milestone_kind)i;
    to->days = (unsigned)check_number(c, v[MS_DAYS], 0, DAYS_MAX);
    to->date = check_day(c, v[MS_DATE]);
    to->business = check_word(c, v[MS_CALENDAR], calendar_words, ARRAY_LEN(calendar_words)) == 1;
    i = check_word(c, v[MS_FROM], clock_words, ARRAY_LEN(clock_words));
    to->from = i < 0 ? CLOCK_ISSUE : (enum milestone_clock)i;
    to->every_days = (unsigned)check_number(c, v[MS_EVERY], 1, DAYS_MAX);
    to->until = check_prose(c, v[MS_UNTIL]);
    to->text = check_prose(c, v[MS_TEXT]);
    to->clause = check_prose(c, v[MS_CLAUSE]);
}

static void check_milestone_id(struct reading *r, const struct order *o, const struct milestone *m,
                               unsigned line)
{
    for (size_t i = 0; i < o->milestone_count; i++)
        if (m->id.n && sv_eq(o->milestones[i].id, m->id)) {
            check_problem(&r->check, line, "milestone id '%.*s' is there twice", (int)m->id.n,
                          m->id.p);
            return;
        }
}

static void read_milestones(struct reading *r, const struct yaml *node, struct order *o)
{
    const struct yaml *item = check_list(&r->check, node, true);

    if (!item)
        return;
    o->milestones = arena_take_array(r->check.arena, node->count, sizeof(*o->milestones));
    if (!o->milestones)
        return;
    for (; item; item = item->next) {
        struct milestone *m = &o->milestones[o->milestone_count];

        m->date = NO_DAY;
        read_milestone(r, item, m);
        check_milestone_id(r, o, m, item->line);
        o->milestone_count++;
    }
}

/* ---- the rest ---- */

enum {
    EXC_GRANTED_BY,
    EXC_MAX_DAYS,
    EXC_BLANKET,
    EXC_TEXT,
};

static const struct check_key exceptions_keys[] = {
    [EXC_GRANTED_BY] = {"granted_by", .optional = true},
    [EXC_MAX_DAYS] = {"max_days", .optional = true},
    [EXC_BLANKET] = {"blanket", .optional = true},
    [EXC_TEXT] = {"text", .optional = true},
};

static void read_exceptions(struct reading *r, const struct yaml *node, struct order *o)
{
    struct check *c = &r->check;
    const struct yaml *v[ARRAY_LEN(exceptions_keys)];

    if (!check_map(c, node, "'exceptions'", exceptions_keys, ARRAY_LEN(exceptions_keys), v))
        return;
    o->exceptions.granted_by = check_prose(c, v[EXC_GRANTED_BY]);
    o->exceptions.text = check_prose(c, v[EXC_TEXT]);
    o->exceptions.max_days = (unsigned)check_number(c, v[EXC_MAX_DAYS], 1, DAYS_MAX);
    o->exceptions.blanket = !v[EXC_BLANKET] || check_bool(c, v[EXC_BLANKET]);
}

enum {
    REPL_REQUIRED,
    REPL_TEXT,
};

static const struct check_key replacement_keys[] = {
    [REPL_REQUIRED] = {"required"},
    [REPL_TEXT] = {"text"},
};

static void read_replacement(struct reading *r, const struct yaml *node, struct order *o)
{
    const struct yaml *v[ARRAY_LEN(replacement_keys)];

    if (!check_map(&r->check, node, "'replacement'", replacement_keys, ARRAY_LEN(replacement_keys),
                   v))
        return;
    o->replacement.required = check_bool(&r->check, v[REPL_REQUIRED]);
    o->replacement.text = check_prose(&r->check, v[REPL_TEXT]);
}

enum {
    SOURCE_FACT,
    SOURCE_URL,
};

static const struct check_key source_keys[] = {
    [SOURCE_FACT] = {"fact"},
    [SOURCE_URL] = {"url"},
};

static void read_sources(struct reading *r, const struct yaml *node, struct order *o)
{
    const struct yaml *item = check_list(&r->check, node, false);

    if (!item)
        return;
    o->sources = arena_take_array(r->check.arena, node->count, sizeof(*o->sources));
    if (!o->sources)
        return;
    for (; item; item = item->next) {
        const struct yaml *v[ARRAY_LEN(source_keys)];
        struct order_source *s = &o->sources[o->source_count++];

        if (!check_map(&r->check, item, "a source", source_keys, ARRAY_LEN(source_keys), v))
            continue;
        s->fact = check_prose(&r->check, v[SOURCE_FACT]);
        s->url = read_url(r, v[SOURCE_URL]);
    }
}

static void read_vendors(struct reading *r, const struct yaml *node, struct order *o)
{
    const struct yaml *item = check_list(&r->check, node, false);

    o->vendors = check_texts(&r->check, node, false, &o->vendor_count);
    for (size_t i = 0; i < o->vendor_count && item; i++, item = item->next) {
        struct sv nearest = {0};

        if (!o->vendors[i].n || rules_catalogue(r->rules, o->vendors[i]))
            continue;
        for (size_t j = 0; j < r->rules->catalogue_count; j++) {
            struct sv two[2] = {nearest, r->rules->catalogues[j].vendor};

            nearest = suggest_sv(o->vendors[i], two, 2);
        }
        check_problem(&r->check, item->line, "unknown vendor '%.*s'%s%.*s%s", (int)o->vendors[i].n,
                      o->vendors[i].p,
                      nearest.n ? "; did you mean '" : "; expected the name of a catalogue",
                      (int)nearest.n, nearest.n ? nearest.p : "", nearest.n ? "'?" : "");
    }
}

enum {
    ORDER_KEY_SCHEMA,
    ORDER_KEY_ID,
    ORDER_KEY_TITLE,
    ORDER_KEY_AUTHORITY,
    ORDER_KEY_CITATION,
    ORDER_KEY_URL,
    ORDER_KEY_ISSUED,
    ORDER_KEY_EFFECTIVE,
    ORDER_KEY_BINDS,
    ORDER_KEY_CARVE_OUTS,
    ORDER_KEY_VENDORS,
    ORDER_KEY_NAMED,
    ORDER_KEY_RELATIONS,
    ORDER_KEY_PRODUCTS,
    ORDER_KEY_APPLIES_TO,
    ORDER_KEY_SCOPE,
    ORDER_KEY_MILESTONES,
    ORDER_KEY_REPORT_FIELDS,
    ORDER_KEY_PLAN_ELEMENTS,
    ORDER_KEY_REPORT_TO,
    ORDER_KEY_NIL_REPORT,
    ORDER_KEY_FLOW_DOWN,
    ORDER_KEY_EXCEPTIONS,
    ORDER_KEY_REPLACEMENT,
    ORDER_KEY_NOTES,
    ORDER_KEY_SOURCES,
};

static const struct check_key order_keys[] = {
    [ORDER_KEY_SCHEMA] = {"schema"},
    [ORDER_KEY_ID] = {"id"},
    [ORDER_KEY_TITLE] = {"title"},
    [ORDER_KEY_AUTHORITY] = {"authority"},
    [ORDER_KEY_CITATION] = {"citation"},
    [ORDER_KEY_URL] = {"url"},
    [ORDER_KEY_ISSUED] = {"issued"},
    [ORDER_KEY_EFFECTIVE] = {"effective", .optional = true},
    [ORDER_KEY_BINDS] = {"binds"},
    [ORDER_KEY_CARVE_OUTS] = {"carve_outs"},
    [ORDER_KEY_VENDORS] = {"vendors"},
    [ORDER_KEY_NAMED] = {"named"},
    [ORDER_KEY_RELATIONS] = {"relations"},
    [ORDER_KEY_PRODUCTS] = {"products"},
    [ORDER_KEY_APPLIES_TO] = {"applies_to"},
    [ORDER_KEY_SCOPE] = {"scope"},
    [ORDER_KEY_MILESTONES] = {"milestones"},
    [ORDER_KEY_REPORT_FIELDS] = {"report_fields"},
    [ORDER_KEY_PLAN_ELEMENTS] = {"plan_elements", .optional = true},
    [ORDER_KEY_REPORT_TO] = {"report_to"},
    [ORDER_KEY_NIL_REPORT] = {"nil_report"},
    [ORDER_KEY_FLOW_DOWN] = {"flow_down", .optional = true},
    [ORDER_KEY_EXCEPTIONS] = {"exceptions"},
    [ORDER_KEY_REPLACEMENT] = {"replacement"},
    [ORDER_KEY_NOTES] = {"notes"},
    [ORDER_KEY_SOURCES] = {"sources"},
};

static void read_text(struct reading *r, const struct yaml *const *v, struct order *to)
{
    struct check *c = &r->check;

    to->id = check_id(c, v[ORDER_KEY_ID], ".-");
    reading_check_name(r, v[ORDER_KEY_ID], to->id);
    to->title = check_text(c, v[ORDER_KEY_TITLE]);
    to->authority = check_text(c, v[ORDER_KEY_AUTHORITY]);
    to->citation = check_text(c, v[ORDER_KEY_CITATION]);
    to->url = read_url(r, v[ORDER_KEY_URL]);
    to->issued = check_day(c, v[ORDER_KEY_ISSUED]);
    to->effective = check_day(c, v[ORDER_KEY_EFFECTIVE]);
    to->binds = check_prose(c, v[ORDER_KEY_BINDS]);
    to->carve_outs = check_texts(c, v[ORDER_KEY_CARVE_OUTS], false, &to->carve_out_count);
    to->named = check_texts(c, v[ORDER_KEY_NAMED], false, &to->named_count);
    to->report_fields = check_texts(c, v[ORDER_KEY_REPORT_FIELDS], false, &to->report_field_count);
    to->report_to = check_prose(c, v[ORDER_KEY_REPORT_TO]);
    to->nil_report = check_bool(c, v[ORDER_KEY_NIL_REPORT]);
    to->flow_down = check_prose(c, v[ORDER_KEY_FLOW_DOWN]);
    to->notes = check_texts(c, v[ORDER_KEY_NOTES], false, &to->note_count);
}

void order_read(struct reading *r, const struct yaml *root, struct order *to)
{
    struct check *c = &r->check;
    const struct yaml *v[ARRAY_LEN(order_keys)];

    if (!check_schema(c, root, "debar.order/1") ||
        !check_map(c, root, "an order", order_keys, ARRAY_LEN(order_keys), v))
        return;
    read_text(r, v, to);
    read_vendors(r, v[ORDER_KEY_VENDORS], to);
    to->relations =
        check_word_set(c, v[ORDER_KEY_RELATIONS], relation_words, ARRAY_LEN(relation_words), true);
    read_products(r, v[ORDER_KEY_PRODUCTS], to);
    to->applies_to =
        check_word_set(c, v[ORDER_KEY_APPLIES_TO], applies_words, ARRAY_LEN(applies_words), false);
    read_scope(r, v[ORDER_KEY_SCOPE], to);
    read_milestones(r, v[ORDER_KEY_MILESTONES], to);
    order_elements_read(r, v[ORDER_KEY_PLAN_ELEMENTS], to);
    read_exceptions(r, v[ORDER_KEY_EXCEPTIONS], to);
    read_replacement(r, v[ORDER_KEY_REPLACEMENT], to);
    read_sources(r, v[ORDER_KEY_SOURCES], to);
}
