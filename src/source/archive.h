// SPDX-License-Identifier: Apache-2.0
/* The entries of one archive, in the order in which they stand, by libarchive. */
#pragma once

#include "source/input.h"
#include "source/kind.h"

struct archive_reader;

enum entry_type {
    ENTRY_FILE,
    ENTRY_FOLDER,
    ENTRY_LINK,    /* symbolic, or hard: to an entry that has the bytes */
    ENTRY_SPECIAL, /* device, FIFO, socket */
};

struct archive_item {
    struct sv name; /* raw, without "./" and "/" before it; valid until the next item */
    enum entry_type type;
    uint32_t mode;
    uint64_t size; /* as claimed; FLOW_SIZE_UNKNOWN when nothing is said */
    bool encrypted;
};

/* `in` is borrowed; `seeks` when it can be read here and there. */
int archive_open(enum container_kind kind, struct input *in, bool seeks,
                 struct archive_reader **ret, struct err *err) MUST_USE;
void archive_close(struct archive_reader *r);

/* 0, ARCHIVE_ENDED, or a failure after which nothing more comes. */
enum { ARCHIVE_ENDED = 1 };
int archive_next(struct archive_reader *r, struct archive_item *ret, struct err *err) MUST_USE;

/* The next piece of the current item: a flow_pull. */
int archive_pull(void *reader, struct span *ret_piece, struct err *err);

/* The archive itself failed, not just one item of it. */
bool archive_is_broken(const struct archive_reader *r);

/* After the last item of a cpio archive of today's kind: where it ends. False for other archives.
 */
bool archive_end(const struct archive_reader *r, uint64_t *ret_at);

/* Have libarchive open and load now what it needs to read names; see dissect_prepare(). */
void archive_prepare(void);
