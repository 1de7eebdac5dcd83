// SPDX-License-Identifier: Apache-2.0
/* What this processor can do: what was made for one may not run on another. */
#pragma once

#include <stdint.h>

enum {
    PROCESSOR_WORDS = 8,
};

/* Equal on two processors only when these have the same model and the same features. */
void processor_identity(uint32_t ret[PROCESSOR_WORDS]);
