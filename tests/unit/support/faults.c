// SPDX-License-Identifier: Apache-2.0
/*
 * The program's own malloc() goes before every other one. It hands on to that of the sanitizer,
 * where there is one, and else to that of glibc.
 */
#include "support/faults.h"

#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default"), noinline))

void *__interceptor_malloc(size_t n) __attribute__((weak));
void *__interceptor_calloc(size_t count, size_t n) __attribute__((weak));
void *__interceptor_realloc(void *p, size_t n) __attribute__((weak));
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t n);
void *__libc_realloc(void *p, size_t n);

EXPORTED void *malloc(size_t n);
EXPORTED void *calloc(size_t count, size_t n);
EXPORTED void *realloc(void *p, size_t n);

/* Libraries that are known to crash without memory: a process without rights runs them. */
static const char *const spared[] = {"/libplist"};

enum { SPARED = sizeof(spared) / sizeof(spared[0]) };

static struct {
    uintptr_t from, to;
} ranges[SPARED];
static bool found;

static bool counting;
static size_t seen, wanted;

static int find_spared(struct dl_phdr_info *info, size_t size, void *to)
{
    (void)size;
    (void)to;
    for (size_t i = 0; i < SPARED; i++) {
        if (!info->dlpi_name || !strstr(info->dlpi_name, spared[i]))
            continue;
        ranges[i].from = UINTPTR_MAX;
        for (int k = 0; k < info->dlpi_phnum; k++) {
            uintptr_t from = (uintptr_t)(info->dlpi_addr + info->dlpi_phdr[k].p_vaddr);
            uintptr_t end = from + (uintptr_t)info->dlpi_phdr[k].p_memsz;

            ranges[i].from = from < ranges[i].from ? from : ranges[i].from;
            ranges[i].to = end > ranges[i].to ? end : ranges[i].to;
        }
    }
    return 0;
}

void faults_begin(size_t nth)
{
    if (!found)
        (void)dl_iterate_phdr(find_spared, NULL);
    found = true;
    seen = 0;
    wanted = nth;
    counting = true;
}

size_t faults_end(void)
{
    counting = false;
    return seen;
}

static bool fails(const void *caller)
{
    if (!counting)
        return false;
    for (size_t i = 0; i < SPARED; i++)
        if ((uintptr_t)caller >= ranges[i].from && (uintptr_t)caller < ranges[i].to)
            return false;
    if (++seen != wanted)
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t n)
{
    if (fails(__builtin_return_address(0)))
        return NULL;
    return __interceptor_malloc ? __interceptor_malloc(n) : __libc_malloc(n);
}

void *calloc(size_t count, size_t n)
{
    if (fails(__builtin_return_address(0)))
        return NULL;
    return __interceptor_calloc ? __interceptor_calloc(count, n) : __libc_calloc(count, n);
}

void *realloc(void *p, size_t n)
{
    if (fails(__builtin_return_address(0)))
        return NULL;
    return __interceptor_realloc ? __interceptor_realloc(p, n) : __libc_realloc(p, n);
}
