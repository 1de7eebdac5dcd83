// SPDX-License-Identifier: Apache-2.0
/*
 * Memory that is given back all at once.
 *
 * A worker has one arena and resets it after each file. An arena has a maximum; an allocation past
 * it gives NULL, and arena_failed() stays true until the reset, so that a parser may check once.
 * A zeroed struct arena is valid and refuses everything; use arena_init.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"

struct arena_block;

struct arena {
    struct arena_block *block; /* newest first */
    size_t used, max;          /* bytes, over all blocks */
    bool failed;
};

#define auto_arena __attribute__((cleanup(arena_clear))) struct arena

void arena_init(struct arena *a, size_t max);
void arena_clear(struct arena *a);
void arena_reset(struct arena *a); /* keeps one block for the next file */

/* Zeroed memory, aligned for any type; NULL when the maximum or the machine's memory is hit. */
void *arena_take(struct arena *a, size_t size);
void *arena_take_array(struct arena *a, size_t count, size_t size);

/* The same with what happened to be there: for bytes that are read into it. */
void *arena_take_raw(struct arena *a, size_t size);

bool arena_failed(const struct arena *a);

/* A copy that is also NUL-terminated (not counted in .n). Empty on failure. */
struct sv arena_copy(struct arena *a, struct sv s);
struct sv arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The error for "an arena allocation returned NULL". */
int arena_error(const struct arena *a, struct err *err);
