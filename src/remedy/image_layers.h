// SPDX-License-Identifier: Apache-2.0
/* Which parts of an image are the layers of its images, in the order in which they lie. */
#pragma once

#include "remedy/image_store.h"

struct image_layers {
    struct sv *names; /* each once */
    size_t count;
    size_t images; /* manifests that name them */
};

enum {
    IMAGE_NESTED_MAX = 8, /* indexes in indexes */
};

/* -ERR_FORMAT when it is no image that is known. */
int image_layers_list(const struct image_store *s, struct arena *arena, struct image_layers *ret,
                      struct err *err) MUST_USE;

/* "blobs/sha256/<hex>" of "sha256:<hex>"; empty for anything else. */
struct sv image_blob_name(struct sv digest, struct arena *arena);
