// SPDX-License-Identifier: Apache-2.0
/*
 * What a document says of one thing that is elsewhere: a bill of materials, a listing, a table of
 * assets. Fields are gathered in the order in which they stand and emitted at once.
 */
#pragma once

#include "identify/package.h"

struct claim_field {
    enum field_key key;
    uint16_t group; /* 0, or the number of a signature or certificate */
    struct sv value;
    struct claim_field *next;
};

struct claims {
    struct arena *arena;
    enum component_type type;
    struct sv name, version, purl;
    struct sv group; /* of the name: a vendor, a name space, a scope */
    struct range at; /* of the name */
    struct sv row;   /* how to find it in the document */
    struct claim_field *first, *last;
    size_t count;
};

enum {
    CLAIMS_MAX = 4096, /* fields of one thing; more are dropped */
};

/* Add a field; an empty value adds nothing. The value is borrowed until it is emitted. */
void claim(struct claims *c, enum field_key key, struct sv value);
void claim_in_group(struct claims *c, enum field_key key, struct sv value, uint16_t group);

/* Whether a field was added. */
bool claims_have(const struct claims *c, enum field_key key);

/*
 * "Organization: Name (mail)", "Person: Name", "Name <mail>" as the name alone; "NOASSERTION" and
 * "NONE" as nothing.
 */
struct sv claimed_party(struct sv text);

/* "C:\Program Files\X\y.exe" as "/Program Files/X/y.exe", in the arena; what is no path is empty.
 */
struct sv claimed_path(struct sv text, struct arena *arena);

/*
 * Emit a component with the job's state and ceiling. What the purl says of name, version and
 * package is added. False, with nothing emitted, when there is neither a name nor a purl.
 */
bool claims_emit(const struct job *job, const struct claims *c);

/* The result of a recogniser: `result`, unless memory ran out, and with it something is missing. */
int claims_end(const struct job *job, int result, struct err *err) MUST_USE;
bool claims_emit_as(const struct job *job, const struct claims *c, enum component_state state);
