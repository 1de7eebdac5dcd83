// SPDX-License-Identifier: Apache-2.0
#include "support/matching.h"

#include <stdio.h>
#include <stdlib.h>

static void begin_run(struct matching *w)
{
    const struct match_options options = {.host_id = SV("host"), .today = 20000};

    match_run_free(w->run);
    w->run = NULL;
    if (match_run_new(w->matcher, &options, &w->run, &w->err) < 0)
        fail_msg("%s", w->err.text);
}

static void load(struct matching *w, const struct rules_options *options)
{
    auto_buf problems = {0};
    struct rules_options checked = *options;

    checked.problems = &problems;
    checked.check_regex = matcher_check_regex;
    arena_init(&w->arena, (size_t)64 << 20);
    if (rules_load(&checked, &w->rules, &w->err) < 0)
        fail_msg("%s\n%s", w->err.text, problems.p ? problems.p : "");
    if (matcher_new(w->rules, NULL, &w->matcher, &w->err) < 0)
        fail_msg("%s", w->err.text);
    begin_run(w);
}

static void make_catalogue(struct matching *w, const char *text)
{
    auto_buf catalogue = {0};

    buf_str(&catalogue, "schema: debar.catalogue/1\n"
                        "vendor: acme\n"
                        "title: Acme\n");
    if (!strstr(text, "entities:"))
        buf_str(&catalogue, "entities:\n"
                            "  - name: Acme Holding AG\n"
                            "    relation: named\n"
                            "    source: https://example.com/\n");
    buf_str(&catalogue, text);
    made_file(&w->tree, "catalogue/acme.yaml", catalogue.p);
}

void matching_init(struct matching *w, const char *catalogue, const char *order,
                   const char *exceptions)
{
    char path[3][128];
    const char *catalogues[] = {path[0]}, *orders[] = {path[1]}, *excepted[] = {path[2]};

    *w = (struct matching){0};
    made_tree_init(&w->tree);
    make_catalogue(w, catalogue);
    if (order)
        made_file(&w->tree, "orders/ban.yaml", order);
    if (exceptions)
        made_file(&w->tree, "exceptions.yaml", exceptions);
    (void)snprintf(path[0], sizeof(path[0]), "%s/catalogue/acme.yaml", w->tree.path);
    (void)snprintf(path[1], sizeof(path[1]), "%s/orders/ban.yaml", w->tree.path);
    (void)snprintf(path[2], sizeof(path[2]), "%s/exceptions.yaml", w->tree.path);
    load(w, &(struct rules_options){
                .data = w->tree.path,
                .catalogue_files = catalogues,
                .catalogue_file_count = 1,
                .order_files = orders,
                .order_file_count = order ? 1 : 0,
                .exception_files = excepted,
                .exception_file_count = exceptions ? 1 : 0,
            });
}

void matching_init_shipped(struct matching *w, const char *tree)
{
    *w = (struct matching){0};
    load(w, &(struct rules_options){.data = tree});
}

void matching_clear(struct matching *w)
{
    match_run_free(w->run);
    matcher_free(w->matcher);
    rules_free(w->rules);
    arena_clear(&w->arena);
    buf_clear(&w->text);
    if (w->tree.path[0])
        made_tree_clear(&w->tree);
}

/* ---- components ---- */

static void parse_head(struct sv line, struct component *c)
{
    struct sv type = sv_cut(&line, ' '), state = sv_cut(&line, ' ');

    if (!component_type_from_text(type, &c->type) || !component_state_from_text(state, &c->state))
        fail_msg("no component begins with '%.*s %.*s'", (int)type.n, type.p, (int)state.n,
                 state.p);
    c->ceiling = CONFIDENCE_CONFIRMED;
    if (sv_starts(line, SV("<=")) && !confidence_from_text(sv_from(line, 2), &c->ceiling))
        fail_msg("no confidence: '%.*s'", (int)line.n, line.p);
}

static void parse_field(struct sv line, struct occurrence *o, struct field *to)
{
    struct sv value = sv_trim(line), key;
    uint64_t group = 0;

    if (sv_starts(value, SV("["))) {
        struct sv number = sv_cut(&value, ' ');

        if (!sv_to_u64((struct sv){number.p + 1, number.n - 2}, &group))
            fail_msg("no group: '%.*s'", (int)line.n, line.p);
    }
    key = sv_cut(&value, '=');
    if (sv_eq(key, SV("@place")))
        o->place = value;
    else if (sv_eq(key, SV("@anchor")))
        o->anchor = value;
    else if (sv_eq(key, SV("@owner")))
        o->owner = value;
    else if (!field_from_text(key, &to->key))
        fail_msg("no field: '%.*s'", (int)line.n, line.p);
    else
        to->value = value;
    to->group = (uint16_t)group;
}

static void parse(struct arena *arena, struct sv *text, struct occurrence *ret)
{
    struct field *fields = arena_take_array(arena, 64, sizeof(*fields));
    struct occurrence o = {.recogniser = SV("test"), .place = SV("/some/place")};

    assert_non_null(fields);
    parse_head(sv_line(text), &o.component);
    while (text->n && text->p[0] == ' ') {
        struct field *f = &fields[o.component.field_count];

        assert_true(o.component.field_count < 64);
        parse_field(sv_line(text), &o, f);
        if (f->value.n)
            o.component.field_count++;
    }
    o.component.fields = fields;
    if (o.anchor.n == 0)
        o.anchor = o.place;
    *ret = o;
}

void matching_parse(struct arena *arena, const char *text, struct occurrence *ret)
{
    struct sv rest = arena_copy(arena, sv_str(text));

    parse(arena, &rest, ret);
    assert_int_equal(rest.n, 0);
}

void matching_add(struct matching *w, const char *text)
{
    struct sv rest = arena_copy(&w->arena, sv_str(text));

    while (rest.n) {
        struct occurrence o;

        parse(&w->arena, &rest, &o);
        if (match_run_add(w->run, &o, &w->err) < 0)
            fail_msg("%s", w->err.text);
    }
}

const char *matching_hits(struct matching *w, const char *text)
{
    auto_matcher_scratch *scratch = NULL;
    const struct matcher_hit *hits;
    struct occurrence o;
    size_t count;

    matching_parse(&w->arena, text, &o);
    assert_int_equal(matcher_scratch_new(w->matcher, &scratch, &w->err), 0);
    assert_int_equal(
        matcher_find(w->matcher, scratch, &o.component, o.place, &hits, &count, &w->err), 0);
    buf_reset(&w->text);
    buf_str(&w->text, "");
    for (size_t i = 0; i < count; i++)
        buf_printf(&w->text, "%s%.*s", i ? " " : "", (int)hits[i].indicator->id.n,
                   hits[i].indicator->id.p);
    return w->text.p;
}

/* ---- findings ---- */

static void describe_indicator(struct buf *b, const struct finding_indicator *in)
{
    buf_printf(b, "  %.*s %.*s=%.*s %s", (int)in->id.n, in->id.p, (int)in->field.n, in->field.p,
               (int)in->value.n, in->value.p, strength_text(in->strength));
    if (in->effective != in->strength)
        buf_printf(b, " as %s", strength_text(in->effective));
    buf_char(b, '\n');
}

static void describe(struct buf *b, const struct finding *f)
{
    buf_printf(b, "%s %s %.*s/%.*s \"%.*s\"", confidence_text(f->confidence),
               component_state_text(f->state), (int)f->vendor.n, f->vendor.p, (int)f->product.n,
               f->product.p, (int)f->name.n, f->name.p);
    if (f->version.n)
        buf_printf(b, " %.*s", (int)f->version.n, f->version.p);
    buf_printf(b, " at %.*s\n", (int)f->anchor.n, f->anchor.p);
    for (size_t i = 0; i < f->place_count; i++)
        buf_printf(b, "  place %.*s\n", (int)f->places[i].n, f->places[i].p);
    for (size_t i = 0; i < f->indicator_count; i++)
        describe_indicator(b, &f->indicators[i]);
    for (size_t i = 0; i < f->order_count; i++) {
        const struct finding_order *o = &f->orders[i];

        buf_printf(b, "  %.*s: %.*s %s%s\n", (int)o->id.n, o->id.p, (int)o->scope.n, o->scope.p,
                   o->covered ? "covered" : "not covered", o->excepted ? ", excepted" : "");
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct buf *)a)->p, ((const struct buf *)b)->p);
}

void matching_finish(struct matching *w)
{
    if (match_run_finish(w->run, &w->arena, &w->findings, &w->count, &w->err) < 0)
        fail_msg("%s", w->err.text);
    begin_run(w);
}

const char *matching_findings(struct matching *w)
{
    struct buf *texts;

    matching_finish(w);
    texts = calloc(w->count + 1, sizeof(*texts));
    assert_non_null(texts);
    for (size_t i = 0; i < w->count; i++)
        describe(&texts[i], &w->findings[i]);
    // Ids are as good as random; for people they come by what they say.
    qsort(texts, w->count, sizeof(*texts), by_text);
    buf_reset(&w->text);
    buf_str(&w->text, "");
    for (size_t i = 0; i < w->count; i++) {
        buf_sv(&w->text, buf_view(&texts[i]));
        buf_clear(&texts[i]);
    }
    free(texts);
    return w->text.p;
}
