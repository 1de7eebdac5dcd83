// SPDX-License-Identifier: Apache-2.0
#include "remedy/image_layers.h"

#include "base/json.h"

enum {
    LAYERS_MAX = 20 * 1000,
};

struct listing {
    const struct image_store *s;
    struct arena *arena;
    struct image_layers *to;
};

struct sv image_blob_name(struct sv digest, struct arena *arena)
{
    if (!sv_starts(digest, SV("sha256:")) || digest.n != 7 + 64)
        return (struct sv){0};
    return arena_printf(arena, "blobs/sha256/%.*s", 64, digest.p + 7);
}

static int add(struct listing *l, struct sv name, struct err *err)
{
    struct image_layers *to = l->to;

    for (size_t i = 0; i < to->count; i++)
        if (sv_eq(to->names[i], name))
            return 0;
    if (to->count == LAYERS_MAX)
        return ERR(err, ERR_LIMIT_ENTRIES, "the image has more than %d layers", LAYERS_MAX);
    to->names[to->count++] = name;
    return 0;
}

/* A layer is a tar; what else a manifest may hold (attestations, charts) is none. */
static bool is_layer(const struct json *descriptor)
{
    return sv_find(json_get_text(descriptor, "mediaType"), SV(".tar")) != SIZE_MAX;
}

static int add_manifest(struct listing *l, const struct json *root, struct err *err)
{
    bool any = false;

    for (const struct json *d = json_first(json_get(root, "layers")); d; d = json_next(d)) {
        struct sv name = image_blob_name(json_get_text(d, "digest"), l->arena);

        if (!is_layer(d) || !name.n || !image_store_find(l->s, name))
            continue;
        any = true;
        TRY(add(l, name, err));
    }
    l->to->images += any;
    return 0;
}

static int add_document(struct listing *l, struct sv name, unsigned depth, struct err *err)
{
    const struct image_part *part = image_store_find(l->s, name);
    auto_json *root = NULL;
    struct sv text;

    if (!part)
        return 0; // of another machine's kind, and not in this layout
    if (depth == IMAGE_NESTED_MAX)
        return ERR(err, ERR_LIMIT_DEPTH, "the indexes of the image are nested too deep");
    TRY(image_store_text(l->s, part, l->arena, &text, err));
    if (json_parse(text, &root, err) < 0)
        return err_wrap(err, -ERR_FORMAT, "%.*s", (int)name.n, name.p);
    if (json_is_array(json_get(root, "layers")))
        return add_manifest(l, root, err);
    for (const struct json *d = json_first(json_get(root, "manifests")); d; d = json_next(d)) {
        struct sv below = image_blob_name(json_get_text(d, "digest"), l->arena);

        if (below.n)
            TRY(add_document(l, below, depth + 1, err));
    }
    return 0;
}

static int add_saved(struct listing *l, const struct image_part *part, struct err *err)
{
    auto_json *root = NULL;
    struct sv text;

    TRY(image_store_text(l->s, part, l->arena, &text, err));
    if (json_parse(text, &root, err) < 0)
        return err_wrap(err, -ERR_FORMAT, "manifest.json");
    for (const struct json *image = json_first(root); image; image = json_next(image)) {
        l->to->images += !image_store_find(l->s, SV("index.json"));
        for (const struct json *e = json_first(json_get(image, "Layers")); e; e = json_next(e)) {
            struct sv name = arena_copy(l->arena, json_text(e));

            if (name.n && image_store_find(l->s, name))
                TRY(add(l, name, err));
        }
    }
    return 0;
}

int image_layers_list(const struct image_store *s, struct arena *arena, struct image_layers *ret,
                      struct err *err)
{
    const struct image_part *saved = image_store_find(s, SV("manifest.json"));
    const struct image_part *index = image_store_find(s, SV("index.json"));
    struct listing l = {.s = s, .arena = arena, .to = ret};

    if (!saved && !index)
        return ERR(err, ERR_FORMAT,
                   "it has neither an index.json nor a manifest.json: no OCI layout, no archive of "
                   "one and none of `docker save`");
    *ret = (struct image_layers){.names = arena_take_array(arena, LAYERS_MAX, sizeof(*ret->names))};
    if (!ret->names)
        return arena_error(arena, err);
    if (index)
        TRY(add_document(&l, index->name, 0, err));
    if (saved)
        TRY(add_saved(&l, saved, err));
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}
