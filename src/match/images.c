// SPDX-License-Identifier: Apache-2.0
#include "match/images.h"

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "match/images_internal.h"
#include "model/place.h"

enum {
    IMAGE_LAYERS_MAX = 1000,
};

void images_init(struct images *m, struct arena *arena)
{
    *m = (struct images){.arena = arena};
}

void images_clear(struct images *m)
{
    free(m->facts);
    free(m->seen);
    buf_clear(&m->folder);
    *m = (struct images){0};
}

/* ---- what is told ---- */

static bool is_of_images(enum field_key key)
{
    return key == FIELD_IMAGE || (key >= FIELD_DIGEST && key <= FIELD_CREATED_BY);
}

/* What is neither in an archive nor below a folder of layers is in no layer. */
static bool is_folder_of_layers(struct sv place)
{
    static const char *const folders[] = {"/diff/", "/fs/", "/vfs/dir/"};
    const char *end = place.p + place.n;

    // From slash to slash: a place has few, and this is asked of every one.
    for (const char *at = place.p; (at = memchr(at, '/', (size_t)(end - at))); at++) {
        struct sv rest = {at, (size_t)(end - at)};

        if (at > place.p && at[-1] == '!')
            return true;
        for (size_t i = 0; i < ARRAY_LEN(folders); i++)
            if (rest.n > 1 && at[1] == folders[i][1] && sv_starts(rest, sv_str(folders[i])))
                return true;
    }
    return false;
}

/* Places come in order: the folder is mostly that of the place before. */
static bool may_be_in_layer(struct images *m, struct sv place)
{
    size_t slash = sv_find_last(place, '/');
    struct sv folder = {place.p, slash == SIZE_MAX ? 0 : slash + 1};

    if (!sv_eq(folder, buf_view(&m->folder)) || folder.n == 0) {
        m->folder_of_layers = is_folder_of_layers(folder);
        buf_reset(&m->folder);
        buf_sv(&m->folder, folder);
    }
    return m->folder_of_layers;
}

static int see(struct images *m, uint64_t hash, struct err *err)
{
    size_t at;

    hash += !hash;
    if (2 * m->seen_count >= m->seen_room) {
        size_t room = m->seen_room ? 2 * m->seen_room : 1024;
        uint64_t *seen = calloc(room, sizeof(*seen));

        if (!seen)
            return ERR(err, ERR_NOMEM, "no memory for the layers of images");
        for (size_t i = 0; i < m->seen_room; i++) {
            if (!m->seen[i])
                continue;
            for (at = m->seen[i] & (room - 1); seen[at];)
                at = (at + 1) & (room - 1);
            seen[at] = m->seen[i];
        }
        free(m->seen);
        m->seen = seen;
        m->seen_room = room;
    }
    for (at = hash & (m->seen_room - 1); m->seen[at]; at = (at + 1) & (m->seen_room - 1))
        if (m->seen[at] == hash)
            return 0;
    m->seen[at] = hash;
    m->seen_count++;
    return 0;
}

bool images_saw(const struct images *m, struct sv place)
{
    uint64_t hash = XXH3_64bits(place.p, place.n);

    hash += !hash;
    if (!m->seen_room)
        return false;
    for (size_t at = hash & (m->seen_room - 1); m->seen[at]; at = (at + 1) & (m->seen_room - 1))
        if (m->seen[at] == hash)
            return true;
    return false;
}

/* All ways to delete as the one that archives have: a file ".wh.NAME", ".wh..wh..opq". */
static int see_place(struct images *m, struct sv place, struct sv whiteout, struct err *err)
{
    size_t slash = sv_find_last(place, '/');
    auto_buf text = {0};

    if (whiteout.n == 0 || sv_starts(sv_from(place, slash + 1), SV(".wh.")))
        return see(m, XXH3_64bits(place.p, place.n), err);
    if (sv_eq(whiteout, SV(".wh..opq")))
        slash = place.n;
    buf_sv(&text, (struct sv){place.p, slash});
    buf_str(&text, "/.wh.");
    buf_sv(&text, slash == place.n ? SV(".wh..opq") : sv_from(place, slash + 1));
    if (!buf_ok(&text))
        return ERR(err, ERR_NOMEM, "no memory for the layers of images");
    return see(m, XXH3_64bits(text.p, text.n), err);
}

static int add_fact(struct images *m, const struct occurrence *o, size_t count, struct err *err)
{
    const struct component *c = &o->component;
    struct image_fact *f;

    if (m->fact_count == m->fact_room) {
        size_t room = m->fact_room ? 2 * m->fact_room : 64;
        struct image_fact *bigger = realloc(m->facts, room * sizeof(*bigger));

        if (!bigger)
            return ERR(err, ERR_NOMEM, "no memory for the layers of images");
        m->facts = bigger;
        m->fact_room = room;
    }
    f = &m->facts[m->fact_count++];
    *f = (struct image_fact){.scope = arena_copy(m->arena, o->anchor),
                             .place = arena_copy(m->arena, o->place),
                             .name = arena_copy(m->arena, component_get(c, FIELD_NAME)),
                             .fields = arena_take_array(m->arena, count, sizeof(*f->fields))};
    for (size_t i = 0; f->fields && i < c->field_count; i++) {
        if (!is_of_images(c->fields[i].key) && c->fields[i].key != FIELD_ARCHITECTURE)
            continue;
        f->fields[f->count] = c->fields[i];
        f->fields[f->count++].value = arena_copy(m->arena, c->fields[i].value);
    }
    return arena_failed(m->arena) ? arena_error(m->arena, err) : 0;
}

int images_add(struct images *m, const struct occurrence *o, struct err *err)
{
    struct sv whiteout = {0};
    size_t count = 0;
    bool image = false;

    for (size_t i = 0; i < o->component.field_count; i++) {
        enum field_key key = o->component.fields[i].key;

        image |= key >= FIELD_DIGEST && key <= FIELD_CREATED_BY;
        count += is_of_images(key) || key == FIELD_ARCHITECTURE;
        if (key == FIELD_WHITEOUT && whiteout.n == 0)
            whiteout = o->component.fields[i].value;
    }
    if (image)
        return add_fact(m, o, count, err);
    return whiteout.n || may_be_in_layer(m, o->place) ? see_place(m, o->place, whiteout, err) : 0;
}

/* ---- facts ---- */

struct sv image_fact_get(const struct image_fact *f, enum field_key key)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->fields[i].key == key && f->fields[i].group == 0)
            return f->fields[i].value;
    return (struct sv){0};
}

static struct sv in_group(const struct image_fact *f, uint16_t group, enum field_key key)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->fields[i].key == key && f->fields[i].group == group)
            return f->fields[i].value;
    return (struct sv){0};
}

static uint16_t last_group(const struct image_fact *f)
{
    uint16_t last = 0;

    for (size_t i = 0; i < f->count; i++)
        if (f->fields[i].group > last)
            last = f->fields[i].group;
    return last;
}

/* The hex of "sha256:<hex>", "<hex>.json", "blobs/sha256/<hex>". */
struct sv image_hex(struct sv digest)
{
    digest = sv_from(digest, sv_find_last(digest, '/') + 1);
    digest = sv_from(digest, sv_find_last(digest, ':') + 1);
    if (sv_ends(digest, SV(".json")))
        digest.n -= strlen(".json");
    return digest;
}

static int by_fact(const void *a, const void *b)
{
    const struct image_fact *x = a, *y = b;
    int order = sv_cmp(x->place, y->place);

    if (order == 0)
        order = sv_cmp(x->scope, y->scope);
    if (order == 0)
        order = sv_cmp(x->name, y->name);
    if (order == 0)
        order = (x->count > y->count) - (x->count < y->count);
    for (size_t i = 0; order == 0 && i < x->count; i++) {
        order = (int)x->fields[i].key - (int)y->fields[i].key;
        if (order == 0)
            order = (int)x->fields[i].group - (int)y->fields[i].group;
        if (order == 0)
            order = sv_cmp(x->fields[i].value, y->fields[i].value);
    }
    return order;
}

/* Of what recognisers and gates tell in any order. */
static int by_field(const void *a, const void *b)
{
    const struct field *x = a, *y = b;

    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return sv_cmp(x->value, y->value);
}

/* ---- links ---- */

int image_link_compare(const void *a, const void *b)
{
    const struct image_link *x = a, *y = b;
    int order = (int)x->kind - (int)y->kind;

    if (order == 0)
        order = sv_cmp(x->key, y->key);
    if (order == 0)
        order = sv_cmp(x->scope, y->scope);
    return order ? order : (x->fact > y->fact) - (x->fact < y->fact);
}

size_t image_link_first(const struct image_link *links, size_t count, enum link_kind kind,
                        struct sv scope, struct sv key)
{
    const struct image_link wanted = {.kind = kind, .scope = scope, .key = key};
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (image_link_compare(&links[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && is_link(&links[low], kind, scope, key) ? low : count;
}

bool is_link(const struct image_link *l, enum link_kind kind, struct sv scope, struct sv key)
{
    return l->kind == kind && sv_eq(l->key, key) && sv_eq(l->scope, scope);
}

static void link_fact(struct images *m, enum link_kind kind, struct sv key, size_t fact)
{
    if (key.n)
        m->links[m->link_count++] =
            (struct image_link){kind, m->facts[fact].scope, image_hex(key), fact};
}

static void link_one(struct images *m, size_t i)
{
    const struct image_fact *f = &m->facts[i];
    struct sv digest = image_fact_get(f, FIELD_DIGEST),
              manifest = image_fact_get(f, FIELD_MANIFEST),
              config = image_fact_get(f, FIELD_IMAGE_CONFIG),
              layer = image_fact_get(f, FIELD_LAYER);
    bool named = image_fact_get(f, FIELD_IMAGE).n > 0;

    if (named)
        link_fact(m, LINK_NAME, manifest.n ? manifest : digest, i);
    if (manifest.n && digest.n)
        link_fact(m, LINK_INDEX, manifest, i);
    if (config.n)
        link_fact(m, LINK_MANIFEST, config, i);
    else if (digest.n && last_group(f))
        link_fact(m, LINK_CONFIG, digest, i);
    if (layer.n)
        link_fact(m, image_fact_get(f, FIELD_LAYER_PLACE).n ? LINK_LAYER : LINK_STORED,
                  image_fact_get(f, FIELD_LAYER_PLACE).n ? layer : digest, i);
}

static int link_facts(struct images *m, struct err *err)
{
    for (size_t i = 0; i < m->fact_count; i++)
        if (m->facts[i].count)
            qsort(m->facts[i].fields, m->facts[i].count, sizeof(struct field), by_field);
    if (m->fact_count)
        qsort(m->facts, m->fact_count, sizeof(*m->facts), by_fact);
    m->links = arena_take_array(m->arena, 3 * m->fact_count + 1, sizeof(*m->links));
    if (!m->links)
        return arena_error(m->arena, err);
    for (size_t i = 0; i < m->fact_count; i++)
        link_one(m, i);
    if (m->link_count)
        qsort(m->links, m->link_count, sizeof(*m->links), image_link_compare);
    return 0;
}

/* ---- places ---- */

/* A path from the folder of a file. Empty when it leads out of what the two have in common. */
static struct sv resolve(struct images *m, const struct image_fact *f, struct sv path)
{
    struct sv at = f->place, scope = f->scope;
    auto_buf place = {0};

    at.n = sv_find_last(at, '/');
    while (sv_starts(path, SV("../")) && at.n != SIZE_MAX) {
        path = sv_from(path, 3);
        at.n = sv_find_last(at, '/');
    }
    if (at.n == SIZE_MAX || (scope.n > 1 && !sv_starts(at, scope)))
        return (struct sv){0};
    buf_sv(&place, at);
    buf_char(&place, '/');
    place_append_name(&place, path);
    return buf_ok(&place) ? arena_copy(m->arena, buf_view(&place)) : (struct sv){0};
}

static struct image_layer *layer_at(struct images *m, struct image *image, size_t number)
{
    size_t room = 8;

    if (number > IMAGE_LAYERS_MAX)
        return NULL;
    while (room < image->layer_count)
        room *= 2;
    if (!image->layers || number > room) {
        struct image_layer *bigger;

        while (room < number)
            room *= 2;
        bigger = arena_take_array(m->arena, room, sizeof(*bigger));
        if (!bigger)
            return NULL;
        if (image->layer_count)
            memcpy(bigger, image->layers, image->layer_count * sizeof(*bigger));
        image->layers = bigger;
    }
    if (number > image->layer_count)
        image->layer_count = number;
    return &image->layers[number - 1];
}

static void place_layer(struct image_layer *l, struct sv place, bool folder)
{
    for (size_t i = 0; i < l->place_count; i++)
        if (sv_eq(l->places[i], place))
            return;
    if (place.n == 0 || l->place_count == ARRAY_LEN(l->places))
        return;
    l->places[l->place_count] = place;
    l->folder[l->place_count++] = folder;
}

static void say_once(struct sv *to, struct sv text)
{
    if (to->n == 0)
        *to = text;
}

/* The folders in which a store keeps a layer. */
static void place_stored(struct images *m, struct image_layer *l, struct sv scope, struct sv id)
{
    size_t at = image_link_first(m->links, m->link_count, LINK_LAYER, scope, image_hex(id));

    for (; at < m->link_count && is_link(&m->links[at], LINK_LAYER, scope, image_hex(id)); at++) {
        const struct image_fact *f = &m->facts[m->links[at].fact];

        place_layer(l, resolve(m, f, image_fact_get(f, FIELD_LAYER_PLACE)), true);
        say_once(&l->digest, image_fact_get(f, FIELD_LAYER_DIFF));
    }
}

/* ---- images ---- */

static void take_manifest(struct images *m, struct image *image, const struct image_fact *f)
{
    for (uint16_t n = 1; n <= last_group(f); n++) {
        struct image_layer *l = layer_at(m, image, n);

        if (!l)
            return;
        place_layer(l, resolve(m, f, in_group(f, n, FIELD_LAYER_PLACE)), false);
        say_once(&l->digest, in_group(f, n, FIELD_LAYER));
    }
    say_once(&image->place, image_fact_get(f, FIELD_DIGEST).n
                                ? f->place
                                : resolve(m, f, image_fact_get(f, FIELD_IMAGE_CONFIG)));
}

static void take_config(struct images *m, struct image *image, const struct image_fact *f)
{
    for (uint16_t n = 1; n <= last_group(f); n++) {
        struct image_layer *l = layer_at(m, image, n);

        if (!l)
            return;
        say_once(&l->digest, in_group(f, n, FIELD_LAYER_DIFF));
        say_once(&l->created_by, in_group(f, n, FIELD_CREATED_BY));
        place_stored(m, l, f->scope, in_group(f, n, FIELD_LAYER));
    }
    say_once(&image->place, f->place);
}

/* From the uppermost layer down to the one without a parent. */
static void take_stored(struct images *m, struct image *image, const struct image_fact *f)
{
    struct sv ids[IMAGE_LAYERS_MAX], id = image_fact_get(f, FIELD_LAYER);
    size_t count = 0;

    while (id.n && count < IMAGE_LAYERS_MAX) {
        size_t at = image_link_first(m->links, m->link_count, LINK_LAYER, f->scope, image_hex(id));

        if (at == m->link_count)
            break;
        ids[count++] = id;
        id = image_fact_get(&m->facts[m->links[at].fact], FIELD_LAYER_PARENT);
    }
    for (size_t i = 0; i < count; i++) {
        struct image_layer *l = layer_at(m, image, i + 1);

        if (l)
            place_stored(m, l, f->scope, ids[count - 1 - i]);
    }
    image->container = f->name.n && image_fact_get(f, FIELD_IMAGE).n == 0;
    if (image->container)
        image->name = arena_printf(m->arena, "container %.*s", (int)f->name.n, f->name.p);
    // Rather its folder than the one file in it that was read.
    image->place = resolve(m, f, image_fact_get(f, FIELD_DIGEST));
    say_once(&image->place, f->place);
}

static void take(struct images *m, struct image *image, const struct image_link *l)
{
    const struct image_fact *f = &m->facts[l->fact];

    if (l->kind == LINK_MANIFEST)
        take_manifest(m, image, f);
    else if (l->kind == LINK_CONFIG)
        take_config(m, image, f);
    else
        take_stored(m, image, f);
}

static int by_maker(const void *a, const void *b)
{
    const struct image_link *x = a, *y = b;
    int order = sv_cmp(x->key, y->key);

    if (order == 0)
        order = sv_cmp(x->scope, y->scope);
    return order ? order : image_link_compare(a, b);
}

static bool has_place(const struct image *image)
{
    for (size_t i = 0; i < image->layer_count; i++)
        if (image->layers[i].place_count)
            return true;
    return false;
}

/* All that speaks of one configuration in one layout or store is one image. */
static int make_images(struct images *m, struct err *err)
{
    struct image_link *makers = arena_take_array(m->arena, m->link_count + 1, sizeof(*makers));
    size_t count = 0;

    m->images = arena_take_array(m->arena, m->link_count + 1, sizeof(*m->images));
    if (!makers || !m->images)
        return arena_error(m->arena, err);
    for (size_t i = 0; i < m->link_count; i++)
        if (m->links[i].kind >= LINK_MANIFEST)
            makers[count++] = m->links[i];
    if (count)
        qsort(makers, count, sizeof(*makers), by_maker);
    for (size_t i = 0; i < count;) {
        struct image image = {.scope = makers[i].scope, .config = makers[i].key};

        for (;
             i < count && sv_eq(makers[i].key, image.config) && sv_eq(makers[i].scope, image.scope);
             i++)
            take(m, &image, &makers[i]);
        if (has_place(&image))
            m->images[m->image_count++] = image;
    }
    return arena_failed(m->arena) ? arena_error(m->arena, err) : 0;
}

int images_settle(struct images *m, struct err *err)
{
    TRY(link_facts(m, err));
    TRY(make_images(m, err));
    return images_index(m, err);
}
