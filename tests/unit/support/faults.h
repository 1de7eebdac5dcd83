// SPDX-License-Identifier: Apache-2.0
/*
 * Memory that runs out on request, for a whole test program: libraries that it is linked with get
 * no memory either.
 */
#pragma once

#include <stddef.h>

/* From here on the nth allocation fails, and only that one; 0: none, they are counted. */
void faults_begin(size_t nth);

/* No more of it. Returns how many allocations there were. */
size_t faults_end(void);
