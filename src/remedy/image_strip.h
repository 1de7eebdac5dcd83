// SPDX-License-Identifier: Apache-2.0
/*
 * A new container image without some of the files of an old one, which is never changed.
 *
 * Layers that hold such a file are written anew, everything else in them block for block as it was;
 * their digests are put into the configuration, the manifest and the index as text, so that
 * annotations, history, order and spelling stay. The history gets one entry that says what was
 * done. Signatures over the old digests do not hold for the new image.
 *
 * Forms: an OCI layout as a folder or a tar, and the tar of `docker save`, old and new.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

/* One file of a layer that goes or is edited. */
struct image_cut {
    struct sv layer; /* the part that the layer is, "blobs/sha256/…"; empty: whichever has it */
    struct sv path;  /* in the layer, without '/' at its beginning */
    struct sv edit;  /* an edit of remedy/edit.h; empty: the file goes */
    struct sv key;   /* of the edit */
    bool is_file;    /* a folder of that path stays, and what is in it */
};

struct image_strip_options {
    const char *from, *to;
    const struct image_cut *cuts;
    size_t cut_count;
    const char *note; /* for the history */
};

struct image_strip_counts {
    size_t images, layers, files, edits; /* that were written anew, taken out, edited */
};

/*
 * 0, or IMAGE_UNCHANGED and nothing is made: no layer has any of that. -ERR_CONFLICT when a file
 * that stays is a hard link to one that goes.
 */
enum { IMAGE_UNCHANGED = 1 };
int image_strip(const struct image_strip_options *o, struct image_strip_counts *ret,
                struct err *err) MUST_USE;
