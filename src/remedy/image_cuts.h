// SPDX-License-Identifier: Apache-2.0
/*
 * What of a container image has to go for findings to be gone: their files, the files of their
 * packages that no other package has, and their entries in files that belong to others.
 *
 * What cannot be taken out of a layer is told and stays: a package in the database of rpm, apk or
 * pacman, a file inside of an archive that is not the vendor's, what the image says of itself.
 */
#pragma once

#include "base/arena.h"
#include "model/finding.h"
#include "remedy/image_strip.h"

struct image_cuts {
    struct image_cut *at;
    size_t count, room;
};

struct image_cuts_options {
    const char *image; /* its path */
    struct sv place;   /* the same, absolute and as a place */
    void (*stays)(void *to, struct sv what, const char *why); /* not taken out */
    void *to;
};

/* Whether the finding lies in the image. */
bool image_cuts_has(const struct image_cuts_options *o, const struct finding *f);

/* Of all those findings. Texts are in the arena. */
int image_cuts_of(const struct image_cuts_options *o, const struct finding *const *findings,
                  size_t count, struct arena *arena, struct image_cuts *ret,
                  struct err *err) MUST_USE;
