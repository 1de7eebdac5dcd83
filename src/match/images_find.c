// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "match/images_internal.h"

enum {
    NAMES_MAX = 8,    /* of one image */
    INDEX_DEPTH = 4,  /* indexes in indexes */
    SHORT_DIGEST = 12 /* as people and docker say it */
};

/* ---- names ---- */

struct names {
    struct sv at[NAMES_MAX];
    size_t count;
};

static void add_name(struct names *to, struct sv name)
{
    size_t at = 0;

    while (at < to->count && sv_cmp(to->at[at], name) < 0)
        at++;
    if (name.n == 0 || to->count == NAMES_MAX || (at < to->count && sv_eq(to->at[at], name)))
        return;
    for (size_t i = to->count++; i > at; i--)
        to->at[i] = to->at[i - 1];
    to->at[at] = name;
}

/* What a digest is called, and the indexes that name it. */
static void add_names(const struct images *m, struct names *to, struct sv scope, struct sv digest,
                      struct sv platform, unsigned depth)
{
    size_t at = image_link_first(m->links, m->link_count, LINK_NAME, scope, digest);

    for (; at < m->link_count && is_link(&m->links[at], LINK_NAME, scope, digest); at++) {
        struct sv name = image_fact_get(&m->facts[m->links[at].fact], FIELD_IMAGE);

        if (platform.n)
            name = arena_printf(m->arena, "%.*s for %.*s", (int)name.n, name.p, (int)platform.n,
                                platform.p);
        add_name(to, name);
    }
    if (depth == INDEX_DEPTH)
        return;
    at = image_link_first(m->links, m->link_count, LINK_INDEX, scope, digest);
    for (; at < m->link_count && is_link(&m->links[at], LINK_INDEX, scope, digest); at++) {
        const struct image_fact *f = &m->facts[m->links[at].fact];
        struct sv one = image_fact_get(f, FIELD_ARCHITECTURE);

        add_names(m, to, scope, image_hex(image_fact_get(f, FIELD_DIGEST)), one.n ? one : platform,
                  depth + 1);
    }
}

static void name_image(struct images *m, struct image *image)
{
    struct names names = {0};
    size_t at;

    if (image->container)
        return;
    add_names(m, &names, image->scope, image->config, (struct sv){0}, 0);
    at = image_link_first(m->links, m->link_count, LINK_MANIFEST, image->scope, image->config);
    for (; at < m->link_count && is_link(&m->links[at], LINK_MANIFEST, image->scope, image->config);
         at++)
        add_names(m, &names, image->scope,
                  image_hex(image_fact_get(&m->facts[m->links[at].fact], FIELD_DIGEST)),
                  (struct sv){0}, 0);
    for (size_t i = 0; i < names.count; i++)
        image->name = i == 0 ? names.at[i]
                             : arena_printf(m->arena, "%.*s, %.*s", (int)image->name.n,
                                            image->name.p, (int)names.at[i].n, names.at[i].p);
    if (image->name.n == 0 && image->config.n > SHORT_DIGEST)
        image->name = (struct sv){image->config.p, SHORT_DIGEST};
    else if (image->name.n == 0)
        image->name = image->config;
}

/* ---- indexes ---- */

/* Images before containers, which have their layers, too. */
static int by_image(const void *a, const void *b)
{
    const struct image *x = a, *y = b;
    int order = (int)x->container - (int)y->container;

    if (order == 0)
        order = sv_cmp(x->scope, y->scope);
    if (order == 0)
        order = sv_cmp(x->name, y->name);
    return order ? order : sv_cmp(x->config, y->config);
}

static int by_seat(const void *a, const void *b)
{
    const struct image_seat *x = a, *y = b;
    int order = sv_cmp(x->place, y->place);

    if (order == 0)
        order = (x->image > y->image) - (x->image < y->image);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static int seat_layers(struct images *m, struct err *err)
{
    size_t count = 0;

    for (size_t i = 0; i < m->image_count; i++)
        for (size_t k = 0; k < m->images[i].layer_count; k++)
            count += m->images[i].layers[k].place_count;
    m->seats = arena_take_array(m->arena, count + 1, sizeof(*m->seats));
    if (!m->seats)
        return arena_error(m->arena, err);
    for (size_t i = 0; i < m->image_count; i++) {
        for (size_t k = 0; k < m->images[i].layer_count; k++) {
            const struct image_layer *l = &m->images[i].layers[k];

            for (size_t p = 0; p < l->place_count; p++)
                m->seats[m->seat_count++] =
                    (struct image_seat){l->places[p], i, k + 1, l->folder[p]};
        }
    }
    if (m->seat_count)
        qsort(m->seats, m->seat_count, sizeof(*m->seats), by_seat);
    return 0;
}

static void anchor(struct images *m, struct sv key, size_t image)
{
    if (key.n)
        m->anchors[m->anchor_count++] =
            (struct image_link){LINK_CONFIG, m->images[image].scope, key, image};
}

/* By the digest of its configuration, and of its manifests. */
static int anchor_digests(struct images *m, struct err *err)
{
    m->anchors =
        arena_take_array(m->arena, m->image_count + m->link_count + 1, sizeof(*m->anchors));
    if (!m->anchors)
        return arena_error(m->arena, err);
    for (size_t i = 0; i < m->image_count; i++) {
        const struct image *image = &m->images[i];
        size_t at =
            image_link_first(m->links, m->link_count, LINK_MANIFEST, image->scope, image->config);

        anchor(m, image->config, i);
        for (; at < m->link_count &&
               is_link(&m->links[at], LINK_MANIFEST, image->scope, image->config);
             at++)
            anchor(m, image_hex(image_fact_get(&m->facts[m->links[at].fact], FIELD_DIGEST)), i);
    }
    if (m->anchor_count)
        qsort(m->anchors, m->anchor_count, sizeof(*m->anchors), image_link_compare);
    return 0;
}

int images_index(struct images *m, struct err *err)
{
    for (size_t i = 0; i < m->image_count; i++)
        name_image(m, &m->images[i]);
    if (m->image_count)
        qsort(m->images, m->image_count, sizeof(*m->images), by_image);
    TRY(seat_layers(m, err));
    TRY(anchor_digests(m, err));
    return arena_failed(m->arena) ? arena_error(m->arena, err) : 0;
}

const struct image *images_of(const struct images *m, struct sv scope, struct sv digest)
{
    size_t at =
        image_link_first(m->anchors, m->anchor_count, LINK_CONFIG, scope, image_hex(digest));

    return digest.n && at < m->anchor_count ? &m->images[m->anchors[at].fact] : NULL;
}

const struct in_layer *images_keep(const struct images *m, const struct in_layer *in,
                                   struct err *err)
{
    struct in_layer *copy = arena_take(m->arena, sizeof(*copy));

    if (!copy) {
        (void)arena_error(m->arena, err);
        return NULL;
    }
    *copy = *in;
    return copy;
}

/* ---- what becomes of a file ---- */

static bool saw(const struct images *m, struct buf *text, const struct image_layer *l, size_t p,
                struct sv folder, const char *prefix, struct sv name)
{
    buf_reset(text);
    buf_sv(text, l->places[p]);
    buf_str(text, l->folder[p] ? "" : "!");
    buf_sv(text, folder);
    buf_char(text, '/');
    buf_str(text, prefix);
    buf_sv(text, name);
    return buf_ok(text) && images_saw(m, buf_view(text));
}

/* What a layer does to a file of those below it: the file itself, and every folder above it. */
static enum layer_fate done_by(const struct images *m, struct buf *text,
                               const struct image_layer *l, size_t p, struct sv file)
{
    struct sv rest = file;

    for (size_t slash; (slash = sv_find_last(rest, '/')) != SIZE_MAX; rest.n = slash)
        if (saw(m, text, l, p, (struct sv){rest.p, slash}, "", sv_from(rest, slash + 1)))
            return LAYER_REPLACED;
    rest = file;
    for (size_t slash; (slash = sv_find_last(rest, '/')) != SIZE_MAX; rest.n = slash) {
        struct sv folder = {rest.p, slash};

        if (saw(m, text, l, p, folder, ".wh.", sv_from(rest, slash + 1)) ||
            saw(m, text, l, p, folder, ".wh..wh..opq", (struct sv){0}))
            return LAYER_DELETED;
    }
    return LAYER_STANDS;
}

static void find_fate(const struct images *m, struct in_layer *in)
{
    size_t end = sv_find(in->path, SV("!/"));
    struct sv file = {in->path.p, end == SIZE_MAX ? in->path.n : end};
    auto_buf text = {0};

    for (size_t n = in->number; n < in->image->layer_count; n++) {
        const struct image_layer *l = &in->image->layers[n];

        for (size_t p = 0; p < l->place_count && in->fate == LAYER_STANDS; p++)
            in->fate = done_by(m, &text, l, p, file);
        if (in->fate != LAYER_STANDS) {
            in->by = n + 1;
            return;
        }
    }
}

/* ---- places ---- */

static size_t first_seat(const struct images *m, struct sv place)
{
    size_t low = 0, high = m->seat_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sv_cmp(m->seats[middle].place, place) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool images_find(const struct images *m, struct sv place, struct in_layer *ret)
{
    struct sv outer = place;
    size_t slash;

    if (m->seat_count == 0)
        return false;
    while ((slash = sv_find_last(outer, '/')) != SIZE_MAX && slash > 0) {
        bool folder = outer.p[slash - 1] != '!';
        size_t at;

        outer.n = slash - !folder;
        at = first_seat(m, outer);
        if (at == m->seat_count || !sv_eq(m->seats[at].place, outer) ||
            m->seats[at].folder != folder)
            continue;
        *ret = (struct in_layer){.image = &m->images[m->seats[at].image],
                                 .number = m->seats[at].number,
                                 .path = sv_from(place, slash)};
        for (size_t i = at; i < m->seat_count && sv_eq(m->seats[i].place, outer); i++)
            ret->image_count += i == at || (m->seats[i].image != m->seats[i - 1].image &&
                                            !m->images[m->seats[i].image].container);
        find_fate(m, ret);
        return true;
    }
    return false;
}
