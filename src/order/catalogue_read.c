// SPDX-License-Identifier: Apache-2.0
/* `catalogue/<vendor>.yaml` to struct catalogue. The format is described in debar-catalogue(5). */
#include "base/suggest.h"
#include "order/reading.h"

#define X(name, text) text,
static const char *const platform_words[] = {PLATFORMS(X)};
#undef X

const char *const strength_words[STRENGTH_CONCLUSIVE + 1] = {"weak", "strong", "conclusive"};

/* ---- products ---- */

enum {
    PRODUCT_ID,
    PRODUCT_NAME,
    PRODUCT_KIND,
    PRODUCT_PLATFORMS,
    PRODUCT_GENERIC,
    PRODUCT_SOURCE,
};

static const struct check_key product_keys[] = {
    [PRODUCT_ID] = {"id"},
    [PRODUCT_NAME] = {"name"},
    [PRODUCT_KIND] = {"kind"},
    [PRODUCT_PLATFORMS] = {"platforms"},
    [PRODUCT_GENERIC] = {"generic", .optional = true},
    [PRODUCT_SOURCE] = {"source"},
};

static void read_product(struct reading *r, const struct yaml *node, struct product *to)
{
    struct check *c = &r->check;
    const struct yaml *v[ARRAY_LEN(product_keys)];

    if (!check_map(c, node, "a product", product_keys, ARRAY_LEN(product_keys), v))
        return;
    to->id = check_id(c, v[PRODUCT_ID], "-");
    to->name = check_text(c, v[PRODUCT_NAME]);
    to->kind = check_id(c, v[PRODUCT_KIND], "-");
    to->platforms =
        check_word_set(c, v[PRODUCT_PLATFORMS], platform_words, ARRAY_LEN(platform_words), false);
    to->generic = check_bool(c, v[PRODUCT_GENERIC]);
    to->source = check_prose(c, v[PRODUCT_SOURCE]);
}

static void read_products(struct reading *r, const struct yaml *node, struct catalogue *to)
{
    const struct yaml *item = check_list(&r->check, node, false);
    bool has_generic = false;

    // One more: the generic product that may have to be made.
    to->products =
        arena_take_array(r->check.arena, (item ? node->count : 0) + 1, sizeof(*to->products));
    if (!to->products)
        return;
    for (; item; item = item->next) {
        struct product *p = &to->products[to->product_count];

        read_product(r, item, p);
        if (p->id.n && catalogue_product(to, p->id))
            check_problem(&r->check, item->line, "product id '%.*s' is there twice", (int)p->id.n,
                          p->id.p);
        if (p->generic && has_generic)
            check_problem(&r->check, item->line, "a second product is 'generic'; expected one");
        has_generic |= p->generic;
        to->product_count++;
    }
}

const struct product *reading_product(struct reading *r, const struct yaml *node,
                                      const struct catalogue *in)
{
    struct sv id = check_text(&r->check, node);
    const struct product *p = id.n ? catalogue_product(in, id) : NULL;
    struct sv nearest = {0};

    if (p || !id.n)
        return p;
    for (size_t i = 0; i < in->product_count; i++) {
        struct sv two[2] = {nearest, in->products[i].id};

        nearest = suggest_sv(id, two, 2);
    }
    check_problem(&r->check, node->line, "unknown product '%.*s'%s%.*s%s",
                  (int)(id.n > 60 ? 60 : id.n), id.p,
                  nearest.n ? "; did you mean '" : "; expected one of 'products'", (int)nearest.n,
                  nearest.n ? nearest.p : "", nearest.n ? "'?" : "");
    return NULL;
}

const struct product **reading_products(struct reading *r, const struct yaml *node,
                                        const struct catalogue *in, size_t *ret_count)
{
    const struct yaml *item = check_list(&r->check, node, false);
    const struct product **products =
        item ? arena_take_array(r->check.arena, node->count, sizeof(*products)) : NULL;

    for (; products && item; item = item->next) {
        const struct product *p = reading_product(r, item, in);

        if (p)
            products[(*ret_count)++] = p;
    }
    return products;
}

void reading_check_id(struct reading *r, const struct yaml *node, struct sv id, struct sv vendor)
{
    struct sv rest = id, first = sv_cut(&rest, '.');

    if (!id.n || !vendor.n)
        return;
    if (!sv_eq(first, vendor) || sv_find(rest, SV(".")) == SIZE_MAX || sv_starts(rest, SV(".")) ||
        sv_ends(rest, SV(".")))
        check_problem(&r->check, node->line, "id '%.*s'; expected '%.*s.<group>.<name>'", (int)id.n,
                      id.p, (int)vendor.n, vendor.p);
}

/* ---- the file ---- */

enum {
    CAT_SCHEMA,
    CAT_VENDOR,
    CAT_TITLE,
    CAT_ENTITIES,
    CAT_PRODUCTS,
    CAT_INDICATORS,
    CAT_EVIDENCE,
    CAT_REMOVAL,
};

static const struct check_key catalogue_keys[] = {
    [CAT_SCHEMA] = {"schema"},
    [CAT_VENDOR] = {"vendor"},
    [CAT_TITLE] = {"title"},
    [CAT_ENTITIES] = {"entities"},
    [CAT_PRODUCTS] = {"products"},
    [CAT_INDICATORS] = {"indicators"},
    [CAT_EVIDENCE] = {"evidence", .optional = true},
    [CAT_REMOVAL] = {"removal", .optional = true},
};

void catalogue_read(struct reading *r, const struct yaml *root, struct catalogue *to)
{
    struct check *c = &r->check;
    const struct yaml *v[ARRAY_LEN(catalogue_keys)];
    const struct yaml *item;

    if (!check_schema(c, root, "debar.catalogue/1") ||
        !check_map(c, root, "a catalogue", catalogue_keys, ARRAY_LEN(catalogue_keys), v))
        return;
    to->vendor = check_id(c, v[CAT_VENDOR], "-");
    reading_check_name(r, v[CAT_VENDOR], to->vendor);
    to->title = check_text(c, v[CAT_TITLE]);
    entities_read(r, v[CAT_ENTITIES], to);
    read_products(r, v[CAT_PRODUCTS], to);
    evidence_read(r, v[CAT_EVIDENCE], to);
    removal_read(r, v[CAT_REMOVAL], to);
    item = check_list(c, v[CAT_INDICATORS], true);
    to->indicators =
        arena_take_array(c->arena, (item ? v[CAT_INDICATORS]->count : 0) + to->entity_count + 1,
                         sizeof(*to->indicators));
    if (!to->indicators)
        return;
    for (; item; item = item->next) {
        struct indicator *made = &to->indicators[to->indicator_count++];

        made->catalogue = to;
        indicator_read(r, item, made);
    }
    if (!c->count)
        publishers_add(r, to);
}
