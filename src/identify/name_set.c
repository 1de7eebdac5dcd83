// SPDX-License-Identifier: Apache-2.0
/*
 * An open-addressing table of numbers over an array of names. It doubles when half full; outgrown
 * arrays stay in the arena, which at most doubles what the set takes.
 */
#include "identify/name_set.h"

#include <string.h>
#include <xxhash.h>

enum {
    ROOM_MIN = 64,
};

void name_set_init(struct name_set *set, struct arena *arena, size_t max)
{
    *set = (struct name_set){.arena = arena, .max = max};
}

static void place(struct name_set *set, uint64_t hash, size_t number)
{
    size_t mask = 2 * set->room - 1, at = hash & mask;

    while (set->slots[at])
        at = (at + 1) & mask;
    set->slots[at] = (uint32_t)(number + 1);
}

static bool grow(struct name_set *set)
{
    size_t room = set->room ? 2 * set->room : ROOM_MIN;
    struct sv *names = arena_take_array(set->arena, room, sizeof(*names));
    uint64_t *hashes = arena_take_array(set->arena, room, sizeof(*hashes));
    uint32_t *slots = arena_take_array(set->arena, 2 * room, sizeof(*slots));

    if (!names || !hashes || !slots)
        return false;
    if (set->count) {
        memcpy(names, set->names, set->count * sizeof(*names));
        memcpy(hashes, set->hashes, set->count * sizeof(*hashes));
    }
    set->names = names;
    set->hashes = hashes;
    set->slots = slots;
    set->room = room;
    for (size_t i = 0; i < set->count; i++)
        place(set, hashes[i], i);
    return true;
}

enum name_set_outcome name_set_add(struct name_set *set, struct sv name, size_t *ret_number)
{
    uint64_t hash = XXH3_64bits(name.p ? name.p : "", name.n);

    if (set->room) {
        size_t mask = 2 * set->room - 1;

        for (size_t at = hash & mask; set->slots[at]; at = (at + 1) & mask) {
            size_t number = set->slots[at] - 1;

            if (set->hashes[number] == hash && sv_eq(set->names[number], name)) {
                *ret_number = number;
                return NAME_KNOWN;
            }
        }
    }
    if (set->count == set->max || (set->count == set->room && !grow(set)))
        return NAME_NO_ROOM;

    struct sv copy = arena_copy(set->arena, name);

    if (copy.n != name.n)
        return NAME_NO_ROOM;
    set->names[set->count] = copy;
    set->hashes[set->count] = hash;
    place(set, hash, set->count);
    *ret_number = set->count++;
    return NAME_NEW;
}
