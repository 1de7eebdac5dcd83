// SPDX-License-Identifier: Apache-2.0
/* The samples of unit tests are what a fuzzer begins with. */
#pragma once

#include "base/bytes.h"

/* With SPY_SEEDS naming a folder, keep the bytes there, for the target of that name. */
void seed_keep(const char *target, struct span bytes);
