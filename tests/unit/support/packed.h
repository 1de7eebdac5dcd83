// SPDX-License-Identifier: Apache-2.0
/* Archives in memory, and what a container tells of one as text. */
#pragma once

#include "base/buf.h"
#include "source/container.h"

struct packed_file {
    const char *name;
    struct sv bytes;
};

/* `format` and `filter` are libarchive's numbers; files end with a row without a name. */
void packed_archive(int format, int filter, const struct packed_file *files, struct buf *to);

struct unpacking {
    struct limits limits;
    const char *name; /* of the file */
    bool once;        /* the source comes once */
    bool keep;        /* keep each entry, as recognisers make it be */
    bool quiet;       /* tell only how it ended */
};

/*
 * "name size text\n" for each entry but folders, then "ended", "not a container", or "damaged: …"
 * and the like. Containers in it are not opened.
 */
void unpack_told(struct span bytes, const struct unpacking *how, struct buf *to);
