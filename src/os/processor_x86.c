// SPDX-License-Identifier: Apache-2.0
#include "os/processor.h"

#include <cpuid.h>
#include <pthread.h>
#include <string.h>

/* Which registers the system keeps: without that a feature cannot be used. */
static uint32_t registers_kept(void)
{
    uint32_t low, high;

    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    (void)high;
    return low;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint32_t words[PROCESSOR_WORDS];

/* On a virtual machine each question is its host's to answer: no more than needed, and once. */
static void ask(void)
{
    uint32_t a, b, c, d, most;

    __cpuid(0, most, b, c, d);
    __cpuid(1, a, b, c, d); // what `b` tells differs from core to core
    words[0] = a;
    words[1] = c;
    words[2] = d;
    if (c & bit_OSXSAVE)
        words[3] = registers_kept();
    if (most < 7)
        return;
    __cpuid_count(7, 0, a, b, c, d);
    words[4] = b;
    words[5] = c;
    words[6] = d;
}

void processor_identity(uint32_t ret[PROCESSOR_WORDS])
{
    (void)pthread_once(&once, ask);
    memcpy(ret, words, sizeof(words));
}
