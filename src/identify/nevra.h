// SPDX-License-Identifier: Apache-2.0
/* What rpm calls a package in one word: "name-version-release.architecture". */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"

struct nevra {
    struct sv name, version, architecture; /* version: with the release */
};

/* False for a word that is none: the architecture has to be a known one. */
bool nevra_read(struct sv text, struct nevra *ret);
