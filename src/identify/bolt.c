// SPDX-License-Identifier: Apache-2.0
#include "identify/bolt.h"

#include <string.h>

enum {
    PAGE_HEADER = 16,
    META_SIZE = 64,
    ELEMENT = 16,
    PAGE_MIN = 512,
    PAGE_MAX = 64 * 1024,
    RUN_MAX = 16 << 20, /* bytes of one page with those that continue it */
    DEPTH_MAX = 32,

    FLAG_BRANCH = 1,
    FLAG_LEAF = 2,
    FLAG_META = 4,
    LEAF_BUCKET = 1,
};

#define MAGIC UINT32_C(0xED0CDAED)

struct meta {
    uint32_t page_size;
    uint64_t root, transaction;
};

/* FNV-1a over what stands before it. */
static uint64_t checksum(struct span bytes)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < bytes.n; i++)
        sum = (sum ^ bytes.p[i]) * UINT64_C(0x100000001b3);
    return sum;
}

static bool read_meta(struct span page, struct meta *ret)
{
    struct span meta = span_from(page, PAGE_HEADER);
    struct reader r = reader_over(meta);
    uint32_t magic = reader_u32le(&r), version = reader_u32le(&r);

    ret->page_size = reader_u32le(&r);
    reader_skip(&r, 4);
    ret->root = reader_u64le(&r);
    reader_skip(&r, 8 + 8 + 8);
    ret->transaction = reader_u64le(&r);
    return magic == MAGIC && version == 2 && ret->page_size >= PAGE_MIN &&
           ret->page_size <= PAGE_MAX && (ret->page_size & (ret->page_size - 1)) == 0 &&
           reader_u64le(&r) == checksum((struct span){meta.p, META_SIZE - 8}) && reader_ok(&r);
}

int bolt_open(struct source *source, struct arena *arena, struct bolt *ret,
              struct bolt_bucket *ret_root, struct err *err)
{
    struct meta first, second, *newer = &first;
    struct span page;
    bool whole;

    if (source->head.n < PAGE_HEADER + META_SIZE ||
        memcmp(source->head.p + PAGE_HEADER, "\xED\xDA\x0C\xED", 4) != 0)
        return BOLT_NOT;
    whole = read_meta(source->head, &first);
    // The second stands one page later, whose size only the first tells.
    if (!whole && (first.page_size < PAGE_MIN || first.page_size > PAGE_MAX))
        first.page_size = 4096;
    if (source->size >= first.page_size + PAGE_HEADER + META_SIZE) {
        TRY(source_read(source, first.page_size, PAGE_HEADER + META_SIZE, arena, &page, err));
        if (read_meta(page, &second) && (!whole || second.transaction > first.transaction)) {
            newer = &second;
            whole = true;
        }
    }
    if (!whole)
        return ERR(err, ERR_FORMAT, "a bolt file without a whole first page");
    *ret = (struct bolt){.source = source,
                         .arena = arena,
                         .page_size = newer->page_size,
                         .pages_left = 2 * (source->size / newer->page_size) + 16};
    *ret_root = (struct bolt_bucket){.page = newer->root};
    return 0;
}

static int read_page(struct bolt *b, uint64_t number, struct span *ret, struct err *err)
{
    uint64_t at = number * b->page_size, size = b->page_size;
    struct span header;
    struct reader r;

    if (b->pages_left == 0)
        return ERR(err, ERR_FORMAT, "pages of a bolt file that lead back to themselves");
    b->pages_left--;
    if (number < 2 || number > b->source->size / b->page_size)
        return ERR(err, ERR_FORMAT, "a bolt file without its page %llu",
                   (unsigned long long)number);
    TRY(source_read(b->source, at, PAGE_HEADER, b->arena, &header, err));
    r = reader_over(header);
    reader_skip(&r, 12);
    size *= 1 + (uint64_t)reader_u32le(&r);
    if (size > RUN_MAX)
        return ERR(err, ERR_LIMIT, "a page of %llu bytes in a bolt file", (unsigned long long)size);
    if (size > b->source->size - at)
        return ERR(err, ERR_FORMAT, "a bolt file that ends within its page %llu",
                   (unsigned long long)number);
    return source_read(b->source, at, (size_t)size, b->arena, ret, err);
}

/* Positions count from the element that says them. */
static struct span piece(struct span page, size_t element, uint64_t position, uint64_t size,
                         bool *ok)
{
    uint64_t at = element + position;

    if (at > page.n || size > page.n - at) {
        *ok = false;
        return (struct span){0};
    }
    return (struct span){page.p + at, (size_t)size};
}

static int tell_leaf(struct bolt *b, struct span page, size_t count, bolt_fn *each, void *to,
                     struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = PAGE_HEADER + i * ELEMENT;
        struct reader r = reader_over(span_from(page, at));
        uint32_t flags = reader_u32le(&r), position = reader_u32le(&r), key = reader_u32le(&r),
                 value = reader_u32le(&r);
        bool ok = reader_ok(&r);
        struct bolt_entry e = {.is_bucket = flags & LEAF_BUCKET};
        struct span v;

        e.key = sv_of(piece(page, at, position, key, &ok));
        v = piece(page, at, (uint64_t)position + key, value, &ok);
        e.value = sv_of(v);
        if (ok && e.is_bucket) {
            r = reader_over(v);
            e.bucket.page = reader_u64le(&r);
            reader_skip(&r, 8);
            e.bucket.inlined = r.rest;
            ok = reader_ok(&r);
        }
        if (!ok)
            return ERR(err, ERR_FORMAT, "a bolt file with an entry that ends outside its page");
        TRY(each(to, b, &e, err));
    }
    return 0;
}

static int walk_page(struct bolt *b, struct span page, unsigned depth, bolt_fn *each, void *to,
                     struct err *err)
{
    struct reader r = reader_over(page);
    uint16_t flags, count;

    reader_skip(&r, 8);
    flags = reader_u16le(&r);
    count = reader_u16le(&r);
    if (!reader_ok(&r) || depth > DEPTH_MAX || (flags & (FLAG_LEAF | FLAG_BRANCH)) == 0)
        return ERR(err, ERR_FORMAT, "a page of a bolt file that is none of a tree");
    if (flags & FLAG_LEAF)
        return tell_leaf(b, page, count, each, to, err);
    for (size_t i = 0; i < count; i++) {
        struct span below;

        r = reader_over(span_from(page, PAGE_HEADER + i * ELEMENT));
        reader_skip(&r, 8);
        TRY(read_page(b, reader_u64le(&r), &below, err));
        TRY(walk_page(b, below, depth + 1, each, to, err));
    }
    return 0;
}

int bolt_each(struct bolt *b, const struct bolt_bucket *bucket, bolt_fn *each, void *to,
              struct err *err)
{
    struct span page = bucket->inlined;

    if (bucket->page)
        TRY(read_page(b, bucket->page, &page, err));
    return walk_page(b, page, 0, each, to, err);
}
