// SPDX-License-Identifier: Apache-2.0
/*
 * Taking values out of a YAML tree strictly.
 *
 * Each function that takes a value reports what is wrong with it and then returns something
 * harmless, so that one run over a file finds all its problems. A NULL node stands for a key that
 * is not there: check_map() has already said so if it had to be, and the others stay silent.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "order/yaml.h"

enum {
    CHECK_PROBLEMS_MAX = 200, /* of one run; the rest is not written */
};

struct check {
    struct arena *arena;
    struct sv file;       /* as problems name it */
    struct buf *problems; /* may be NULL */
    struct err *err;      /* gets the first problem */
    size_t count;         /* of problems */
};

struct check_key {
    const char *name;
    bool optional;
};

void check_problem(struct check *c, unsigned line, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* -ERR_FORMAT when there was any problem so far, or what the arena says. */
int check_result(const struct check *c) MUST_USE;

/*
 * The values of a map by the index of their key; NULL for one that is not there. False when `node`
 * is no map. `what` is "an order", "a milestone of an order".
 */
bool check_map(struct check *c, const struct yaml *node, const char *what,
               const struct check_key *keys, size_t key_count, const struct yaml **ret_values);

/* One line of text that is not empty; `\n` and `\t` only in check_prose. */
struct sv check_text(struct check *c, const struct yaml *node);
struct sv check_prose(struct check *c, const struct yaml *node);

/* Lists of such texts. `one_will_do`: a single text is a list of one. */
struct sv *check_texts(struct check *c, const struct yaml *node, bool one_will_do,
                       size_t *ret_count);

/* The items of a list; reports a node that is none, and an empty one unless that is allowed. */
const struct yaml *check_list(struct check *c, const struct yaml *node, bool may_be_empty);

bool check_bool(struct check *c, const struct yaml *node);
uint64_t check_number(struct check *c, const struct yaml *node, uint64_t min, uint64_t max);
int64_t check_day(struct check *c, const struct yaml *node); /* days since 1970, or INT64_MIN */

/* An id of [a-z0-9] and what `also` holds. */
struct sv check_id(struct check *c, const struct yaml *node, const char *also);

/* The index of a word in a list of words, or -1. */
int check_word(struct check *c, const struct yaml *node, const char *const *words, size_t count);

/* A set of such words: bit n is words[n]. */
unsigned check_word_set(struct check *c, const struct yaml *node, const char *const *words,
                        size_t count, bool may_be_empty);

/* The first line must be `schema: <schema>`; nothing else is looked at when it is not. */
bool check_schema(struct check *c, const struct yaml *root, const char *schema);
