// SPDX-License-Identifier: Apache-2.0
/*
 * Which of two versions is newer, and ranges of versions.
 *
 * One rule for every ecosystem, close to what dpkg does:
 *   - an epoch ("2:") compares first, as a number; without one it is 0;
 *   - a leading "v" before a digit, and what follows a "+", do not count;
 *   - the rest is words and numbers, in turn. Numbers compare by value, of any length; words
 * without case. A number is newer than a word, and either is newer than the end of the text: 1.0
 * < 1.0a < 1.0.1. All signs only part them, but for these:
 *   - `~` comes before the end: "1.0~rc1" < "1.0"; so does a pre-release word (dev, snapshot,
 *     nightly, alpha, beta, pre, preview, rc, in this order): "1.0-rc1" < "1.0";
 *   - `-` before a digit is a revision, newer than the end and older than more of the version:
 *     1.0 < 1.0-1 < 1.0.1;
 *   - what is left out counts as zero: "1", "1.0" and "1.0.0" are equal.
 * The comparison is a total order, allocates nothing and takes any bytes; 256 of them count.
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
