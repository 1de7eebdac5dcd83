// SPDX-License-Identifier: Apache-2.0
/*
 * Copies a tar block by block: what is kept stays byte for byte, with its extended headers; what is
 * dropped is left out with them; what is rewritten keeps its header but for the size.
 * Format: POSIX.1-2017 pax, tar(5) of GNU.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "source/layer_stream.h"

struct tar_entry {
    struct sv path; /* without "./", without '/' at its ends */
    struct sv link; /* the same, of a hard link; else as it stands */
    char type;      /* '0' file, '1' hard link, '2' symbolic link, '5' folder … */
    uint64_t size;
    uint64_t at; /* where its bytes stand in the tar */
};

enum tar_verdict {
    TAR_KEEP,
    TAR_DROP,
    TAR_REWRITE, /* a file */
};

struct tar_visitor {
    void *to;
    int (*decide)(void *to, const struct tar_entry *e, enum tar_verdict *ret, struct err *err);
    int (*rewrite)(void *to, const struct tar_entry *e, struct span before, struct buf *after,
                   struct err *err);
};

enum {
    TAR_REWRITE_MAX = 64 << 20,
};

/* `to` NULL: only look. */
int tar_copy(struct layer_reader *from, struct layer_writer *to, const struct tar_visitor *visitor,
             struct err *err) MUST_USE;

/* Append the header of a file, folder or link with a name of at most 100 bytes. */
int tar_header(struct sv name, char type, struct sv link, uint64_t size, struct buf *to,
               struct err *err) MUST_USE;
