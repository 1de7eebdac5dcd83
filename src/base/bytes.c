// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool sv_eq_nocase(struct sv a, struct sv b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

int sv_cmp(struct sv a, struct sv b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;

    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool sv_ends(struct sv s, struct sv suffix)
{
    return s.n >= suffix.n && sv_eq((struct sv){s.p + (s.n - suffix.n), suffix.n}, suffix);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct sv sv_trim(struct sv s)
{
    while (s.n && is_space(s.p[0]))
        s = sv_from(s, 1);
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

size_t sv_find(struct sv s, struct sv needle)
{
    const char *at;

    if (needle.n == 0)
        return 0;
    if (needle.n == 1)
        at = s.n ? memchr(s.p, needle.p[0], s.n) : NULL;
    else
        at = s.n >= needle.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
    return at ? (size_t)(at - s.p) : SIZE_MAX;
}

size_t sv_find_last(struct sv s, char c)
{
    const char *at = s.n ? memrchr(s.p, c, s.n) : NULL;

    return at ? (size_t)(at - s.p) : SIZE_MAX;
}

bool sv_to_u64(struct sv s, uint64_t *ret_value)
{
    uint64_t value = 0;

    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
            return false;
    }
    *ret_value = value;
    return true;
}

bool sv_to_size(struct sv s, uint64_t *ret_bytes)
{
    static const char units[] = "KMGT";
    unsigned shift = 0;
    uint64_t n;

    for (unsigned i = 0; i < sizeof(units) - 1; i++)
        if (s.n && s.p[s.n - 1] == units[i])
            shift = 10 * (i + 1);
    if (shift)
        s.n--;
    if (!sv_to_u64(s, &n) || n > UINT64_MAX >> shift)
        return false;
    *ret_bytes = n << shift;
    return true;
}

struct sv sv_cut(struct sv *s, char sep)
{
    const char *end = s->n ? memchr(s->p, sep, s->n) : NULL;
    struct sv head = *s;

    if (!end) {
        *s = (struct sv){0};
        return head;
    }
    head.n = (size_t)(end - s->p);
    *s = (struct sv){end + 1, s->n - head.n - 1};
    return head;
}

struct sv sv_line(struct sv *s)
{
    struct sv line = sv_cut(s, '\n');

    if (line.n && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

static uint64_t take_le(struct reader *r, size_t n)
{
    struct span s = reader_take(r, n);
    uint64_t value = 0;

    for (size_t i = s.n; i > 0; i--)
        value = value << 8 | s.p[i - 1];
    return value;
}

static uint64_t take_be(struct reader *r, size_t n)
{
    struct span s = reader_take(r, n);
    uint64_t value = 0;

    for (size_t i = 0; i < s.n; i++)
        value = value << 8 | s.p[i];
    return value;
}

uint16_t reader_u16le(struct reader *r)
{
    return (uint16_t)take_le(r, 2);
}

uint32_t reader_u32le(struct reader *r)
{
    return (uint32_t)take_le(r, 4);
}

uint64_t reader_u64le(struct reader *r)
{
    return take_le(r, 8);
}

uint16_t reader_u16be(struct reader *r)
{
    return (uint16_t)take_be(r, 2);
}

uint32_t reader_u32be(struct reader *r)
{
    return (uint32_t)take_be(r, 4);
}

uint64_t reader_u64be(struct reader *r)
{
    return take_be(r, 8);
}

void reader_skip(struct reader *r, size_t n)
{
    (void)reader_take(r, n);
}

uint64_t reader_uvarint(struct reader *r)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte = reader_u8(r);

        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return r->overrun ? 0 : value;
    }
    *r = (struct reader){.overrun = true};
    return 0;
}

struct span reader_counted(struct reader *r)
{
    uint64_t n = reader_uvarint(r);

    if (n > r->rest.n)
        n = SIZE_MAX; /* makes reader_take fail, also where size_t is narrower than uint64_t */
    return reader_take(r, (size_t)n);
}
