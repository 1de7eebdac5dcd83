// SPDX-License-Identifier: Apache-2.0
#include "os/compiled_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

enum {
    ALIGN = COMPILED_ALIGN,
    RECORD = COMPILED_ALIGN,
    SIZE_MAX_MIB = 256,
};

#define MAGIC SV("debar.compiled2\n")

struct entry {
    const uint8_t *key; /* in the mapped file, or the beginning of `own` */
    struct span bytes;
    uint8_t *own; /* of what was put */
    bool wanted;
};

struct compiled_file {
    char *path;
    struct span old; /* mapped */
    struct entry *entries;
    size_t count, room;
    bool changed;
};

static struct span map(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct span bytes = {0};
    struct stat s;
    void *p;

    if (fd < 0)
        return bytes;
    if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && (s.st_uid == geteuid() || s.st_uid == 0) &&
        (s.st_mode & (S_IWGRP | S_IWOTH)) == 0 && s.st_size > 0 &&
        s.st_size <= (off_t)SIZE_MAX_MIB << 20) {
        // All of it is about to be read: one call instead of a fault for each few pages.
        p = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
        if (p != MAP_FAILED)
            bytes = (struct span){p, (size_t)s.st_size};
    }
    (void)close(fd);
    return bytes;
}

static struct entry *new_entry(struct compiled_file *f)
{
    if (f->count == f->room) {
        size_t room = f->room ? 2 * f->room : 128;
        struct entry *bigger = realloc(f->entries, room * sizeof(*bigger));

        if (!bigger)
            return NULL;
        f->entries = bigger;
        f->room = room;
    }
    f->entries[f->count] = (struct entry){0};
    return &f->entries[f->count++];
}

/* What stands before a damaged record is still good. */
static void read_entries(struct compiled_file *f)
{
    struct span rest = f->old;

    if (!sv_starts(sv_of(rest), MAGIC) || rest.n < RECORD)
        return;
    rest = span_from(rest, RECORD);
    while (rest.n >= RECORD) {
        const uint8_t *key = rest.p;
        struct entry *e;
        uint64_t n;

        memcpy(&n, rest.p + COMPILED_KEY, sizeof(n));
        rest = span_from(rest, RECORD);
        if (n > rest.n || !(e = new_entry(f)))
            return;
        e->key = key;
        e->bytes = (struct span){rest.p, (size_t)n};
        rest = span_from(rest, (size_t)n);
        rest = span_from(rest, (size_t)(-n % ALIGN));
    }
}

struct compiled_file *compiled_file_open(const char *path)
{
    struct compiled_file *f = calloc(1, sizeof(*f));

    if (!f)
        return NULL;
    f->path = strdup(path);
    f->old = map(path);
    read_entries(f);
    return f;
}

static struct entry *find(struct compiled_file *f, const uint8_t key[COMPILED_KEY])
{
    for (size_t i = 0; i < f->count; i++)
        if (memcmp(f->entries[i].key, key, COMPILED_KEY) == 0)
            return &f->entries[i];
    return NULL;
}

bool compiled_file_get(struct compiled_file *f, const uint8_t key[COMPILED_KEY], struct span *ret)
{
    struct entry *e = find(f, key);

    if (!e)
        return false;
    e->wanted = true;
    *ret = e->bytes;
    return true;
}

bool compiled_file_holds(const struct compiled_file *f, const void *p)
{
    const uint8_t *at = p;

    return f && f->old.n && at >= f->old.p && at < f->old.p + f->old.n;
}

void compiled_file_put(struct compiled_file *f, const uint8_t key[COMPILED_KEY], struct span bytes)
{
    struct entry *e = find(f, key);
    uint8_t *own = malloc(COMPILED_KEY + bytes.n);

    if (!own)
        return;
    memcpy(own, key, COMPILED_KEY);
    if (bytes.n)
        memcpy(own + COMPILED_KEY, bytes.p, bytes.n);
    if (!e && !(e = new_entry(f))) {
        free(own);
        return;
    }
    free(e->own);
    *e = (struct entry){.key = own, .bytes = {own + COMPILED_KEY, bytes.n}, own, .wanted = true};
    f->changed = true;
}

static void write_entries(const struct compiled_file *f, struct buf *to)
{
    static const uint8_t zeros[ALIGN];

    buf_sv(to, MAGIC);
    buf_bytes(to, zeros, RECORD - MAGIC.n);
    for (size_t i = 0; i < f->count; i++) {
        const struct entry *e = &f->entries[i];
        uint64_t n = e->bytes.n;

        if (!e->wanted)
            continue;
        buf_bytes(to, e->key, COMPILED_KEY);
        buf_bytes(to, &n, sizeof(n));
        buf_bytes(to, zeros, RECORD - COMPILED_KEY - sizeof(n));
        buf_bytes(to, e->bytes.p, e->bytes.n);
        buf_bytes(to, zeros, -n % ALIGN);
    }
}

static bool write_all(int fd, const struct buf *b)
{
    for (size_t at = 0; at < b->n;) {
        ssize_t n = write(fd, b->p + at, b->n - at);

        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return fsync(fd) == 0;
}

void compiled_file_save(struct compiled_file *f)
{
    auto_free char *beside = NULL;
    auto_buf bytes = {0};
    int fd;

    if (!f || !f->changed || !f->path || asprintf(&beside, "%s.XXXXXX", f->path) < 0)
        return;
    write_entries(f, &bytes);
    if (!buf_ok(&bytes))
        return;
    fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return; // there is no such folder, or nothing may be written there
    if (!write_all(fd, &bytes) || rename(beside, f->path) != 0)
        (void)unlink(beside);
    (void)close(fd);
    f->changed = false;
}

void compiled_file_close(struct compiled_file *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++)
        free(f->entries[i].own);
    if (f->old.n)
        (void)munmap((void *)(uintptr_t)f->old.p, f->old.n);
    free(f->entries);
    free(f->path);
    free(f);
}
