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

enum {
    FOLDER_BITS = 1 << 18, /* a power of two */
    BUCKETS = 4096,        /* the same; of hashes by their upper bits */
    BUCKET_SHIFT = 52,
};

struct owners {
    uint64_t key;
    struct slot *slots;
    size_t room, used; /* room is a power of two */
    char **names;
    size_t name_count, name_room;
    uint64_t *folders; /* a bit for each that somebody owns something in, by its hash */
    uint64_t last;     /* the hash of the one that was added last */

    /* instead of the slots, what was written by owners_write() */
    struct buf kept;
    const uint32_t *buckets; /* where each begins, and the end */
    const uint64_t *hashes;  /* sorted */
    const uint32_t *owner;   /* of each: index into names */
};

struct kept_head {
    char magic[16];
    uint64_t sum; /* of all that follows */
    uint8_t digest[16];
    uint64_t key, count, names, text;
};

#define KEPT_MAGIC "debar.owners/1\n"

int owners_new(struct owners **ret, struct err *err)
{
    struct owners *o = calloc(1, sizeof(*o));

    if (o)
        o->folders = calloc(FOLDER_BITS / 64, sizeof(*o->folders));
    if (!o || !o->folders) {
        free(o);
        return ERR(err, ERR_NOMEM, "no memory");
    }
    if (getrandom(&o->key, sizeof(o->key), 0) != sizeof(o->key)) {
        owners_free(o);
        return ERR_SYS(err, "getting random bytes");
    }
    *ret = o;
    return 0;
}

void owners_free(struct owners *o)
{
    if (!o)
        return;
    for (size_t i = 0; i < o->name_count && !o->kept.n; i++)
        free(o->names[i]); // others lie among what was kept
    buf_clear(&o->kept);
    free(o->folders);
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

/* Of the folder that a path is in, whose name ends in a slash. */
static uint64_t folder_hash(const struct owners *o, struct sv path)
{
    size_t slash = sv_find_last(path, '/');

    return hash_of(o, (struct sv){path.p, slash == SIZE_MAX ? 0 : slash + 1});
}

static void note_folder(struct owners *o, struct sv path)
{
    uint64_t hash = folder_hash(o, path);

    if (hash == o->last)
        return;
    o->last = hash;
    hash &= FOLDER_BITS - 1;
    o->folders[hash / 64] |= UINT64_C(1) << hash % 64;
}

bool owners_in(const struct owners *o, struct sv folder)
{
    auto_buf path = {0};
    uint64_t hash;

    buf_sv(&path, folder);
    buf_char(&path, '/');
    if (!buf_ok(&path))
        return true;
    hash = folder_hash(o, buf_view(&path)) & (FOLDER_BITS - 1);
    return o->folders[hash / 64] >> hash % 64 & 1;
}

int owners_add(struct owners *o, struct sv path, struct sv owner, struct err *err)
{
    uint64_t hash = hash_of(o, path);
    uint32_t name = 0;
    size_t at;

    note_folder(o, path);
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

/* ---- kept ---- */

static struct sv get_kept(const struct owners *o, uint64_t hash)
{
    uint32_t low = o->buckets[hash >> BUCKET_SHIFT], high = o->buckets[(hash >> BUCKET_SHIFT) + 1];

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (o->hashes[middle] == hash)
            return sv_str(o->names[o->owner[middle]]);
        if (o->hashes[middle] < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return (struct sv){0};
}

static int by_hash(const void *a, const void *b)
{
    const struct slot *x = a, *y = b;

    return (x->hash > y->hash) - (x->hash < y->hash);
}

static void write_sorted(const struct slot *sorted, size_t count, struct buf *to)
{
    uint32_t at = 0;

    for (uint64_t bucket = 0; bucket <= BUCKETS; bucket++) {
        while (at < count && sorted[at].hash >> BUCKET_SHIFT < bucket)
            at++;
        buf_bytes(to, &at, sizeof(at));
    }
    buf_bytes(to, "\0\0\0", sizeof(at)); // the hashes are aligned
    for (size_t i = 0; i < count; i++)
        buf_bytes(to, &sorted[i].hash, sizeof(sorted[i].hash));
    for (size_t i = 0; i < count; i++)
        buf_bytes(to, &sorted[i].name, sizeof(sorted[i].name));
}

int owners_write(const struct owners *o, const uint8_t digest[16], struct buf *to, struct err *err)
{
    struct kept_head head = {
        .magic = KEPT_MAGIC, .key = o->key, .count = o->used, .names = o->name_count};
    struct slot *sorted = calloc(o->used + 1, sizeof(*sorted));
    size_t n = 0;

    if (!sorted)
        return ERR(err, ERR_NOMEM, "no memory to keep who owns which path");
    for (size_t i = 0; i < o->room; i++)
        if (o->slots[i].hash)
            sorted[n++] = o->slots[i];
    if (n)
        qsort(sorted, n, sizeof(*sorted), by_hash);
    for (size_t i = 0; i < o->name_count; i++)
        head.text += sv_str(o->names[i]).n + 1;
    memcpy(head.digest, digest, sizeof(head.digest));
    buf_bytes(to, &head, sizeof(head));
    buf_bytes(to, o->folders, FOLDER_BITS / 8);
    write_sorted(sorted, n, to);
    for (size_t i = 0; i < o->name_count; i++)
        buf_bytes(to, o->names[i], sv_str(o->names[i]).n + 1);
    free(sorted);
    if (!buf_ok(to))
        return ERR(err, ERR_NOMEM, "no memory to keep who owns which path");
    head.sum = XXH3_64bits(to->p + 24, to->n - 24);
    memcpy(to->p + 16, &head.sum, sizeof(head.sum));
    return 0;
}

static bool is_kept(const struct buf *bytes, const uint8_t digest[16], struct kept_head *ret)
{
    static const struct kept_head none;

    *ret = none;
    if (bytes->n < sizeof(*ret))
        return false;
    memcpy(ret, bytes->p, sizeof(*ret));
    // What the sum stands for was written here: its numbers fit each other.
    return memcmp(ret->magic, KEPT_MAGIC, sizeof(KEPT_MAGIC)) == 0 &&
           memcmp(ret->digest, digest, sizeof(ret->digest)) == 0 &&
           ret->sum == XXH3_64bits(bytes->p + 24, bytes->n - 24);
}

int owners_from(struct buf *bytes, const uint8_t digest[16], struct owners **ret, struct err *err)
{
    struct kept_head head;
    struct owners *o;
    char *at;

    if (!is_kept(bytes, digest, &head))
        return ERR(err, ERR_FORMAT, "it is of other package databases, or damaged");
    o = calloc(1, sizeof(*o));
    if (o) {
        o->names = calloc(head.names + 1, sizeof(*o->names));
        o->folders = calloc(FOLDER_BITS / 64, sizeof(*o->folders));
    }
    if (!o || !o->names || !o->folders) {
        owners_free(o);
        return ERR(err, ERR_NOMEM, "no memory");
    }
    o->kept = *bytes;
    *bytes = (struct buf){0};
    o->key = head.key;
    o->name_count = head.names;
    at = o->kept.p + sizeof(head);
    memcpy(o->folders, at, FOLDER_BITS / 8);
    at += FOLDER_BITS / 8;
    o->buckets = (const uint32_t *)(const void *)at;
    at += (BUCKETS + 2) * sizeof(uint32_t);
    o->hashes = (const uint64_t *)(const void *)at;
    at += head.count * sizeof(uint64_t);
    o->owner = (const uint32_t *)(const void *)at;
    at += head.count * sizeof(uint32_t);
    for (size_t i = 0; i < o->name_count; i++, at += strlen(at) + 1)
        o->names[i] = at;
    *ret = o;
    return 0;
}

struct sv owners_get(const struct owners *o, struct sv path)
{
    uint64_t hash = hash_of(o, path);

    if (o->kept.n)
        return get_kept(o, hash);
    if (!o->room)
        return (struct sv){0};
    for (size_t at = hash & (o->room - 1); o->slots[at].hash; at = (at + 1) & (o->room - 1))
        if (o->slots[at].hash == hash)
            return sv_str(o->names[o->slots[at].name]);
    return (struct sv){0};
}
