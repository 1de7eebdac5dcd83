// SPDX-License-Identifier: Apache-2.0
/* Components that were hit: what they are, in which order, and how sure they make a finding. */
#include "match/group.h"

/* ---- items ---- */

bool item_is_system_package(const struct item *item)
{
    static const char *const types[] = {"deb", "rpm", "apk", "pacman", "alpm", "snap", "flatpak"};

    for (size_t i = 0; item->package.n && i < ARRAY_LEN(types); i++)
        if (sv_eq(item->package_type, sv_str(types[i])))
            return true;
    return false;
}

bool item_is_package(const struct item *item)
{
    return item->package.n > 0;
}

int proof_compare(const struct proof *a, const struct proof *b)
{
    const struct evidence *x = &a->evidence, *y = &b->evidence;
    int order;

    if (x->effective != y->effective)
        return x->effective > y->effective ? -1 : 1;
    if (x->capped != y->capped)
        return x->capped ? 1 : -1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    order = sv_cmp(a->value, b->value);
    if (order == 0)
        order = (a->offset > b->offset) - (a->offset < b->offset);
    if (order == 0)
        order = (a->length > b->length) - (a->length < b->length);
    if (order == 0)
        order = (x->note > y->note) - (x->note < y->note);
    return order;
}

int item_compare(const struct item *a, const struct item *b)
{
    const struct {
        struct sv a, b;
    } texts[] = {
        {a->catalogue->vendor, b->catalogue->vendor},
        {a->place, b->place},
        {a->anchor, b->anchor},
        {a->owner, b->owner},
        {a->recogniser, b->recogniser},
        {a->name, b->name},
        {a->version, b->version},
        {a->package, b->package},
        {a->package_type, b->package_type},
        {a->product, b->product},
        {a->row, b->row},
        {a->store, b->store},
        {a->identity, b->identity},
        {a->installed_at, b->installed_at},
        {a->digest, b->digest},
    };
    int order = 0;

    for (size_t i = 0; order == 0 && i < ARRAY_LEN(texts); i++)
        order = sv_cmp(texts[i].a, texts[i].b);
    if (order == 0 && a->type != b->type)
        order = a->type < b->type ? -1 : 1;
    if (order == 0 && a->state != b->state)
        order = a->state < b->state ? -1 : 1;
    if (order == 0)
        order = (a->proof_count > b->proof_count) - (a->proof_count < b->proof_count);
    for (size_t i = 0; order == 0 && i < a->proof_count; i++)
        order = proof_compare(&a->proofs[i], &b->proofs[i]);
    return order;
}

/* ---- confidence ---- */

static bool is_strong(const struct evidence *e)
{
    return e->effective >= STRENGTH_STRONG;
}

enum confidence group_confidence(const struct group *g, enum family without)
{
    const struct item *strong_in[FAMILY_COUNT_] = {0};
    bool in_several[FAMILY_COUNT_] = {false};
    enum confidence sure = CONFIDENCE_NONE;

    for (size_t i = 0; i < g->part_count; i++) {
        for (size_t k = 0; k < g->parts[i]->proof_count; k++) {
            const struct evidence *e = &g->parts[i]->proofs[k]->evidence;

            if (e->family == without)
                continue;
            if (e->effective == STRENGTH_CONCLUSIVE)
                return CONFIDENCE_CONFIRMED;
            if (sure < CONFIDENCE_TRACE)
                sure = CONFIDENCE_TRACE;
            if (!is_strong(e))
                continue;
            sure = CONFIDENCE_PROBABLE;
            if (e->capped)
                continue;
            in_several[e->family] |=
                strong_in[e->family] && strong_in[e->family] != g->parts[i]->item;
            strong_in[e->family] = g->parts[i]->item;
        }
    }
    for (size_t a = 0; a < FAMILY_COUNT_; a++)
        for (size_t b = a + 1; b < FAMILY_COUNT_; b++)
            if (strong_in[a] && strong_in[b] &&
                (strong_in[a] != strong_in[b] || in_several[a] || in_several[b]))
                return CONFIDENCE_CONFIRMED;
    return sure;
}
