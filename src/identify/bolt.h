// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the key-value files of bolt, in which containerd keeps what it knows.
 *
 * A file is pages, the first two of which say where the tree begins; the newer one that is whole
 * counts. A bucket is a tree of names with values or further buckets; a small one stands within the
 * value that holds it. Nothing is remembered of what was read, and pages that lead back to
 * themselves end in a failure.
 * Format: https://github.com/etcd-io/bbolt (page.go, bucket.go, db.go)
 */
#pragma once

#include "base/arena.h"
#include "base/source.h"

struct bolt {
    struct source *source;
    struct arena *arena;
    uint32_t page_size;
    uint64_t pages_left; /* that may still be read */
};

/* A bucket: a page, or bytes within a value. */
struct bolt_bucket {
    uint64_t page;
    struct span inlined; /* when page is 0 */
};

struct bolt_entry {
    struct sv key, value;
    bool is_bucket;
    struct bolt_bucket bucket;
};

/* 0, 1 when it is no such file, or -ERR_*. */
enum { BOLT_NOT = 1 };
int bolt_open(struct source *source, struct arena *arena, struct bolt *ret,
              struct bolt_bucket *ret_root, struct err *err) MUST_USE;

/* Each entry in order. What `each` fails with ends it. */
typedef int bolt_fn(void *to, struct bolt *b, const struct bolt_entry *e, struct err *err);
int bolt_each(struct bolt *b, const struct bolt_bucket *bucket, bolt_fn *each, void *to,
              struct err *err) MUST_USE;
