// SPDX-License-Identifier: Apache-2.0
#include "os/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    HUGE_PAGE = 2 * 1024 * 1024,
    ROOM = 2 * HUGE_PAGE,
    HEADER = 32,     /* of a block; what is touched is no huge page any more */
    KEPT = 4 * ROOM, /* at the end of the heap, when it is free */
};

void heap_prepare(void)
{
    void *volatile early = malloc(1); // or else nothing would be taken, and given back
    uintptr_t now, start;
    void *first;

    // What the C library keeps of its own at the beginning came with that block.
    free(early);
    now = (uintptr_t)sbrk(0);
    start = (now + HUGE_PAGE) / HUGE_PAGE * HUGE_PAGE;
    // Any of these ends the guessing of the C library, which begins at 128 KiB for each.
    (void)mallopt(M_MMAP_THRESHOLD, 2 * ROOM);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT);
    // A block moves the end of the heap, from where it is moved to first; it stays there.
    if (sbrk((intptr_t)(start - HEADER - now)) == (void *)-1 || !(first = malloc(ROOM + HEADER)))
        return;
    if ((uintptr_t)first < start && start - (uintptr_t)first <= HEADER)
        (void)madvise((void *)start, ROOM, MADV_HUGEPAGE);
    free(first);
}
