// SPDX-License-Identifier: Apache-2.0
/* What dissect.c, one object, and entries.c, the objects in it, share. */
#pragma once

#include "os/spill_file.h"
#include "scan/dissect.h"
#include "source/container.h"

struct dissector {
    const struct dissect_context *context;
    const struct dissect_events *events;
    void *to;
    struct matcher_scratch *scratch;
    struct arena arena; /* of the object that is being recognised; its entries come after it */
    struct buf path, place;
    struct folder_rows folder; /* that was asked about last */
    uint8_t *chunk;
    unsigned depth;
    const struct dissect_file *file;
    bool whole;                /* the object is a program */
    bool volume;               /* the object is a part of a disk */
    enum container_kind asked; /* what dissect_parses() took the file for */
    bool imports;              /* the file is, or may hold, a script */

    struct budget budget;    /* of the file, for all that is in it */
    struct buf hit_place;    /* the innermost object that was at hand when it was hit */
    struct spill_file spill; /* of the entries at hand, the innermost at its end */
};

/* One object; `flow` is the same as `source` while it comes once, and NULL otherwise. */
int dissect_object(struct dissector *d, struct source *source, struct flow *flow,
                   const struct dissect_begin *entry, struct err *err) MUST_USE;

/* Settle what kind of container a file is; a guess costs a look at it. */
int entries_settle(struct dissector *d, struct source *source, enum container_kind *kind,
                   struct err *err) MUST_USE;

/*
 * Make an entry that comes once ready for what is to be done with it: recognisers, and kinds of
 * container, that read here and there need all of it. `*flow` becomes NULL when it is kept.
 */
int entries_keep(struct dissector *d, bool recognised, enum container_kind *kind,
                 struct flow **flow, struct err *err) MUST_USE;

/* The entries of the object at hand. */
int entries_dissect(struct dissector *d, struct source *source, bool once, enum container_kind kind,
                    struct err *err) MUST_USE;
