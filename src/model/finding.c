// SPDX-License-Identifier: Apache-2.0
#include "model/finding.h"
#include "model/scan_view.h"

const char *strength_text(enum strength strength)
{
    static const char *const texts[] = {"weak", "strong", "conclusive"};

    return texts[strength];
}

const char *verdict_text(enum verdict verdict)
{
    static const char *const texts[] = {"absent", "found", "unknown"};

    return texts[verdict];
}

static bool is_sure(const struct finding *f)
{
    return f->confidence >= CONFIDENCE_PROBABLE;
}

bool finding_counts(const struct finding *f)
{
    for (size_t i = 0; i < f->order_count; i++)
        if (f->orders[i].covered && !f->orders[i].excepted)
            return is_sure(f);
    return false;
}

bool finding_counts_under(const struct finding *f, struct sv order_id)
{
    for (size_t i = 0; i < f->order_count; i++)
        if (sv_eq(f->orders[i].id, order_id))
            return f->orders[i].covered && !f->orders[i].excepted && is_sure(f);
    return false;
}

static void write_orders(const struct finding *f, struct json_writer *w)
{
    json_key(w, "orders");
    json_array(w);
    for (size_t i = 0; i < f->order_count; i++) {
        const struct finding_order *o = &f->orders[i];

        json_object(w);
        json_member(w, "id", o->id);
        json_member(w, "scope", o->scope);
        json_key(w, "covered");
        json_bool(w, o->covered);
        json_member(w, "status", o->excepted ? SV("excepted") : SV("open"));
        json_member(w, "why", o->why);
        json_member(w, "exception", o->exception);
        json_member(w, "until", o->until);
        json_end(w);
    }
    json_end(w);
}

static void write_indicators(const struct finding *f, struct json_writer *w)
{
    json_key(w, "indicators");
    json_array(w);
    for (size_t i = 0; i < f->indicator_count; i++) {
        const struct finding_indicator *in = &f->indicators[i];

        json_object(w);
        json_member(w, "id", in->id);
        json_member(w, "field", in->field);
        json_member(w, "value", in->value);
        json_member(w, "strength", sv_str(strength_text(in->strength)));
        json_member(w, "effective", sv_str(strength_text(in->effective)));
        json_member(w, "source", in->source);
        json_member(w, "place", in->place);
        if (in->length) {
            json_key(w, "offset");
            json_u64(w, in->offset);
            json_key(w, "length");
            json_u64(w, in->length);
        }
        json_member(w, "row", in->row);
        json_member(w, "note", in->note);
        json_end(w);
    }
    json_end(w);
}

static void write_number(struct json_writer *w, const char *name, uint64_t n)
{
    json_key(w, name);
    json_u64(w, n);
}

static void write_layers(const struct finding *f, struct json_writer *w)
{
    json_key(w, "layers");
    json_array(w);
    for (size_t i = 0; i < f->layer_count; i++) {
        const struct finding_layer *l = &f->layers[i];

        json_object(w);
        json_member(w, "place", l->place);
        json_member(w, "image", l->image);
        write_number(w, "images", l->images);
        write_number(w, "number", l->number);
        write_number(w, "of", l->of);
        json_member(w, "digest", l->digest);
        json_member(w, "created_by", l->created_by);
        if (l->by)
            write_number(w, l->deleted ? "deleted_in" : "replaced_in", l->by);
        json_end(w);
    }
    json_end(w);
}

void finding_write_json(const struct finding *f, struct json_writer *w)
{
    json_object(w);
    json_member(w, "id", f->id);
    json_member(w, "vendor", f->vendor);
    json_member(w, "product", f->product);
    json_member(w, "name", f->name);
    json_key(w, "version");
    json_string(w, f->version);
    json_member(w, "state", sv_str(component_state_text(f->state)));
    json_member(w, "confidence", sv_str(confidence_text(f->confidence)));
    json_member(w, "reason", f->reason);
    json_member(w, "raise", f->raise);
    json_member(w, "installation", f->anchor);
    json_member(w, "carrier", f->carrier);
    json_member(w, "since", f->since);
    write_orders(f, w);
    json_key(w, "places");
    json_array(w);
    for (size_t i = 0; i < f->place_count; i++)
        json_string(w, f->places[i]);
    json_end(w);
    write_indicators(f, w);
    if (f->layer_count)
        write_layers(f, w);
    json_end(w);
}

static size_t count(const struct json *list)
{
    size_t n = 0;

    for (const struct json *v = json_first(list); v; v = json_next(v))
        n++;
    return n;
}

static struct sv copy(const struct json *v, const char *name, struct arena *arena)
{
    return arena_copy(arena, json_get_text(v, name));
}

static bool strength_from_text(struct sv text, enum strength *ret)
{
    for (int i = STRENGTH_WEAK; i <= STRENGTH_CONCLUSIVE; i++) {
        if (sv_eq(text, sv_str(strength_text((enum strength)i)))) {
            *ret = (enum strength)i;
            return true;
        }
    }
    return false;
}

static uint64_t number(const struct json *v, const char *name)
{
    double d = 0;

    return json_number(json_get(v, name), &d) && d >= 0 && d < 9e15 ? (uint64_t)d : 0;
}

static int read_layers(const struct json *list, struct arena *arena, struct finding *f,
                       struct err *err)
{
    f->layers = arena_take_array(arena, count(list), sizeof(*f->layers));
    if (arena_failed(arena))
        return arena_error(arena, err);
    for (const struct json *l = json_first(list); l; l = json_next(l)) {
        uint64_t deleted = number(l, "deleted_in");

        f->layers[f->layer_count++] = (struct finding_layer){
            .place = copy(l, "place", arena),
            .image = copy(l, "image", arena),
            .digest = copy(l, "digest", arena),
            .created_by = copy(l, "created_by", arena),
            .number = number(l, "number"),
            .of = number(l, "of"),
            .images = number(l, "images"),
            .by = deleted ? deleted : number(l, "replaced_in"),
            .deleted = deleted > 0,
        };
    }
    return 0;
}

static int read_lists(const struct json *v, struct arena *arena, struct finding *f, struct err *err)
{
    const struct json *orders = json_get(v, "orders"), *places = json_get(v, "places"),
                      *indicators = json_get(v, "indicators");
    size_t i = 0;

    f->orders = arena_take_array(arena, count(orders), sizeof(*f->orders));
    f->places = arena_take_array(arena, count(places), sizeof(*f->places));
    f->indicators = arena_take_array(arena, count(indicators), sizeof(*f->indicators));
    if (arena_failed(arena))
        return arena_error(arena, err);
    for (const struct json *o = json_first(orders); o; o = json_next(o))
        f->orders[f->order_count++] = (struct finding_order){
            .id = copy(o, "id", arena),
            .scope = copy(o, "scope", arena),
            .covered = json_is_true(json_get(o, "covered")),
            .why = copy(o, "why", arena),
            .excepted = sv_eq(json_get_text(o, "status"), SV("excepted")),
            .exception = copy(o, "exception", arena),
            .until = copy(o, "until", arena),
        };
    for (const struct json *p = json_first(places); p; p = json_next(p))
        f->places[f->place_count++] = arena_copy(arena, json_text(p));
    for (const struct json *in = json_first(indicators); in; in = json_next(in), i++) {
        f->indicators[i] = (struct finding_indicator){
            .id = copy(in, "id", arena),
            .field = copy(in, "field", arena),
            .value = copy(in, "value", arena),
            .source = copy(in, "source", arena),
            .place = copy(in, "place", arena),
            .offset = number(in, "offset"),
            .length = number(in, "length"),
            .row = copy(in, "row", arena),
            .note = copy(in, "note", arena),
        };
        if (!strength_from_text(json_get_text(in, "strength"), &f->indicators[i].strength) ||
            !strength_from_text(json_get_text(in, "effective"), &f->indicators[i].effective))
            return ERR(err, ERR_FORMAT, "finding: indicator without a strength");
    }
    f->indicator_count = i;
    return read_layers(json_get(v, "layers"), arena, f, err);
}

int finding_read_json(const struct json *v, struct arena *arena, struct finding *ret,
                      struct err *err)
{
    struct finding f = {
        .id = copy(v, "id", arena),
        .vendor = copy(v, "vendor", arena),
        .product = copy(v, "product", arena),
        .name = copy(v, "name", arena),
        .version = copy(v, "version", arena),
        .anchor = copy(v, "installation", arena),
        .carrier = copy(v, "carrier", arena),
        .reason = copy(v, "reason", arena),
        .raise = copy(v, "raise", arena),
        .since = copy(v, "since", arena),
    };

    if (!component_state_from_text(json_get_text(v, "state"), &f.state) ||
        !confidence_from_text(json_get_text(v, "confidence"), &f.confidence) || f.id.n == 0)
        return ERR(err, ERR_FORMAT, "not a finding: id, state or confidence is missing");
    TRY(read_lists(v, arena, &f, err));
    if (arena_failed(arena))
        return arena_error(arena, err);
    *ret = f;
    return 0;
}
