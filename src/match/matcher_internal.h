// SPDX-License-Identifier: Apache-2.0
/* What matcher.c, look.c, find.c and probe.c share: the compiled form. */
#pragma once

#include <pthread.h>

#include <hs/hs.h>

#include "base/buf.h"
#include "match/matcher.h"
#include "match/openings.h"
#include "match/pattern.h"

/* One value of a condition. */
struct test {
    struct pattern pattern;
    const struct indicator *indicator;
    const struct condition *condition;
    uint32_t rank; /* of the indicator */
    bool main;     /* of the indicator's own condition, not of one of its `with` */
};

/* The tests of one field. */
struct index {
    struct openings openings;     /* of the exact values and of `scanned` */
    bool names;                   /* the field holds names of organisations that are asked for */
    bool networks;                /* and addresses */
    size_t exact_min, exact_max;  /* lengths of exact values; max 0: none */
    hs_database_t *database;      /* everything else; ids are indices into `scanned` */
    const struct index *borrowed; /* whose database it is, when another field asks the same */
    bool utf8;                    /* the database wants UTF-8 */
    uint32_t *scanned;            /* tests */
    size_t scanned_count, scanned_room;
};

struct slot {
    uint64_t hash;
    uint32_t test; /* plus 1; 0: free */
};

struct table {
    struct slot *slots;
    size_t room; /* a power of two */
    size_t used;
};

/* A regular expression among the `with` conditions. */
struct with_regex {
    const struct condition *condition;
    hs_database_t *database;
    bool utf8;
};

/* A run of bytes that is looked for: a literal as it is, or in UTF-16. */
struct byte_pattern {
    uint32_t test;
    size_t length; /* 0: a regular expression, which says itself where it starts */
    uint32_t next; /* of the magic values at this offset with this first byte; plus 1, 0: none */
};

/* The magic values at one offset, by their first byte in lower case; as struct byte_pattern.next.
 */
struct magic_table {
    uint64_t offset;
    uint32_t *first;
};

struct matcher {
    const struct rules *rules;
    struct compiled_file *compiled; /* may be NULL; holds databases that were kept */
    struct arena arena;             /* everything but what Vectorscan allocates */

    struct test *tests;
    size_t test_count;
    const struct indicator **indicators; /* by rank */
    size_t indicator_count;

    struct table exact; /* key: field and the value in lower case */
    struct table names; /* key: the normalised name */
    hs_database_t *name_words;
    struct index fields[FIELD_COUNT_];
    bool wanted[FIELD_COUNT_];
    uint32_t *networks; /* tests */
    size_t network_count;

    struct index path_regex; /* the regular expressions among the path tests */

    struct with_regex *with;
    size_t with_count;

    struct byte_pattern *bytes;
    size_t byte_count;
    hs_database_t *bytes_block, *bytes_stream;

    hs_database_t *imports; /* of what import tests ask for, anywhere in a text; NULL: nothing */
    bool imports_anything;  /* a test's text is not known */

    hs_database_t *paths; /* the same of what path and file-name tests ask for */
    bool paths_anything;
    uint64_t *last_names; /* bits, by the hash of an exact test's last name in lower case */
    size_t last_name_bits;

    struct magic_table *magics; /* one for each offset that has any */
    size_t magic_count;

    struct sv *digests; /* sorted, unique */
    size_t digest_count;

    struct matcher_room *room;
};

struct candidate {
    uint32_t test, field;
};

/* What was found of an indicator's further conditions, for hits in one group of fields. */
struct memo {
    uint64_t look; /* which component this is of */
    uint16_t group;
    uint16_t signature;
    bool holds;
};

/* A value that no test was a candidate for: most are met again and again. */
struct barren {
    uint64_t hash;
    uint8_t key, n;
    char text[118];
};

enum {
    BARREN_SLOTS = 512,
    FOLD_MAX = 4096,          /* bytes of the longest exact value */
    HITS_PER_INDICATOR = 256, /* in one component; more say nothing more */
};

/* As large as any database needs it, once that was asked; only to be copied. */
struct matcher_room {
    pthread_mutex_t lock;
    bool made;
    hs_scratch_t *vectorscan;
};

struct matcher_scratch {
    const struct matcher *matcher;
    bool filled; /* the rest is there */
    hs_scratch_t *vectorscan;
    hs_stream_t *stream;

    struct candidate *candidates;
    size_t candidate_count, candidate_room;
    struct matcher_hit *hits;
    size_t hit_count, hit_room;
    bool failed;        /* an allocation did */
    struct memo *memos; /* one for each indicator */
    uint64_t look;

    uint8_t *seen; /* one for each byte pattern */
    size_t *prefixes;
    size_t prefix_count, prefix_room;
    struct buf name, text, place;
    struct barren *barren; /* BARREN_SLOTS, by hash */
    char fold[FOLD_MAX];
};

/* Make all that is in it; for whoever is about to use one. */
int matcher_scratch_fill(struct matcher_scratch *s, struct err *err) MUST_USE;

/* Whether a condition is about values of this field. */
bool condition_asks(const struct condition *condition, enum field_key key);

/* Those fields; returns how many. */
enum { ASKED_MAX = 16 };
size_t condition_fields(const struct condition *condition, enum field_key ret[ASKED_MAX]);

bool matcher_is_bytes(enum field_key field); /* MAGIC or LITERAL */

/* One value of a condition, with the case rules of its field and platform. */
struct pattern matcher_pattern(const struct indicator *in, const struct condition *c, size_t i);

/* ASCII letters in lower case; `room` has value.n bytes. */
struct sv matcher_to_lower(struct sv value, char *room);
uint64_t matcher_hash_exact(enum field_key field, struct sv lower);
uint64_t matcher_hash_name(struct sv normalised);

/* The candidates of one value: tests of `main` conditions that hold, others never. */
void matcher_look(const struct matcher *m, struct matcher_scratch *s, enum field_key key,
                  struct sv value, uint32_t field);

/* Of these the exact ones only. */
void matcher_look_exact(const struct matcher *m, struct matcher_scratch *s, enum field_key key,
                        struct sv subject, uint32_t field);

/* Whether any of a condition's values holds for a value of its field. */
bool matcher_condition_holds(const struct matcher *m, struct matcher_scratch *s,
                             const struct indicator *indicator, const struct condition *condition,
                             enum field_key key, struct sv value);

/* As hs_scan, over text that need not be UTF-8. */
void matcher_scan(struct matcher_scratch *s, const hs_database_t *database, bool utf8,
                  struct sv text, match_event_handler each, void *to);

int matcher_compile(const struct matcher *m, const struct test *tests, const uint32_t *which,
                    size_t count, hs_database_t **ret_database, bool *ret_utf8, struct err *err);
int matcher_compile_bytes(struct matcher *m, struct err *err);
int matcher_compile_imports(struct matcher *m, struct err *err);
int matcher_compile_paths(struct matcher *m, struct err *err);

/* False only when no path or file-name test can hold of it. */
bool matcher_may_want_path(const struct matcher *m, struct matcher_scratch *s, struct sv path);
int matcher_compile_digests(struct matcher *m, struct err *err);
