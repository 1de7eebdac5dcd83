// SPDX-License-Identifier: Apache-2.0
/*
 * The entries of one container, one after the other: what every reader of a kind of container is.
 *
 * A reader embeds this as its first member. Nothing is unpacked before it is asked for.
 */
#pragma once

#include "source/flow.h"

enum entry_type {
    ENTRY_FILE,
    ENTRY_FOLDER,
    ENTRY_LINK,    /* symbolic, or hard: to an entry that has the bytes */
    ENTRY_SPECIAL, /* device, FIFO, socket */
};

struct entry_item {
    struct sv name; /* raw, without "./" and "/" before it; valid until the next item */
    enum entry_type type;
    uint32_t mode;
    uint64_t size; /* as claimed; FLOW_SIZE_UNKNOWN when nothing is said */
    bool encrypted;
    bool volume; /* a part of a disk: what is in it continues its name, "disk!/2/etc/passwd" */
};

enum { ENTRIES_ENDED = 1 };

struct entry_reader {
    /* 0, ENTRIES_ENDED, or a failure after which nothing more comes; what came before it stands. */
    int (*next)(struct entry_reader *r, struct entry_item *ret, struct err *err);

    /* The bytes of the item at hand, valid until next(). One of the two is NULL: */
    flow_pull *pull; /* in order, piece by piece; `from` is the reader */
    int (*open)(struct entry_reader *r, struct source **ret, struct err *err); /* at any offset */

    void (*close)(struct entry_reader *r);

    bool broken; /* the container itself failed, not just the item at hand */
};

/*
 * Begin to read the container that starts at byte `base` of the source, which can be read at any
 * offset. All is borrowed; bytes that are unpacked, entries and work count against the budget.
 */
typedef int entry_opener(struct source *source, uint64_t base, struct budget *budget,
                         struct entry_reader **ret, struct err *err);
