// SPDX-License-Identifier: Apache-2.0
/*
 * The entries of an archive, one after the other, each as a source of its own.
 *
 * libarchive reads the archive through the outer source and stays behind this header. An entry is
 * unpacked into memory, never to the disk; what is larger than the limit is told as that.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/source.h"

enum archive_kind {
    ARCHIVE_NONE,
    ARCHIVE_JAVA,   /* zip with classes: .jar .war .ear .aar */
    ARCHIVE_CLOSED, /* one whose entries are not looked at */
};

/* By the end of its name and its first bytes. */
enum archive_kind archive_kind(struct sv name, struct span head);

/* Have libarchive open and load now what it needs to read names; see dissect_prepare(). */
void archive_prepare(void);

struct archive_limits {
    uint64_t entry_bytes; /* of one entry, unpacked */
    uint64_t bytes;       /* of all entries together */
    uint64_t entries;
};

struct archive_file {
    struct sv name;        /* raw, as the archive has it */
    struct source *source; /* NULL when it could not be unpacked: then `why` says it */
    const struct err *why;
};

/*
 * Call `each` for every entry that is a file. A negative result of `each` ends it and is returned.
 * -ERR_FORMAT when the archive is damaged from some point on, -ERR_LIMIT when a limit was hit; the
 * entries before it were told.
 */
int archive_each(struct source *outer, const struct archive_limits *limits,
                 int (*each)(void *to, const struct archive_file *file, struct err *err), void *to,
                 struct err *err) MUST_USE;
