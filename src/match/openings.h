// SPDX-License-Identifier: Apache-2.0
/*
 * With which bytes may a value begin that some pattern holds for? Nearly no value of an inventory
 * begins like any of them, and that costs far less to see than asking for all patterns.
 *
 * An opening is up to eight bytes, with the case of letters left open. A pattern that is not bound
 * to the beginning, or that is not understood here, opens with anything.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "match/pattern.h"

enum {
    OPENING_MAX = 8,
    OPENING_BITS = 4096,
    OPENING_PAIRS = 1024,
};

struct openings {
    bool anything;
    uint8_t lengths;                    /* bit n: there is one of n + 1 bytes */
    uint64_t pairs[OPENING_PAIRS / 64]; /* of their first two bytes, by hash: asked first */
    uint64_t bits[OPENING_BITS / 64];   /* by hash */
};

void openings_add(struct openings *o, const struct pattern *p);

/* False only when none of the patterns that were added holds for the value. */
bool openings_fit(const struct openings *o, struct sv value);
