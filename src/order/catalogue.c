// SPDX-License-Identifier: Apache-2.0
#include "order/catalogue.h"

#include "base/compiler.h"

#define X(name, text) text,
static const char *const scope_texts[] = {SCOPE_CLASSES(X)};
static const char *const op_texts[] = {INDICATOR_OPS(X)};
static const char *const relation_texts[] = {RELATIONS(X)};
static const char *const platform_texts[] = {PLATFORMS(X)};
static const char *const evidence_kind_texts[] = {EVIDENCE_KINDS(X)};
static const char *const evidence_meaning_texts[] = {EVIDENCE_MEANINGS(X)};
#undef X

static bool find(struct sv text, const char *const *texts, size_t count, unsigned *ret_index)
{
    for (size_t i = 0; i < count; i++)
        if (sv_eq(text, sv_str(texts[i]))) {
            *ret_index = (unsigned)i;
            return true;
        }
    return false;
}

const char *scope_class_text(enum scope_class scope)
{
    return scope_texts[scope];
}

bool scope_class_from_text(struct sv text, enum scope_class *ret_scope)
{
    return find(text, scope_texts, ARRAY_LEN(scope_texts), ret_scope);
}

const char *indicator_op_text(enum indicator_op op)
{
    return op_texts[op];
}

bool indicator_op_from_text(struct sv text, enum indicator_op *ret_op)
{
    return find(text, op_texts, ARRAY_LEN(op_texts), ret_op);
}

const char *relation_text(enum relation relation)
{
    return relation_texts[relation];
}

bool relation_from_text(struct sv text, enum relation *ret_relation)
{
    return find(text, relation_texts, ARRAY_LEN(relation_texts), ret_relation);
}

const char *evidence_kind_text(enum evidence_kind kind)
{
    return evidence_kind_texts[kind];
}

const char *evidence_meaning_text(enum evidence_meaning means)
{
    return evidence_meaning_texts[means];
}

const char *platform_text(enum platform platform)
{
    return platform_texts[platform];
}

bool platform_from_text(struct sv text, enum platform *ret_platform)
{
    return find(text, platform_texts, ARRAY_LEN(platform_texts), ret_platform);
}

const enum field_key *publisher_fields(void)
{
    static const enum field_key fields[] = {
        FIELD_SUPPLIER,     FIELD_PUBLISHER, FIELD_AUTHOR,   FIELD_MAINTAINER,
        FIELD_MANUFACTURER, FIELD_COMPANY,   FIELD_SIGNER_O, FIELD_COUNT_,
    };

    return fields;
}

const struct product *catalogue_product(const struct catalogue *c, struct sv id)
{
    for (size_t i = 0; i < c->product_count; i++)
        if (sv_eq(c->products[i].id, id))
            return &c->products[i];
    return NULL;
}

const struct indicator *catalogue_indicator(const struct catalogue *c, struct sv id)
{
    for (size_t i = 0; i < c->indicator_count; i++)
        if (sv_eq(c->indicators[i].id, id))
            return &c->indicators[i];
    return NULL;
}

static bool is_of(const struct catalogue_removal *r, struct sv product)
{
    for (size_t i = 0; i < r->product_count; i++)
        if (sv_eq(r->products[i]->id, product))
            return true;
    return false;
}

const struct catalogue_removal *catalogue_removal(const struct catalogue *c, struct sv product,
                                                  size_t n)
{
    for (size_t i = 0; i < c->removal_count; i++)
        if (is_of(&c->removals[i], product) && n-- == 0)
            return &c->removals[i];
    return NULL;
}
