// SPDX-License-Identifier: Apache-2.0
#include "identify/msi_signature.h"

#include <stdlib.h>
#include <string.h>

/* What is signed, as one source: pieces of memory and streams, one after the other. */
struct piece {
    uint64_t at;
    struct span bytes;              /* or */
    struct compound_stream *stream; /* this */
};

struct signed_bytes {
    struct source source;
    struct piece *pieces;
    size_t count;
};

struct gathering {
    struct msi *m;
    struct arena *arena;
    struct signed_bytes *bytes;
    size_t room;
    struct digest *metadata;
};

static int read_at(struct source *s, uint64_t offset, void *to, size_t n, size_t *ret_n,
                   struct err *err)
{
    struct signed_bytes *b = (struct signed_bytes *)s;
    size_t low = 0, high = b->count;

    *ret_n = 0;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (b->pieces[middle].at <= offset)
            low = middle;
        else
            high = middle;
    }
    for (size_t i = low; n && i < b->count; i++) {
        struct piece *p = &b->pieces[i];
        uint64_t into = offset - p->at;
        size_t got = 0;

        if (p->stream) {
            TRY(p->stream->source.read_at(&p->stream->source, into, (uint8_t *)to + *ret_n, n, &got,
                                          err));
        } else if (into < p->bytes.n) {
            struct span rest = span_from(p->bytes, (size_t)into);

            got = n < rest.n ? n : rest.n;
            memcpy((uint8_t *)to + *ret_n, rest.p, got);
        }
        *ret_n += got;
        offset += got;
        n -= got;
    }
    return 0;
}

static int add_piece(struct gathering *g, struct span bytes, struct compound_stream *stream,
                     struct err *err)
{
    struct signed_bytes *b = g->bytes;
    uint64_t n = stream ? stream->source.size : bytes.n;

    if (b->count == g->room)
        return ERR(err, ERR_FORMAT, "the package's directory is damaged");
    if (n == 0)
        return 0;
    b->pieces[b->count++] = (struct piece){b->source.size, bytes, stream};
    b->source.size += n;
    return 0;
}

/* ---- order ---- */

static int by_name(const void *a, const void *b)
{
    const struct compound_entry *const *x = a, *const *y = b;
    size_t n = (*x)->name.n < (*y)->name.n ? (*x)->name.n : (*y)->name.n;
    // With the NUL behind the shorter one.
    int order = memcmp((*x)->record.p, (*y)->record.p, n + 2 < 64 ? n + 2 : 64);

    if (order != 0)
        return order;
    return (*x)->name.n > (*y)->name.n ? -1 : (*x)->name.n < (*y)->name.n;
}

static bool is_signature(const struct gathering *g, const struct compound_entry *e)
{
    struct sv name = g->m->names[e - g->m->file.entries];

    return e->parent == COMPOUND_ROOT &&
           (sv_eq(name, SV("\5DigitalSignature")) || sv_eq(name, SV("\5MsiDigitalSignatureEx")));
}

/* What describes an entry, where that is signed as well. */
static void add_metadata(struct gathering *g, const struct compound_entry *e)
{
    bool root = e->type == COMPOUND_ROOT_STORAGE;

    if (!g->metadata)
        return;
    if (!root)
        digest_update(g->metadata, e->name);
    if (e->type == COMPOUND_STREAM)
        digest_update(g->metadata, (struct span){e->record.p + 120, 4});
    else
        digest_update(g->metadata, compound_class_of(e));
    digest_update(g->metadata, (struct span){e->record.p + 96, 4});
    if (!root)
        digest_update(g->metadata, (struct span){e->record.p + 100, 16});
}

static int add_stream(struct gathering *g, const struct compound_entry *e, struct err *err)
{
    struct compound *file = &g->m->file;
    struct compound_stream *stream;

    if (e->size == 0)
        return 0;
    if (e->size > file->size || g->bytes->source.size > file->size - e->size)
        return ERR(err, ERR_FORMAT, "the package's streams are longer than it is");
    TRY(compound_stream_open(file, (uint32_t)(e - file->entries), g->arena, &stream, err));
    stream->source.head = (struct span){0};
    return add_piece(g, (struct span){0}, stream, err);
}

static int add_storage(struct gathering *g, uint32_t storage, unsigned depth, struct err *err)
{
    struct compound *file = &g->m->file;
    const struct compound_entry **inside;
    size_t n = 0;

    if (depth > COMPOUND_DEPTH)
        return ERR(err, ERR_FORMAT, "the package's directory is damaged");
    add_metadata(g, &file->entries[storage]);
    for (uint32_t i = 0; i < file->count; i++)
        n += i != COMPOUND_ROOT && file->entries[i].parent == storage;
    inside = arena_take_array(g->arena, n, sizeof(*inside));
    if (!inside && n)
        return arena_error(g->arena, err);
    n = 0;
    for (uint32_t i = 0; i < file->count; i++) {
        if (i != COMPOUND_ROOT && file->entries[i].parent == storage)
            inside[n++] = &file->entries[i];
    }
    if (n)
        qsort(inside, n, sizeof(const struct compound_entry *), by_name);
    for (size_t i = 0; i < n; i++) {
        if (is_signature(g, inside[i]))
            continue;
        if (inside[i]->type == COMPOUND_STORAGE) {
            TRY(add_storage(g, (uint32_t)(inside[i] - file->entries), depth + 1, err));
            continue;
        }
        add_metadata(g, inside[i]);
        TRY(add_stream(g, inside[i], err));
    }
    return add_piece(g, compound_class_of(&file->entries[storage]), NULL, err);
}

/* ---- checking ---- */

static bool kind_of_length(size_t n, enum digest_kind *ret)
{
    static const enum digest_kind kinds[] = {DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA384,
                                             DIGEST_SHA512};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (digest_size(kinds[i]) == n) {
            *ret = kinds[i];
            return true;
        }
    }
    return false;
}

/* All that is signed. `ex` says how long the digest of what describes the entries is; 0: no such.
 */
static int gather(struct msi *m, size_t ex, struct arena *arena, struct signed_bytes *ret,
                  struct err *err)
{
    struct gathering g = {.m = m, .arena = arena, .bytes = ret, .room = m->file.count + 1};
    enum digest_kind kind = DIGEST_SHA256;
    auto_digest metadata = {0};
    uint8_t *value = arena_take(arena, DIGEST_MAX);

    *ret = (struct signed_bytes){.source = {.read_at = read_at}};
    ret->pieces = arena_take_array(arena, g.room, sizeof(*ret->pieces));
    if (!ret->pieces || !value)
        return arena_error(arena, err);
    if (ex == 0)
        return add_storage(&g, COMPOUND_ROOT, 0, err);
    if (!kind_of_length(ex, &kind))
        return ERR(err, ERR_FORMAT, "a digest of unknown length");
    digest_init(&metadata, kind);
    g.metadata = &metadata;
    TRY(add_piece(&g, (struct span){value, ex}, NULL, err));
    TRY(add_storage(&g, COMPOUND_ROOT, 0, err));
    return digest_finish(&metadata, value, err);
}

int msi_signature_check(struct msi *m, const struct roots *roots, struct arena *arena,
                        struct signatures *to, struct err *err)
{
    uint32_t entry = msi_find(m, SV("\5DigitalSignature"), false);
    uint32_t ex = msi_find(m, SV("\5MsiDigitalSignatureEx"), false);
    struct compound_stream *stream;
    struct signed_bytes bytes;
    struct signed_file file = {.bytes = &bytes.source, .range_count = 1};
    struct span pkcs7;
    struct err why;
    int r;

    if (entry == UINT32_MAX)
        return 0;
    if (m->file.entries[entry].size > SIGNATURE_SIZE_MAX)
        return signature_add_broken("the signature is larger than any can be", 0, 0, arena, to,
                                    err);
    r = compound_stream_open(&m->file, entry, arena, &stream, &why);
    if (r == 0)
        r = source_read(&stream->source, 0, SIGNATURE_SIZE_MAX, arena, &pkcs7, &why);
    if (r == 0)
        r = gather(m, ex == UINT32_MAX ? 0 : (size_t)m->file.entries[ex].size, arena, &bytes, &why);
    if (r == -ERR_FORMAT)
        return signature_add_broken(why.text, 0, 0, arena, to, err);
    if (r < 0) {
        *err = why;
        return r;
    }
    file.range[0].length = bytes.source.size;
    return signature_check_authenticode(&file, pkcs7,
                                        stream->chain.count ? stream->chain.extents[0].offset : 0,
                                        roots, arena, to, err);
}
