// SPDX-License-Identifier: Apache-2.0
/*
 * Files beside an image: the one that it builds on, the other parts of its disk.
 *
 * Their names stand in the image, so they are hostile. Whoever opens them does so beneath the
 * folder of the image, follows no link, and opens regular files only. Of what is inside something
 * else there is no folder, and no siblings.
 */
#pragma once

#include "base/source.h"

enum {
    SIBLINGS_MAX = 60, /* for one image */
    SIBLING_NAME_MAX = 255,
};

struct siblings {
    /* Lives as long as the siblings do; the same for the same name. */
    int (*get)(struct siblings *s, struct sv name, struct source **ret, struct err *err);
    bool wanted; /* one was asked for that is yet to be given: all is done again then */
};

/* `s` may be NULL: there are none. */
int siblings_get(struct siblings *s, struct sv name, struct source **ret, struct err *err) MUST_USE;

/* A path beneath a folder, without ".."? */
bool sibling_name_is_beneath(struct sv name);
