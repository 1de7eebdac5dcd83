// SPDX-License-Identifier: Apache-2.0
#include "match/conclude.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "match/tell.h"
#include "order/exception.h"
#include "order/order.h"
#include "trust/digest.h"

/* A proof with the component it came from. */
struct told {
    const struct proof *proof;
    const struct item *item;
};

static int by_weight(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    int order = proof_compare(x->proof, y->proof);

    return order ? order : item_compare(x->item, y->item);
}

/* ---- names ---- */

static enum strength best_of(const struct part *p)
{
    enum strength best = STRENGTH_WEAK;

    for (size_t i = 0; i < p->proof_count; i++)
        if (p->proofs[i]->evidence.effective > best)
            best = p->proofs[i]->evidence.effective;
    return best;
}

/* The part that speaks for the group: the strongest, then a package, then the best state, then the
 * shortest name, since `ui` is rather what `ui-core` and `ui-icons` are parts of. */
static bool speaks_before(const struct part *a, const struct part *b)
{
    enum strength x = best_of(a), y = best_of(b);

    if (x != y)
        return x > y;
    if (item_is_package(a->item) != item_is_package(b->item))
        return item_is_package(a->item);
    if (a->item->state != b->item->state)
        return a->item->state < b->item->state;
    if (item_is_package(a->item) && a->item->package.n != b->item->package.n)
        return a->item->package.n < b->item->package.n;
    return item_compare(a->item, b->item) < 0;
}

static const struct item *speaker(const struct group *g, bool (*fits)(const struct item *item))
{
    const struct part *best = NULL;

    for (size_t i = 0; i < g->part_count; i++)
        if (fits(g->parts[i]->item) && (!best || speaks_before(g->parts[i], best)))
            best = g->parts[i];
    return best ? best->item : NULL;
}

static bool has_version(const struct item *item)
{
    return item->version.n > 0;
}

static struct sv version_of(const struct group *g)
{
    const struct item *item = speaker(g, has_version);

    return item ? item->version : (struct sv){0};
}

/* "parallels" of "deb:parallels"; a purl stays whole. */
static struct sv carrier_name(struct sv carrier)
{
    struct sv rest = carrier;

    (void)sv_cut(&rest, ':');
    return rest.n && !sv_starts(carrier, SV("pkg:")) ? rest : carrier;
}

static struct sv package_name(const struct item *item)
{
    return item->name.n ? item->name : item->package;
}

static int by_text(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

/* How many packages there are beside the one of this name. */
static size_t other_packages(const struct group *g, struct sv name, struct arena *arena)
{
    struct sv *names = arena_take_array(arena, g->part_count, sizeof(*names));
    size_t n = 0, others = 0;

    if (!names)
        return 0;
    for (size_t i = 0; i < g->part_count; i++)
        if (item_is_package(g->parts[i]->item))
            names[n++] = package_name(g->parts[i]->item);
    qsort(names, n, sizeof(*names), by_text);
    for (size_t i = 0; i < n; i++)
        others += !sv_eq(names[i], name) && (i == 0 || !sv_eq(names[i], names[i - 1]));
    return others;
}

/* A library goes by the name of its package; a product by what the catalogue calls it. */
static bool goes_by_package(const struct group *g, const struct told *proofs)
{
    return sv_eq(g->product->kind, SV("library")) || sv_eq(g->product->kind, SV("sdk")) ||
           proofs[0].proof->evidence.indicator->scope == SCOPE_VENDOR_OPEN_SOURCE;
}

static struct sv name_of(const struct group *g, const struct told *proofs, struct arena *arena)
{
    const struct item *package = speaker(g, item_is_package);
    struct sv name = g->product->name, carrier = carrier_name(g->carrier);
    size_t others;

    if (carrier.n)
        return arena_printf(arena, "%.*s in %.*s", (int)name.n, name.p, (int)carrier.n, carrier.p);
    if (!package || !goes_by_package(g, proofs))
        return name;
    name = package_name(package);
    others = other_packages(g, name, arena);
    return others ? arena_printf(arena, "%.*s and %zu more", (int)name.n, name.p, others) : name;
}

/* ---- state and time ---- */

static bool item_is_capped(const struct item *item)
{
    for (size_t i = 0; i < item->proof_count; i++)
        if (item->proofs[i].evidence.capped)
            return true;
    return false;
}

static enum component_state state_of(const struct group *g)
{
    enum component_state strong = STATE_COUNT_, any = STATE_COUNT_;
    bool residue = false;

    for (size_t i = 0; i < g->part_count; i++) {
        const struct item *item = g->parts[i]->item;

        if (item->state < any)
            any = item->state;
        if (best_of(g->parts[i]) >= STRENGTH_STRONG && item->state < strong)
            strong = item->state;
        // Not by a log, which tells of packages that are there, too.
        residue |=
            item->state == STATE_RESIDUE && item_is_system_package(item) && !item_is_capped(item);
    }
    if (strong == STATE_COUNT_)
        strong = any;
    // What a removed package has left behind does not make it present again.
    return residue && strong > STATE_INSTALLED ? STATE_RESIDUE : strong;
}

static struct sv since_of(const struct group *g)
{
    struct sv first = {0};

    for (size_t i = 0; i < g->part_count; i++) {
        struct sv at = g->parts[i]->item->installed_at;

        if (at.n && (first.n == 0 || sv_cmp(at, first) < 0))
            first = at;
    }
    return first;
}

/* ---- identity ---- */

/* The place of installation as the scanned system itself would call it. */
static struct sv in_root(struct sv anchor, struct sv root)
{
    if (sv_ends(root, SV("/")))
        root.n--;
    if (root.n == 0 || !sv_starts(anchor, root) || (anchor.n > root.n && anchor.p[root.n] != '/'))
        return anchor;
    return anchor.n == root.n ? SV("/") : sv_from(anchor, root.n);
}

/* RFC 9562, version 5. The name space is debar's own and never changes. */
static struct sv id_of(const struct group *g, const struct match_options *options,
                       struct arena *arena)
{
    static const uint8_t name_space[16] = {0x3f, 0x9c, 0x1e, 0x52, 0x7b, 0x0d, 0x4a, 0x86,
                                           0x9e, 0x31, 0xd5, 0x68, 0xa4, 0x27, 0xc0, 0x1b};
    struct sv anchor = in_root(g->anchor, options->root);
    const struct sv parts[] = {options->host_id, g->catalogue->vendor, g->product->id, anchor,
                               g->carrier};
    auto_buf name = {0};
    uint8_t d[20];

    buf_bytes(&name, name_space, sizeof(name_space));
    for (size_t i = 0; i < ARRAY_LEN(parts) - (g->carrier.n ? 0 : 1); i++) {
        buf_sv(&name, parts[i]);
        buf_char(&name, '\n');
    }
    if (!buf_ok(&name)) {
        arena->failed = true;
        return (struct sv){0};
    }
    digest_sha1((struct span){(const uint8_t *)name.p, name.n}, d);
    d[6] = (uint8_t)((d[6] & 0x0f) | 0x50);
    d[8] = (uint8_t)((d[8] & 0x3f) | 0x80);
    return arena_printf(
        arena, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1],
        d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14], d[15]);
}

/* ---- lists ---- */

static void add_places(const struct group *g, struct arena *arena, struct finding *f)
{
    f->places = arena_take_array(arena, g->part_count, sizeof(*f->places));
    if (!f->places)
        return;
    for (size_t i = 0; i < g->part_count; i++)
        f->places[i] = g->parts[i]->item->place;
    qsort(f->places, g->part_count, sizeof(*f->places), by_text);
    for (size_t i = 0; i < g->part_count; i++)
        if (f->place_count == 0 || !sv_eq(f->places[f->place_count - 1], f->places[i]))
            f->places[f->place_count++] = f->places[i];
    for (size_t i = 0; i < f->place_count; i++)
        f->places[i] = arena_copy(arena, f->places[i]);
}

static int by_layer(const void *a, const void *b)
{
    return sv_cmp(((const struct finding_layer *)a)->place,
                  ((const struct finding_layer *)b)->place);
}

static struct finding_layer layer_of(const struct item *item, struct arena *arena)
{
    const struct in_layer *in = item->layer;
    const struct image_layer *l = &in->image->layers[in->number - 1];

    return (struct finding_layer){
        .place = arena_copy(arena, item->place),
        .image = arena_copy(arena, in->image->name),
        .digest = arena_copy(arena, l->digest),
        .created_by = arena_copy(arena, l->created_by),
        .number = in->number,
        .of = in->image->layer_count,
        .images = in->image_count,
        .by = in->fate == LAYER_STANDS ? 0 : in->by,
        .deleted = in->fate == LAYER_DELETED,
    };
}

static void add_layers(const struct group *g, struct arena *arena, struct finding *f)
{
    struct finding_layer *all = arena_take_array(arena, g->part_count, sizeof(*all));
    size_t count = 0;

    for (size_t i = 0; all && i < g->part_count; i++)
        if (g->parts[i]->item->layer)
            all[count++] = layer_of(g->parts[i]->item, arena);
    if (count)
        qsort(all, count, sizeof(*all), by_layer);
    for (size_t i = 0; i < count; i++)
        if (f->layer_count == 0 || !sv_eq(all[f->layer_count - 1].place, all[i].place))
            all[f->layer_count++] = all[i];
    f->layers = all;
}

/* "1", "1 and 3", "1, 2 and 3": the layers of one image, each once. */
static void say_numbers(const struct finding *f, struct sv image, struct buf *to)
{
    uint64_t last = 0;

    for (;;) {
        uint64_t next = 0, after = 0;

        for (size_t i = 0; i < f->layer_count; i++) {
            uint64_t n = f->layers[i].number;

            if (!sv_eq(f->layers[i].image, image) || n <= last)
                continue;
            if (next == 0 || n < next) {
                after = next;
                next = n;
            } else if (n > next && (after == 0 || n < after)) {
                after = n;
            }
        }
        if (next == 0)
            return;
        buf_printf(to, "%s%llu", last == 0 ? "" : (after ? ", " : " and "),
                   (unsigned long long)next);
        last = next;
    }
}

/* Where in an image all of it is, and whether a container made from that would see it. */
static struct sv tell_layers(const struct finding *f, struct arena *arena)
{
    const struct finding_layer *l = f->layers;
    size_t deleted = 0, hidden = 0;
    bool several = false;
    auto_buf text = {0};

    if (f->layer_count == 0)
        return (struct sv){0};
    for (size_t i = 0; i < f->layer_count; i++) {
        several |= l[i].number != l[0].number;
        hidden += l[i].by > 0;
        deleted += l[i].deleted;
    }
    buf_str(&text, several ? "; in layers " : "; in layer ");
    say_numbers(f, l[0].image, &text);
    buf_printf(&text, " of %llu of the image %.*s", (unsigned long long)l[0].of, (int)l[0].image.n,
               l[0].image.p);
    if (l[0].images > 1)
        buf_printf(&text, " (and of %llu more)", (unsigned long long)l[0].images - 1);
    if (hidden == f->layer_count && f->layer_count == f->place_count)
        buf_printf(&text, ", %s in a later layer: still in the image, but not in its containers",
                   deleted == hidden ? "deleted" : (deleted ? "deleted or replaced" : "replaced"));
    if (!buf_ok(&text))
        arena->failed = true;
    return arena_copy(arena, buf_view(&text));
}

static struct told *sorted_proofs(const struct group *g, struct arena *arena, size_t *ret_count)
{
    size_t n = 0;
    struct told *all;

    for (size_t i = 0; i < g->part_count; i++)
        n += g->parts[i]->proof_count;
    all = arena_take_array(arena, n, sizeof(*all));
    *ret_count = 0;
    if (!all)
        return NULL;
    for (size_t i = 0; i < g->part_count; i++)
        for (size_t k = 0; k < g->parts[i]->proof_count; k++)
            all[(*ret_count)++] = (struct told){g->parts[i]->proofs[k], g->parts[i]->item};
    qsort(all, n, sizeof(*all), by_weight);
    return all;
}

static struct finding_indicator indicator_of(const struct told *t, struct arena *arena)
{
    const struct evidence *e = &t->proof->evidence;

    return (struct finding_indicator){
        .id = e->indicator->id,
        .field = sv_str(field_text(e->key)),
        .value = arena_copy(arena, t->proof->value),
        .strength = e->indicator->strength,
        .effective = e->effective,
        .source = e->indicator->source,
        .place = arena_copy(arena, t->item->place),
        .offset = t->proof->offset,
        .length = t->proof->length,
        .row = arena_copy(arena, t->item->row),
        .note = sv_str(note_text(e->note)),
    };
}

/* Of each indicator the strongest few: the places of all others are listed, and say the same. */
static void add_indicators(const struct told *all, size_t count, struct arena *arena,
                           struct finding *f)
{
    uint32_t ranks = 0;
    uint8_t *told;

    for (size_t i = 0; i < count; i++)
        if (all[i].proof->evidence.rank >= ranks)
            ranks = all[i].proof->evidence.rank + 1;
    told = arena_take(arena, ranks);
    f->indicators = arena_take_array(arena, count, sizeof(*f->indicators));
    for (size_t i = 0; told && f->indicators && i < count; i++) {
        uint32_t rank = all[i].proof->evidence.rank;

        if (told[rank] == PROOFS_PER_FINDING)
            continue;
        told[rank]++;
        f->indicators[f->indicator_count++] = indicator_of(&all[i], arena);
    }
}

/* ---- orders ---- */

/* The proof that says what the thing is: knowledge of this very product before knowledge of all
 * that the vendor makes, which knows of no other maker's product around it. */
static const struct told *decisive(const struct group *g, const struct told *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct evidence *e = &all[i].proof->evidence;

        if (e->effective < STRENGTH_STRONG)
            break;
        if (e->indicator->product == g->product)
            return &all[i];
    }
    return &all[0];
}

/* A name in a publisher field says nothing of what the thing is; the thing does. */
static enum scope_class scope_of_item(const struct item *item)
{
    if (item->type == TYPE_CRYPTOGRAPHIC_ASSET)
        return SCOPE_TRUST_ANCHOR;
    if (item->type == TYPE_DEVICE || item->type == TYPE_FIRMWARE)
        return SCOPE_HARDWARE;
    if (item_is_package(item) && !item_is_system_package(item))
        return SCOPE_VENDOR_OPEN_SOURCE;
    return SCOPE_BRANDED;
}

static enum scope_class scope_of(const struct group *g, const struct told *best)
{
    const struct indicator *in = best->proof->evidence.indicator;
    enum scope_class scope = in->synthetic ? scope_of_item(best->item) : in->scope;

    // A product inside another maker's is embedded; what is no product stays what it is.
    return g->carrier.n && scope == SCOPE_BRANDED ? SCOPE_EMBEDDED : scope;
}

static unsigned platforms_of(const struct told *all, size_t count)
{
    unsigned platforms = 0;

    for (size_t i = 0; i < count; i++) {
        if (all[i].proof->evidence.effective < all[0].proof->evidence.effective)
            break;
        platforms |= all[i].proof->evidence.indicator->platforms;
        if (item_is_system_package(all[i].item))
            platforms |= SET_OF(PLATFORM_LINUX);
    }
    return platforms & ~SET_OF(PLATFORM_ANY);
}

static struct finding_order ask_order(const struct order *o, const struct group *g,
                                      const struct told *all, size_t count, const struct finding *f)
{
    enum scope_class scope = scope_of(g, decisive(g, all, count));
    unsigned platforms = platforms_of(all, count);
    struct finding_order answer = {.id = o->id};

    answer.covered = order_covers(o, g->product, scope, platforms, &answer.why);
    // What is only referred to must be in the order's scope both for what it is and for how.
    if (f->state == STATE_REFERENCED && answer.covered &&
        o->scope[SCOPE_REFERENCE].rule != ORDER_SILENT) {
        scope = SCOPE_REFERENCE;
        answer.covered = order_covers(o, g->product, scope, platforms, &answer.why);
    }
    answer.scope = sv_str(scope_class_text(scope));
    return answer;
}

static void add_orders(const struct rules *rules, const struct group *g, const struct told *all,
                       size_t count, int64_t today, struct arena *arena, struct finding *f)
{
    f->orders = arena_take_array(arena, rules->order_count, sizeof(*f->orders));
    for (size_t i = 0; f->orders && i < rules->order_count; i++) {
        const struct order *o = &rules->orders[i];
        const struct exception *exception = NULL;
        struct finding_order answer;

        if (!order_names_vendor(o, g->catalogue->vendor))
            continue;
        answer = ask_order(o, g, all, count, f);
        answer.excepted = exceptions_cover(rules->exceptions, rules->exception_count, f, o->id,
                                           today, &exception) == EXCEPTION_YES;
        if (exception) {
            char until[CLOCK_TEXT];

            answer.exception = exception->id;
            answer.until = arena_copy(arena, sv_str(clock_day_text(exception->until, until)));
        }
        f->orders[f->order_count++] = answer;
    }
}

/* ---- all of it ---- */

int conclude(const struct group *g, const struct rules *rules, const struct match_options *options,
             struct arena *arena, struct finding *ret, struct err *err)
{
    size_t count;
    struct told *all = sorted_proofs(g, arena, &count);
    const struct proof **proofs = arena_take_array(arena, count + 1, sizeof(*proofs));
    struct finding f;

    if (!all || !proofs)
        return arena_error(arena, err);
    for (size_t i = 0; i < count; i++)
        proofs[i] = all[i].proof;
    f = (struct finding){
        .id = id_of(g, options, arena),
        .vendor = g->catalogue->vendor,
        .product = g->product->id,
        .name = arena_copy(arena, name_of(g, all, arena)),
        .version = arena_copy(arena, version_of(g)),
        .state = state_of(g),
        .confidence = group_confidence(g, FAMILY_COUNT_),
        .anchor = arena_copy(arena, g->anchor),
        .carrier = arena_copy(arena, g->carrier),
        .reason = tell_reason(g, proofs, count, arena),
        .raise = tell_raise(g, proofs, count, arena),
        .since = arena_copy(arena, since_of(g)),
    };
    add_places(g, arena, &f);
    add_layers(g, arena, &f);
    add_indicators(all, count, arena, &f);
    if (f.layer_count) {
        struct sv layers = tell_layers(&f, arena);

        f.reason =
            arena_printf(arena, "%.*s%.*s", (int)f.reason.n, f.reason.p, (int)layers.n, layers.p);
    }
    add_orders(rules, g, all, count, options->today, arena, &f);
    if (arena_failed(arena))
        return arena_error(arena, err);
    *ret = f;
    return 0;
}
