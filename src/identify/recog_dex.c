// SPDX-License-Identifier: Apache-2.0
/*
 * Names the Java packages whose classes an Android program defines, from the tables of its DEX.
 *
 *     header | string ids | type ids | … | class definitions | data: the strings
 *
 * Classes that it only asks for are somebody else's and not named. An optimised file of old Android
 * ("dey") has a DEX inside; from version 41 on several of them share one file and its data.
 * Format: https://source.android.com/docs/core/runtime/dex-format
 */
#include <string.h>

#include "base/window.h"
#include "identify/java_packages.h"

#define LITTLE_ENDIAN_TAG UINT32_C(0x12345678)

enum {
    HEADER_SIZE = 112,
    SHARING_VERSION = 41,
    OPTIMISED_HEADER = 12, /* magic, then where the DEX is */
    TYPES_MAX = 65536,     /* a class is named by 16 bits almost everywhere */
    CLASS_SIZE = 32,
    BATCH = 1024,
    NAME_MAX_BYTES = 4096,
    DEXES_MAX = 256, /* in one file */
};

struct dex {
    const struct job *job;
    struct window window;
    struct java_packages packages;
    uint8_t *defined; /* one a type */
    uint64_t base;    /* its offsets count from there */
    uint32_t size, strings, strings_at, types, types_at, classes, classes_at;
    bool cut;
};

static bool is_dex(struct span head)
{
    return head.n >= 8 && memcmp(head.p, "dex\n", 4) == 0 && head.p[7] == '\0';
}

static unsigned version_of(struct span head)
{
    uint64_t version = 0;

    return sv_to_u64((struct sv){(const char *)head.p + 4, 3}, &version) ? (unsigned)version : 0;
}

static int read_header(struct dex *d, uint64_t at, struct span *ret_head, struct err *err)
{
    struct reader r;

    TRY(window_at(&d->window, at, HEADER_SIZE, ret_head, err));
    if (!is_dex(*ret_head) || ret_head->n < HEADER_SIZE)
        return ERR(err, ERR_FORMAT, "dex: it ends in its header");
    r = reader_over(span_from(*ret_head, 32));
    d->size = reader_u32le(&r);
    reader_skip(&r, 4);
    if (reader_u32le(&r) != LITTLE_ENDIAN_TAG)
        return ERR(err, ERR_UNSUPPORTED, "dex: of the other byte order");
    reader_skip(&r, 12);
    d->strings = reader_u32le(&r);
    d->strings_at = reader_u32le(&r);
    d->types = reader_u32le(&r);
    d->types_at = reader_u32le(&r);
    reader_skip(&r, 24);
    d->classes = reader_u32le(&r);
    d->classes_at = reader_u32le(&r);
    if (d->types > TYPES_MAX || d->classes > TYPES_MAX)
        return ERR(err, ERR_FORMAT, "dex: more types than can be named");
    return 0;
}

/* Which types are classes of its own. */
static int mark_classes(struct dex *d, struct err *err)
{
    struct span row;

    memset(d->defined, 0, TYPES_MAX);
    for (uint32_t i = 0; i < d->classes; i++) {
        struct reader r;
        uint32_t type;

        TRY(window_at(&d->window, d->base + d->classes_at + (uint64_t)CLASS_SIZE * i, 4, &row,
                      err));
        r = reader_over(row);
        type = reader_u32le(&r);
        d->cut |= !reader_ok(&r) || type >= d->types;
        if (reader_ok(&r) && type < d->types)
            d->defined[type] = 1;
    }
    return 0;
}

/* "Lcom/example/Main;" behind its length: the folder is what counts. */
static int add_class(struct dex *d, uint64_t at, struct err *err)
{
    struct span bytes;
    struct reader r;
    struct sv name;
    size_t slash;

    TRY(window_at(&d->window, at, NAME_MAX_BYTES, &bytes, err));
    r = reader_over(bytes);
    (void)reader_uvarint(&r);
    name = sv_of(r.rest);
    name = sv_cut(&name, '\0');
    if (!sv_starts(name, SV("L")) || !sv_ends(name, SV(";"))) {
        d->cut = true;
        return 0;
    }
    name = sv_from(name, 1);
    slash = sv_find_last(name, '/');
    if (slash != SIZE_MAX)
        java_packages_add(&d->packages, (struct sv){name.p, slash});
    return 0;
}

/* `count` numbers of 32 bits; fewer at the end of the file. */
static int read_numbers(struct dex *d, uint64_t at, uint32_t *to, uint32_t *count, struct err *err)
{
    struct span bytes;
    struct reader r;

    TRY(window_at(&d->window, at, 4 * (size_t)*count, &bytes, err));
    r = reader_over(bytes);
    d->cut |= bytes.n / 4 < *count;
    *count = (uint32_t)(bytes.n / 4);
    for (uint32_t i = 0; i < *count; i++)
        to[i] = reader_u32le(&r);
    return 0;
}

/*
 * Types and strings are sorted by name, so that going through the types goes through the file once;
 * each table moves the window, hence the batches.
 */
static int add_classes(struct dex *d, struct err *err)
{
    uint32_t ids[BATCH], count;

    for (uint32_t i = 0; i < d->types; i += count) {
        uint32_t wanted = 0;

        count = d->types - i < BATCH ? d->types - i : BATCH;
        TRY(read_numbers(d, d->base + d->types_at + 4 * (uint64_t)i, ids, &count, err));
        if (count == 0)
            return 0;
        for (uint32_t k = 0; k < count; k++)
            if (d->defined[i + k] && ids[k] < d->strings)
                ids[wanted++] = ids[k];
        for (uint32_t k = 0; k < wanted; k++) {
            uint32_t one = 1;

            TRY(read_numbers(d, d->base + d->strings_at + 4 * (uint64_t)ids[k], &ids[k], &one,
                             err));
            ids[k] = one ? ids[k] : UINT32_MAX;
        }
        for (uint32_t k = 0; k < wanted; k++)
            TRY(add_class(d, d->base + ids[k], err));
    }
    return 0;
}

static int read_one(struct dex *d, struct err *err)
{
    TRY(mark_classes(d, err));
    return add_classes(d, err);
}

static int read_all(struct dex *d, uint64_t start, bool shorter, struct err *err)
{
    struct span head;
    uint64_t at = start;

    java_packages_init(&d->packages, d->job->arena, shorter);
    d->base = start;
    for (unsigned i = 0; i < DEXES_MAX; i++) {
        unsigned version;

        TRY(read_header(d, at, &head, err));
        version = version_of(head);
        TRY(read_one(d, err));
        at += d->size;
        if (version < SHARING_VERSION || d->size < HEADER_SIZE || at >= d->job->bytes->size)
            break;
    }
    return 0;
}

static int find_start(struct dex *d, uint64_t *ret, struct err *err)
{
    struct span head;
    struct reader r;

    TRY(window_at(&d->window, 0, OPTIMISED_HEADER, &head, err));
    *ret = 0;
    if (is_dex(head))
        return 0;
    if (!sv_starts(sv_of(head), SV("dey\n")))
        return RECOG_NOT_MINE;
    r = reader_over(span_from(head, 8));
    *ret = reader_u32le(&r);
    return 0;
}

static int identify_dex(const struct job *job, struct err *err)
{
    struct dex *d = arena_take(job->arena, sizeof(*d));
    struct err wrong;
    uint64_t start;
    int result, emitted;

    if (!d || !(d->defined = arena_take(job->arena, TYPES_MAX)))
        return arena_error(job->arena, err);
    d->job = job;
    window_init(&d->window, job->bytes, job->arena);
    result = find_start(d, &start, err);
    if (result != 0)
        return result;
    result = read_all(d, start, false, err);
    if (result == 0 && d->packages.full)
        result = read_all(d, start, true, err);
    emitted = java_packages_emit(job, &d->packages, result < 0 ? &wrong : err);
    if (result < 0 || emitted < 0)
        return result < 0 ? result : emitted;
    if (d->cut)
        return ERR(err, ERR_FORMAT, "dex: its tables name what is not in it");
    return emitted;
}

/* What is in an app belongs to it: "x.apk!/classes.dex" is installed where x.apk is. */
#define DEX(bytes) \
    { \
        .magic = {(bytes), 4}, .state = STATE_PRESENT, .anchor_up = 1, .whole = true \
    }

static const struct gate gates[] = {
    DEX("dex\n"),
    DEX("dey\n"),
    {0},
};

const struct recogniser recog_dex = {
    .name = "dex",
    .summary = "the Java packages whose classes are in an Android program",
    .epoch = 1,
    .gates = gates,
    .identify = identify_dex,
};
