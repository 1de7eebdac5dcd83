// SPDX-License-Identifier: Apache-2.0
/* "Did you mean": the word that somebody most likely wanted to write. */
#pragma once

#include <stddef.h>

#include "base/bytes.h"

/*
 * The one of `words` that is nearest to `wrong`, ignoring case, or NULL when none is near: a
 * misspelt letter, a left out or added one and two swapped ones count one each, and a third of the
 * word may be wrong.
 */
const char *suggest(struct sv wrong, const char *const *words, size_t count);

/* The same over views; an empty view when none is near. */
struct sv suggest_sv(struct sv wrong, const struct sv *words, size_t count);
