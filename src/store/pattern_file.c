// SPDX-License-Identifier: Apache-2.0
#include "store/pattern_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"

enum {
    ALIGN = 8,
    RECORD = PATTERN_KEY + 8,
    SIZE_MAX_MIB = 256,
};

#define MAGIC SV("debar.patterns1\n")

struct pattern_file {
    char *path;
    struct span old; /* mapped */
    struct buf used; /* records that were asked for or put: the next file */
    size_t last;     /* where the record that was added last begins in it */
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
        p = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p != MAP_FAILED)
            bytes = (struct span){p, (size_t)s.st_size};
    }
    (void)close(fd);
    return bytes;
}

struct pattern_file *pattern_file_open(const char *path)
{
    struct pattern_file *f = calloc(1, sizeof(*f));

    if (!f)
        return NULL;
    f->path = strdup(path);
    f->old = map(path);
    return f;
}

static void add(struct pattern_file *f, const uint8_t key[PATTERN_KEY], struct span bytes)
{
    static const uint8_t zeros[ALIGN];
    uint64_t n = bytes.n;

    if (f->used.n == 0)
        buf_sv(&f->used, MAGIC);
    // What was got and would not do is put again.
    if (f->last && buf_ok(&f->used) && memcmp(f->used.p + f->last, key, PATTERN_KEY) == 0)
        f->used.n = f->last;
    f->last = f->used.n;
    buf_bytes(&f->used, key, PATTERN_KEY);
    buf_bytes(&f->used, &n, sizeof(n));
    buf_bytes(&f->used, bytes.p, bytes.n);
    buf_bytes(&f->used, zeros, -bytes.n % ALIGN);
}

bool pattern_file_get(struct pattern_file *f, const uint8_t key[PATTERN_KEY], struct span *ret)
{
    struct span rest = f->old;

    if (!sv_starts(sv_of(rest), MAGIC))
        return false;
    rest = span_from(rest, MAGIC.n);
    while (rest.n >= RECORD) {
        const uint8_t *found = rest.p;
        uint64_t n;

        memcpy(&n, rest.p + PATTERN_KEY, sizeof(n));
        rest = span_from(rest, RECORD);
        if (n > rest.n)
            return false;
        if (memcmp(found, key, PATTERN_KEY) == 0) {
            *ret = (struct span){rest.p, (size_t)n};
            add(f, key, *ret);
            return true;
        }
        rest = span_from(rest, (size_t)n + (size_t)(-n % ALIGN));
    }
    return false;
}

void pattern_file_put(struct pattern_file *f, const uint8_t key[PATTERN_KEY], struct span bytes)
{
    add(f, key, bytes);
    f->changed = true;
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

static void save_file(const struct pattern_file *f)
{
    auto_free char *beside = NULL;
    int fd;

    if (!f->path || !buf_ok(&f->used) || asprintf(&beside, "%s.XXXXXX", f->path) < 0)
        return;
    fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return; // there is no such folder, or nothing may be written there
    if (!write_all(fd, &f->used) || rename(beside, f->path) != 0)
        (void)unlink(beside);
    (void)close(fd);
}

void pattern_file_close(struct pattern_file *f, bool save)
{
    if (!f)
        return;
    if (save && f->changed)
        save_file(f);
    if (f->old.n)
        (void)munmap((void *)(uintptr_t)f->old.p, f->old.n);
    buf_clear(&f->used);
    free(f->path);
    free(f);
}
