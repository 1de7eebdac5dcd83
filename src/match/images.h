// SPDX-License-Identifier: Apache-2.0
/*
 * Which places lie in a layer of a container image, and whether a later layer hides what is there.
 *
 * An inventory tells the parts one by one: names, manifests, configurations, where a store keeps a
 * layer, what a layer deletes. They belong together by digest, within one layout or store, which is
 * the place of installation that they have in common. Nothing of this hides anything: a file that a
 * later layer deletes is still in the image.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "model/occurrence.h"

struct image_layer {
    struct sv digest;     /* as its image or store calls it; or empty */
    struct sv created_by; /* the step that made it; or empty */
    struct sv places[4];  /* of its archive or folder */
    bool folder[4];
    size_t place_count;
};

struct image {
    struct sv place;  /* of its manifest or configuration */
    struct sv name;   /* all its names, or some of its digest */
    struct sv scope;  /* the layout or store that it lies in */
    struct sv config; /* digest of its configuration, in hex */
    struct image_layer *layers;
    size_t layer_count;
    bool container; /* the files of a container, of which the last layer is its own */
};

enum layer_fate {
    LAYER_STANDS,
    LAYER_REPLACED, /* a later layer has another file in its place */
    LAYER_DELETED,
};

struct in_layer {
    const struct image *image; /* the first of those that have this layer */
    size_t image_count;        /* how many have it, without containers made from them */
    size_t number;             /* of the layer, from 1 */
    struct sv path;            /* encoded: in the image, "/opt/x.jar!/y" */
    enum layer_fate fate;
    size_t by; /* then: the number of that layer */
};

struct image_fact;
struct image_link;
struct image_seat;

struct images {
    struct arena *arena; /* borrowed */
    struct image_fact *facts;
    size_t fact_count, fact_room;
    uint64_t *seen; /* a set of places, as hashes */
    size_t seen_count, seen_room;
    struct buf folder; /* of the place that was added last */
    bool folder_of_layers;

    struct image_link *links; /* sorted */
    size_t link_count;
    struct image *images; /* sorted */
    size_t image_count;
    struct image_seat *seats; /* where layers lie; sorted */
    size_t seat_count;
    struct image_link *anchors; /* digests to images; sorted */
    size_t anchor_count;
};

void images_init(struct images *m, struct arena *arena);
void images_clear(struct images *m);

/* Every component of the inventory; what matters of it is copied. */
int images_add(struct images *m, const struct occurrence *o, struct err *err) MUST_USE;

/* After all were added, in whatever order. */
int images_settle(struct images *m, struct err *err) MUST_USE;

/* Whether a place lies in a layer. */
bool images_find(const struct images *m, struct sv place, struct in_layer *ret);

/* A copy that lives as long as the arena; NULL without memory. */
const struct in_layer *images_keep(const struct images *m, const struct in_layer *in,
                                   struct err *err);

/* The image that a component speaks of, by the digests in it; NULL when it is of none. */
const struct image *images_of(const struct images *m, struct sv scope, struct sv digest);
