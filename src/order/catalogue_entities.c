// SPDX-License-Identifier: Apache-2.0
/* The `entities` of a catalogue, and the publishers that their names stand for. */
#include <string.h>

#include "model/publisher.h"
#include "order/reading.h"

static const char *const entity_relations[] = {"named",  "predecessor", "successor",
                                               "parent", "subsidiary",  "affiliate"};

/* ---- entities ---- */

enum {
    ENTITY_NAME,
    ENTITY_RELATION,
    ENTITY_FORMER,
    ENTITY_NATIVE,
    ENTITY_PUBLISHER,
    ENTITY_NOT_PUBLISHER,
    ENTITY_SOURCE,
};

static const struct check_key entity_keys[] = {
    [ENTITY_NAME] = {"name"},
    [ENTITY_RELATION] = {"relation"},
    [ENTITY_FORMER] = {"former", .optional = true},
    [ENTITY_NATIVE] = {"native", .optional = true},
    [ENTITY_PUBLISHER] = {"publisher", .optional = true},
    [ENTITY_NOT_PUBLISHER] = {"not_publisher", .optional = true},
    [ENTITY_SOURCE] = {"source"},
};

static void read_entity(struct reading *r, const struct yaml *node, struct entity *to)
{
    struct check *c = &r->check;
    const struct yaml *v[ARRAY_LEN(entity_keys)];
    int i;

    if (!check_map(c, node, "an entity", entity_keys, ARRAY_LEN(entity_keys), v))
        return;
    to->name = check_text(c, v[ENTITY_NAME]);
    i = check_word(c, v[ENTITY_RELATION], entity_relations, ARRAY_LEN(entity_relations));
    to->relation = i < 0 ? RELATION_NAMED : (enum relation)i;
    to->former = check_texts(c, v[ENTITY_FORMER], false, &to->former_count);
    to->native = check_texts(c, v[ENTITY_NATIVE], false, &to->native_count);
    to->not_publisher = check_texts(c, v[ENTITY_NOT_PUBLISHER], false, &to->not_publisher_count);
    to->source = check_prose(c, v[ENTITY_SOURCE]);
    if (v[ENTITY_PUBLISHER]) {
        i = check_word(c, v[ENTITY_PUBLISHER], strength_words, STRENGTH_CONCLUSIVE);
        to->publisher = true;
        to->publisher_strength = i < 0 ? STRENGTH_WEAK : (enum strength)i;
    } else if (v[ENTITY_NOT_PUBLISHER]) {
        check_problem(c, v[ENTITY_NOT_PUBLISHER]->key_line,
                      "'not_publisher' has no effect without 'publisher'");
    }
}

static void check_entity_name(struct reading *r, const struct catalogue *in, const struct entity *e)
{
    for (size_t i = 0; i < in->entity_count; i++)
        if (e->name.n && sv_eq(in->entities[i].name, e->name)) {
            check_problem(&r->check, e->line, "entity '%.*s' is there twice", (int)e->name.n,
                          e->name.p);
            return;
        }
}

void entities_read(struct reading *r, const struct yaml *node, struct catalogue *to)
{
    const struct yaml *item = check_list(&r->check, node, false);

    if (!item)
        return;
    to->entities = arena_take_array(r->check.arena, node->count, sizeof(*to->entities));
    if (!to->entities)
        return;
    for (; item; item = item->next) {
        struct entity *e = &to->entities[to->entity_count];

        e->line = item->line;
        read_entity(r, item, e);
        check_entity_name(r, to, e);
        to->entity_count++;
    }
}

/* ---- what entities' names are worth ---- */

enum {
    NAMES_MAX = 10000, // of all entities of one catalogue
};

static bool holds(const struct sv *list, size_t count, struct sv text)
{
    for (size_t i = 0; i < count; i++)
        if (sv_eq(list[i], text))
            return true;
    return false;
}

static struct sv normalised(struct reading *r, struct sv name)
{
    auto_buf made = BUF_INIT(0);

    if (publisher_normalise(name, &made) != 0)
        return SV("");
    return arena_copy(r->check.arena, buf_view(&made));
}

/* Does another indicator for this name exist that counts at least as much? Then it keeps it. */
static bool is_claimed(const struct catalogue *c, struct sv value, enum strength strength)
{
    for (size_t i = 0; i < c->indicator_count; i++)
        if (c->indicators[i].synthetic && c->indicators[i].strength >= strength &&
            holds(c->indicators[i].test.values, c->indicators[i].test.value_count, value))
            return true;
    return false;
}

/* "ao-kaspersky-lab"; for a name without such letters, digits that only change with the name. */
static struct sv slug(struct reading *r, struct sv name)
{
    auto_buf made = BUF_INIT(0);
    uint32_t hash = 2166136261u;
    bool gap = false;

    for (size_t i = 0; i < name.n; i++) {
        char ch = name.p[i];

        hash = (hash ^ (unsigned char)ch) * 16777619u;
        if (ch >= 'A' && ch <= 'Z')
            ch = (char)(ch - 'A' + 'a');
        if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9')) {
            if (gap && made.n)
                buf_char(&made, '-');
            buf_char(&made, ch);
            gap = false;
        } else {
            gap = true;
        }
    }
    return made.n >= 2 ? arena_copy(r->check.arena, buf_view(&made))
                       : arena_printf(r->check.arena, "x%08x", (unsigned)hash);
}

static struct sv synthetic_id(struct reading *r, const struct catalogue *c, const struct entity *e)
{
    struct sv name = slug(r, e->name), id;

    id = arena_printf(r->check.arena, "%.*s.publisher.%.*s", (int)c->vendor.n, c->vendor.p,
                      (int)name.n, name.p);
    for (unsigned n = 2; id.n && catalogue_indicator(c, id) && n < 1000; n++)
        id = arena_printf(r->check.arena, "%.*s.publisher.%.*s-%u", (int)c->vendor.n, c->vendor.p,
                          (int)name.n, name.p, n);
    return id;
}

static void add_name(struct reading *r, const struct catalogue *c, const struct entity *e,
                     const struct sv *refused, struct sv name, struct indicator *to)
{
    struct sv value = normalised(r, name);

    if (!name.n)
        return;
    if (!value.n) {
        check_problem(&r->check, e->line, "entity name '%.*s' has nothing to compare in it",
                      (int)name.n, name.p);
        return;
    }
    if (holds(refused, e->not_publisher_count, value) ||
        holds(to->test.values, to->test.value_count, value) ||
        is_claimed(c, value, e->publisher_strength))
        return;
    to->test.values[to->test.value_count++] = value;
    to->hits[to->hit_count++] = name;
}

static void add_publisher(struct reading *r, struct catalogue *c, const struct entity *e,
                          const struct product *generic)
{
    struct arena *arena = r->check.arena;
    size_t names = 1 + e->former_count + e->native_count;
    struct sv *refused = arena_take_array(arena, e->not_publisher_count + 1, sizeof(*refused));
    struct indicator made = {
        .catalogue = c,
        .product = generic,
        .test = {.field = FIELD_PUBLISHER,
                 .publisher_family = true,
                 .normalised = true,
                 .op = OP_EXACT,
                 .values = arena_take_array(arena, names, sizeof(struct sv))},
        .strength = e->publisher_strength,
        .scope = SCOPE_BRANDED,
        .synthetic = true,
        .source = e->source,
        .line = e->line,
        .hits = arena_take_array(arena, names, sizeof(struct sv)),
        .misses = e->not_publisher,
        .miss_count = e->not_publisher_count,
    };

    if (arena_failed(arena))
        return;
    for (size_t i = 0; i < e->not_publisher_count; i++)
        refused[i] = normalised(r, e->not_publisher[i]);
    add_name(r, c, e, refused, e->name, &made);
    for (size_t i = 0; i < e->former_count; i++)
        add_name(r, c, e, refused, e->former[i], &made);
    for (size_t i = 0; i < e->native_count; i++)
        add_name(r, c, e, refused, e->native[i], &made);
    // Its names may all be those of entities before it.
    if (!made.test.value_count)
        return;
    made.id = synthetic_id(r, c, e);
    c->indicators[c->indicator_count++] = made;
}

static const struct product *generic_product(struct reading *r, struct catalogue *c)
{
    struct product *made;
    struct sv id;

    for (size_t i = 0; i < c->product_count; i++)
        if (c->products[i].generic)
            return &c->products[i];
    id = slug(r, c->title);
    if (catalogue_product(c, id))
        id = arena_printf(r->check.arena, "%.*s-generic", (int)id.n, id.p);
    made = &c->products[c->product_count++];
    *made = (struct product){
        .id = id,
        .name = c->title,
        .kind = SV("unspecified"),
        .platforms = SET_OF(PLATFORM_ANY),
        .generic = true,
        .source = c->entity_count ? c->entities[0].source : SV(""),
    };
    return made;
}

void publishers_add(struct reading *r, struct catalogue *c)
{
    const struct product *generic = NULL;
    size_t names = 0;

    for (size_t i = 0; i < c->entity_count; i++)
        names += 1 + c->entities[i].former_count + c->entities[i].native_count +
                 c->entities[i].not_publisher_count;
    // Each name is compared with all before it.
    if (names > NAMES_MAX) {
        check_problem(&r->check, 1, "more than %d names of entities", NAMES_MAX);
        return;
    }

    // The strongest first, so that a name that two entities share goes to the one that counts more.
    for (int strength = STRENGTH_CONCLUSIVE; strength >= STRENGTH_WEAK; strength--)
        for (size_t i = 0; i < c->entity_count; i++) {
            const struct entity *e = &c->entities[i];

            if (!e->publisher || (int)e->publisher_strength != strength)
                continue;
            if (!generic)
                generic = generic_product(r, c);
            add_publisher(r, c, e, generic);
        }
}
