// SPDX-License-Identifier: Apache-2.0
/*
 * Distinct texts, numbered in the order in which they came, with a maximum.
 *
 * Texts are copied to the arena. Nothing is freed; the set dies with the arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

struct name_set {
    struct arena *arena;
    struct sv *names; /* by number */
    uint64_t *hashes;
    uint32_t *slots; /* number + 1; 0: free */
    size_t count, max, room;
};

enum name_set_outcome {
    NAME_NEW,
    NAME_KNOWN,
    NAME_NO_ROOM, /* the maximum, or memory: see arena_failed() */
};

void name_set_init(struct name_set *set, struct arena *arena, size_t max);

/* *ret_number is written unless there was no room. */
enum name_set_outcome name_set_add(struct name_set *set, struct sv name, size_t *ret_number);
