// SPDX-License-Identifier: Apache-2.0
/* What came of one file, with all that is in it: how the next scan knows what to make of it. */
#pragma once

#include <stdint.h>

#include "model/coverage.h"

enum {
    TALLY_EXAMINED = 0,
    TALLY_RULES = 1,
    TALLY_REASONS = TALLY_RULES + RULE_COUNT_,
    TALLY_HEADS = TALLY_REASONS + REASON_COUNT_,
};

struct tally {
    uint32_t counts[TALLY_HEADS]; /* of objects */
    unsigned flags;               /* enum cache_flag */
};
