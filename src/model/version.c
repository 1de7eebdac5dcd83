// SPDX-License-Identifier: Apache-2.0
/*
 * A version is read as a row of tokens, which compare one after the other:
 *
 *     `~`  <  pre-release word  <  the end  <  `-` before a digit  <  word  <  number
 *
 * Zeros that only fill up ("1.0", "1.0.0-5") give no token, so that what is left out counts as zero
 * and the comparison stays a total order.
 */
#include "model/version.h"

#include <string.h>

enum {
    VERSION_MAX = 256, // bytes that count
};

enum token_kind {
    TOKEN_TILDE,
    TOKEN_PRE,
    TOKEN_END,
    TOKEN_DASH,
    TOKEN_WORD,
    TOKEN_NUMBER,
};

struct token {
    enum token_kind kind;
    size_t rank;    // of a pre-release word
    struct sv text; // of a word; of a number without leading zeros
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static struct sv take_while(struct sv *s, bool (*is)(char))
{
    size_t n = 0;

    while (n < s->n && is(s->p[n]))
        n++;
    struct sv taken = {s->p, n};
    *s = sv_from(*s, n);
    return taken;
}

static struct sv without_zeros(struct sv digits)
{
    while (digits.n && *digits.p == '0')
        digits = sv_from(digits, 1);
    return digits;
}

static bool is_separator(char c)
{
    return !is_digit(c) && !is_letter(c) && c != '~' && c != '-';
}

/* Only zeros and separators before the end or before something that is no number? */
static bool only_fills_up(struct sv rest)
{
    while (rest.n) {
        struct sv digits;

        (void)take_while(&rest, is_separator);
        digits = take_while(&rest, is_digit);
        if (!digits.n)
            return true;
        if (without_zeros(digits).n)
            return false;
    }
    return true;
}

/* In ascending order. */
static const char *const pre_words[] = {"dev",  "snapshot", "nightly", "alpha",
                                        "beta", "pre",      "preview", "rc"};

static bool is_pre(struct sv word, size_t *ret_rank)
{
    for (size_t i = 0; i < ARRAY_LEN(pre_words); i++)
        if (sv_eq_nocase(word, sv_str(pre_words[i]))) {
            *ret_rank = i;
            return true;
        }
    return false;
}

static struct token next_token(struct sv *rest)
{
    struct token t = {.kind = TOKEN_END};

    while (rest->n) {
        char c = *rest->p;

        if (is_digit(c)) {
            bool fills = only_fills_up(*rest);

            t.text = without_zeros(take_while(rest, is_digit));
            if (!t.text.n && fills)
                continue;
            t.kind = TOKEN_NUMBER;
            return t;
        }
        if (is_letter(c)) {
            t.text = take_while(rest, is_letter);
            t.kind = is_pre(t.text, &t.rank) ? TOKEN_PRE : TOKEN_WORD;
            return t;
        }
        *rest = sv_from(*rest, 1);
        if (c == '~') {
            t.kind = TOKEN_TILDE;
            return t;
        }
        if (c == '-' && rest->n && is_digit(*rest->p)) {
            t.kind = TOKEN_DASH;
            return t;
        }
    }
    return t;
}

static int sign(bool greater)
{
    return greater ? 1 : -1;
}

static int compare_numbers(struct sv a, struct sv b)
{
    if (a.n != b.n)
        return sign(a.n > b.n);
    return sv_cmp(a, b);
}

static int compare_words(struct sv a, struct sv b)
{
    for (size_t i = 0; i < a.n && i < b.n; i++) {
        unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];

        x = x >= 'A' && x <= 'Z' ? (unsigned char)(x - 'A' + 'a') : x;
        y = y >= 'A' && y <= 'Z' ? (unsigned char)(y - 'A' + 'a') : y;
        if (x != y)
            return sign(x > y);
    }
    return a.n == b.n ? 0 : sign(a.n > b.n);
}

static int compare_tokens(struct token a, struct token b)
{
    if (a.kind != b.kind)
        return sign(a.kind > b.kind);
    switch (a.kind) {
    case TOKEN_PRE:
        return a.rank == b.rank ? 0 : sign(a.rank > b.rank);
    case TOKEN_WORD:
        return compare_words(a.text, b.text);
    case TOKEN_NUMBER:
        return compare_numbers(a.text, b.text);
    case TOKEN_TILDE:
    case TOKEN_END:
    case TOKEN_DASH:
        return 0;
    }
    return 0;
}

/* Cut off the epoch, "v" and build metadata. */
static struct sv cut_epoch(struct sv *version)
{
    struct sv rest = sv_trim(*version), epoch = {0};
    struct sv digits = take_while(&rest, is_digit);

    if (digits.n && rest.n && *rest.p == ':') {
        epoch = without_zeros(digits);
        rest = sv_from(rest, 1);
    } else {
        rest = sv_trim(*version);
    }
    if (rest.n > 1 && (*rest.p == 'v' || *rest.p == 'V') && is_digit(rest.p[1]))
        rest = sv_from(rest, 1);
    rest = sv_cut(&rest, '+');
    if (rest.n > VERSION_MAX)
        rest.n = VERSION_MAX;
    *version = rest;
    return epoch;
}

int version_compare(struct sv a, struct sv b)
{
    int order = compare_numbers(cut_epoch(&a), cut_epoch(&b));

    while (!order) {
        struct token x = next_token(&a), y = next_token(&b);

        order = compare_tokens(x, y);
        if (x.kind == TOKEN_END && y.kind == TOKEN_END)
            break;
    }
    return order;
}

static struct sv take_operator(struct sv *term)
{
    size_t n = 0;

    while (n < term->n && strchr("<>=!~^", term->p[n]))
        n++;
    struct sv taken = {term->p, n};
    *term = sv_from(*term, n);
    return taken;
}

static int set_bound(struct sv *bound, bool *open, struct sv version, bool is_open,
                     const char *which, struct err *err)
{
    if (bound->n)
        return ERR(err, ERR_FORMAT, "version range has two %s bounds", which);
    *bound = version;
    *open = is_open;
    return 0;
}

static int add_term(struct sv op, struct sv version, struct version_range *r, struct err *err)
{
    bool is_low = sv_starts(op, SV(">")), is_high = sv_starts(op, SV("<"));
    bool is_open = op.n == 1;

    if (sv_eq(op, SV("=")))
        is_low = is_high = true, is_open = false;
    else if (!(is_low || is_high) || (!is_open && !sv_eq(sv_from(op, 1), SV("="))))
        return ERR(err, ERR_FORMAT,
                   "'%.*s' is no operator of a version range; expected >=, >, <=, < or =",
                   (int)op.n, op.p);
    if (!version.n)
        return ERR(err, ERR_FORMAT, "version range has no version after '%.*s'", (int)op.n, op.p);
    if (is_low)
        TRY(set_bound(&r->low, &r->low_open, version, is_open, "lower", err));
    if (is_high)
        TRY(set_bound(&r->high, &r->high_open, version, is_open, "upper", err));
    return 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == ',';
}

static bool is_not_space(char c)
{
    return !is_space(c);
}

int version_range_parse(struct sv text, struct version_range *ret_range, struct err *err)
{
    struct version_range r = {0};
    int order;

    (void)take_while(&text, is_space);
    if (!text.n)
        return ERR(err, ERR_FORMAT, "version range is empty; expected something like '>=1.0 <2.0'");
    while (text.n) {
        struct sv term = take_while(&text, is_not_space);
        struct sv op = take_operator(&term);

        if (!op.n)
            return ERR(err, ERR_FORMAT,
                       "version range term '%.*s' has no operator; expected >=, >, <=, < or =",
                       (int)(term.n > 64 ? 64 : term.n), term.p);
        (void)take_while(&text, is_space);
        // ">= 1.0" with a space is meant as one term.
        if (!term.n)
            term = take_while(&text, is_not_space);
        TRY(add_term(op, term, &r, err));
        (void)take_while(&text, is_space);
    }
    order = r.low.n && r.high.n ? version_compare(r.low, r.high) : -1;
    if (order > 0)
        return ERR(err, ERR_FORMAT, "version range ends before it starts");
    if (order == 0 && (r.low_open || r.high_open))
        return ERR(err, ERR_FORMAT, "version range holds no version");
    *ret_range = r;
    return 0;
}

bool version_range_is_any(const struct version_range *range)
{
    return !range->low.n && !range->high.n;
}

bool version_in_range(struct sv version, const struct version_range *range)
{
    if (version_range_is_any(range))
        return true;
    if (!version.n)
        return false;
    if (range->low.n) {
        int order = version_compare(version, range->low);

        if (order < 0 || (order == 0 && range->low_open))
            return false;
    }
    if (range->high.n) {
        int order = version_compare(version, range->high);

        if (order > 0 || (order == 0 && range->high_open))
            return false;
    }
    return true;
}
