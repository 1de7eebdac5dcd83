// SPDX-License-Identifier: Apache-2.0
/*
 * Looking at bytes and text that someone else owns.
 *
 * A span or sv never owns memory and text in an sv is not NUL-terminated. A reader walks a span
 * and remembers the first read that ran past the end: from then on every read gives zeros, so a
 * parser can read a whole record and ask reader_ok() once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *p;
    size_t n;
};

struct sv {
    const char *p;
    size_t n;
};

struct reader {
    struct span rest;
    bool overrun;
};

/* A literal as sv or span, without its NUL. */
#define SV(literal) ((struct sv){(literal), sizeof(literal) - 1})
#define BYTES(literal) ((struct span){(const uint8_t *)(literal), sizeof(literal) - 1})

static inline struct span span_from(struct span s, size_t offset)
{
    if (offset >= s.n)
        return (struct span){0};
    return (struct span){s.p + offset, s.n - offset};
}

static inline struct sv sv_of(struct span s)
{
    return (struct sv){(const char *)s.p, s.n};
}

static inline struct sv sv_from(struct sv s, size_t offset)
{
    if (offset >= s.n)
        return (struct sv){0};
    return (struct sv){s.p + offset, s.n - offset};
}

/* NULL gives an empty one. */
static inline struct sv sv_str(const char *text)
{
    return text ? (struct sv){text, strlen(text)} : (struct sv){0};
}

static inline bool sv_eq(struct sv a, struct sv b)
{
    return a.n == b.n && (a.n == 0 || (a.p[0] == b.p[0] && memcmp(a.p, b.p, a.n) == 0));
}

static inline bool sv_starts(struct sv s, struct sv prefix)
{
    return s.n >= prefix.n && sv_eq((struct sv){s.p, prefix.n}, prefix);
}

bool sv_eq_nocase(struct sv a, struct sv b); /* ASCII letters only */
bool sv_ends(struct sv s, struct sv suffix);
int sv_cmp(struct sv a, struct sv b); /* as memcmp, the shorter first */
struct sv sv_trim(struct sv s);       /* without ASCII white space at both ends */

/* Where `needle` first stands in `s`, or SIZE_MAX. */
size_t sv_find(struct sv s, struct sv needle);
size_t sv_find_last(struct sv s, char c);

/* The whole of `s` as a decimal number; false when it is not one or does not fit. */
bool sv_to_u64(struct sv s, uint64_t *ret_value);

/* The same of a number of bytes, which may end in K, M, G or T: "64K" is 65536. */
bool sv_to_size(struct sv s, uint64_t *ret_bytes);

/* Cut off and return what stands before the first `sep`; without a `sep`, that is all of it. */
struct sv sv_cut(struct sv *s, char sep);

/* Cut off and return one line, without its "\n" or "\r\n". */
struct sv sv_line(struct sv *s);

static inline struct reader reader_over(struct span s)
{
    return (struct reader){.rest = s};
}

static inline bool reader_ok(const struct reader *r)
{
    return !r->overrun;
}

static inline struct span reader_take(struct reader *r, size_t n)
{
    struct span taken = {r->rest.p, n};

    if (r->overrun || n > r->rest.n) {
        *r = (struct reader){.overrun = true};
        return (struct span){0};
    }
    if (n == 0)
        return (struct span){0};
    r->rest.p += n;
    r->rest.n -= n;
    return taken;
}

static inline uint8_t reader_u8(struct reader *r)
{
    struct span one = reader_take(r, 1);

    return one.n ? one.p[0] : 0;
}

uint16_t reader_u16le(struct reader *r);
uint32_t reader_u32le(struct reader *r);
uint64_t reader_u64le(struct reader *r);
uint16_t reader_u16be(struct reader *r);
uint32_t reader_u32be(struct reader *r);
uint64_t reader_u64be(struct reader *r);
void reader_skip(struct reader *r, size_t n);

/* An unsigned LEB128 number, at most 10 bytes long. */
uint64_t reader_uvarint(struct reader *r);

/* A uvarint length and then that many bytes. */
struct span reader_counted(struct reader *r);
