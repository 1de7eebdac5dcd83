// SPDX-License-Identifier: Apache-2.0
#include "trust/crypto_memory.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "base/starved.h"

static void *take(size_t n, const char *file, int line)
{
    void *p = malloc(n);

    (void)file;
    (void)line;
    if (!p)
        starved_note();
    return p;
}

static void *retake(void *old, size_t n, const char *file, int line)
{
    void *p;

    (void)file;
    (void)line;
    if (n == 0) {
        free(old);
        return NULL;
    }
    p = realloc(old, n);
    if (!p)
        starved_note();
    return p;
}

static void give_back(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

void crypto_memory_prepare(void)
{
    (void)CRYPTO_set_mem_functions(take, retake, give_back);
}
