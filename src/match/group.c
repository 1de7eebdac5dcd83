// SPDX-License-Identifier: Apache-2.0
/*
 * Four steps, each of which looks at all that the one before has made:
 *
 *     1. parts    every hit value of a component goes to the product that explains it best
 *     2. anchors  parts of one product at one place of installation are a group; a file that a
 *                 package of the vendor owns goes to that package's group; what a foreign product
 *                 carries is kept apart
 *     3. folders  a group below another one of the same product joins it
 *     4. generic  a group of "some product of the vendor" joins the specific one that it lies in
 *
 * A package database describes a whole root: every file lies below it, so joining it (step 3 and 4)
 * is not for what is an installation of its own, such as a package in a folder or a library.
 */
#include "match/group.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "match/neighbours.h"
#include "model/place.h"

static bool is_strong(const struct evidence *e)
{
    return e->effective >= STRENGTH_STRONG;
}

/* ---- 1. parts ---- */

/* Which of two hits on the same value explains it better. */
static bool explains_better(const struct evidence *a, const struct evidence *b)
{
    bool a_generic = a->indicator->product->generic, b_generic = b->indicator->product->generic;

    if (a_generic != b_generic)
        return b_generic;
    if (a->effective != b->effective)
        return a->effective > b->effective;
    if (a->reach != b->reach)
        return a->reach > b->reach;
    return a->rank < b->rank;
}

static const struct product *product_of_value(const struct item *item, const struct proof *proof)
{
    const struct evidence *best = &proof->evidence;

    for (size_t i = 0; i < item->proof_count; i++) {
        const struct evidence *e = &item->proofs[i].evidence;

        if (e->field == proof->evidence.field && explains_better(e, best))
            best = e;
    }
    return best->indicator->product;
}

static struct part *part_for(struct part *parts, size_t *count, const struct item *item,
                             const struct product *product, struct arena *arena)
{
    for (size_t i = 0; i < *count; i++)
        if (parts[i].product == product)
            return &parts[i];
    parts[*count] = (struct part){
        .item = item,
        .product = product,
        .proofs = arena_take_array(arena, item->proof_count, sizeof(void *)),
    };
    return &parts[(*count)++];
}

static bool part_is_strong(const struct part *p)
{
    for (size_t i = 0; i < p->proof_count; i++)
        if (is_strong(&p->proofs[i]->evidence))
            return true;
    return false;
}

/* The strongest hit, then the number of hits, then the catalogue's order. */
static bool part_is_better(const struct part *a, const struct part *b)
{
    enum strength x = STRENGTH_WEAK, y = STRENGTH_WEAK;

    for (size_t i = 0; i < a->proof_count; i++)
        if (a->proofs[i]->evidence.effective > x)
            x = a->proofs[i]->evidence.effective;
    for (size_t i = 0; i < b->proof_count; i++)
        if (b->proofs[i]->evidence.effective > y)
            y = b->proofs[i]->evidence.effective;
    if (x != y)
        return x > y;
    if (a->proof_count != b->proof_count)
        return a->proof_count > b->proof_count;
    return a->product < b->product;
}

static void part_absorb(struct part *into, const struct part *from)
{
    for (size_t i = 0; i < from->proof_count; i++)
        into->proofs[into->proof_count++] = from->proofs[i];
}

/*
 * The parts of one item. What is generic, and what is only weak beside something strong, goes to
 * the best specific product of the same component.
 */
static size_t make_parts(const struct item *item, struct part *parts, struct arena *arena)
{
    size_t count = 0, kept = 0, best = SIZE_MAX;

    for (size_t i = 0; i < item->proof_count; i++) {
        const struct product *product = product_of_value(item, &item->proofs[i]);
        struct part *part = part_for(parts, &count, item, product, arena);

        if (part->proofs)
            part->proofs[part->proof_count++] = &item->proofs[i];
    }
    if (arena_failed(arena))
        return 0;
    for (size_t i = 0; i < count; i++)
        if (!parts[i].product->generic &&
            (best == SIZE_MAX || part_is_better(&parts[i], &parts[best])))
            best = i;
    for (size_t i = 0; i < count; i++) {
        bool joins = best != SIZE_MAX && i != best &&
                     (parts[i].product->generic ||
                      (part_is_strong(&parts[best]) && !part_is_strong(&parts[i])));

        if (joins)
            part_absorb(&parts[best], &parts[i]);
        if (joins)
            parts[i].proof_count = 0;
    }
    for (size_t i = 0; i < count; i++)
        if (parts[i].proof_count)
            parts[kept++] = parts[i];
    return kept;
}

/* ---- 2. anchors ---- */

/* Of all groups that stand at one place of installation, the first; `next` has the others. */
struct site {
    struct sv anchor, carrier;
    const struct catalogue *catalogue;
    struct group *first;
};

struct grouping {
    const struct item *items;
    size_t item_count;
    const struct neighbours *neighbours;
    struct part *parts; /* sorted as the items are: by vendor, then place */
    size_t part_count;
    const struct part **packages; /* sorted by vendor, type, name */
    size_t package_count;
    struct group *groups;
    size_t group_count;
    struct site *sites; /* a hash table */
    size_t site_room;   /* a power of two */
    struct sv *roots;   /* sorted */
    size_t root_count;
    struct arena *arena;
};

/* What lies around a place: the file for what is inside of it, else the folder. False at the top.
 */
static bool step_out(struct sv *place)
{
    size_t slash = sv_find_last(*place, '/');

    if (slash == SIZE_MAX || place->n <= 1)
        return false;
    place->n = slash ? slash : 1;
    if (slash && place->p[slash - 1] == '!')
        place->n--;
    return true;
}

static bool is_within(struct sv inner, struct sv outer)
{
    do {
        if (sv_eq(inner, outer))
            return true;
    } while (step_out(&inner));
    return false;
}

static int by_package(const void *a, const void *b)
{
    const struct item *x = (*(const struct part *const *)a)->item,
                      *y = (*(const struct part *const *)b)->item;
    int order = sv_cmp(x->catalogue->vendor, y->catalogue->vendor);

    if (order == 0)
        order = sv_cmp(x->package_type, y->package_type);
    return order ? order : sv_cmp(x->package, y->package);
}

/*
 * The best part of the package that owns an item: a package of that name and type whose root is the
 * nearest one above the item.
 */
static const struct part *owner_of(const struct grouping *g, const struct item *item)
{
    struct sv name = item->owner, type = sv_cut(&name, ':');
    const struct item wanted = {
        .catalogue = item->catalogue, .package = name, .package_type = type};
    const struct part key = {.item = &wanted}, *key_at = &key;
    const struct part **found, *best = NULL;

    if (item->owner.n == 0 || g->package_count == 0)
        return NULL;
    found = bsearch(&key_at, g->packages, g->package_count, sizeof(*found), by_package);
    while (found && found > g->packages && by_package(&key_at, found - 1) == 0)
        found--;
    for (; found && found < g->packages + g->package_count; found++) {
        const struct part *p = *found;

        if (by_package(&key_at, found) != 0)
            break;
        if (!is_within(item->place, p->item->anchor))
            continue;
        if (!best || p->item->anchor.n > best->item->anchor.n ||
            (p->item->anchor.n == best->item->anchor.n && part_is_better(p, best)))
            best = p;
    }
    return best;
}

/* The npm package that a place lies in: what follows the last folder of that name. */
static struct sv npm_package_of(struct sv place)
{
    struct sv folders = {0}, name;
    size_t at;

    for (struct sv rest = place; (at = sv_find(rest, SV("/node_modules/"))) != SIZE_MAX;)
        folders = rest = sv_from(rest, at + strlen("/node_modules/"));
    name = folders;
    if (sv_starts(folders, SV("@")))
        (void)sv_cut(&folders, '/');
    (void)sv_cut(&folders, '/');
    // A file in the folder of all packages is in none of them.
    return folders.n ? (struct sv){name.p, (size_t)(folders.p - name.p) - 1} : (struct sv){0};
}

static bool has_package(const struct grouping *g, const struct item *item, struct sv type,
                        struct sv name)
{
    const struct item wanted = {
        .catalogue = item->catalogue, .package = name, .package_type = type};
    const struct part key = {.item = &wanted}, *key_at = &key;

    return g->package_count && bsearch(&key_at, g->packages, g->package_count, sizeof(*g->packages),
                                       by_package) != NULL;
}

/* A file that holds another product as a whole. */
static bool is_product_archive(struct sv place)
{
    static const char *const ends[] = {".jar", ".war", ".ear", ".aar",
                                       ".apk", ".ipa", ".whl", ".nupkg"};

    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (sv_ends(place, sv_str(ends[i])))
            return true;
    return false;
}

static int by_place(const void *a, const void *b)
{
    const struct item *x = ((const struct part *)a)->item, *y = ((const struct part *)b)->item;
    int order = sv_cmp(x->catalogue->vendor, y->catalogue->vendor);

    return order ? order : sv_cmp(x->place, y->place);
}

static bool is_place_of_vendor(const struct grouping *g, const struct item *item, struct sv place)
{
    const struct item wanted = {.catalogue = item->catalogue, .place = place};
    const struct part key = {.item = &wanted};

    return bsearch(&key, g->parts, g->part_count, sizeof(key), by_place) != NULL;
}

/* Devices and certificates are where they are by themselves; no program belongs to them. */
static bool item_is_software(const struct item *item)
{
    return item->type != TYPE_DEVICE && item->type != TYPE_FIRMWARE &&
           item->type != TYPE_CRYPTOGRAPHIC_ASSET;
}

/* The foreign product that an item is a part of; empty when there is none. */
static struct sv carrier_of(const struct grouping *g, const struct part *p)
{
    const struct item *item = p->item;
    struct sv outer = place_outer(item->place), npm = npm_package_of(item->place);

    // What was put into a trust store or a slot is not part of the product that keeps it.
    if (!item_is_software(item))
        return (struct sv){0};
    if (item->owner.n)
        return owner_of(g, item) ? (struct sv){0} : item->owner;
    if (item->identity.n)
        return item->identity;
    if (outer.n < item->place.n && is_product_archive(outer))
        return is_place_of_vendor(g, item, outer) ? (struct sv){0}
                                                  : sv_from(outer, sv_find_last(outer, '/') + 1);
    if (npm.n && !item_is_package(item) && !has_package(g, item, SV("npm"), npm))
        return arena_printf(g->arena, "npm:%.*s", (int)npm.n, npm.p);
    return item_is_package(item) ? (struct sv){0}
                                 : neighbours_carrier(g->neighbours, item, g->items, g->item_count);
}

static struct site *site_of(const struct grouping *g, const struct catalogue *catalogue,
                            struct sv anchor, struct sv carrier)
{
    uint64_t hash = XXH3_64bits_withSeed(anchor.p ? anchor.p : "", anchor.n, carrier.n);
    size_t at = hash & (g->site_room - 1);

    while (g->sites[at].catalogue &&
           (g->sites[at].catalogue != catalogue || !sv_eq(g->sites[at].anchor, anchor) ||
            !sv_eq(g->sites[at].carrier, carrier)))
        at = (at + 1) & (g->site_room - 1);
    return &g->sites[at];
}

static struct group *group_at(const struct site *site, const struct product *product)
{
    for (struct group *x = site->first; x; x = x->next)
        if (x->product == product)
            return x;
    return NULL;
}

static struct group *group_for(struct grouping *g, const struct part *p)
{
    const struct part *owner = owner_of(g, p->item);
    const struct part *where = owner && owner->item != p->item ? owner : p;
    struct site *site = site_of(g, p->item->catalogue, where->item->anchor, where->carrier);
    struct group *x = group_at(site, where->product);

    if (x)
        return x;
    x = &g->groups[g->group_count++];
    *x = (struct group){
        .catalogue = p->item->catalogue,
        .product = where->product,
        .anchor = where->item->anchor,
        .carrier = where->carrier,
        .next = site->first,
    };
    *site = (struct site){x->anchor, x->carrier, x->catalogue, x};
    return x;
}

static bool group_add(struct group *g, const struct part *p, struct arena *arena)
{
    // Room doubles at each power of two.
    if ((g->part_count & (g->part_count - 1)) == 0) {
        const struct part **bigger =
            arena_take_array(arena, g->part_count ? 2 * g->part_count : 1, sizeof(void *));

        if (!bigger)
            return false;
        if (g->part_count)
            memcpy(bigger, g->parts, g->part_count * sizeof(*bigger));
        g->parts = bigger;
    }
    g->parts[g->part_count++] = p;
    return true;
}

/* ---- 3. folders, 4. generic ---- */

static struct group *standing(struct group *g)
{
    while (g->into)
        g = g->into;
    return g;
}

static int by_text(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

/* The anchor is a root, so that "below it" says nothing about what belongs together. */
static bool is_root(const struct grouping *g, struct sv anchor)
{
    return bsearch(&anchor, g->roots, g->root_count, sizeof(anchor), by_text) != NULL;
}

static bool group_has(const struct group *g, bool (*is)(const struct item *item))
{
    for (size_t i = 0; i < g->part_count; i++)
        if (is(g->parts[i]->item))
            return true;
    return false;
}

static bool kind_is_library(const struct product *p)
{
    return sv_eq(p->kind, SV("library")) || sv_eq(p->kind, SV("sdk"));
}

static void join_folder(const struct grouping *g, struct group *inner)
{
    struct sv anchor = inner->anchor;

    while (step_out(&anchor)) {
        const struct site *site = site_of(g, inner->catalogue, anchor, inner->carrier);
        struct group *outer = site->catalogue ? group_at(site, inner->product) : NULL;

        if (!outer)
            continue;
        if (!is_root(g, anchor) ||
            (!group_has(inner, item_is_package) && !kind_is_library(inner->product)))
            inner->into = outer;
        return;
    }
}

static bool may_join_specific(const struct grouping *g, const struct group *generic,
                              const struct group *specific)
{
    if (specific->product->generic ||
        group_has(generic, item_is_software) != group_has(specific, item_is_software))
        return false;
    if (sv_eq(generic->anchor, specific->anchor) || !is_root(g, specific->anchor))
        return true;
    return group_has(specific, item_is_system_package) && !group_has(generic, item_is_package) &&
           !kind_is_library(specific->product);
}

/* The surest finding, and of these the first product. */
static bool specific_is_better(const struct group *a, const struct group *b)
{
    enum confidence x = group_confidence(a, FAMILY_COUNT_), y = group_confidence(b, FAMILY_COUNT_);

    return x != y ? x > y : sv_cmp(a->product->id, b->product->id) < 0;
}

/* The nearest place of installation around it where there is one that it may join. */
static void join_specific(const struct grouping *g, struct group *generic)
{
    struct sv anchor = generic->anchor;

    if (!generic->product->generic || generic->into)
        return;
    do {
        const struct site *site = site_of(g, generic->catalogue, anchor, generic->carrier);

        for (struct group *x = site->catalogue ? site->first : NULL; x; x = x->next)
            if (may_join_specific(g, generic, x) &&
                (!generic->into || specific_is_better(x, generic->into)))
                generic->into = x;
    } while (!generic->into && step_out(&anchor));
}

/* ---- all of it ---- */

static int by_group(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    int order = sv_cmp(x->catalogue->vendor, y->catalogue->vendor);

    if (order == 0)
        order = sv_cmp(x->product->id, y->product->id);
    if (order == 0)
        order = sv_cmp(x->anchor, y->anchor);
    return order ? order : sv_cmp(x->carrier, y->carrier);
}

static int make_room(struct grouping *g, size_t parts, struct err *err)
{
    g->site_room = 16;
    while (g->site_room < 2 * parts)
        g->site_room *= 2;
    g->parts = arena_take_array(g->arena, parts + 1, sizeof(*g->parts));
    g->packages = arena_take_array(g->arena, parts + 1, sizeof(*g->packages));
    g->groups = arena_take_array(g->arena, parts + 1, sizeof(*g->groups));
    g->roots = arena_take_array(g->arena, parts + 2, sizeof(*g->roots));
    g->sites = arena_take_array(g->arena, g->site_room, sizeof(*g->sites));
    return arena_failed(g->arena) ? arena_error(g->arena, err) : 0;
}

static void index_parts(struct grouping *g, struct sv root)
{
    g->roots[g->root_count++] = SV("/");
    g->roots[g->root_count++] = root;
    for (size_t i = 0; i < g->part_count; i++) {
        if (item_is_package(g->parts[i].item))
            g->packages[g->package_count++] = &g->parts[i];
        if (item_is_system_package(g->parts[i].item))
            g->roots[g->root_count++] = g->parts[i].item->anchor;
    }
    qsort(g->roots, g->root_count, sizeof(*g->roots), by_text);
    qsort(g->packages, g->package_count, sizeof(*g->packages), by_package);
}

static int collect_parts(struct grouping *g, const struct item *items, size_t count, struct sv root,
                         struct err *err)
{
    size_t room = 0;

    for (size_t i = 0; i < count; i++)
        room += items[i].proof_count;
    TRY(make_room(g, room, err));
    for (size_t i = 0; i < count; i++)
        g->part_count += make_parts(&items[i], g->parts + g->part_count, g->arena);
    index_parts(g, root);
    for (size_t i = 0; i < g->part_count; i++)
        g->parts[i].carrier = carrier_of(g, &g->parts[i]);
    for (size_t i = 0; i < g->part_count; i++)
        if (!group_add(group_for(g, &g->parts[i]), &g->parts[i], g->arena))
            return arena_error(g->arena, err);
    return arena_failed(g->arena) ? arena_error(g->arena, err) : 0;
}

int group_items(const struct item *items, size_t count, const struct neighbours *neighbours,
                struct sv root, struct arena *arena, struct group **ret_groups, size_t *ret_count,
                struct err *err)
{
    struct grouping g = {
        .items = items, .item_count = count, .neighbours = neighbours, .arena = arena};
    size_t kept = 0;

    TRY(collect_parts(&g, items, count, root.n ? root : SV("/"), err));
    for (size_t i = 0; i < g.group_count; i++)
        join_folder(&g, &g.groups[i]);
    for (size_t i = 0; i < g.group_count; i++)
        join_specific(&g, &g.groups[i]);
    for (size_t i = 0; i < g.group_count; i++)
        for (size_t k = 0; g.groups[i].into && k < g.groups[i].part_count; k++)
            if (!group_add(standing(&g.groups[i]), g.groups[i].parts[k], arena))
                return arena_error(arena, err);
    for (size_t i = 0; i < g.group_count; i++)
        if (!g.groups[i].into)
            g.groups[kept++] = g.groups[i];
    if (kept > 1)
        qsort(g.groups, kept, sizeof(*g.groups), by_group);
    *ret_groups = g.groups;
    *ret_count = kept;
    return 0;
}
