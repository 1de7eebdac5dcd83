// SPDX-License-Identifier: Apache-2.0
#include "identify/code_directory.h"

#include <string.h>

#include "base/window.h"
#include "trust/digest.h"

#define MAGIC_SUPER UINT32_C(0xfade0cc0)
#define MAGIC_DIRECTORY UINT32_C(0xfade0c02)
#define MAGIC_CMS UINT32_C(0xfade0b01)

enum {
    BLOBS_MAX = 64,
    BYTES_MAX = 64 << 20, /* of a signature: 20 to 48 bytes a page */
    SLOT_CMS = 0x10000,
    SLOT_DIRECTORY = 0,
    SLOT_ALTERNATE = 0x1000, /* and the four behind it */
    SLOT_ALTERNATE_END = 0x1005,
    FLAG_BY_LINKER = 0x20000,
    VERSION_TEAM = 0x20200,
    VERSION_LIMIT_64 = 0x20300,
    PAGE_SHIFT_MAX = 16,
    TEXT_MAX = 512,
};

struct directory {
    struct span bytes; /* the whole blob */
    uint32_t version, flags, hashes, identifier, team, pages;
    uint64_t limit; /* how many bytes of the program have digests */
    uint8_t hash_size, hash_kind, page_shift;
};

struct check {
    const struct job *job;
    struct window window;
    uint64_t start, offset; /* of the program and of the super blob in the file */
    uint64_t program;       /* bytes before the signature */
    struct span super;
    const char *wrong; /* NULL while nothing is */
};

static struct span blob_at(struct check *c, uint32_t offset, uint32_t magic)
{
    struct span blob = span_from(c->super, offset);
    struct reader r = reader_over(blob);
    uint32_t found = reader_u32be(&r), length = reader_u32be(&r);

    if (!reader_ok(&r) || found != magic || length < 8 || length > blob.n) {
        c->wrong = "the code signature is damaged";
        return (struct span){0};
    }
    return (struct span){blob.p, length};
}

static bool parse_directory(struct span blob, struct directory *ret)
{
    struct reader r = reader_over(span_from(blob, 8));
    uint32_t limit;

    *ret = (struct directory){.bytes = blob};
    ret->version = reader_u32be(&r);
    ret->flags = reader_u32be(&r);
    ret->hashes = reader_u32be(&r);
    ret->identifier = reader_u32be(&r);
    reader_skip(&r, 4); // special slots: of what is not in the program
    ret->pages = reader_u32be(&r);
    limit = reader_u32be(&r);
    ret->hash_size = reader_u8(&r);
    ret->hash_kind = reader_u8(&r);
    reader_skip(&r, 1);
    ret->page_shift = reader_u8(&r);
    reader_skip(&r, 4);
    if (!reader_ok(&r))
        return false;
    ret->limit = limit;
    reader_skip(&r, 4); // scatter
    if (ret->version >= VERSION_TEAM)
        ret->team = reader_u32be(&r);
    if (ret->version >= VERSION_LIMIT_64) {
        uint64_t limit_64;

        reader_skip(&r, 4);
        limit_64 = reader_u64be(&r);
        if (reader_ok(&r) && limit_64)
            ret->limit = limit_64;
    }
    return true;
}

static struct sv text_at(const struct directory *d, uint32_t offset, struct arena *arena)
{
    struct span rest = span_from(d->bytes, offset);
    const uint8_t *end;

    if (offset == 0 || rest.n == 0)
        return (struct sv){0};
    end = memchr(rest.p, '\0', rest.n < TEXT_MAX ? rest.n : TEXT_MAX);
    return end ? arena_copy(arena, (struct sv){(const char *)rest.p, (size_t)(end - rest.p)})
               : (struct sv){0};
}

/* ---- pages ---- */

static bool kind_of(const struct directory *d, enum digest_kind *ret)
{
    static const struct {
        uint8_t kind, size;
        enum digest_kind digest;
    } kinds[] = {
        {1, 20, DIGEST_SHA1},
        {2, 32, DIGEST_SHA256},
        {3, 20, DIGEST_SHA256},
        {4, 48, DIGEST_SHA384},
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].kind == d->hash_kind && kinds[i].size == d->hash_size) {
            *ret = kinds[i].digest;
            return true;
        }
    }
    return false;
}

/* [at, at + size) of the program has this digest. */
static int page_matches(struct check *c, enum digest_kind kind, uint64_t at, uint64_t size,
                        struct span expected, bool *ret, struct err *err)
{
    uint8_t own[DIGEST_MAX];
    auto_digest digest = {0};

    *ret = false;
    digest_init(&digest, kind);
    while (size) {
        size_t n = size < WINDOW_SIZE ? (size_t)size : WINDOW_SIZE;
        struct span bytes;

        TRY(window_at(&c->window, c->start + at, n, &bytes, err));
        if (bytes.n != n)
            return 0;
        digest_update(&digest, bytes);
        at += n;
        size -= n;
    }
    TRY(digest_finish(&digest, own, err));
    *ret = memcmp(own, expected.p, expected.n) == 0;
    return 0;
}

static int check_pages(struct check *c, const struct directory *d, struct err *err)
{
    uint64_t page = d->limit; // one for all of it
    struct reader r = reader_over(span_from(d->bytes, d->hashes));
    enum digest_kind kind;

    if (!kind_of(d, &kind) || d->page_shift > PAGE_SHIFT_MAX) {
        c->wrong = "the code directory's digests are of an unknown kind";
        return 0;
    }
    if (d->page_shift)
        page = UINT64_C(1) << d->page_shift;
    // The signature follows what it covers, at a multiple of 16 bytes.
    if (d->limit > c->program || c->program - d->limit >= 16 || page == 0 ||
        d->pages != (d->limit + page - 1) / page) {
        c->wrong = "the code directory does not cover the whole program";
        return 0;
    }
    for (uint64_t at = 0; at < d->limit; at += page) {
        struct span expected = reader_take(&r, d->hash_size);
        bool same = false;

        if (reader_ok(&r))
            TRY(page_matches(c, kind, at, d->limit - at < page ? d->limit - at : page, expected,
                             &same, err));
        if (!same) {
            c->wrong = "the digest of a page of the file is another one";
            return 0;
        }
    }
    return 0;
}

/* ---- the super blob ---- */

static int check_directory(struct check *c, uint32_t slot, uint32_t offset, struct span *ret_first,
                           struct code_directory *ret, struct err *err)
{
    struct span blob = blob_at(c, offset, MAGIC_DIRECTORY);
    struct directory d;

    if (blob.n == 0)
        return 0;
    if (!parse_directory(blob, &d)) {
        c->wrong = "the code directory is damaged";
        return 0;
    }
    if (slot == SLOT_DIRECTORY) {
        *ret_first = blob;
        ret->there = true;
        ret->by_linker = d.flags & FLAG_BY_LINKER;
        ret->identifier = text_at(&d, d.identifier, c->job->arena);
        ret->identifier_at = c->offset + offset + d.identifier;
        ret->team_id = text_at(&d, d.team, c->job->arena);
        ret->team_id_at = c->offset + offset + d.team;
    }
    return c->wrong ? 0 : check_pages(c, &d, err);
}

static int check_super(struct check *c, struct code_directory *ret, struct err *err)
{
    struct span first = {0}, cms = {0};
    struct reader r = reader_over(blob_at(c, 0, MAGIC_SUPER));
    uint32_t count;

    reader_skip(&r, 8);
    count = reader_u32be(&r);
    if (!reader_ok(&r) || count > BLOBS_MAX) {
        c->wrong = "the code signature is damaged";
        count = 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t slot = reader_u32be(&r), offset = reader_u32be(&r);

        if (!reader_ok(&r)) {
            c->wrong = "the code signature is damaged";
            break;
        }
        if (slot == SLOT_DIRECTORY || (slot >= SLOT_ALTERNATE && slot < SLOT_ALTERNATE_END))
            TRY(check_directory(c, slot, offset, &first, ret, err));
        else if (slot == SLOT_CMS)
            cms = span_from(blob_at(c, offset, MAGIC_CMS), 8);
    }
    if (cms.n && first.n)
        TRY(signature_check_detached(cms, first, c->offset, c->job->roots, c->job->arena,
                                     &ret->signatures, err));
    if (!c->wrong && !first.n)
        c->wrong = "there is no code directory";
    return 0;
}

int code_directory_check(const struct job *job, uint64_t start, uint64_t offset, uint64_t size,
                         struct code_directory *ret, struct err *err)
{
    struct check c = {.job = job, .start = start, .offset = offset, .program = offset - start};

    *ret = (struct code_directory){0};
    window_init(&c.window, job->bytes, job->arena);
    if (size > BYTES_MAX)
        return signature_add_broken("the code signature is larger than any can be", offset, size,
                                    job->arena, &ret->signatures, err);
    TRY(source_read(job->bytes, offset, (size_t)size, job->arena, &c.super, err));
    TRY(check_super(&c, ret, err));
    if (!c.wrong)
        return 0;
    // Whatever the CMS signature says, what it vouches for is not this program.
    if (ret->signatures.count == 0)
        return signature_add_broken(c.wrong, offset, size, job->arena, &ret->signatures, err);
    for (size_t i = 0; i < ret->signatures.count; i++) {
        ret->signatures.at[i].state = SIGNATURE_BROKEN;
        ret->signatures.at[i].why = sv_str(c.wrong);
    }
    return 0;
}
