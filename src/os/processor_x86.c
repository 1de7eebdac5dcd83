// SPDX-License-Identifier: Apache-2.0
#include "os/processor.h"

#include <cpuid.h>
#include <string.h>

/* Which registers the system keeps: without that a feature cannot be used. */
static uint32_t registers_kept(void)
{
    uint32_t low, high;

    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    (void)high;
    return low;
}

/* On a virtual machine each question is its host's to answer, so no more than needed are asked. */
void processor_identity(uint32_t ret[PROCESSOR_WORDS])
{
    uint32_t a, b, c, d, most;

    memset(ret, 0, PROCESSOR_WORDS * sizeof(*ret));
    __cpuid(0, most, b, c, d);
    __cpuid(1, a, b, c, d); // what `b` tells differs from core to core
    ret[0] = a;
    ret[1] = c;
    ret[2] = d;
    if (c & bit_OSXSAVE)
        ret[3] = registers_kept();
    if (most < 7)
        return;
    __cpuid_count(7, 0, a, b, c, d);
    ret[4] = b;
    ret[5] = c;
    ret[6] = d;
}
