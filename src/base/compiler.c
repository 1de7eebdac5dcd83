// SPDX-License-Identifier: Apache-2.0
#include "base/compiler.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void auto_free_(void *pointer_to_pointer)
{
    void **p = pointer_to_pointer;

    free(*p);
    *p = NULL;
}

void auto_fd_(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); // nothing was written through a descriptor that we only read
    *fd = -1;
}

void bug_(const char *file, int line, const char *what)
{
    fprintf(stderr, "debar: bug at %s:%d: %s\n", file, line, what);
    abort();
}
