// SPDX-License-Identifier: Apache-2.0
#include "source/nsis.h"

#include <stdlib.h>
#include <string.h>

#include "source/codec_nsis.h"
#include "source/input.h"
#include "source/nsis_header.h"

enum {
    HEADER_MAX = 16 << 20,
    ARENA = 96 << 20,
    SLACK = 1024,   /* by which bytes that cannot be compressed may grow */
    SIGNATURE = 12, /* bytes that tell the method */
};

#define COMPRESSED UINT32_C(0x80000000)

struct nsis {
    struct entry_reader entries;
    struct arena arena;
    struct budget *budget;
    struct input in;
    uint64_t end; /* of the installer, in the source */
    enum nsis_method method;
    bool solid;
    uint64_t data; /* where it begins: in the source, or in what is unpacked */

    struct codec *codec;
    struct span piece; /* what the codec gave and nobody took */
    uint64_t at;       /* in what is unpacked */

    struct nsis_item *items;
    size_t count, next_item;
    uint64_t left; /* bytes of the item at hand */
    bool begun, limited;
};

/* ---- bytes of one stream ---- */

static int take(struct nsis *n, uint64_t max, struct span *ret, struct err *err)
{
    if (n->piece.n == 0) {
        if (n->codec)
            TRY(n->codec->next(n->codec, &n->piece, err));
        else
            TRY(input_next(&n->in, &n->piece, err));
    }
    ret->p = n->piece.p;
    ret->n = n->piece.n < max ? n->piece.n : (size_t)max;
    n->piece = span_from(n->piece, ret->n);
    n->at += ret->n;
    return 0;
}

static int take_all(struct nsis *n, uint8_t *to, size_t size, struct err *err)
{
    while (size) {
        struct span some;

        TRY(take(n, size, &some, err));
        if (some.n == 0)
            return ERR(err, ERR_FORMAT, "nsis: it ends too early");
        memcpy(to, some.p, some.n);
        to += some.n;
        size -= some.n;
    }
    return 0;
}

static int take_u32(struct nsis *n, uint32_t *ret, struct err *err)
{
    uint8_t bytes[4];
    struct reader r = reader_over((struct span){bytes, sizeof(bytes)});

    TRY(take_all(n, bytes, sizeof(bytes), err));
    *ret = reader_u32le(&r);
    return 0;
}

/* Go on to a place in what is unpacked; that is work like unpacking it for somebody. */
static int skip(struct nsis *n, uint64_t bytes, struct err *err)
{
    while (bytes) {
        struct span some;

        TRY(take(n, bytes, &some, err));
        if (some.n == 0)
            return ERR(err, ERR_FORMAT, "nsis: it ends too early");
        bytes -= some.n;
        if (n->codec)
            TRY(budget_unpacked(n->budget, some.n, err));
    }
    return 0;
}

/* Read on at a place in the source, as it stands there. */
static void seek(struct nsis *n, uint64_t offset)
{
    codec_close(n->codec);
    n->codec = NULL;
    n->piece = (struct span){0};
    n->in.at = offset < n->end ? offset : n->end;
    n->at = 0;
}

static int unpack(struct nsis *n, struct err *err)
{
    if (n->method == NSIS_STORED)
        return ERR(err, ERR_FORMAT, "nsis: a file is compressed, and the installer is not");
    n->in.at -= n->piece.n;
    n->piece = (struct span){0};
    n->at = 0;
    return codec_nsis_open(n->method, &n->in, &n->codec, err);
}

/* ---- opening ---- */

static bool is_lzma(struct span s)
{
    struct reader r = reader_over(s);
    uint8_t properties = reader_u8(&r);
    uint32_t dictionary = reader_u32le(&r);
    uint8_t first = reader_u8(&r), second = reader_u8(&r);

    return reader_ok(&r) && properties == 0x5d && (dictionary & 0xffff) == 0 && first == 0 &&
           (second & 0x80) == 0;
}

static bool is_bzip2(struct span s)
{
    return s.n >= 2 && s.p[0] == 0x31 && s.p[1] < 14;
}

/* Where the header begins, and how it and all else is compressed. */
static int tell_method(struct nsis *n, uint32_t header, struct err *err)
{
    struct span s;
    struct reader r;
    uint32_t size;

    TRY(input_peek(&n->in, SIGNATURE, &s, err));
    r = reader_over(s);
    size = reader_u32le(&r);
    if (!reader_ok(&r))
        return ERR(err, ERR_FORMAT, "nsis: it ends too early");
    // One stream may begin like the size of a compressed header, but not with a sensible size.
    n->solid = size != header && (is_lzma(s) || !(size & COMPRESSED) ||
                                  (size & ~COMPRESSED) > header + header / 8 + SLACK);
    if (!n->solid)
        s = span_from(s, 4);
    n->method = size == header ? NSIS_STORED
                : is_lzma(s)   ? NSIS_LZMA
                : is_bzip2(s)  ? NSIS_BZIP2
                               : NSIS_DEFLATE;
    if (s.n >= 2 && s.p[0] <= 1 && is_lzma(span_from(s, 1)))
        return ERR(err, ERR_UNSUPPORTED, "nsis: LZMA behind a filter");
    return 0;
}

static int read_header(struct nsis *n, struct err *err)
{
    struct span beginning, header;
    struct reader r;
    uint64_t start = n->in.at, from;
    uint32_t size, stored, all;
    uint8_t *bytes;

    TRY(input_peek(&n->in, NSIS_BEGINNING, &beginning, err));
    r = reader_over(beginning);
    reader_skip(&r, 4);
    if (!sv_starts(sv_of(reader_take(&r, 16)), SV(NSIS_MARK)))
        return ERR(err, ERR_FORMAT, "nsis: it does not begin as one");
    size = reader_u32le(&r);
    all = reader_u32le(&r);
    if (!reader_ok(&r) || size > HEADER_MAX)
        return ERR(err, ERR_FORMAT, "nsis: its header is damaged");
    n->end = all < n->in.source->size - start ? start + all : n->in.source->size;
    n->in.end = n->end;
    from = n->in.at += NSIS_BEGINNING;
    TRY(tell_method(n, size, err));
    if (n->solid)
        TRY(unpack(n, err));
    TRY(take_u32(n, &stored, err));
    if (!n->solid && n->method != NSIS_STORED)
        TRY(unpack(n, err));
    bytes = arena_take(&n->arena, size);
    if (!bytes && size)
        return arena_error(&n->arena, err);
    TRY(take_all(n, bytes, size, err));
    TRY(budget_unpacked(n->budget, size, err));
    n->data = n->solid ? n->at : from + 4 + (stored & ~COMPRESSED);
    header = (struct span){bytes, size};
    return nsis_items(header, &n->arena, &n->items, &n->count, err);
}

/* ---- items ---- */

/* To the bytes of an item; `limited` when their number is known. */
static int begin(struct nsis *n, const struct nsis_item *item, struct err *err)
{
    uint32_t size;

    if (!n->solid)
        seek(n, n->data + item->at);
    else if (n->data + item->at < n->at)
        return ERR(err, ERR_FORMAT, "nsis: its files overlap");
    else
        TRY(skip(n, n->data + item->at - n->at, err));
    TRY(take_u32(n, &size, err));
    if (item->uninstaller) {
        // First comes the icon that the program is given.
        TRY(skip(n, size & ~COMPRESSED, err));
        TRY(take_u32(n, &size, err));
    }
    n->limited = n->solid || !(size & COMPRESSED);
    n->left = size;
    if (!n->limited)
        TRY(unpack(n, err));
    return 0;
}

static int pull(void *from, struct span *ret_piece, struct err *err)
{
    struct nsis *n = from;

    if (!n->begun) {
        n->begun = true;
        TRY(begin(n, &n->items[n->next_item - 1], err));
    }
    TRY(take(n, n->limited ? n->left : UINT64_MAX, ret_piece, err));
    if (!n->limited)
        return 0;
    if (ret_piece->n == 0 && n->left)
        return ERR(err, ERR_FORMAT, "nsis: it ends too early");
    n->left -= ret_piece->n;
    return 0;
}

static int next(struct entry_reader *r, struct entry_item *ret, struct err *err)
{
    struct nsis *n = (struct nsis *)r;
    const struct nsis_item *item;

    (void)err;
    if (n->next_item == n->count)
        return ENTRIES_ENDED;
    item = &n->items[n->next_item++];
    *ret = (struct entry_item){.name = item->name,
                               .type = item->again ? ENTRY_LINK : ENTRY_FILE,
                               .size = (uint64_t)FLOW_SIZE_UNKNOWN};
    if (ret->name.n == 0)
        ret->name = SV("file");
    n->begun = false;
    return 0;
}

static void close_nsis(struct entry_reader *r)
{
    struct nsis *n = (struct nsis *)r;

    codec_close(n->codec);
    input_clear(&n->in);
    arena_clear(&n->arena);
    free(n);
}

int nsis_open(struct source *source, uint64_t base, struct budget *budget,
              struct entry_reader **ret, struct err *err)
{
    struct nsis *n = calloc(1, sizeof(*n));
    int r;

    if (!n)
        return ERR(err, ERR_NOMEM, "no memory");
    n->entries.next = next;
    n->entries.pull = pull;
    n->entries.close = close_nsis;
    n->budget = budget;
    arena_init(&n->arena, ARENA);
    input_init(&n->in, source, 0, budget);
    n->in.at = base;
    r = read_header(n, err);
    if (r < 0) {
        close_nsis(&n->entries);
        return r;
    }
    *ret = &n->entries;
    return 0;
}
