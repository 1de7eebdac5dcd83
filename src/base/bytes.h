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

struct span span_from(struct span s, size_t offset);
struct sv sv_of(struct span s);
bool sv_eq(struct sv a, struct sv b);
bool sv_eq_nocase(struct sv a, struct sv b); /* ASCII letters only */
bool sv_starts(struct sv s, struct sv prefix);
bool sv_ends(struct sv s, struct sv suffix);
int sv_cmp(struct sv a, struct sv b); /* as memcmp, the shorter first */
struct sv sv_from(struct sv s, size_t offset);
struct sv sv_trim(struct sv s);     /* without ASCII white space at both ends */
struct sv sv_str(const char *text); /* NULL gives an empty one */

/* Where `needle` first stands in `s`, or SIZE_MAX. */
size_t sv_find(struct sv s, struct sv needle);
size_t sv_find_last(struct sv s, char c);

/* The whole of `s` as a decimal number; false when it is not one or does not fit. */
bool sv_to_u64(struct sv s, uint64_t *ret_value);

/* Cut off and return what stands before the first `sep`; without a `sep`, that is all of it. */
struct sv sv_cut(struct sv *s, char sep);

/* Cut off and return one line, without its "\n" or "\r\n". */
struct sv sv_line(struct sv *s);

struct reader reader_over(struct span s);
bool reader_ok(const struct reader *r);
uint8_t reader_u8(struct reader *r);
struct span reader_take(struct reader *r, size_t n);

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
