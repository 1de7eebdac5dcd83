// SPDX-License-Identifier: Apache-2.0
/*
 * A hive of the Windows registry, read where it lies: keys and values by name or in order.
 *
 *     0       "regf", two sequence numbers, version, where the root key stands, size of all bins
 *     4096    bins: cells of int32 size (negative: in use) and what is in them:
 *             nk  a key: name, its list of subkeys, its list of values
 *             lf, lh, li  a list of subkeys;  ri  a list of such lists, one level deep
 *             vk  a value: name, type, its bytes or where they stand;  db  a list of pieces of 16
 * KiB
 *
 * Nothing here recurses and lists of lists are one level deep, so that no file can make a circle of
 * lists; a circle of keys ends at the number of keys that a file of its size can hold. What cannot
 * be read is passed over and remembered: hive_finish() tells. Texts are in the arena, as UTF-8.
 *
 * Changes that are only in the transaction logs beside a hive (.LOG1, .LOG2) are not seen.
 * Format:
 * https://github.com/msuhanov/regf/blob/master/Windows%20registry%20file%20format%20specification.md
 */
#pragma once

#include "base/arena.h"
#include "base/source.h"

enum hive_type {
    HIVE_SZ = 1,
    HIVE_EXPAND_SZ = 2,
    HIVE_BINARY = 3,
    HIVE_DWORD = 4,
    HIVE_MULTI_SZ = 7,
    HIVE_QWORD = 11,
};

enum {
    HIVE_DATA_MAX = 1 << 20, /* bytes of one value; what is longer is cut there */
};

struct hive;

struct hive_key {
    struct sv name;
    uint32_t at; /* its cell: says which key it is */
    uint32_t subkeys, subkey_list;
    uint32_t values, value_list;
};

struct hive_value {
    struct sv name; /* empty for a key's own value */
    enum hive_type type;
    uint32_t size, data; /* bytes, and their cell */
    bool is_inline;      /* `data` is the bytes themselves */
    uint64_t offset;     /* in the file */
};

/* A text with the range of the file that it was read from. */
struct hive_text {
    struct sv text;
    uint64_t offset, length;
};

struct hive_keys {
    uint32_t list, count, at;
    uint32_t outer, outer_count, outer_at; /* of a list of lists */
    unsigned step;                         /* bytes of an entry */
};

struct hive_values {
    uint32_t list, count, at;
};

/* 0; HIVE_NONE for what is no hive, or a transaction log of one; -ERR_*. */
enum { HIVE_NONE = 1 };
int hive_open(struct source *bytes, struct arena *arena, struct hive **ret,
              struct err *err) MUST_USE;

/*
 * 0 when all that was asked for could be read; else what could not: -ERR_FORMAT for damage,
 * -ERR_LIMIT, -ERR_UNSUPPORTED when its last changes are only in transaction logs, or the failure
 * of reading.
 */
int hive_finish(const struct hive *h, struct err *err) MUST_USE;

/* What a value holds could not be read: damage is remembered, another failure ends the reading. */
void hive_fail(struct hive *h, int r, const struct err *why);

bool hive_root(struct hive *h, struct hive_key *ret);

/* The key below `from` at a path with '\' between names, compared without regard to ASCII case. */
bool hive_find(struct hive *h, const struct hive_key *from, struct sv path, struct hive_key *ret);

/* Subkeys in order. */
struct hive_keys hive_keys(struct hive *h, const struct hive_key *key);
bool hive_next_key(struct hive *h, struct hive_keys *keys, struct hive_key *ret);

/* Values in order, or one by its name. */
struct hive_values hive_values(const struct hive_key *key);
bool hive_next_value(struct hive *h, struct hive_values *values, struct hive_value *ret);
bool hive_value(struct hive *h, const struct hive_key *key, const char *name,
                struct hive_value *ret);

/* The bytes of a value, in the arena. */
struct span hive_data(struct hive *h, const struct hive_value *value);

/* A text, trimmed; the first of several; empty for a value of another type. */
struct hive_text hive_text(struct hive *h, const struct hive_value *value);

/* All texts of a MULTI_SZ, or the one of another text: cut one off; false at the end. */
struct hive_texts {
    struct span rest;
};

struct hive_texts hive_texts(struct hive *h, const struct hive_value *value);
bool hive_next_text(struct hive *h, struct hive_texts *texts, struct sv *ret);

/* The same for a value by its name. */
struct hive_text hive_get(struct hive *h, const struct hive_key *key, const char *name);
bool hive_get_number(struct hive *h, const struct hive_key *key, const char *name,
                     uint32_t *ret_number);
