// SPDX-License-Identifier: Apache-2.0
#include "remedy/tar_copy.h"

#include <stdio.h>
#include <string.h>

enum {
    BLOCK = 512,
    PIECE = 64 << 10,
    EXTENDED_MAX = 1 << 20, /* bytes of extended headers of one entry */
    SPARSE_MAX = 4096,      /* blocks of a sparse file's map */

    SIZE = 124,
    CHECKSUM = 148,
    TYPE = 156,
    LINK = 157,
    MAGIC = 257,
    PREFIX = 345,
    SPARSE_MORE = 482,       /* GNU: more of the map follows */
    SPARSE_MORE_AGAIN = 504, /* and in each block of it */
};

struct copying {
    struct layer_reader *from;
    struct layer_writer *to;
    const struct tar_visitor *visitor;
    uint64_t at;           /* bytes read */
    struct buf pending;    /* headers that belong to the next entry */
    struct buf path, link; /* from them */
    bool has_size;
    uint64_t size;
    uint8_t piece[PIECE];
};

/* ---- bytes ---- */

static int take(struct copying *c, void *to, size_t n, struct err *err)
{
    size_t got;

    TRY(layer_read(c->from, to, n, &got, err));
    if (got != n)
        return ERR(err, ERR_FORMAT, "the layer's tar breaks off");
    c->at += n;
    return 0;
}

static int give(struct copying *c, const void *p, size_t n, struct err *err)
{
    return c->to && n ? layer_write(c->to, p, n, err) : 0;
}

static uint64_t padded(uint64_t size)
{
    return size > UINT64_MAX - BLOCK ? UINT64_MAX : (size + BLOCK - 1) / BLOCK * BLOCK;
}

static int pass(struct copying *c, uint64_t n, bool keep, struct err *err)
{
    while (n) {
        size_t some = n < PIECE ? (size_t)n : PIECE;

        TRY(take(c, c->piece, some, err));
        if (keep)
            TRY(give(c, c->piece, some, err));
        n -= some;
    }
    return 0;
}

/* ---- headers ---- */

static struct sv field(const uint8_t *block, size_t at, size_t n)
{
    const uint8_t *end = memchr(block + at, 0, n);

    return (struct sv){(const char *)block + at, end ? (size_t)(end - (block + at)) : n};
}

/* Octal digits, or with the first bit set a number of the bytes behind it. */
static bool number(const uint8_t *p, size_t n, uint64_t *ret)
{
    uint64_t value = 0;
    size_t i = 0;

    if (p[0] & 0x80) {
        if (p[0] != 0x80)
            return false;
        for (i = 1; i < n; i++) {
            if (value >> 56)
                return false;
            value = value << 8 | p[i];
        }
        *ret = value;
        return true;
    }
    while (i < n && p[i] == ' ')
        i++;
    for (; i < n && p[i] >= '0' && p[i] <= '7'; i++) {
        if (value >> 60)
            return false;
        value = value << 3 | (uint64_t)(p[i] - '0');
    }
    *ret = value;
    return i == n || p[i] == 0 || p[i] == ' ';
}

static unsigned checksum(const uint8_t *block)
{
    unsigned sum = 0;

    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= CHECKSUM && i < CHECKSUM + 8 ? ' ' : block[i];
    return sum;
}

static void set_checksum(uint8_t *block)
{
    char text[8];

    (void)snprintf(text, sizeof(text), "%06o", checksum(block) & 0777777);
    memcpy(block + CHECKSUM, text, 7);
    block[CHECKSUM + 7] = ' ';
}

static void set_size(uint8_t *block, uint64_t size)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%011llo", (unsigned long long)size);
    memcpy(block + SIZE, text, 12);
    set_checksum(block);
}

static bool is_zero(const uint8_t *block)
{
    for (size_t i = 0; i < BLOCK; i++)
        if (block[i])
            return false;
    return true;
}

static struct sv tidy(struct sv path)
{
    for (;;) {
        if (sv_starts(path, SV("./")))
            path = sv_from(path, 2);
        else if (sv_starts(path, SV("/")))
            path = sv_from(path, 1);
        else
            break;
    }
    while (path.n && path.p[path.n - 1] == '/')
        path.n--;
    return path;
}

/* "length key=value\n" and so on. */
static int read_pax(struct copying *c, struct sv text, struct err *err)
{
    while (text.n) {
        struct sv rest = text, digits = sv_cut(&rest, ' '), key, record;
        uint64_t length;

        if (!sv_to_u64(digits, &length) || length > text.n || length <= digits.n + 1)
            return ERR(err, ERR_FORMAT, "an extended header of the layer's tar is damaged");
        record = (struct sv){text.p + digits.n + 1, (size_t)length - digits.n - 2};
        key = sv_cut(&record, '=');
        text = sv_from(text, (size_t)length);
        if (sv_eq(key, SV("path"))) {
            buf_reset(&c->path);
            buf_sv(&c->path, record);
        } else if (sv_eq(key, SV("linkpath"))) {
            buf_reset(&c->link);
            buf_sv(&c->link, record);
        } else if (sv_eq(key, SV("size"))) {
            c->has_size = sv_to_u64(record, &c->size);
        } else if (sv_starts(key, SV("GNU.sparse.name"))) {
            buf_reset(&c->path);
            buf_sv(&c->path, record);
        }
    }
    return 0;
}

/* A header that says something of the next entry: kept until that is known. */
static int read_extended(struct copying *c, const uint8_t *block, uint64_t size, struct err *err)
{
    size_t start = c->pending.n + BLOCK;
    char type = (char)block[TYPE];
    struct sv text;

    if (size > EXTENDED_MAX || c->pending.n > EXTENDED_MAX)
        return ERR(err, ERR_LIMIT, "an extended header of the layer's tar is too large");
    buf_bytes(&c->pending, block, BLOCK);
    for (uint64_t left = padded(size); left; left -= BLOCK) {
        TRY(take(c, c->piece, BLOCK, err));
        buf_bytes(&c->pending, c->piece, BLOCK);
    }
    if (!buf_ok(&c->pending))
        return ERR(err, ERR_NOMEM, "no memory");
    text = (struct sv){c->pending.p + start, (size_t)size};
    if (type == 'x')
        return read_pax(c, text, err);
    if (type != 'L' && type != 'K')
        return 0;
    text = sv_str(text.n ? c->pending.p + start : "");
    buf_reset(type == 'L' ? &c->path : &c->link);
    buf_sv(type == 'L' ? &c->path : &c->link, text);
    return 0;
}

/* The rest of the map of a sparse file of GNU's old kind. */
static int read_sparse(struct copying *c, const uint8_t *block, struct buf *header, struct err *err)
{
    bool more = block[TYPE] == 'S' && block[SPARSE_MORE];

    for (int i = 0; more; i++) {
        if (i == SPARSE_MAX)
            return ERR(err, ERR_LIMIT, "a sparse file of the layer's tar has too many pieces");
        TRY(take(c, c->piece, BLOCK, err));
        buf_bytes(header, c->piece, BLOCK);
        more = c->piece[SPARSE_MORE_AGAIN];
    }
    return 0;
}

/* ---- entries ---- */

static int rewrite(struct copying *c, const struct tar_entry *e, uint8_t *block, struct err *err)
{
    auto_buf before = {0}, after = {0};
    static const uint8_t zeros[BLOCK];

    if (e->size > TAR_REWRITE_MAX || c->has_size || (e->type != '0' && e->type != 0))
        return ERR(err, ERR_UNSUPPORTED, "%.*s cannot be edited in a layer", (int)e->path.n,
                   e->path.p);
    for (uint64_t left = padded(e->size); left; left -= BLOCK) {
        TRY(take(c, c->piece, BLOCK, err));
        buf_bytes(&before, c->piece, BLOCK);
    }
    if (!buf_ok(&before))
        return ERR(err, ERR_NOMEM, "no memory");
    TRY(c->visitor->rewrite(
        c->visitor->to, e, (struct span){(const uint8_t *)before.p, (size_t)e->size}, &after, err));
    set_size(block, after.n);
    TRY(give(c, c->pending.p, c->pending.n, err));
    TRY(give(c, block, BLOCK, err));
    TRY(give(c, after.p, after.n, err));
    return give(c, zeros, (size_t)(padded(after.n) - after.n), err);
}

static int one_entry(struct copying *c, uint8_t *block, uint64_t size, struct err *err)
{
    struct tar_entry e = {.type = (char)block[TYPE], .size = c->has_size ? c->size : size};
    enum tar_verdict verdict = TAR_KEEP;
    auto_buf header = {0}, name = {0};
    bool ustar = memcmp(block + MAGIC, "ustar\0", 6) == 0, has_data;

    TRY(read_sparse(c, block, &header, err));
    if (ustar && block[PREFIX]) {
        buf_sv(&name, field(block, PREFIX, 155));
        buf_char(&name, '/');
    }
    buf_sv(&name, field(block, 0, 100));
    e.path = tidy(c->path.n ? buf_view(&c->path) : buf_view(&name));
    e.link = c->link.n ? buf_view(&c->link) : field(block, LINK, 100);
    if (e.type == '1')
        e.link = tidy(e.link);
    has_data = e.type != '1' && e.type != '2' && e.type != '3' && e.type != '4' && e.type != '5' &&
               e.type != '6';
    e.at = c->at;
    if (!has_data)
        e.size = 0;
    TRY(c->visitor->decide(c->visitor->to, &e, &verdict, err));
    if (verdict == TAR_REWRITE)
        return rewrite(c, &e, block, err);
    if (verdict == TAR_KEEP) {
        TRY(give(c, c->pending.p, c->pending.n, err));
        TRY(give(c, block, BLOCK, err));
        TRY(give(c, header.p, header.n, err));
    }
    return pass(c, padded(e.size), verdict == TAR_KEEP, err);
}

static int copy_all(struct copying *c, struct err *err)
{
    for (;;) {
        uint8_t block[BLOCK];
        uint64_t size, sum;
        size_t got;

        TRY(layer_read(c->from, block, BLOCK, &got, err));
        c->at += got;
        if (got == 0)
            return 0;
        if (got < BLOCK)
            return ERR(err, ERR_FORMAT, "the layer's tar breaks off");
        if (is_zero(block)) {
            TRY(give(c, block, BLOCK, err));
            break;
        }
        if (!number(block + CHECKSUM, 8, &sum) || sum != checksum(block) ||
            !number(block + SIZE, 12, &size))
            return ERR(err, ERR_FORMAT, "the layer is no tar, or a header in it is damaged");
        if (strchr("xLKgV", block[TYPE]) && block[TYPE]) {
            TRY(read_extended(c, block, size, err));
            continue;
        }
        TRY(one_entry(c, block, size, err));
        buf_reset(&c->pending);
        buf_reset(&c->path);
        buf_reset(&c->link);
        c->has_size = false;
    }
    // What fills it up to a whole record.
    for (size_t got = PIECE; got == PIECE;) {
        TRY(layer_read(c->from, c->piece, PIECE, &got, err));
        TRY(give(c, c->piece, got, err));
    }
    return 0;
}

int tar_copy(struct layer_reader *from, struct layer_writer *to, const struct tar_visitor *visitor,
             struct err *err)
{
    struct copying c = {.from = from, .to = to, .visitor = visitor};
    int result = copy_all(&c, err);

    buf_clear(&c.pending);
    buf_clear(&c.path);
    buf_clear(&c.link);
    return result;
}

int tar_header(struct sv name, char type, struct sv link, uint64_t size, struct buf *to,
               struct err *err)
{
    uint8_t block[BLOCK] = {0};

    if (name.n == 0 || name.n > 100 || link.n > 100)
        return ERR(err, ERR_UNSUPPORTED, "'%.*s' is too long a name for an image", (int)name.n,
                   name.p);
    memcpy(block, name.p, name.n);
    if (link.n)
        memcpy(block + LINK, link.p, link.n);
    memcpy(block + 100, type == '5' ? "0000755" : "0000644", 7);
    memcpy(block + 108, "0000000", 7);
    memcpy(block + 116, "0000000", 7);
    memcpy(block + 136, "00000000000", 11);
    block[TYPE] = (uint8_t)type;
    memcpy(block + MAGIC, "ustar\00000", 8);
    if (size >> 33) { // more than eleven octal digits say
        block[SIZE] = 0x80;
        for (int i = 0; i < 8; i++)
            block[SIZE + 11 - i] = (uint8_t)(size >> 8 * i);
        set_checksum(block);
    } else {
        set_size(block, size);
    }
    buf_bytes(to, block, BLOCK);
    return 0;
}
