// SPDX-License-Identifier: Apache-2.0
#include "match/pattern.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/glob.h"

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

/* In lower case, and with `/` for the separator: what glob_match() knows. */
static void fold(struct sv text, char separator, struct buf *to)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        buf_char(to, c == separator ? '/' : c);
    }
}

static bool glob_matches(const struct pattern *p, struct sv subject)
{
    char separator = separator_of(p->field);
    auto_buf glob = {0}, text = {0};

    if (!p->nocase && separator == '/')
        return glob_match(p->value, subject);
    fold(p->value, separator, &glob);
    fold(subject, separator, &text);
    return buf_ok(&glob) && buf_ok(&text) && glob_match(buf_view(&glob), buf_view(&text));
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
        return glob_matches(p, subject);
    case OP_REGEX:
    case OP_COUNT_:
        return false;
    }
    return false;
}

/* ---- as a regular expression ---- */

void pattern_put_byte(struct buf *to, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    const char text[] = {'\\', 'x', digits[byte >> 4], digits[byte & 0xf]};

    buf_bytes(to, text, sizeof(text));
}

static void quote(struct sv literal, struct buf *to)
{
    for (size_t i = 0; i < literal.n; i++) {
        unsigned char c = (unsigned char)literal.p[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        if (plain)
            buf_char(to, (char)c);
        else
            pattern_put_byte(to, c);
    }
}

/* The longest run of a glob that stands for itself. */
static struct sv longest_run(struct sv glob)
{
    struct sv best = {0};
    size_t start = 0;

    for (size_t i = 0; i <= glob.n; i++) {
        if (i < glob.n && glob.p[i] != '*' && glob.p[i] != '?')
            continue;
        if (i - start > best.n)
            best = (struct sv){glob.p + start, i - start};
        start = i + 1;
    }
    return best;
}

void pattern_to_regex(const struct pattern *p, struct buf *to)
{
    struct sv literal = p->op == OP_GLOB ? longest_run(p->value) : p->value;

    if (p->op == OP_REGEX)
        buf_sv(to, p->value);
    else if (literal.n)
        quote(literal, to);
    else
        buf_char(to, '.'); // wildcards only: whatever is not empty
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
