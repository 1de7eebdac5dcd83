// SPDX-License-Identifier: Apache-2.0
#include "scan/links.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 4096, /* a power of two */
    FILES_MAX = 65536,
};

struct known {
    struct known *next;
    struct file_facts file;
    bool hashed;
    size_t count;
    struct field fields[]; /* their values stand behind them */
};

struct links {
    pthread_mutex_t lock; /* guards everything below */
    size_t files;
    struct known *buckets[BUCKETS];
};

int links_new(struct links **ret, struct err *err)
{
    struct links *l = calloc(1, sizeof(*l));

    if (!l)
        return ERR(err, ERR_NOMEM, "no memory");
    (void)pthread_mutex_init(&l->lock, NULL);
    *ret = l;
    return 0;
}

void links_free(struct links *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct known *k = l->buckets[i], *next; k; k = next) {
            next = k->next;
            free(k);
        }
    }
    (void)pthread_mutex_destroy(&l->lock);
    free(l);
}

static struct known **bucket_of(struct links *l, const struct file_facts *file)
{
    uint64_t hash = (file->inode ^ file->device * 31) * UINT64_C(0x9e3779b97f4a7c15);

    return &l->buckets[hash >> 52 & (BUCKETS - 1)];
}

static bool is_same(const struct file_facts *a, const struct file_facts *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns;
}

bool links_get(struct links *l, const struct file_facts *file, bool hashed, struct arena *arena,
               struct field *ret_fields, size_t room, size_t *ret_count)
{
    const struct known *k;

    (void)pthread_mutex_lock(&l->lock);
    for (k = *bucket_of(l, file); k; k = k->next)
        if (is_same(&k->file, file) && (k->hashed || !hashed) && k->count <= room)
            break;
    (void)pthread_mutex_unlock(&l->lock);
    if (!k) // what is in the table never changes
        return false;
    for (size_t i = 0; i < k->count; i++) {
        ret_fields[i] = k->fields[i];
        ret_fields[i].value = arena_copy(arena, k->fields[i].value);
    }
    *ret_count = k->count;
    return true;
}

static struct known *copy(const struct file_facts *file, bool hashed, const struct field *fields,
                          size_t count)
{
    size_t n = sizeof(struct known) + count * sizeof(*fields);
    struct known *k;
    char *values;

    for (size_t i = 0; i < count; i++)
        n += fields[i].value.n;
    k = malloc(n);
    if (!k)
        return NULL;
    *k = (struct known){.file = *file, .hashed = hashed, .count = count};
    values = (char *)&k->fields[count];
    for (size_t i = 0; i < count; i++) {
        k->fields[i] = fields[i];
        k->fields[i].value.p = values;
        if (fields[i].value.n)
            memcpy(values, fields[i].value.p, fields[i].value.n);
        values += fields[i].value.n;
    }
    return k;
}

void links_put(struct links *l, const struct file_facts *file, bool hashed,
               const struct field *fields, size_t count)
{
    struct known *k = copy(file, hashed, fields, count), **bucket = bucket_of(l, file);

    if (!k)
        return; // then it is read again
    (void)pthread_mutex_lock(&l->lock);
    if (l->files < FILES_MAX) {
        l->files++;
        k->next = *bucket;
        *bucket = k;
        k = NULL;
    }
    (void)pthread_mutex_unlock(&l->lock);
    free(k);
}
