// SPDX-License-Identifier: Apache-2.0
/*
 * bzip2 as NSIS writes it: a block begins with the byte '1' and has no sum, and the byte 0x17 ends
 * the data. libbz2 cannot be told to do without sums, so this is a decoder of our own.
 *
 *     '1'  origin:24  which of 256 bytes occur  groups:3  selectors:15  selectors, code lengths
 *     symbols, 50 a selector: runs of the byte at the front, or a byte to move there; the end
 *
 * What comes out is sorted by what follows each byte (Burrows and Wheeler), and before that runs of
 * four and more bytes had their length written behind them.
 */
#include <stdlib.h>
#include <string.h>

#include "source/codec_nsis.h"

enum {
    BLOCK_MAX = 900000,
    GROUPS_MAX = 6,
    GROUP_SIZE = 50,
    SELECTORS_MAX = 18002,
    SYMBOLS_MAX = 258,
    CODE_MAX = 20, /* bits */
    RUN_A = 0,
    RUN_B = 1,
    OUT = 64 * 1024,
    BEGINS = 0x31,
    ENDS = 0x17,
};

struct table {
    uint32_t limit[CODE_MAX + 2]; /* the first code that is longer, shifted */
    uint32_t base[CODE_MAX + 2];
    uint16_t symbols[SYMBOLS_MAX];
    unsigned shortest;
};

struct nsis_bzip2 {
    struct codec codec;
    struct input *in;
    struct span piece;
    uint32_t bits;
    unsigned bit_count;
    bool ended;

    uint32_t *block; /* a byte, and above it where the next one is */
    uint32_t left, at;
    unsigned repeats; /* of the last byte so far, at most 4 */
    unsigned run;     /* of it still to be written */
    int last;

    uint8_t selectors[SELECTORS_MAX];
    struct table tables[GROUPS_MAX];
    uint8_t out[OUT];
};

/* ---- bits ---- */

static int get_bits(struct nsis_bzip2 *c, unsigned n, uint32_t *ret, struct err *err)
{
    while (c->bit_count < n) {
        if (c->piece.n == 0)
            TRY(input_next(c->in, &c->piece, err));
        if (c->piece.n == 0)
            return ERR(err, ERR_FORMAT, "nsis: the bzip2 data ends too early");
        c->bits = c->bits << 8 | c->piece.p[0];
        c->piece = span_from(c->piece, 1);
        c->bit_count += 8;
    }
    c->bit_count -= n;
    *ret = c->bits >> c->bit_count & ((UINT32_C(1) << n) - 1);
    return 0;
}

static int damaged(struct err *err)
{
    return ERR(err, ERR_FORMAT, "nsis: damaged bzip2 data");
}

/* ---- the head of a block ---- */

static int get_used(struct nsis_bzip2 *c, uint8_t *used, unsigned *ret_n, struct err *err)
{
    uint32_t rows, row;

    *ret_n = 0;
    TRY(get_bits(c, 16, &rows, err));
    for (unsigned i = 0; i < 16; i++) {
        if (!(rows >> (15 - i) & 1))
            continue;
        TRY(get_bits(c, 16, &row, err));
        for (unsigned k = 0; k < 16; k++) {
            if (row >> (15 - k) & 1)
                used[(*ret_n)++] = (uint8_t)(i * 16 + k);
        }
    }
    return *ret_n ? 0 : damaged(err);
}

static int get_selectors(struct nsis_bzip2 *c, unsigned groups, unsigned *ret_n, struct err *err)
{
    uint8_t order[GROUPS_MAX];
    uint32_t n, bit;

    TRY(get_bits(c, 15, &n, err));
    if (n == 0 || n > SELECTORS_MAX)
        return damaged(err);
    for (unsigned i = 0; i < GROUPS_MAX; i++)
        order[i] = (uint8_t)i;
    for (uint32_t i = 0; i < n; i++) {
        unsigned at = 0;
        uint8_t group;

        for (;; at++) {
            TRY(get_bits(c, 1, &bit, err));
            if (!bit)
                break;
            if (at + 1 >= groups)
                return damaged(err);
        }
        group = order[at];
        memmove(order + 1, order, at);
        c->selectors[i] = order[0] = group;
    }
    *ret_n = n;
    return 0;
}

/* Codes of one length follow each other, in the order of their symbols. */
static void make_table(struct table *t, const uint8_t *lengths, unsigned symbols)
{
    unsigned counts[CODE_MAX + 2] = {0}, n = 0;
    uint32_t code = 0;

    t->shortest = CODE_MAX;
    for (unsigned i = 0; i < symbols; i++) {
        counts[lengths[i]]++;
        if (lengths[i] < t->shortest)
            t->shortest = lengths[i];
    }
    for (unsigned length = 1; length <= CODE_MAX; length++) {
        t->base[length] = code - n;
        code += counts[length];
        t->limit[length] = code;
        for (unsigned i = 0; i < symbols; i++) {
            if (lengths[i] == length)
                t->symbols[n++] = (uint16_t)i;
        }
        code <<= 1;
    }
}

static int get_table(struct nsis_bzip2 *c, struct table *t, unsigned symbols, struct err *err)
{
    uint8_t lengths[SYMBOLS_MAX];
    uint32_t length, bit;

    TRY(get_bits(c, 5, &length, err));
    for (unsigned i = 0; i < symbols; i++) {
        for (;;) {
            if (length < 1 || length > CODE_MAX)
                return damaged(err);
            TRY(get_bits(c, 1, &bit, err));
            if (!bit)
                break;
            TRY(get_bits(c, 1, &bit, err));
            length += bit ? UINT32_MAX : 1;
        }
        lengths[i] = (uint8_t)length;
    }
    make_table(t, lengths, symbols);
    return 0;
}

static int get_symbol(struct nsis_bzip2 *c, const struct table *t, unsigned symbols, unsigned *ret,
                      struct err *err)
{
    uint32_t code, bit, at;

    TRY(get_bits(c, t->shortest, &code, err));
    for (unsigned length = t->shortest; length <= CODE_MAX; length++) {
        if (code < t->limit[length]) {
            at = code - t->base[length];
            *ret = at < symbols ? t->symbols[at] : 0;
            return at < symbols ? 0 : damaged(err);
        }
        TRY(get_bits(c, 1, &bit, err));
        code = code << 1 | bit;
    }
    return damaged(err);
}

/* ---- a block ---- */

static int get_bytes(struct nsis_bzip2 *c, uint8_t *front, unsigned used, unsigned selectors,
                     struct err *err)
{
    uint32_t n = 0, run = 0, weight = 1;

    for (uint32_t i = 0;; i++) {
        unsigned symbol;
        uint8_t byte;

        if (i / GROUP_SIZE >= selectors)
            return damaged(err);
        TRY(get_symbol(c, &c->tables[c->selectors[i / GROUP_SIZE]], used + 2, &symbol, err));
        if (symbol == RUN_A || symbol == RUN_B) {
            run += weight << symbol;
            weight <<= 1;
            if (run > BLOCK_MAX)
                return damaged(err);
            continue;
        }
        if (run > BLOCK_MAX - n)
            return damaged(err);
        for (; run; run--)
            c->block[n++] = front[0];
        weight = 1;
        if (symbol == used + 1)
            break;
        if (n == BLOCK_MAX)
            return damaged(err);
        byte = front[symbol - 1];
        memmove(front + 1, front, symbol - 1);
        c->block[n++] = front[0] = byte;
    }
    c->left = n;
    return 0;
}

/* Where each byte's follower is, from the order of all of them. */
static void link_bytes(struct nsis_bzip2 *c)
{
    uint32_t starts[256] = {0}, sum = 0;

    for (uint32_t i = 0; i < c->left; i++)
        starts[c->block[i] & 0xff]++;
    for (unsigned i = 0; i < 256; i++) {
        uint32_t count = starts[i];

        starts[i] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < c->left; i++)
        c->block[starts[c->block[i] & 0xff]++] |= i << 8;
}

static int get_block(struct nsis_bzip2 *c, struct err *err)
{
    uint32_t magic, origin, groups;
    unsigned used_n, selectors = 0;
    uint8_t used[256];

    TRY(get_bits(c, 8, &magic, err));
    if (magic == ENDS) {
        c->ended = true;
        return 0;
    }
    if (magic != BEGINS)
        return damaged(err);
    TRY(get_bits(c, 24, &origin, err));
    TRY(get_used(c, used, &used_n, err));
    TRY(get_bits(c, 3, &groups, err));
    if (groups < 2 || groups > GROUPS_MAX)
        return damaged(err);
    TRY(get_selectors(c, groups, &selectors, err));
    for (unsigned i = 0; i < groups; i++)
        TRY(get_table(c, &c->tables[i], used_n + 2, err));
    TRY(get_bytes(c, used, used_n, selectors, err));
    if (origin >= c->left)
        return c->left == 0 && origin == 0 ? 0 : damaged(err);
    link_bytes(c);
    c->at = c->block[origin] >> 8;
    c->repeats = 0;
    c->last = -1;
    return 0;
}

/* ---- bytes ---- */

static uint8_t take(struct nsis_bzip2 *c)
{
    uint32_t entry = c->block[c->at];

    c->at = entry >> 8;
    c->left--;
    return (uint8_t)entry;
}

static int bzip2_next(struct codec *codec, struct span *ret_piece, struct err *err)
{
    struct nsis_bzip2 *c = (struct nsis_bzip2 *)codec;
    size_t n = 0;

    while (n < OUT) {
        uint8_t byte;

        if (c->run) {
            size_t some = c->run < OUT - n ? c->run : OUT - n;

            memset(c->out + n, c->last, some);
            n += some;
            c->run -= (unsigned)some;
            continue;
        }
        if (c->left == 0) {
            if (n || c->ended)
                break;
            TRY(get_block(c, err));
            continue;
        }
        byte = take(c);
        if (c->repeats == 4) {
            c->run = byte;
            c->repeats = 0;
            continue;
        }
        c->repeats = byte == c->last ? c->repeats + 1 : 1;
        c->last = byte;
        c->out[n++] = byte;
    }
    *ret_piece = (struct span){c->out, n};
    return 0;
}

static void bzip2_close(struct codec *codec)
{
    struct nsis_bzip2 *c = (struct nsis_bzip2 *)codec;

    free(c->block);
    free(c);
}

int codec_nsis_bzip2_open(struct input *in, struct codec **ret, struct err *err)
{
    struct nsis_bzip2 *c = calloc(1, sizeof(*c));

    if (c)
        c->block = malloc(BLOCK_MAX * sizeof(*c->block));
    if (!c || !c->block) {
        free(c);
        return ERR(err, ERR_NOMEM, "no memory");
    }
    c->codec.next = bzip2_next;
    c->codec.close = bzip2_close;
    c->in = in;
    *ret = &c->codec;
    return 0;
}
