// SPDX-License-Identifier: Apache-2.0
/*
 * An inventory, folded: one item for each identity with all the places that have it, and what a
 * package owns under its package. Only places are kept in memory; an item's fields come from going
 * through the view once more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/scan_view.h"

enum {
    FOLD_KEY = 33, /* half of the identity's SHA-256 as hexadecimal, with a NUL */
};

struct fold_place {
    const struct fold_place *next;
    struct sv place;
    struct sv context; /* what is said of this place only: "state: installed; …" */
    bool owned;        /* a file of the package, not the place that says what the item is */
};

struct fold_item {
    char key[FOLD_KEY]; /* the same on every host */
    const struct occurrence *first;
    enum component_state state; /* the strongest of all places */
    const struct fold_place *places;
    size_t place_count, owned_count;
};

struct fold;

#define auto_fold __attribute__((cleanup(fold_auto_free))) struct fold

int fold_new(const struct scan_view *view, struct fold **ret_fold, struct err *err) MUST_USE;
void fold_free(struct fold *f);
void fold_auto_free(struct fold **f);

/* Whether any item is of that type. */
bool fold_has(const struct fold *f, enum component_type type);

/* Every item once, at its first place in the view's order. May be called again. */
int fold_each(struct fold *f, int (*each)(void *to, const struct fold_item *item, struct err *err),
              void *to, struct err *err) MUST_USE;
