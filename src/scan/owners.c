// SPDX-License-Identifier: Apache-2.0
#include "scan/owners.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <xxhash.h>

struct slot {
    uint64_t hash; /* 0: free */
    uint32_t name; /* index into names */
};

struct owners {
    uint64_t key;
    struct slot *slots;
    size_t room, used; /* room is a power of two */
    char **names;
    size_t name_count, name_room;
};

int owners_new(struct owners **ret, struct err *err)
{
    struct owners *o = calloc(1, sizeof(*o));

    if (!o)
        return ERR(err, ERR_NOMEM, "no memory");
    if (getrandom(&o->key, sizeof(o->key), 0) != sizeof(o->key)) {
        free(o);
        return ERR_SYS(err, "getting random bytes");
    }
    *ret = o;
    return 0;
}

void owners_free(struct owners *o)
{
    if (!o)
        return;
    for (size_t i = 0; i < o->name_count; i++)
        free(o->names[i]);
    free(o->names);
    free(o->slots);
    free(o);
}

/* "/lib/x" and "/usr/lib/x" are the same file where /lib is a link to usr/lib. */
static struct sv without_usr(struct sv path)
{
    static const char *const merged[] = {"/usr/bin/",   "/usr/sbin/",  "/usr/lib/",
                                         "/usr/lib32/", "/usr/lib64/", "/usr/libx32/"};

    for (size_t i = 0; i < ARRAY_LEN(merged); i++)
        if (sv_starts(path, sv_str(merged[i])))
            return sv_from(path, 4);
    return path;
}

static uint64_t hash_of(const struct owners *o, struct sv path)
{
    uint64_t h;

    path = without_usr(path);
    h = XXH3_64bits_withSeed(path.p, path.n, o->key);
    return h ? h : 1;
}

static int grow(struct owners *o, struct err *err)
{
    size_t room = o->room ? o->room * 2 : 1024;
    struct slot *slots = calloc(room, sizeof(*slots));

    if (!slots)
        return ERR(err, ERR_NOMEM, "no memory for the paths that packages own");
    for (size_t i = 0; i < o->room; i++) {
        size_t at = o->slots[i].hash & (room - 1);

        if (!o->slots[i].hash)
            continue;
        while (slots[at].hash)
            at = (at + 1) & (room - 1);
        slots[at] = o->slots[i];
    }
    free(o->slots);
    o->slots = slots;
    o->room = room;
    return 0;
}

static int name_index(struct owners *o, struct sv owner, uint32_t *ret, struct err *err)
{
    char *copy;

    // Paths come package by package: the last name is nearly always the same one.
    if (o->name_count && sv_eq(sv_str(o->names[o->name_count - 1]), owner)) {
        *ret = (uint32_t)(o->name_count - 1);
        return 0;
    }
    if (o->name_count == o->name_room) {
        size_t room = o->name_room ? o->name_room * 2 : 256;
        char **names = realloc(o->names, room * sizeof(*names));

        if (!names)
            return ERR(err, ERR_NOMEM, "no memory for the names of packages");
        o->names = names;
        o->name_room = room;
    }
    copy = strndup(owner.p, owner.n);
    if (!copy)
        return ERR(err, ERR_NOMEM, "no memory for the names of packages");
    o->names[o->name_count] = copy;
    *ret = (uint32_t)o->name_count++;
    return 0;
}

int owners_add(struct owners *o, struct sv path, struct sv owner, struct err *err)
{
    uint64_t hash = hash_of(o, path);
    uint32_t name = 0;
    size_t at;

    if (o->used + 1 > o->room / 2)
        TRY(grow(o, err));
    TRY(name_index(o, owner, &name, err));
    for (at = hash & (o->room - 1); o->slots[at].hash; at = (at + 1) & (o->room - 1))
        if (o->slots[at].hash == hash)
            return 0;
    o->slots[at] = (struct slot){hash, name};
    o->used++;
    return 0;
}

struct sv owners_get(const struct owners *o, struct sv path)
{
    uint64_t hash = hash_of(o, path);

    if (!o->room)
        return (struct sv){0};
    for (size_t at = hash & (o->room - 1); o->slots[at].hash; at = (at + 1) & (o->room - 1))
        if (o->slots[at].hash == hash)
            return sv_str(o->names[o->slots[at].name]);
    return (struct sv){0};
}
