// SPDX-License-Identifier: Apache-2.0
/*
 * How much one outer file may make us unpack, over all the archives in it.
 *
 * Whoever unpacks tells the budget; the answer is a failure once it is used up, and stays one, so
 * that everything in the outer file ends. What hit it is kept in `hit`.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

enum {
    LIMIT_DEPTH_MAX = 64, /* that anybody may ask for */
};

struct limits {
    unsigned depth;   /* archives in archives */
    uint64_t bytes;   /* unpacked, on all levels together */
    uint64_t ratio;   /* bytes unpacked for one byte of the outer file */
    uint64_t entries; /* folders and links too */
    int64_t time_ns;
    uint64_t memory; /* bytes of one entry that may stand in memory; what is larger is spilled */
    uint64_t spill;  /* bytes of all entries that are spilled at one time */
};

extern const struct limits limits_default;

/* "bytes=16G", "depth=8", "time=60": one limit, in bytes (K, M, G, T), seconds or pieces. */
int limits_set(struct limits *l, struct sv word, struct err *err) MUST_USE;

struct budget {
    struct limits limits;
    uint64_t size; /* of the outer file */
    uint64_t bytes, entries, spilled;
    int64_t until_ns;
    uint64_t unchecked;          /* work since the clock was read */
    const atomic_bool *cancel;   /* may be NULL */
    atomic_uint_fast64_t *beats; /* grows while there is progress; may be NULL */
    struct err hit;              /* code 0: not hit */
};

/* A new outer file. */
void budget_begin(struct budget *b, const struct limits *limits, uint64_t size,
                  const atomic_bool *cancel, atomic_uint_fast64_t *beats);
bool budget_is_hit(const struct budget *b);

/* So many bytes were unpacked. */
int budget_unpacked(struct budget *b, uint64_t bytes, struct err *err) MUST_USE;

/* So many bytes were read, which may come to nothing but time. */
int budget_worked(struct budget *b, uint64_t bytes, struct err *err) MUST_USE;

/* One more entry. */
int budget_entry(struct budget *b, struct err *err) MUST_USE;

/* Take or give back room outside memory. Too much of it ends one entry, not the outer file. */
int budget_spill(struct budget *b, uint64_t bytes, struct err *err) MUST_USE;
void budget_unspill(struct budget *b, uint64_t bytes);
