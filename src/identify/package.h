// SPDX-License-Identifier: Apache-2.0
/*
 * One package of a language ecosystem, said in the same words by every recogniser of one.
 *
 * `name` is the full name as the ecosystem writes it: "@scope/name", "group:artifact",
 * "github.com/owner/module", "vendor/name". From it come the fields name (as written), package
 * (with what the ecosystem treats as equal spellings made equal), package-type, version and purl.
 * https://github.com/package-url/purl-spec/blob/main/PURL-TYPES.rst
 */
#pragma once

#include "identify/recogniser.h"

/* Where in the file something stands; 0, 0 when that is not known. */
struct range {
    uint64_t offset, length;
};

struct package {
    const char *type; /* of the purl: npm, pypi, maven, golang, cargo, … */
    struct sv name;
    struct sv version;    /* an exact one; empty when there is none */
    struct sv constraint; /* what a manifest asks for: "^1.2"; used when there is no version */
    struct range at;
    enum component_state state;
    enum confidence ceiling;
};

/* Begin a component for the package and write its fields; more may follow. False, with nothing
 * written, when the name cannot be one. */
bool package_emit(struct emit *out, const struct package *p);

/* The same fields for the component that is open: a program that says which package it is. */
bool package_emit_fields(struct emit *out, const struct package *p);

/* Where `part`, a piece of `whole`, stands in it. */
struct range range_of(struct sv whole, struct sv part);

/* "Name <mail> (url)" as up to two values of the field: the name, and the mail address. */
void person_emit(struct emit *out, enum field_key key, struct sv text);

/* The same for several, parted by commas. */
void people_emit(struct emit *out, enum field_key key, struct sv people);
