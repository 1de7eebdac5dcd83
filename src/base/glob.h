// SPDX-License-Identifier: Apache-2.0
/*
 * Patterns over paths and places.
 *
 * `*` is any run of bytes without `/`, `**` any run at all, `?` one character that is not `/`;
 * everything else is itself. A `**` + `/` also stands for nothing, so that a pattern with it in the
 * middle also matches where no folder lies between. The whole text has to match. Time is at most
 * the product of both lengths, whatever the pattern.
 */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"

enum {
    GLOB_MAX = 1024, /* bytes of a pattern; a longer one matches nothing */
};

bool glob_match(struct sv pattern, struct sv text);
