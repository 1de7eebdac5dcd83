// SPDX-License-Identifier: Apache-2.0
/*
 * From components that were hit to installations.
 *
 * An item is a component with what one vendor's indicators found in it; a part is the share of it
 * that belongs to one product; a group is all parts of one installation. Everything lives in the
 * run's arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "match/images.h"
#include "match/weigh.h"
#include "model/occurrence.h"

/* Evidence with its own copy of the value. */
struct proof {
    struct evidence evidence;
    struct sv value; /* as text, cut to FINDING_VALUE_MAX */
    uint64_t offset, length;
    struct sv signature; /* the word of its signature's check; empty when there is none */
};

enum {
    PROOF_VALUE_MAX = 200,
    PROOFS_PER_ITEM = 4,     /* of one indicator, in one component */
    PROOFS_PER_FINDING = 16, /* of one indicator, in one finding */
};

struct item {
    const struct catalogue *catalogue;
    enum component_type type;
    enum component_state state;
    struct sv place, anchor, owner, recogniser;
    struct sv name, version, package, package_type, product, row, store;
    struct sv identity; /* whose it says it is, when nothing of that is the vendor's; or empty */
    struct sv installed_at;       /* RFC 3339, normalised; or empty */
    struct sv digest;             /* of the container image that it speaks of; or empty */
    const struct in_layer *layer; /* of a container image, that it lies in; or NULL */
    struct proof *proofs;
    size_t proof_count;
};

struct neighbours;

struct part {
    const struct item *item;
    const struct product *product;
    const struct proof **proofs;
    size_t proof_count;
    struct sv carrier;
};

struct group {
    const struct catalogue *catalogue;
    const struct product *product;
    struct sv anchor, carrier;
    const struct part **parts;
    size_t part_count;
    struct group *into; /* the group it joined; NULL: it stands */
    struct group *next; /* at the same place of installation */
};

/* A package database of the whole system, or of one folder. */
bool item_is_package(const struct item *item);
bool item_is_system_package(const struct item *item);

/* Total order over everything that the answer depends on. */
int item_compare(const struct item *a, const struct item *b);
int proof_compare(const struct proof *a, const struct proof *b);

/* How sure the parts make it; without what is of the family `without`, FAMILY_COUNT_ for none. */
enum confidence group_confidence(const struct group *g, enum family without);

/*
 * `items` are sorted and unique, of any number of vendors; `neighbours` is what lies around them.
 * `root` is the place of the scanned root. The groups that stand have at least one part.
 */
int group_items(const struct item *items, size_t count, const struct neighbours *neighbours,
                struct sv root, struct arena *arena, struct group **ret_groups, size_t *ret_count,
                struct err *err) MUST_USE;
