// SPDX-License-Identifier: Apache-2.0
#include "match/match_run.h"

#include <stdlib.h>
#include <string.h>

#include <unistr.h>

#include "base/clock.h"
#include "match/conclude.h"
#include "match/group.h"
#include "match/neighbours.h"
#include "match/weigh.h"
#include "model/place.h"

enum {
    RUN_MAX = 1 << 30, /* bytes of what hits are kept in */
};

struct match_run {
    const struct matcher *matcher;
    struct matcher_scratch *scratch;
    struct match_options options;
    struct arena arena;
    struct images images;
    struct item *items;
    size_t item_count, item_room;
    struct neighbours *neighbours;
    struct evidence *evidence;
    size_t evidence_room;
    struct buf text;
};

int match_run_new(const struct matcher *m, const struct match_options *options,
                  struct match_run **ret_run, struct err *err)
{
    auto_match_run *r = calloc(1, sizeof(*r));

    if (!r)
        return ERR(err, ERR_NOMEM, "no memory to match an inventory");
    r->matcher = m;
    r->options = *options;
    arena_init(&r->arena, RUN_MAX);
    TRY(neighbours_new(&r->arena, &r->neighbours, err));
    images_init(&r->images, &r->arena);
    TRY(matcher_scratch_new(m, &r->scratch, err));
    *ret_run = STEAL(r);
    return 0;
}

void match_run_free(struct match_run *r)
{
    if (!r)
        return;
    neighbours_free(r->neighbours);
    matcher_scratch_free(r->scratch);
    images_clear(&r->images);
    arena_clear(&r->arena);
    buf_clear(&r->text);
    free(r->items);
    free(r->evidence);
    free(r);
}

void match_run_auto_free(struct match_run **r)
{
    match_run_free(*r);
}

/* ---- one component ---- */

/* A value as text: bytes that are none are written as in a place, and what is too long is cut. */
static struct sv value_text(struct match_run *r, const struct field *f)
{
    struct sv value = f->value;

    if (f->key == FIELD_MAGIC || f->key == FIELD_LITERAL ||
        u8_check((const uint8_t *)value.p, value.n)) {
        buf_reset(&r->text);
        place_append(&r->text, value);
        value = buf_ok(&r->text) ? buf_view(&r->text) : (struct sv){0};
    }
    if (value.n > PROOF_VALUE_MAX) {
        value.n = PROOF_VALUE_MAX;
        while (value.n && ((unsigned char)value.p[value.n] & 0xc0) == 0x80)
            value.n--;
    }
    return arena_copy(&r->arena, value);
}

static struct sv copy_field(struct match_run *r, const struct component *c, enum field_key key)
{
    return arena_copy(&r->arena, component_get(c, key));
}

/* What an image, or a part of one, is known by: an index speaks of the images that it names. */
static struct sv image_digest_of(struct match_run *r, const struct component *c)
{
    static const enum field_key keys[] = {FIELD_MANIFEST, FIELD_IMAGE_CONFIG, FIELD_DIGEST};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (component_get(c, keys[i]).n)
            return copy_field(r, c, keys[i]);
    return (struct sv){0};
}

static struct sv installed_at(struct match_run *r, const struct component *c)
{
    char text[CLOCK_TEXT];
    int64_t ns;

    if (!clock_parse(component_get(c, FIELD_INSTALLED_AT), &ns))
        return (struct sv){0};
    return arena_copy(&r->arena, sv_str(clock_text(ns, text)));
}

static bool is_publisher_field(enum field_key key)
{
    for (const enum field_key *f = publisher_fields(); *f != FIELD_COUNT_; f++)
        if (*f == key)
            return true;
    return false;
}

/*
 * Somebody else's product that holds code of the vendor: nothing that it says of itself is the
 * vendor's, and what was found in it is content. Then, what it says it is.
 */
static struct sv foreign_identity(struct match_run *r, const struct component *c,
                                  const struct evidence *e, size_t count)
{
    struct sv package = component_get(c, FIELD_PACKAGE), purl = component_get(c, FIELD_PURL),
              company = component_get(c, FIELD_COMPANY), name = component_get(c, FIELD_PRODUCT);
    bool content = false;

    for (size_t i = 0; i < count; i++) {
        content |= e[i].family == FAMILY_CONTENT && e[i].key != FIELD_IMPORT;
        if (e[i].family == FAMILY_PACKAGE || e[i].family == FAMILY_SIGNATURE ||
            is_publisher_field(e[i].key))
            return (struct sv){0};
    }
    if (!content)
        return (struct sv){0};
    if (package.n) {
        struct sv type = component_get(c, FIELD_PACKAGE_TYPE);

        return arena_printf(&r->arena, "%.*s:%.*s", (int)type.n, type.p ? type.p : "",
                            (int)package.n, package.p);
    }
    if (purl.n)
        return arena_copy(&r->arena, purl);
    if (company.n == 0)
        return (struct sv){0};
    return arena_copy(&r->arena, name.n ? name : company);
}

static int by_proof(const void *a, const void *b)
{
    const struct proof *x = a, *y = b;

    // First by indicator, so that of each only the first few need to be kept.
    if (x->evidence.rank != y->evidence.rank)
        return x->evidence.rank < y->evidence.rank ? -1 : 1;
    return proof_compare(x, y);
}

static struct sv signature_of(const struct component *c, uint16_t group)
{
    for (size_t i = 0; i < c->field_count; i++)
        if (c->fields[i].key == FIELD_SIGNATURE && c->fields[i].group == group)
            return c->fields[i].value;
    return (struct sv){0};
}

static void add_proofs(struct match_run *r, struct item *item, const struct component *c,
                       const struct evidence *e, size_t count)
{
    struct proof *all = arena_take_array(&r->arena, count, sizeof(*all));
    size_t kept = 0;

    if (!all)
        return;
    for (size_t i = 0; i < count; i++) {
        const struct field *f = &c->fields[e[i].field];

        all[i] = (struct proof){
            .evidence = e[i],
            .value = f->value,
            .offset = f->offset,
            .length = f->length,
        };
    }
    qsort(all, count, sizeof(*all), by_proof);
    for (size_t i = 0; i < count; i++)
        if (kept < PROOFS_PER_ITEM ||
            all[kept - PROOFS_PER_ITEM].evidence.rank != all[i].evidence.rank)
            all[kept++] = all[i];
    for (size_t i = 0; i < kept; i++) {
        const struct field *f = &c->fields[all[i].evidence.field];

        all[i].value = value_text(r, f);
        if (all[i].evidence.family == FAMILY_SIGNATURE)
            all[i].signature = arena_copy(&r->arena, signature_of(c, f->group));
    }
    item->proofs = all;
    item->proof_count = kept;
}

static int add_item(struct match_run *r, const struct occurrence *o, const struct evidence *e,
                    size_t count, struct err *err)
{
    const struct component *c = &o->component;
    struct item *item;

    if (r->item_count == r->item_room) {
        size_t room = r->item_room ? 2 * r->item_room : 64;
        struct item *bigger = realloc(r->items, room * sizeof(*bigger));

        if (!bigger)
            return ERR(err, ERR_NOMEM, "no memory for what was found");
        r->items = bigger;
        r->item_room = room;
    }
    item = &r->items[r->item_count++];
    *item = (struct item){
        .catalogue = e[0].indicator->catalogue,
        .type = c->type,
        .state = c->state,
        .place = arena_copy(&r->arena, o->place),
        .anchor = arena_copy(&r->arena, o->anchor.n ? o->anchor : o->place),
        .owner = arena_copy(&r->arena, o->owner),
        .recogniser = arena_copy(&r->arena, o->recogniser),
        .name = copy_field(r, c, FIELD_NAME),
        .version = copy_field(r, c, FIELD_VERSION),
        .package = copy_field(r, c, FIELD_PACKAGE),
        .package_type = copy_field(r, c, FIELD_PACKAGE_TYPE),
        .product = copy_field(r, c, FIELD_PRODUCT),
        .row = copy_field(r, c, FIELD_ROW),
        .store = copy_field(r, c, FIELD_CERTIFICATE_STORE),
        .identity = foreign_identity(r, c, e, count),
        .installed_at = installed_at(r, c),
        .digest = image_digest_of(r, c),
    };
    add_proofs(r, item, c, e, count);
    return arena_failed(&r->arena) ? arena_error(&r->arena, err) : 0;
}

static int room_for(struct match_run *r, size_t count, struct err *err)
{
    struct evidence *bigger;

    if (count <= r->evidence_room)
        return 0;
    bigger = realloc(r->evidence, count * sizeof(*bigger));
    if (!bigger)
        return ERR(err, ERR_NOMEM, "no memory for what was found");
    r->evidence = bigger;
    r->evidence_room = count;
    return 0;
}

int match_run_add(struct match_run *r, const struct occurrence *o, struct err *err)
{
    const struct matcher_hit *hits;
    size_t count;

    TRY(neighbours_note(r->neighbours, o, err));
    TRY(images_add(&r->images, o, err));
    TRY(matcher_find(r->matcher, r->scratch, &o->component, o->place, &hits, &count, err));
    if (count == 0)
        return 0;
    TRY(room_for(r, count, err));
    // Hits come by rank, so those of one catalogue stand together.
    for (size_t first = 0, n; first < count; first += n) {
        n = 1;
        while (first + n < count &&
               hits[first + n].indicator->catalogue == hits[first].indicator->catalogue)
            n++;
        weigh(&o->component, hits + first, n, r->evidence);
        TRY(add_item(r, o, r->evidence, n, err));
    }
    return MATCH_HIT;
}

/* ---- all of them ---- */

/* What lies in a layer is installed in its image, wherever the layer lies. */
static int move_into_image(struct match_run *r, struct item *item, struct err *err)
{
    const struct image *image = images_of(&r->images, item->anchor, item->digest);
    size_t outside = item->place.n;
    struct in_layer in;

    if (image)
        item->anchor = image->place;
    if (image || !images_find(&r->images, item->place, &in))
        return 0;
    outside -= in.path.n;
    item->layer = images_keep(&r->images, &in, err);
    if (!item->layer)
        return -(int)err->code;
    if (sv_starts(item->anchor, (struct sv){item->place.p, outside}) && item->anchor.n > outside)
        item->anchor =
            arena_printf(&r->arena, "%.*s!%.*s", (int)in.image->place.n, in.image->place.p,
                         (int)(item->anchor.n - outside), item->anchor.p + outside);
    else
        item->anchor = in.image->place;
    return arena_failed(&r->arena) ? arena_error(&r->arena, err) : 0;
}

/* Of two that are the same, the one that is kept is always the same, too. */
static int by_item(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int order = item_compare(x, y);

    for (size_t i = 0; order == 0 && i < x->proof_count; i++)
        order = sv_cmp(x->proofs[i].signature, y->proofs[i].signature);
    return order;
}

static void sort_items(struct match_run *r)
{
    size_t kept = 0;

    if (r->item_count == 0)
        return;
    qsort(r->items, r->item_count, sizeof(*r->items), by_item);
    for (size_t i = 0; i < r->item_count; i++)
        if (kept == 0 || item_compare(&r->items[kept - 1], &r->items[i]) != 0)
            r->items[kept++] = r->items[i];
    r->item_count = kept;
}

static int by_id(const void *a, const void *b)
{
    return sv_cmp(((const struct finding *)a)->id, ((const struct finding *)b)->id);
}

int match_run_finish(struct match_run *r, struct arena *arena, struct finding **ret_findings,
                     size_t *ret_count, struct err *err)
{
    struct group *groups = NULL;
    struct finding *findings;
    size_t count = 0;

    if (r->item_count)
        TRY(images_settle(&r->images, err));
    for (size_t i = 0; i < r->item_count; i++)
        TRY(move_into_image(r, &r->items[i], err));
    sort_items(r);
    if (r->item_count)
        TRY(group_items(r->items, r->item_count, r->neighbours, r->options.root, &r->arena, &groups,
                        &count, err));
    findings = arena_take_array(arena, count + 1, sizeof(*findings));
    if (!findings)
        return arena_error(arena, err);
    for (size_t i = 0; i < count; i++)
        TRY(conclude(&groups[i], matcher_rules(r->matcher), &r->options, arena, &findings[i], err));
    qsort(findings, count, sizeof(*findings), by_id);
    *ret_findings = findings;
    *ret_count = count;
    return 0;
}

enum verdict match_verdict(const struct finding *findings, size_t count, struct sv order_id,
                           bool complete)
{
    for (size_t i = 0; i < count; i++)
        if (order_id.n ? finding_counts_under(&findings[i], order_id)
                       : finding_counts(&findings[i]))
            return VERDICT_FOUND;
    return complete ? VERDICT_ABSENT : VERDICT_UNKNOWN;
}
