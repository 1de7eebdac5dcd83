// SPDX-License-Identifier: Apache-2.0
#include "match/openings.h"

#include <endian.h>
#include <string.h>

/* ---- the set ---- */

/* Letters and what else differs in that bit are one; the same is done to both sides. */
#define CASES UINT64_C(0x2020202020202020)

static uint64_t first_bytes(const char *p, size_t n)
{
    uint64_t word = 0;
    uint32_t low, high;

    if (n >= OPENING_MAX) {
        memcpy(&word, p, OPENING_MAX);
        return le64toh(word) | CASES;
    }
    if (n < sizeof(low)) {
        for (size_t i = 0; i < n; i++)
            word |= (uint64_t)(unsigned char)p[i] << (8 * i);
        return word | CASES;
    }
    // Two halves that overlap.
    memcpy(&low, p, sizeof(low));
    memcpy(&high, p + n - sizeof(high), sizeof(high));
    return le32toh(low) | (uint64_t)le32toh(high) << (8 * (n - sizeof(high))) | CASES;
}

static unsigned bit_of(uint64_t word, unsigned length)
{
    uint64_t kept = length == OPENING_MAX ? word : word & ((UINT64_C(1) << (8 * length)) - 1);

    return (unsigned)(((kept + length) * UINT64_C(0x9e3779b97f4a7c15)) >> 52);
}

static unsigned pair_of(uint64_t word)
{
    return (unsigned)(((word & 0xffff) * UINT64_C(0x9e3779b97f4a7c15)) >> 54);
}

static void add_pair(struct openings *o, uint64_t word)
{
    o->pairs[pair_of(word) / 64] |= UINT64_C(1) << (pair_of(word) % 64);
}

static void add(struct openings *o, const char *p, size_t n)
{
    unsigned length = (unsigned)(n < OPENING_MAX ? n : OPENING_MAX), bit;
    uint64_t word;

    if (length == 0) {
        o->anything = true;
        return;
    }
    word = first_bytes(p, n);
    add_pair(o, word);
    for (unsigned second = 0; length == 1 && second < 256; second++)
        add_pair(o, (word & 0xff) | (second << 8 | (CASES & 0xff00)));
    bit = bit_of(word, length);
    o->lengths |= (uint8_t)(1u << (length - 1));
    o->bits[bit / 64] |= UINT64_C(1) << (bit % 64);
}

bool openings_fit(const struct openings *o, struct sv value)
{
    uint64_t word;

    if (o->anything)
        return true;
    word = first_bytes(value.p, value.n);
    if (!(o->pairs[pair_of(word) / 64] >> (pair_of(word) % 64) & 1))
        return false;
    for (unsigned left = o->lengths; left; left &= left - 1) {
        unsigned length = (unsigned)__builtin_ctz(left) + 1, bit;

        if (value.n < length)
            break;
        bit = bit_of(word, length);
        if (o->bits[bit / 64] >> (bit % 64) & 1)
            return true;
    }
    return false;
}

/* ---- regular expressions ---- */

enum { BEGINNINGS_MAX = 64 };

/* What the text read so far may be; an ended one may go on with anything. */
struct beginning {
    char text[OPENING_MAX];
    uint8_t n;
    bool ended;
};

struct beginnings {
    struct beginning list[BEGINNINGS_MAX];
    size_t count;
};

struct expression {
    struct sv rest;
    bool unclear; /* not understood: anything */
    unsigned depth;
};

static void join(struct expression *e, struct beginnings *to, const struct beginnings *more)
{
    if (to->count + more->count > BEGINNINGS_MAX) {
        e->unclear = true;
        return;
    }
    memcpy(to->list + to->count, more->list, more->count * sizeof(*more->list));
    to->count += more->count;
}

static void end_all(struct beginnings *b)
{
    for (size_t i = 0; i < b->count; i++)
        b->list[i].ended = true;
}

static void append(struct beginnings *b, char c)
{
    for (size_t i = 0; i < b->count; i++) {
        struct beginning *one = &b->list[i];

        if (one->ended)
            continue;
        one->text[one->n++] = c;
        one->ended = one->n == OPENING_MAX;
    }
}

static char peek(const struct expression *e)
{
    return e->rest.n ? e->rest.p[0] : '\0';
}

static char next(struct expression *e)
{
    char c = peek(e);

    e->rest = sv_from(e->rest, 1);
    return c;
}

static void skip_class(struct expression *e)
{
    if (peek(e) == '^')
        (void)next(e);
    if (peek(e) == ']')
        (void)next(e);
    while (e->rest.n && peek(e) != ']') {
        char c = next(e);

        // "[[:alpha:]]" and "[\Q]\E]": nobody needs them here.
        e->unclear |= c == '[' || (c == '\\' && peek(e) == 'Q');
        if (c == '\\')
            (void)next(e);
    }
    (void)next(e);
}

static void read_alternatives(struct expression *e, struct beginnings *b);

static void read_escape(struct expression *e, struct beginnings *b)
{
    char c = next(e);
    bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

    e->unclear |= c == 'Q';
    if (letter && c != 'b')
        end_all(b); // "\d", "\x2e", "\w"; of "\b" nothing is left in the text
    else if (!letter)
        append(b, c);
}

static void read_group(struct expression *e, struct beginnings *b)
{
    if (peek(e) == '?') {
        (void)next(e);
        // "(?i)", "(?=", "(?<name>": only a plain group is understood.
        e->unclear |= next(e) != ':';
    }
    e->unclear |= ++e->depth > 16;
    if (!e->unclear)
        read_alternatives(e, b);
    e->depth--;
    e->unclear |= next(e) != ')';
}

static void read_atom(struct expression *e, struct beginnings *b)
{
    char c = next(e);

    switch (c) {
    case '^':
    case '$':
        break; // a position; without it there are more texts, not fewer
    case '.':
        end_all(b);
        break;
    case '[':
        skip_class(e);
        end_all(b);
        break;
    case '(':
        read_group(e, b);
        break;
    case '\\':
        read_escape(e, b);
        break;
    default:
        // A quantifier is about a whole character, which may be several bytes.
        if ((unsigned char)c >= 0x80)
            end_all(b);
        else
            append(b, c);
    }
}

/* What follows an atom: `before` is without it, `b` with it once. */
static void read_quantifier(struct expression *e, const struct beginnings *before,
                            struct beginnings *b)
{
    char c = peek(e);

    if (c != '?' && c != '*' && c != '+' && c != '{')
        return;
    (void)next(e);
    if (c == '{')
        while (e->rest.n && next(e) != '}')
            ;
    if (c != '?')
        end_all(b); // once more may follow
    if (c != '+')
        join(e, b, before);
    if (peek(e) == '?' || peek(e) == '+')
        (void)next(e);
}

static void read_alternatives(struct expression *e, struct beginnings *b)
{
    const struct beginnings at_start = *b;
    struct beginnings all = {.count = 0};

    for (;;) {
        while (e->rest.n && peek(e) != '|' && peek(e) != ')' && !e->unclear) {
            const struct beginnings before = *b;

            read_atom(e, b);
            read_quantifier(e, &before, b);
        }
        join(e, &all, b);
        if (peek(e) != '|' || e->unclear)
            break;
        (void)next(e);
        e->unclear |= e->depth == 0 && peek(e) != '^';
        *b = at_start;
    }
    *b = all;
}

static void add_regex(struct openings *o, const struct pattern *p)
{
    struct expression e = {.rest = p->value};
    struct beginnings b = {.count = 1};
    bool nocase = p->nocase;

    if (sv_starts(e.rest, SV("(?i)"))) {
        e.rest = sv_from(e.rest, 4);
        nocase = true;
    }
    // Of characters beyond ASCII, some are another case of an ASCII letter.
    for (size_t i = 0; i < p->value.n; i++)
        e.unclear |= nocase && (unsigned char)p->value.p[i] >= 0x80;
    e.unclear |= peek(&e) != '^';
    if (!e.unclear)
        read_alternatives(&e, &b);
    if (e.unclear || e.rest.n) {
        o->anything = true;
        return;
    }
    for (size_t i = 0; i < b.count; i++)
        add(o, b.list[i].text, b.list[i].n);
}

void openings_add(struct openings *o, const struct pattern *p)
{
    struct sv value = pattern_subject(p->field, p->value);

    if (p->op == OP_EXACT)
        add(o, value.p, value.n);
    else if (p->op == OP_PREFIX)
        add(o, p->value.p, p->value.n);
    else if (p->op == OP_REGEX)
        add_regex(o, p);
    else
        o->anything = true;
}
