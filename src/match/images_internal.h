// SPDX-License-Identifier: Apache-2.0
/* What images.c, from what is told to images, and images_find.c, from places to images, share. */
#pragma once

#include "base/buf.h"
#include "match/images.h"

/* What one component tells of images. */
struct image_fact {
    struct sv scope; /* of its digests and ids: the layout or store */
    struct sv place, name;
    struct field *fields; /* sorted by group, key and value */
    size_t count;
};

enum link_kind {
    LINK_NAME,     /* digest of a manifest or configuration → what it is called */
    LINK_INDEX,    /* digest of a manifest → an index that names it */
    LINK_LAYER,    /* digest or id of a layer → where a store keeps it */
    LINK_MANIFEST, /* digest of a configuration → its manifest */
    LINK_CONFIG,   /* → the configuration itself */
    LINK_STORED,   /* → its uppermost layer in a store */
};

struct image_link {
    enum link_kind kind;
    struct sv scope, key;
    size_t fact; /* or image, in `anchors` */
};

/* A layer's place. */
struct image_seat {
    struct sv place;
    size_t image, number;
    bool folder;
};

struct sv image_fact_get(const struct image_fact *f, enum field_key key);
struct sv image_hex(struct sv digest);

int image_link_compare(const void *a, const void *b);
bool is_link(const struct image_link *l, enum link_kind kind, struct sv scope, struct sv key);

/* The first of a sorted list; `count` when there is none. */
size_t image_link_first(const struct image_link *links, size_t count, enum link_kind kind,
                        struct sv scope, struct sv key);

/* Whether a component lies there. */
bool images_saw(const struct images *m, struct sv place);

/* Name the images, and note where their layers are. */
int images_index(struct images *m, struct err *err) MUST_USE;
