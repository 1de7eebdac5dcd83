// SPDX-License-Identifier: Apache-2.0
/*
 * What is known of one vendor: who it is, what it makes, and by which values its products are
 * recognised. Plain data that mirrors `catalogue/<vendor>.yaml`; order/rules.h reads and checks it.
 * Everything is owned by the arena of the struct rules it was read into, and const from then on.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "model/component.h"
#include "model/finding.h"
#include "model/version.h"

/* What kind of trace a hit is; an order says of each class whether it is in or out. */
#define SCOPE_CLASSES(X) \
    X(BRANDED, "branded") \
    X(EMBEDDED, "embedded") \
    X(VENDOR_OPEN_SOURCE, "vendor-open-source") \
    X(TRUST_ANCHOR, "trust-anchor") \
    X(THREAT_INTELLIGENCE, "threat-intelligence") \
    X(TRAINING, "training") \
    X(HARDWARE, "hardware") \
    X(SERVICE, "service") \
    X(REFERENCE, "reference") \
    X(CONTRIBUTION, "contribution") \
    X(SUCCESSOR, "successor")

enum scope_class {
#define X(name, text) SCOPE_##name,
    SCOPE_CLASSES(X)
#undef X
        SCOPE_COUNT_
};

#define INDICATOR_OPS(X) \
    X(EXACT, "exact") \
    X(PREFIX, "prefix") \
    X(SUFFIX, "suffix") \
    X(GLOB, "glob") /* `*` within a segment for paths, `**` across; `?` one character */ \
    X(REGEX, "regex")

enum indicator_op {
#define X(name, text) OP_##name,
    INDICATOR_OPS(X)
#undef X
        OP_COUNT_
};

/* How an entity, or whatever an order reaches beside those it names, belongs to the vendor. */
#define RELATIONS(X) \
    X(NAMED, "named") \
    X(PREDECESSOR, "predecessor") \
    X(SUCCESSOR, "successor") \
    X(PARENT, "parent") \
    X(SUBSIDIARY, "subsidiary") \
    X(AFFILIATE, "affiliate") \
    X(CONTROL, "control") /* orders only, as the next two */ \
    X(COMMON_CONTROL, "common-control") \
    X(MAJORITY_OWNED, "majority-owned")

enum relation {
#define X(name, text) RELATION_##name,
    RELATIONS(X)
#undef X
        RELATION_COUNT_
};

#define PLATFORMS(X) \
    X(WINDOWS, "windows") \
    X(LINUX, "linux") \
    X(MACOS, "macos") \
    X(ANDROID, "android") \
    X(IOS, "ios") \
    X(FREEBSD, "freebsd") \
    X(NETWORK, "network") \
    X(ANY, "any")

enum platform {
#define X(name, text) PLATFORM_##name,
    PLATFORMS(X)
#undef X
        PLATFORM_COUNT_
};

/* A set of platforms, scope classes or relations: bit n is the constant n. */
#define SET_OF(constant) (1u << (constant))

struct entity {
    struct sv name; /* legal name */
    enum relation relation;
    struct sv *former;
    size_t former_count;
    struct sv *native;
    size_t native_count;
    struct sv *not_publisher; /* spellings that must not count in a publisher field */
    size_t not_publisher_count;
    bool publisher; /* its names count in a publisher field, with: */
    enum strength publisher_strength;
    struct sv source;
    unsigned line; /* in the file */
};

struct product {
    struct sv id; /* [a-z0-9-]+, unique in the catalogue */
    struct sv name, kind;
    unsigned platforms; /* SET_OF(PLATFORM_…) */
    bool generic;       /* "some product of the vendor": joins a specific one at the same place */
    struct sv source;
};

/* One test of one field. */
struct condition {
    enum field_key field;
    bool publisher_family; /* `field: publisher`: test every field of publisher_fields() alike */
    bool normalised;       /* values are normalised names: publisher_normalise() the field first */
    bool nocase;
    enum indicator_op op;
    struct sv *values; /* any one of them; for MAGIC and LITERAL these are bytes */
    size_t value_count;
};

struct indicator {
    struct sv id; /* "kaspersky.deb.kesl" */
    const struct catalogue *catalogue;
    const struct product *product;
    struct condition test;
    struct sv *types; /* package types the component must have one of; empty: any */
    size_t type_count;
    struct version_range version; /* of the component; no bounds: any */
    uint64_t offset;              /* MAGIC only */
    struct condition
        *with; /* all must hold on the same component; a PATH one looks at its places */
    size_t with_count;
    enum strength strength;
    enum scope_class scope;
    unsigned platforms; /* of the indicator; 0: not said */
    bool synthetic;     /* made from an entity's `publisher:` */
    struct sv source;
    struct sv *hits; /* values of the field that must match */
    size_t hit_count;
    struct sv *misses; /* and such as must not */
    size_t miss_count;
    unsigned line; /* in catalogue->file */
};

/* What a file that is kept before a removal shows. */
#define EVIDENCE_KINDS(X) \
    X(INSTALL, "install")       /* records of the installation and of versions */ \
    X(SETTINGS, "settings")     /* what the product was told to do */ \
    X(STATEMENT, "statement")   /* terms that were accepted */ \
    X(SERVER, "server")         /* who it belonged to: management servers */ \
    X(UPDATE, "update")         /* what its updates leave; the time says when the last one was */ \
    X(LOG, "log")               /* what it did; absence is said */ \
    X(DETECTION, "detection")   /* what it took for malicious */ \
    X(QUARANTINE, "quarantine") /* objects it set aside, each one that could have been sent */ \
    X(SENT, "sent")             /* records of objects that it sent */ \
    X(CERTIFICATE, "certificate") /* what it signs or intercepts with */

enum evidence_kind {
#define X(name, text) EVIDENCE_##name,
    EVIDENCE_KINDS(X)
#undef X
        EVIDENCE_COUNT_
};

/* How a value stands in a file. Each is searched as text, line by line, and nothing is parsed. */
#define EVIDENCE_FORMS(X) \
    X(INI, "ini")   /* key=value; "Section/key" within [Section] */ \
    X(JSON, "json") /* "key": value, at any depth */ \
    X(XML, "xml")   /* <key>value</key>, or "element@attribute" */ \
    X(LINE, "line") /* what stands behind the key in a line that holds it */ \
    X(TEXT, "text") /* the lines as they are; no key */

enum evidence_form {
#define X(name, text) FORM_##name,
    EVIDENCE_FORMS(X)
#undef X
        FORM_COUNT_
};

/* What a value tells of. */
#define EVIDENCE_MEANINGS(X) \
    X(SETTING, "setting") /* a setting worth knowing; nothing follows from it */ \
    X(VERSION, "version") \
    X(SENDING, "sending") /* whether it sends, and what: see the words of struct evidence_value */ \
    X(STATEMENT, "statement") \
    X(SERVER, "server") \
    X(UPDATE_SOURCE, "update-source") \
    X(UPDATED, "updated") /* when the last update was */ \
    X(DETECTION, "detection") \
    X(SENT, "sent") /* an object that was sent */

enum evidence_meaning {
#define X(name, text) MEANS_##name,
    EVIDENCE_MEANINGS(X)
#undef X
        MEANS_COUNT_
};

/* A list of words that a value may be, compared without regard to case. */
struct evidence_words {
    struct sv *words;
    size_t count;
};

struct evidence_value {
    struct sv name; /* for people */
    enum evidence_meaning means;
    enum evidence_form form;
    struct sv key;
    struct evidence_words off, queries, files, on; /* SENDING only: nothing is sent, questions
                                                      about objects, also objects, not known what */
};

struct catalogue_evidence {
    struct sv id; /* "kaspersky.evidence.kesl-settings" */
    const struct product **products;
    size_t product_count;
    enum evidence_kind kind;
    struct sv title;
    struct sv *paths; /* globs from the root */
    size_t path_count;
    bool nocase;
    struct evidence_value *values;
    size_t value_count;
    struct sv source;
    unsigned line;
};

/* How a product goes, beside what its package says; paths are from the root, without links. */
struct catalogue_removal {
    struct sv id; /* "kaspersky.removal.kesl" */
    const struct product **products;
    size_t product_count;
    struct sv *uninstaller; /* argv of the product's own, for where no package says how */
    size_t uninstaller_count;
    struct sv *folders; /* all that is in them is the product's */
    size_t folder_count;
    struct sv *empty_folders; /* go when nothing is left in them */
    size_t empty_folder_count;
    struct sv *users, *groups; /* that it makes */
    size_t user_count, group_count;
    struct sv *returns; /* what would bring it back, in words */
    size_t return_count;
    bool encrypts; /* disks or files: what it holds has to be decrypted before */
    bool boots;    /* it takes part in starting the machine */
    struct sv source;
    unsigned line;
};

struct catalogue {
    struct sv vendor; /* the file's base name */
    struct sv title;
    struct sv file;     /* as it was opened */
    uint8_t digest[32]; /* SHA-256 of the file */
    struct entity *entities;
    size_t entity_count;
    struct product *products; /* at most one is generic */
    size_t product_count;
    struct indicator *indicators; /* in the file's order, then the synthetic ones */
    size_t indicator_count;
    struct catalogue_evidence *evidence; /* in the file's order */
    size_t evidence_count;
    struct catalogue_removal *removals; /* in the file's order */
    size_t removal_count;
};

const char *scope_class_text(enum scope_class scope);
bool scope_class_from_text(struct sv text, enum scope_class *ret_scope);
const char *indicator_op_text(enum indicator_op op);
bool indicator_op_from_text(struct sv text, enum indicator_op *ret_op);
const char *relation_text(enum relation relation);
bool relation_from_text(struct sv text, enum relation *ret_relation);
const char *evidence_kind_text(enum evidence_kind kind);
const char *evidence_meaning_text(enum evidence_meaning means);
const char *platform_text(enum platform platform);
bool platform_from_text(struct sv text, enum platform *ret_platform);

/* The fields that a `publisher` indicator is tested against, ended by FIELD_COUNT_. */
const enum field_key *publisher_fields(void);

/* NULL when there is none. */
const struct product *catalogue_product(const struct catalogue *c, struct sv id);
const struct indicator *catalogue_indicator(const struct catalogue *c, struct sv id);

/* The n-th description of how a product goes, from 0; NULL when there are no more. */
const struct catalogue_removal *catalogue_removal(const struct catalogue *c, struct sv product,
                                                  size_t n);
