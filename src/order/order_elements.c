// SPDX-License-Identifier: Apache-2.0
/* The `plan_elements:` of an order: what the plan has to address that it asks agencies for. */
#include "order/reading.h"

#define X(name, text) text,
static const char *const fact_words[] = {ELEMENT_FACTS(X)};
#undef X

enum {
    EL_ID,
    EL_TITLE,
    EL_TEXT,
    EL_KEY,
    EL_PARTS,
    EL_FACTS,
};

static const struct check_key element_keys[] = {
    [EL_ID] = {"id"},
    [EL_TITLE] = {"title"},
    [EL_TEXT] = {"text"},
    [EL_KEY] = {"key", .optional = true},
    [EL_PARTS] = {"parts", .optional = true},
    [EL_FACTS] = {"facts", .optional = true},
};

static void check_unique(struct reading *r, const struct yaml *node, const struct order *o,
                         const struct order_element *e)
{
    for (const struct order_element *other = o->elements; other < e; other++) {
        if (e->id.n && sv_eq(other->id, e->id))
            check_problem(&r->check, node->line, "element '%.*s' is there twice", (int)e->id.n,
                          e->id.p);
        if (e->key.n && sv_eq(other->key, e->key))
            check_problem(&r->check, node->line, "key '%.*s' is asked for twice", (int)e->key.n,
                          e->key.p);
    }
    if (sv_eq(e->key, SV("schema")) || sv_eq(e->key, SV("order")))
        check_problem(&r->check, node->line, "key '%.*s' has another meaning", (int)e->key.n,
                      e->key.p);
}

static void read_element(struct reading *r, const struct yaml *node, const struct order *o,
                         struct order_element *to)
{
    struct check *c = &r->check;
    const struct yaml *v[ARRAY_LEN(element_keys)];

    if (!check_map(c, node, "an element of a plan", element_keys, ARRAY_LEN(element_keys), v))
        return;
    to->id = check_id(c, v[EL_ID], "-");
    to->title = check_text(c, v[EL_TITLE]);
    to->text = check_prose(c, v[EL_TEXT]);
    to->key = check_id(c, v[EL_KEY], "_");
    to->parts = check_texts(c, v[EL_PARTS], false, &to->part_count);
    to->facts = check_word_set(c, v[EL_FACTS], fact_words, ARRAY_LEN(fact_words), false);
    if (!v[EL_KEY] && !v[EL_FACTS])
        check_problem(c, node->line, "neither 'key' nor 'facts' is given: nobody could answer it");
    if (v[EL_PARTS] && !v[EL_KEY])
        check_problem(c, v[EL_PARTS]->key_line, "'parts' are those of 'key', which is not given");
    if (to->part_count > ORDER_PARTS_MAX) {
        check_problem(c, v[EL_PARTS]->line, "more than %d parts", ORDER_PARTS_MAX);
        to->part_count = 0;
    }
    check_unique(r, node, o, to);
}

void order_elements_read(struct reading *r, const struct yaml *node, struct order *to)
{
    const struct yaml *item = node ? check_list(&r->check, node, false) : NULL;

    if (!item)
        return;
    if (node->count > ORDER_ELEMENTS_MAX) {
        check_problem(&r->check, node->line, "more than %d elements", ORDER_ELEMENTS_MAX);
        return;
    }
    to->elements = arena_take_array(r->check.arena, node->count, sizeof(*to->elements));
    if (!to->elements)
        return;
    for (; item; item = item->next) {
        read_element(r, item, to, &to->elements[to->element_count]);
        to->element_count++;
    }
}
