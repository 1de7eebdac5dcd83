// SPDX-License-Identifier: Apache-2.0
/*
 * Two passes over the view. The first notes every identity that no package owns, with its places;
 * the second hands what is owned to its package: the one of that name whose root is nearest to the
 * file, since one scan may cover several roots. What names an owner that is not there stands alone.
 * Which item each occurrence became is noted by its number in the view's order, which is always the
 * same, and so told in later passes.
 */
#include "report/fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/identity.h"
#include "trust/digest.h"

#define FOLD_MEMORY ((size_t)1 << 30)
#define ITEM_MEMORY ((size_t)64 << 20)

enum {
    CONTEXT_MAX = 1000,
    VALUE_MAX = 200,
};

struct entry {
    uint8_t key[DIGEST_SHA256_SIZE];
    struct fold_place *first, *last;
    size_t place_count, owned_count;
    size_t given_at; /* its first occurrence, which stands for it */
    enum component_type type;
    enum component_state state;
};

struct package {
    struct package *next; /* of the same slot */
    struct sv owner;      /* "deb:kesl" */
    struct sv anchor;
    size_t entry;
};

enum { SLOTS = 4096 };

struct fold {
    const struct scan_view *view;
    struct arena arena, item;
    struct entry *entries;
    size_t entry_count, entry_room;
    size_t *table; /* index + 1 of an entry; 0: free */
    size_t table_size;
    size_t *items; /* for each occurrence the index + 1 of its entry; 0: a package has it */
    size_t item_count, item_room;
    size_t at; /* the occurrence that comes next in this pass */
    bool any_owned;
    struct package *packages[SLOTS];
    int (*each)(void *to, const struct fold_item *item, struct err *err);
    void *to;
};

static size_t slot_of(struct sv text)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < text.n; i++)
        hash = (hash ^ (uint8_t)text.p[i]) * UINT64_C(1099511628211);
    return (size_t)(hash % SLOTS);
}

static size_t first_slot(const struct fold *f, const uint8_t key[DIGEST_SHA256_SIZE])
{
    uint64_t n;

    memcpy(&n, key, sizeof(n));
    return (size_t)(n & (f->table_size - 1));
}

static size_t *table_find(struct fold *f, const uint8_t key[DIGEST_SHA256_SIZE])
{
    size_t i = first_slot(f, key);

    while (f->table[i] && memcmp(f->entries[f->table[i] - 1].key, key, DIGEST_SHA256_SIZE) != 0)
        i = (i + 1) & (f->table_size - 1);
    return &f->table[i];
}

static int grow(struct fold *f, struct err *err)
{
    size_t room = f->entry_room ? f->entry_room * 2 : 1024;
    struct entry *entries = reallocarray(f->entries, room, sizeof(*entries));
    size_t *table = calloc(room * 2, sizeof(*table));

    if (entries)
        f->entries = entries;
    if (!entries || !table) {
        free(table);
        return ERR(err, ERR_NOMEM, "no memory for an inventory of %zu components", room);
    }
    free(f->table);
    f->table = table;
    f->table_size = room * 2;
    f->entry_room = room;
    for (size_t i = 0; i < f->entry_count; i++)
        *table_find(f, f->entries[i].key) = i + 1;
    return 0;
}

static int find_entry(struct fold *f, const struct component *c, size_t *ret_index, struct err *err)
{
    uint8_t key[DIGEST_SHA256_SIZE];
    auto_buf text = {0};
    struct field *fields;
    size_t count, *slot;

    arena_reset(&f->item);
    TRY(identity_fields(c, &f->item, &fields, &count, err));
    identity_write(c->type, fields, count, &text);
    if (!buf_ok(&text))
        return ERR(err, ERR_NOMEM, "no memory for an inventory");
    digest_sha256((struct span){(const uint8_t *)text.p, text.n}, key);
    if (f->entry_count == f->entry_room)
        TRY(grow(f, err));
    slot = table_find(f, key);
    if (*slot == 0) {
        struct entry *e = &f->entries[f->entry_count];

        *e = (struct entry){.type = c->type, .state = c->state, .given_at = SIZE_MAX};
        memcpy(e->key, key, sizeof(key));
        *slot = ++f->entry_count;
    }
    *ret_index = *slot - 1;
    return 0;
}

/* Fields that belong to this place and not to the identity, but for what the place itself says. */
static bool is_context(enum field_key key)
{
    return !field_is_identity(key) && key != FIELD_OWNS && key != FIELD_DEPENDS &&
           key != FIELD_PATH && key != FIELD_FILE_NAME;
}

static struct sv context_of(struct fold *f, const struct component *c, bool owned)
{
    auto_buf text = BUF_INIT(CONTEXT_MAX);

    buf_printf(&text, "%s: %s", owned ? "owned file, state" : "state",
               component_state_text(c->state));
    for (size_t i = 0; i < c->field_count && text.n < CONTEXT_MAX - 2 * VALUE_MAX; i++) {
        struct sv value = c->fields[i].value;

        if (!is_context(c->fields[i].key))
            continue;
        buf_printf(&text, "; %s: ", field_text(c->fields[i].key));
        buf_bytes(&text, value.p, value.n < VALUE_MAX ? value.n : VALUE_MAX);
    }
    return arena_copy(&f->arena, buf_view(&text));
}

static int add_place(struct fold *f, size_t index, const struct occurrence *o, bool owned,
                     struct err *err)
{
    struct fold_place *place = arena_take(&f->arena, sizeof(*place));
    struct entry *e = &f->entries[index];

    if (!place)
        return arena_error(&f->arena, err);
    *place = (struct fold_place){
        .place = arena_copy(&f->arena, o->place),
        .context = context_of(f, &o->component, owned),
        .owned = owned,
    };
    if (arena_failed(&f->arena))
        return arena_error(&f->arena, err);
    if (e->last)
        e->last->next = place;
    else
        e->first = place;
    e->last = place;
    e->place_count++;
    e->owned_count += owned;
    if (!owned && o->component.state < e->state)
        e->state = o->component.state;
    return 0;
}

static int add_package(struct fold *f, const struct occurrence *o, size_t entry, struct err *err)
{
    struct sv type = component_get(&o->component, FIELD_PACKAGE_TYPE);
    struct sv name = component_get(&o->component, FIELD_PACKAGE);
    struct package *p;
    size_t slot;

    if (type.n == 0 || name.n == 0)
        return 0;
    p = arena_take(&f->arena, sizeof(*p));
    if (!p)
        return arena_error(&f->arena, err);
    *p = (struct package){
        .owner = arena_printf(&f->arena, "%.*s:%.*s", (int)type.n, type.p, (int)name.n, name.p),
        .anchor = arena_copy(&f->arena, o->anchor),
        .entry = entry,
    };
    if (arena_failed(&f->arena))
        return arena_error(&f->arena, err);
    slot = slot_of(p->owner);
    p->next = f->packages[slot];
    f->packages[slot] = p;
    return 0;
}

static bool lies_below(struct sv place, struct sv anchor)
{
    if (!sv_starts(place, anchor))
        return false;
    return anchor.n == 0 || place.n == anchor.n || sv_ends(anchor, SV("/")) ||
           place.p[anchor.n] == '/' || place.p[anchor.n] == '!';
}

static const struct package *owner_of(const struct fold *f, const struct occurrence *o)
{
    const struct package *best = NULL;

    if (o->owner.n == 0)
        return NULL;
    for (const struct package *p = f->packages[slot_of(o->owner)]; p; p = p->next)
        if (sv_eq(p->owner, o->owner) && lies_below(o->place, p->anchor) &&
            (!best || p->anchor.n >= best->anchor.n))
            best = p;
    return best;
}

static int add_item(struct fold *f, struct err *err)
{
    if (f->item_count == f->item_room) {
        size_t room = f->item_room ? f->item_room * 2 : 1024;
        size_t *items = reallocarray(f->items, room, sizeof(*items));

        if (!items)
            return ERR(err, ERR_NOMEM, "no memory for an inventory of %zu places", room);
        f->items = items;
        f->item_room = room;
    }
    f->items[f->item_count++] = 0;
    return 0;
}

static void stands_for(struct fold *f, size_t occurrence, size_t entry)
{
    struct entry *e = &f->entries[entry];

    f->items[occurrence] = entry + 1;
    if (occurrence < e->given_at)
        e->given_at = occurrence;
}

static int note_free(void *to, const struct occurrence *o, struct err *err)
{
    struct fold *f = to;
    size_t entry;

    TRY(add_item(f, err));
    if (o->owner.n) {
        f->any_owned = true;
        return 0;
    }
    TRY(find_entry(f, &o->component, &entry, err));
    stands_for(f, f->item_count - 1, entry);
    TRY(add_place(f, entry, o, false, err));
    return add_package(f, o, entry, err);
}

static int note_owned(void *to, const struct occurrence *o, struct err *err)
{
    const struct package *owner = owner_of(to, o);
    struct fold *f = to;
    size_t entry, at = f->at++;

    if (o->owner.n == 0)
        return 0;
    if (owner)
        return add_place(f, owner->entry, o, true, err);
    TRY(find_entry(f, &o->component, &entry, err));
    stands_for(f, at, entry);
    return add_place(f, entry, o, false, err);
}

int fold_new(const struct scan_view *view, struct fold **ret_fold, struct err *err)
{
    auto_fold *f = calloc(1, sizeof(*f));

    if (!f)
        return ERR(err, ERR_NOMEM, "no memory for an inventory");
    f->view = view;
    arena_init(&f->arena, FOLD_MEMORY);
    arena_init(&f->item, ITEM_MEMORY);
    if (view->inventory) {
        TRY(view->inventory(view->context, note_free, f, err));
        if (f->any_owned)
            TRY(view->inventory(view->context, note_owned, f, err));
    }
    *ret_fold = STEAL(f);
    return 0;
}

void fold_free(struct fold *f)
{
    if (!f)
        return;
    arena_clear(&f->arena);
    arena_clear(&f->item);
    free(f->entries);
    free(f->table);
    free(f->items);
    free(f);
}

void fold_auto_free(struct fold **f)
{
    fold_free(*f);
    *f = NULL;
}

bool fold_has(const struct fold *f, enum component_type type)
{
    for (size_t i = 0; i < f->entry_count; i++)
        if (f->entries[i].type == type)
            return true;
    return false;
}

static int give_out(void *to, const struct occurrence *o, struct err *err)
{
    struct fold *f = to;
    size_t at = f->at++, index = at < f->item_count ? f->items[at] : 0;
    struct fold_item item;
    const struct entry *e;

    if (index == 0)
        return 0;
    e = &f->entries[index - 1];
    if (e->given_at != at)
        return 0;
    item = (struct fold_item){
        .first = o,
        .state = e->state,
        .places = e->first,
        .place_count = e->place_count,
        .owned_count = e->owned_count,
    };
    digest_hex((struct span){e->key, (FOLD_KEY - 1) / 2}, item.key);
    return f->each(f->to, &item, err);
}

int fold_each(struct fold *f, int (*each)(void *to, const struct fold_item *item, struct err *err),
              void *to, struct err *err)
{
    f->at = 0;
    f->each = each;
    f->to = to;
    return f->view->inventory ? f->view->inventory(f->view->context, give_out, f, err) : 0;
}
