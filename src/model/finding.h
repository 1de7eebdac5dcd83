// SPDX-License-Identifier: Apache-2.0
/*
 * One installation of a vendor's product, with everything that shows it, and what each order says
 * of it. Plain data in an arena: match/ makes it, store/ keeps it, report/ prints it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/json.h"
#include "model/component.h"

enum strength {
    STRENGTH_WEAK,
    STRENGTH_STRONG,
    STRENGTH_CONCLUSIVE,
};

struct finding_order {
    struct sv id;    /* of the order */
    struct sv scope; /* scope class: branded, embedded, … */
    bool covered;
    struct sv why;       /* the clause that puts it in or out */
    bool excepted;       /* status: excepted or open */
    struct sv exception; /* id of the exception, also of one past its date */
    struct sv until;     /* the last day the exception applies, "2027-01-31"; or empty */
};

struct finding_indicator {
    struct sv id;
    struct sv field;         /* the component field that it names */
    struct sv value;         /* what was there, cut to 200 bytes */
    enum strength strength;  /* the indicator's own */
    enum strength effective; /* what it counts for here */
    struct sv source;        /* where the knowledge is from */
    struct sv place;
    uint64_t offset, length; /* byte range in the place; 0, 0 when a row says it */
    struct sv row;           /* database row or table line */
    struct sv note;          /* why it counts for less here; empty when it does not */
};

/* A place in a layer of a container image. */
struct finding_layer {
    struct sv place;
    struct sv image;      /* what it is called */
    struct sv digest;     /* of the layer; or empty */
    struct sv created_by; /* the step that made it; or empty */
    uint64_t number, of;  /* the layer, from 1, and how many the image has */
    uint64_t images;      /* how many images have this layer */
    uint64_t by;          /* the later layer that hides it; 0: none does */
    bool deleted;         /* then: it deletes it; else it has another file there */
};

struct finding {
    struct sv id; /* UUIDv5 of host, vendor, product and place of installation */
    struct sv vendor, product, name, version;
    enum component_state state;
    enum confidence confidence;
    struct sv anchor;  /* the place of installation */
    struct sv carrier; /* the foreign product that contains it; empty when it stands alone */
    struct sv reason;  /* one sentence: why this confidence */
    struct sv raise;   /* what would raise or lower it */
    struct sv since;   /* RFC 3339: the earliest installation date that a source says; or empty */
    struct finding_order *orders;
    size_t order_count;
    struct sv *places; /* sorted, unique */
    size_t place_count;
    struct finding_indicator *indicators;
    size_t indicator_count;
    struct finding_layer *layers; /* of those places that lie in one, sorted by place */
    size_t layer_count;
};

const char *strength_text(enum strength strength);

/* Covered by at least one order, not excepted, and probable or confirmed: it counts. */
bool finding_counts(const struct finding *f);
bool finding_counts_under(const struct finding *f, struct sv order_id);

/* The finding as the object of the `debar.scan/1` document. */
void finding_write_json(const struct finding *f, struct json_writer *w);
int finding_read_json(const struct json *v, struct arena *arena, struct finding *ret,
                      struct err *err) MUST_USE;
