// SPDX-License-Identifier: Apache-2.0
/*
 * All indicators of all catalogues, compiled: which of them does a component, a path or a run of
 * bytes hit?
 *
 * A matcher is const after it was made and shared by all threads; each thread has its own scratch.
 * Exact values stand in one hash table, names of organisations in another, everything else is one
 * Vectorscan database for each field. A field that no indicator asks for costs one bit test.
 *
 * Two kinds of questions:
 *   - probes, while files are read: they parse nothing, and tell the scan which fields (magic,
 *     literal, path, file-name) to add to a component;
 *   - matcher_find(), over a component with all its fields. What the hits add up to is match_run.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/occurrence.h"
#include "order/rules.h"

struct matcher;
struct compiled_file;
struct matcher_scratch;

/*
 * `rules` are borrowed and must outlive the matcher. `compiled`, which may be NULL, is where
 * compiled patterns are taken from and kept. -ERR_FORMAT names the indicator at fault.
 */
int matcher_new(const struct rules *rules, struct compiled_file *compiled,
                struct matcher **ret_matcher, struct err *err) MUST_USE;
void matcher_free(struct matcher *m);
void matcher_auto_free(struct matcher **m);

#define auto_matcher __attribute__((cleanup(matcher_auto_free))) struct matcher

const struct rules *matcher_rules(const struct matcher *m);

/* Whether Vectorscan takes a regular expression; fits struct rules_options. */
int matcher_check_regex(struct sv pattern, bool nocase, struct err *err) MUST_USE;

/* It takes its memory when it is first used. */
int matcher_scratch_new(const struct matcher *m, struct matcher_scratch **ret_scratch,
                        struct err *err) MUST_USE;
void matcher_scratch_free(struct matcher_scratch *s);
void matcher_scratch_auto_free(struct matcher_scratch **s);

#define auto_matcher_scratch \
    __attribute__((cleanup(matcher_scratch_auto_free))) struct matcher_scratch

/* ---- bytes ---- */

/* An indicator's value that stands in the bytes; each is told once for each run of bytes. */
struct matcher_seen {
    enum field_key field;    /* FIELD_MAGIC or FIELD_LITERAL */
    struct sv value;         /* the indicator's; owned by the matcher */
    uint64_t offset, length; /* where it stands; length is twice the value's in UTF-16 */
};

typedef void matcher_seen_fn(void *to, const struct matcher_seen *seen);

/* False when no indicator looks at bytes: then there is no need to read them for it. */
bool matcher_wants_bytes(const struct matcher *m);

/* A whole file that is in memory. 0 or -ERR_NOMEM. */
int matcher_probe_bytes(const struct matcher *m, struct matcher_scratch *s, struct span bytes,
                        matcher_seen_fn *each, void *to, struct err *err) MUST_USE;

/* Only the magic values that stand where they are to stand in these first bytes. */
void matcher_probe_magic(const struct matcher *m, struct span head, matcher_seen_fn *each,
                         void *to);

/*
 * All values piece by piece: begin, any number of pieces in order, end. `each` may be called from
 * any of the three. One run of bytes at a time for each scratch; begin drops one that was not
 * ended.
 */
int matcher_bytes_begin(const struct matcher *m, struct matcher_scratch *s,
                        struct err *err) MUST_USE;
int matcher_bytes_add(const struct matcher *m, struct matcher_scratch *s, struct span piece,
                      matcher_seen_fn *each, void *to, struct err *err) MUST_USE;
int matcher_bytes_end(const struct matcher *m, struct matcher_scratch *s, matcher_seen_fn *each,
                      void *to, struct err *err) MUST_USE;

/*
 * False only when nothing that stands in this text, taken for the name of a module, would be hit:
 * then there is no need to look for the statements that import it.
 */
bool matcher_may_import(const struct matcher *m, struct matcher_scratch *s, struct span text);

/* ---- paths ---- */

/*
 * An indicator wants this path. With `prefix` > 0 the indicator's path begins at a later name: it
 * counts if the first `prefix` bytes are themselves a root (of a container, another system).
 */
struct matcher_path {
    enum field_key field; /* FIELD_PATH, or FIELD_FILE_NAME: then prefix is 0 */
    struct sv value;      /* what the component's field is to hold; inside the path given */
    size_t prefix;
    size_t folder; /* bytes of `value` that the indicator spells out as a folder, which may serve as
                      the place of installation; 0 when it names none */
};

typedef void matcher_path_fn(void *to, const struct matcher_path *path);

/* `path` is raw, absolute in its root and `/` separated. Each (field, prefix) is told once. */
int matcher_probe_path(const struct matcher *m, struct matcher_scratch *s, struct sv path,
                       matcher_path_fn *each, void *to, struct err *err) MUST_USE;

/* ---- what an inventory was scanned with ---- */

/*
 * The SHA-256 of every byte, path and file-name test, as lower-case hex, sorted and unique: to be
 * kept with an inventory. Owned by the matcher.
 */
const struct sv *matcher_probe_digests(const struct matcher *m, size_t *ret_count);

/* Tell the indicators (by id, sorted) of which `recorded` lacks a test: of these, an inventory that
 * was scanned with `recorded` knows nothing. */
typedef void matcher_unknown_fn(void *to, const struct indicator *indicator);
int matcher_unknown(const struct matcher *m, const struct sv *recorded, size_t recorded_count,
                    matcher_unknown_fn *each, void *to, struct err *err) MUST_USE;

/* ---- components ---- */

/* One field of a component that an indicator asks for, all conditions checked. */
struct matcher_hit {
    const struct indicator *indicator;
    uint32_t field;     /* index into the component's fields */
    uint32_t rank;      /* of the indicator, over all catalogues */
    uint32_t reach;     /* bytes of the pattern: how much of the value it speaks of */
    uint16_t signature; /* group of the signature that it rests on; 0: none */
};

/*
 * All hits, in the order of rank, then field, of each indicator the first few hundred. They stay
 * valid until the scratch is used again. `place` is the component's, encoded. 0 or -ERR_NOMEM.
 */
int matcher_find(const struct matcher *m, struct matcher_scratch *s, const struct component *c,
                 struct sv place, const struct matcher_hit **ret_hits, size_t *ret_count,
                 struct err *err) MUST_USE;
