// SPDX-License-Identifier: Apache-2.0
/*
 * Which of two versions is newer, and ranges of versions.
 *
 * One rule for every ecosystem, close to what dpkg does:
 *   - an epoch ("2:") compares first, as a number; without one it is 0;
 *   - a leading "v" before a digit, and what follows a "+", do not count;
 *   - then the texts are compared in turns: a run of non-digits, a run of digits, and so on.
 *     Digits compare as numbers of any length. In a run of non-digits `~` comes before the end of
 *     the text, the end before letters, letters before all other signs; `-`, `_` and `.` are equal;
 *   - missing parts count as zero: "1.0" and "1" are equal, as are "1" and "1.0.0".
 *   - a pre-release word (alpha, beta, rc, pre, preview, dev, snapshot) after a separator or a
 * digit comes before the release it precedes: "1.0-rc1" < "1.0", as "1.0~rc1" does. The comparison
 * is a total order, allocates nothing and takes any bytes.
 */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"
#include "base/err.h"

/* Bounds point into the text that was parsed. A zeroed range has no bounds and holds everything. */
struct version_range {
    struct sv low, high;      /* empty: no bound */
    bool low_open, high_open; /* the bound itself is outside */
};

/* < 0, 0, > 0 as a is older than, equal to, newer than b. */
int version_compare(struct sv a, struct sv b);

/*
 * Terms parted by spaces or commas, each an operator (>= > <= < =) and a version: ">=1.0 <2.0".
 * -ERR_FORMAT with the reason, also when the range ends before it starts.
 */
int version_range_parse(struct sv text, struct version_range *ret_range, struct err *err) MUST_USE;

bool version_range_is_any(const struct version_range *range);
bool version_in_range(struct sv version, const struct version_range *range);
