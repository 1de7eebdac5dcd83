// SPDX-License-Identifier: Apache-2.0
/*
 * Globs are run as a set of states, one a token, so that no pattern and no value makes them slow:
 *
 *     "/opt/ * / ** /x?"  (without the spaces)
 *     LITERAL… STAR LITERAL FOLDERS LITERAL ANY
 *
 * FOLDERS is the `**` and the `/` behind it: nothing, or whole names. A state is "the tokens before
 * me have matched what was read".
 */
#include "match/pattern.h"

#include <arpa/inet.h>
#include <string.h>

#include <unistr.h>

/* ---- what is compared ---- */

static struct sv purl_name(struct sv purl)
{
    size_t cut = purl.n, slash, at;

    for (size_t i = 0; i < purl.n; i++) {
        if (purl.p[i] == '?' || purl.p[i] == '#') {
            cut = i;
            break;
        }
    }
    purl.n = cut;
    slash = sv_find_last(purl, '/');
    at = sv_find_last(purl, '@');
    if (at != SIZE_MAX && (slash == SIZE_MAX || at > slash + 1))
        purl.n = at;
    return purl;
}

struct sv pattern_subject(enum field_key field, struct sv value)
{
    switch ((int)field) {
    case FIELD_PURL:
        return purl_name(value);
    case FIELD_CLSID:
    case FIELD_PRODUCT_CODE:
    case FIELD_UPGRADE_CODE:
        if (value.n > 2 && value.p[0] == '{' && value.p[value.n - 1] == '}')
            return (struct sv){value.p + 1, value.n - 2};
        return value;
    default:
        return value;
    }
}

struct sv pattern_name(struct sv value)
{
    size_t address = sv_find(value, SV("<")), page = sv_find(value, SV(" (http"));
    size_t cut = address < page ? address : page;
    struct sv before = sv_trim((struct sv){value.p, cut < value.n ? cut : value.n});

    return before.n ? before : value;
}

bool pattern_ignores_case(enum field_key field, unsigned platforms)
{
    switch ((int)field) {
    case FIELD_SHA256:
    case FIELD_SIGNER_SHA256:
    case FIELD_CERTIFICATE_SHA256:
    case FIELD_PCI_VENDOR:
    case FIELD_USB_VENDOR:
    case FIELD_OUI:
    case FIELD_CLSID:
    case FIELD_PRODUCT_CODE:
    case FIELD_UPGRADE_CODE:
    case FIELD_REGISTRY_KEY:
    case FIELD_HOST:
        return true;
    case FIELD_PATH:
    case FIELD_FILE_NAME:
    case FIELD_SERVICE:
    case FIELD_DRIVER:
    case FIELD_PROCESS:
    case FIELD_EVENT_LOG:
    case FIELD_ALTITUDE:
    case FIELD_CLASS_FILTER:
        return platforms & SET_OF(PLATFORM_WINDOWS);
    default:
        return false;
    }
}

static char separator_of(enum field_key field)
{
    return field == FIELD_REGISTRY_KEY ? '\\' : '/';
}

/* ---- globs ---- */

enum token_kind {
    TOKEN_LITERAL,
    TOKEN_ANY,     /* one character, not a separator */
    TOKEN_STAR,    /* any run without a separator */
    TOKEN_ACROSS,  /* any run */
    TOKEN_FOLDERS, /* nothing, or a run that ends with a separator */
};

struct token {
    enum token_kind kind;
    struct sv literal; /* one character */
};

/* The bytes of the first character; a byte that is not UTF-8 is one by itself. */
static size_t character_size(struct sv s)
{
    int n = (unsigned char)s.p[0] < 0x80 ? 1 : u8_mblen((const uint8_t *)s.p, s.n);

    return n < 1 ? 1 : (size_t)n;
}

/* Cut off and return the next token of a glob. */
static struct token token_next(struct sv *glob, bool at_boundary, char separator)
{
    struct sv rest = *glob;
    struct token t = {.kind = TOKEN_LITERAL};
    size_t used;

    if (sv_starts(rest, SV("**"))) {
        used = 2;
        t.kind = TOKEN_ACROSS;
        if (at_boundary && rest.n > 2 && rest.p[2] == separator) {
            used = 3;
            t.kind = TOKEN_FOLDERS;
        }
    } else if (rest.p[0] == '*') {
        used = 1;
        t.kind = TOKEN_STAR;
    } else if (rest.p[0] == '?') {
        used = 1;
        t.kind = TOKEN_ANY;
    } else {
        used = character_size(rest);
        t.literal = (struct sv){rest.p, used};
    }
    *glob = sv_from(rest, used);
    return t;
}

/* The tokens of a glob; SIZE_MAX when there are more than GLOB_MAX. */
static size_t tokens_of(struct sv glob, char separator, struct token tokens[GLOB_MAX])
{
    bool boundary = true;
    size_t n = 0;

    while (glob.n) {
        if (n == GLOB_MAX)
            return SIZE_MAX;
        tokens[n] = token_next(&glob, boundary, separator);
        boundary = tokens[n].kind == TOKEN_FOLDERS ||
                   (tokens[n].kind == TOKEN_LITERAL && tokens[n].literal.p[0] == separator);
        n++;
    }
    return n;
}

/* Tokens that may match nothing pass their state on; `at_start` is "a name begins here". */
static void pass_on(const struct token *tokens, size_t n, bool at_start, bool states[])
{
    for (size_t i = 0; i < n; i++) {
        if (!states[i])
            continue;
        if (tokens[i].kind == TOKEN_STAR || tokens[i].kind == TOKEN_ACROSS ||
            (tokens[i].kind == TOKEN_FOLDERS && at_start))
            states[i + 1] = true;
    }
}

static bool glob_matches(struct sv glob, char separator, bool nocase, struct sv value)
{
    struct token tokens[GLOB_MAX];
    bool now[GLOB_MAX + 1] = {true}, next[GLOB_MAX + 1];
    size_t n = tokens_of(glob, separator, tokens);

    if (n == SIZE_MAX)
        return false;
    pass_on(tokens, n, true, now);
    while (value.n) {
        struct sv c = {value.p, character_size(value)};
        bool is_separator = c.p[0] == separator, any = false;

        memset(next, 0, n + 1);
        for (size_t i = 0; i < n; i++) {
            const struct token *t = &tokens[i];

            if (!now[i])
                continue;
            if (t->kind == TOKEN_LITERAL)
                next[i + 1] |= nocase ? sv_eq_nocase(t->literal, c) : sv_eq(t->literal, c);
            else if (t->kind == TOKEN_ANY)
                next[i + 1] |= !is_separator;
            else if (t->kind == TOKEN_STAR)
                next[i] |= !is_separator;
            else
                next[i] = true;
        }
        pass_on(tokens, n, is_separator, next);
        memcpy(now, next, n + 1);
        for (size_t i = 0; i <= n; i++)
            any |= now[i];
        if (!any)
            return false;
        value = sv_from(value, c.n);
    }
    return now[n];
}

/* ---- the other operations ---- */

static bool same(struct sv a, struct sv b, bool nocase)
{
    return nocase ? sv_eq_nocase(a, b) : sv_eq(a, b);
}

/* A Java package holds what is below it, and not what merely begins with the same letters. */
static bool prefix_matches(const struct pattern *p, struct sv subject)
{
    if (subject.n < p->value.n || !same((struct sv){subject.p, p->value.n}, p->value, p->nocase))
        return false;
    if (p->field != FIELD_JAVA_PACKAGE || subject.n == p->value.n || p->value.n == 0)
        return true;
    return subject.p[p->value.n] == '.' || p->value.p[p->value.n - 1] == '.';
}

/* "kaspersky.com" is the end of "dnl-01.kaspersky.com" and not of "notkaspersky.com". */
static bool suffix_matches(const struct pattern *p, struct sv subject)
{
    size_t before;

    if (subject.n < p->value.n)
        return false;
    before = subject.n - p->value.n;
    if (!same(sv_from(subject, before), p->value, p->nocase))
        return false;
    if (p->field != FIELD_HOST || before == 0 || p->value.n == 0)
        return true;
    return p->value.p[0] == '.' || subject.p[before - 1] == '.';
}

bool pattern_matches(const struct pattern *p, struct sv subject)
{
    switch (p->op) {
    case OP_EXACT:
        return same(pattern_subject(p->field, p->value), subject, p->nocase);
    case OP_PREFIX:
        return prefix_matches(p, subject);
    case OP_SUFFIX:
        return suffix_matches(p, subject);
    case OP_GLOB:
        return glob_matches(p->value, separator_of(p->field), p->nocase, subject);
    case OP_REGEX:
    case OP_COUNT_:
        return false;
    }
    return false;
}

/* ---- as a regular expression ---- */

static void quote(struct sv literal, struct buf *to)
{
    for (size_t i = 0; i < literal.n; i++) {
        unsigned char c = (unsigned char)literal.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        if (plain)
            buf_char(to, (char)c);
        else
            buf_printf(to, "\\x%02x", c);
    }
}

static void glob_to_regex(struct sv glob, char separator, struct buf *to)
{
    bool boundary = true;

    while (glob.n) {
        struct token t = token_next(&glob, boundary, separator);

        boundary =
            t.kind == TOKEN_FOLDERS || (t.kind == TOKEN_LITERAL && t.literal.p[0] == separator);
        if (t.kind == TOKEN_LITERAL)
            quote(t.literal, to);
        else if (t.kind == TOKEN_ANY)
            buf_printf(to, "[^\\x%02x]{1,4}", separator); // bytes of one character
        else if (t.kind == TOKEN_STAR)
            buf_printf(to, "[^\\x%02x]*", separator);
        else
            buf_str(to, ".*");
    }
}

void pattern_to_regex(const struct pattern *p, bool anywhere, struct buf *to)
{
    const char *start = anywhere ? "" : "\\A";

    switch (p->op) {
    case OP_EXACT:
        buf_str(to, start);
        quote(p->value, to);
        buf_str(to, "\\z");
        break;
    case OP_PREFIX:
        buf_str(to, start);
        quote(p->value, to);
        break;
    case OP_SUFFIX:
        quote(p->value, to);
        buf_str(to, "\\z");
        break;
    case OP_GLOB:
        buf_str(to, start);
        glob_to_regex(p->value, separator_of(p->field), to);
        buf_str(to, "\\z");
        break;
    case OP_REGEX:
    case OP_COUNT_:
        buf_sv(to, p->value);
        break;
    }
}

size_t pattern_fixed_folder(const struct pattern *p)
{
    size_t end = 0;

    if (p->op == OP_REGEX || p->op == OP_SUFFIX)
        return 0;
    for (size_t i = 0; i < p->value.n; i++) {
        if (p->op == OP_GLOB && (p->value.p[i] == '*' || p->value.p[i] == '?'))
            break;
        if (p->value.p[i] == '/')
            end = i;
    }
    return end;
}

/* ---- networks ---- */

struct network {
    int family;
    uint8_t bytes[16];
    unsigned bits;
};

static bool network_read(struct sv text, struct network *ret)
{
    char address[INET6_ADDRSTRLEN + 1];
    size_t slash = sv_find(text, SV("/"));
    struct sv bits = slash == SIZE_MAX ? (struct sv){0} : sv_from(text, slash + 1);
    uint64_t n;

    if (slash != SIZE_MAX)
        text.n = slash;
    if (text.n && text.p[0] == '[') { // "[2a03::1]:443"
        text = sv_from(text, 1);
        text.n = sv_find(text, SV("]")) == SIZE_MAX ? 0 : sv_find(text, SV("]"));
    } else if (sv_find(text, SV(".")) != SIZE_MAX && sv_find(text, SV(":")) != SIZE_MAX &&
               sv_find(text, SV("::")) == SIZE_MAX) { // "77.74.176.9:443"
        text.n = sv_find(text, SV(":"));
    }
    if (text.n == 0 || text.n >= sizeof(address))
        return false;
    memcpy(address, text.p, text.n);
    address[text.n] = '\0';
    ret->family = AF_INET;
    ret->bits = 32;
    if (inet_pton(AF_INET, address, ret->bytes) != 1) {
        ret->family = AF_INET6;
        ret->bits = 128;
        if (inet_pton(AF_INET6, address, ret->bytes) != 1)
            return false;
    }
    if (slash == SIZE_MAX)
        return true;
    if (!sv_to_u64(bits, &n) || n > ret->bits)
        return false;
    ret->bits = (unsigned)n;
    return true;
}

bool pattern_network_holds(struct sv prefix, struct sv address)
{
    struct network p, a;
    unsigned whole;

    if (!network_read(prefix, &p) || !network_read(address, &a) || p.family != a.family ||
        a.bits < p.bits)
        return false;
    whole = p.bits / 8;
    if (memcmp(p.bytes, a.bytes, whole) != 0)
        return false;
    return p.bits % 8 == 0 || ((p.bytes[whole] ^ a.bytes[whole]) >> (8 - p.bits % 8)) == 0;
}
