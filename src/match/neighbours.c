// SPDX-License-Identifier: Apache-2.0
#include "match/neighbours.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "model/place.h"

/* One program that says whose it is, under the place that it speaks for. */
struct claim {
    uint64_t hash;
    struct sv speaks_for, place, name;
};

struct neighbours {
    struct arena *arena;
    struct claim *claims; /* a hash table; free where there is no name */
    size_t count, room;
};

int neighbours_new(struct arena *arena, struct neighbours **ret, struct err *err)
{
    struct neighbours *n = calloc(1, sizeof(*n));

    if (!n)
        return ERR(err, ERR_NOMEM, "no memory to match an inventory");
    n->arena = arena;
    *ret = n;
    return 0;
}

void neighbours_free(struct neighbours *n)
{
    if (!n)
        return;
    free(n->claims);
    free(n);
}

/* ---- folders ---- */

/* What stands before the name that begins at `from`, and that name; all of it when none follows. */
static struct sv through_name(struct sv place, size_t from)
{
    size_t slash = sv_find(sv_from(place, from), SV("/"));

    return slash == SIZE_MAX ? (struct sv){0} : (struct sv){place.p, from + slash};
}

static size_t find_nocase(struct sv place, struct sv what)
{
    for (size_t at = 0; at + what.n <= place.n; at++)
        if (sv_eq_nocase((struct sv){place.p + at, what.n}, what))
            return at;
    return SIZE_MAX;
}

/* The folder of one maker's programs that a place lies in; empty when there is no such custom. */
static struct sv product_folder(struct sv place)
{
    static const char *const tops[] = {"/Program Files/", "/Program Files (x86)/"};
    struct sv common = SV("Common Files/");
    size_t app = find_nocase(place, SV(".app/"));

    for (size_t i = 0; i < ARRAY_LEN(tops); i++) {
        struct sv top = sv_str(tops[i]);
        size_t at = find_nocase(place, top);

        if (at == SIZE_MAX)
            continue;
        at += top.n;
        if (sv_eq_nocase((struct sv){place.p + at, place.n - at < common.n ? 0 : common.n}, common))
            at += common.n;
        return through_name(place, at);
    }
    return app == SIZE_MAX ? (struct sv){0} : (struct sv){place.p, app + 4};
}

static bool lies_in(struct sv place, struct sv outer)
{
    return place.n > outer.n && sv_starts(place, outer) &&
           (place.p[outer.n] == '/' || place.p[outer.n] == '!');
}

/* ---- notes ---- */

static size_t slot_of(const struct neighbours *n, uint64_t hash, struct sv speaks_for)
{
    size_t at = hash & (n->room - 1);

    while (n->claims[at].name.n &&
           (n->claims[at].hash != hash || !sv_eq(n->claims[at].speaks_for, speaks_for)))
        at = (at + 1) & (n->room - 1);
    return at;
}

static int grow(struct neighbours *n, struct err *err)
{
    struct neighbours bigger = {.arena = n->arena, .room = n->room ? 2 * n->room : 64};

    bigger.claims = calloc(bigger.room, sizeof(*bigger.claims));
    if (!bigger.claims)
        return ERR(err, ERR_NOMEM, "no memory to match an inventory");
    for (size_t i = 0; i < n->room; i++)
        if (n->claims[i].name.n)
            bigger.claims[slot_of(&bigger, n->claims[i].hash, n->claims[i].speaks_for)] =
                n->claims[i];
    bigger.count = n->count;
    free(n->claims);
    *n = bigger;
    return 0;
}

/* Of several, the one that lies highest; of these the first, whatever order they come in. */
static bool speaks_better(struct sv place, struct sv name, const struct claim *other)
{
    int order = place.n < other->place.n ? -1 : place.n > other->place.n;

    if (order == 0)
        order = sv_cmp(place, other->place);
    return (order ? order : sv_cmp(name, other->name)) < 0;
}

static int keep(struct neighbours *n, struct sv speaks_for, struct sv place, struct sv name,
                struct err *err)
{
    uint64_t hash = XXH3_64bits(speaks_for.p, speaks_for.n);
    struct claim *slot;

    if (2 * n->count >= n->room)
        TRY(grow(n, err));
    slot = &n->claims[slot_of(n, hash, speaks_for)];
    if (slot->name.n && !speaks_better(place, name, slot))
        return 0;
    n->count += slot->name.n == 0;
    *slot = (struct claim){hash, arena_copy(n->arena, speaks_for), arena_copy(n->arena, place),
                           arena_copy(n->arena, name)};
    return arena_failed(n->arena) ? arena_error(n->arena, err) : 0;
}

static bool says_whose(const struct component *c)
{
    for (size_t i = 0; i < c->field_count; i++) {
        enum field_key key = c->fields[i].key;

        if ((key == FIELD_COMPANY || key == FIELD_MANUFACTURER || key == FIELD_BUNDLE_ID) &&
            c->fields[i].value.n)
            return true;
    }
    return false;
}

int neighbours_note(struct neighbours *n, const struct occurrence *o, struct err *err)
{
    const struct component *c = &o->component;
    struct sv name, folder, place = o->place;
    size_t contents;

    if (c->type != TYPE_APPLICATION || c->state > STATE_CONTAINED)
        return 0;
    if (!says_whose(c))
        return 0;
    name = component_get(c, FIELD_PRODUCT);
    if (name.n == 0)
        name = component_get(c, FIELD_NAME);
    if (name.n == 0)
        name = component_get(c, FIELD_COMPANY);
    if (name.n == 0)
        return 0;
    // A bundle's list of properties speaks for the bundle.
    contents = sv_find_last(place, '/');
    if (component_get(c, FIELD_BUNDLE_ID).n && contents != SIZE_MAX &&
        sv_ends((struct sv){place.p, contents}, SV(".app/Contents")))
        return keep(n, (struct sv){place.p, contents - strlen("/Contents")}, place, name, err);
    TRY(keep(n, place, place, name, err));
    folder = product_folder(place);
    return folder.n ? keep(n, folder, place, name, err) : 0;
}

/* ---- carriers ---- */

/* Whether the vendor has a program of its own there. */
static bool is_vendors(struct sv folder, const struct catalogue *catalogue,
                       const struct item *items, size_t count)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = sv_cmp(items[middle].catalogue->vendor, catalogue->vendor);

        if (order == 0)
            order = sv_cmp(items[middle].place, folder);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < count && items[low].catalogue == catalogue && sv_starts(items[low].place, folder);
         low++)
        if (items[low].type == TYPE_APPLICATION &&
            (items[low].place.n == folder.n || lies_in(items[low].place, folder)))
            return true;
    return false;
}

static struct sv name_for(const struct neighbours *n, struct sv speaks_for, const struct item *item,
                          const struct item *items, size_t count)
{
    const struct claim *found;

    if (speaks_for.n == 0)
        return (struct sv){0};
    found = &n->claims[slot_of(n, XXH3_64bits(speaks_for.p, speaks_for.n), speaks_for)];
    if (found->name.n == 0 || is_vendors(speaks_for, item->catalogue, items, count))
        return (struct sv){0};
    return found->name;
}

/* What spells out the vendor's own folder is not somebody else's. */
static bool is_where_the_vendor_puts_it(const struct item *item)
{
    for (size_t i = 0; i < item->proof_count; i++)
        if (item->proofs[i].evidence.key == FIELD_PATH)
            return true;
    return false;
}

struct sv neighbours_carrier(const struct neighbours *n, const struct item *item,
                             const struct item *items, size_t count)
{
    struct sv name, outer = item->place;

    if (n->room == 0 || is_where_the_vendor_puts_it(item))
        return (struct sv){0};
    name = name_for(n, product_folder(item->place), item, items, count);
    // From the innermost file that holds it to the outermost.
    for (size_t at = sv_find_last(outer, '!'); name.n == 0 && at != SIZE_MAX;
         at = sv_find_last(outer, '!')) {
        outer.n = at;
        name = name_for(n, outer, item, items, count);
    }
    return name;
}
