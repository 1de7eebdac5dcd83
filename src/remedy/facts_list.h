// SPDX-License-Identifier: Apache-2.0
/* A growing list in an arena, and what else the files of facts share. */
#pragma once

#include <string.h>

#include "remedy/facts.h"

struct facts_list {
    struct arena *arena;
    void *items;
    size_t count, room, size;
};

#define FACTS_LIST(in, type) ((struct facts_list){.arena = (in), .size = sizeof(type)})

/* A zeroed item at the end; pointers to others are no longer valid. */
static inline int facts_list_add(struct facts_list *l, void **ret, struct err *err)
{
    *ret = NULL;
    if (l->count == l->room) {
        size_t room = l->room ? 2 * l->room : 16;
        void *items = arena_take_array(l->arena, room, l->size);

        if (!items)
            return arena_error(l->arena, err);
        if (l->count)
            memcpy(items, l->items, l->count * l->size);
        l->items = items;
        l->room = room;
    }
    *ret = (char *)l->items + l->count++ * l->size;
    return 0;
}

/* The packages that the hits name, with what the package databases say of them. */
int facts_packages(int root_fd, struct facts *facts, struct arena *arena, struct err *err) MUST_USE;

/* Each list of files of the dpkg database that is wanted, by its name ("kesl.list") and text. */
typedef int facts_list_fn(void *to, struct sv name, struct sv text, struct err *err);
int facts_each_list(int root_fd, facts_list_fn *each, bool (*wanted)(void *to, struct sv name),
                    void *to, struct err *err) MUST_USE;
bool facts_is_list_of(struct sv file, struct sv package);
