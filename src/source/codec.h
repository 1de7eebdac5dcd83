// SPDX-License-Identifier: Apache-2.0
/*
 * Decompressors: bytes in order to bytes in order, never more of either than one piece in memory.
 */
#pragma once

#include "source/input.h"
#include "source/kind.h"

struct codec {
    /* The next piece, valid until the next call; empty at the end. */
    int (*next)(struct codec *c, struct span *ret_piece, struct err *err);
    void (*close)(struct codec *c);
};

/* `kind` is one of the compressed kinds; `in` stands at its first byte and is borrowed. */
int codec_open(enum container_kind kind, struct input *in, struct codec **ret,
               struct err *err) MUST_USE;
void codec_close(struct codec *c); /* NULL is allowed */

/* The makers, one a file. */
int codec_gzip_open(struct input *in, struct codec **ret, struct err *err) MUST_USE;
int codec_ostree_open(struct input *in, struct codec **ret, struct err *err) MUST_USE;
int codec_compress_open(struct input *in, struct codec **ret, struct err *err) MUST_USE;
int codec_pbzx_open(struct input *in, struct codec **ret, struct err *err) MUST_USE;
int codec_library_open(enum container_kind kind, struct input *in, struct codec **ret,
                       struct err *err) MUST_USE;
