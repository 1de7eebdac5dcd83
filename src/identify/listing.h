// SPDX-License-Identifier: Apache-2.0
/*
 * Listings: what a tool printed of another machine, as text that people keep and send around.
 *
 * Each format says whether a text is its own by what stands in it, never by a file's name, and as
 * far as possible not by words either, because tools speak the language of their system.
 */
#pragma once

#include "identify/claims.h"
#include "identify/decoded_text.h"

struct listing {
    const struct job *job;
    struct decoded_text file;
    struct sv all, rest; /* the text, and what of it is still to be read */
    size_t number;       /* of the line that was read last, from 1 */
    bool named;          /* a person said that it is a listing: less has to speak for it */
    bool any;            /* a component was emitted */
};

struct listing_format {
    const char *name;
    /* Looks at a copy; `l->rest` is all of the text. */
    bool (*is)(struct listing l);
    /* 0, RECOG_NOT_MINE or -ERR_*. */
    int (*read)(struct listing *l, struct err *err);
};

/* Each ends with a row without a name. */
extern const struct listing_format listings_of_registry[], listings_of_json[], listings_of_mac[],
    listings_of_packages[], listings_of_windows[], listings_of_tables[];

/* The next line, with the white space at its beginning; false at the end. */
bool listing_line(struct listing *l, struct sv *ret_line);

/* The next line that is not empty. */
bool listing_text_line(struct listing *l, struct sv *ret_line);

/* Something of this type, called `name`, which stands in the line that was read last. */
struct claims listing_claims(const struct listing *l, enum component_type type, struct sv name);

/* Emit it with the number of the line. */
void listing_emit(struct listing *l, struct claims *c);
void listing_emit_as(struct listing *l, struct claims *c, enum component_state state);

/* A package of a system: its name and type, which are its identity. */
void listing_emit_package(struct listing *l, const char *type, struct sv name, struct sv version,
                          struct sv architecture, enum component_state state);

/* Cut off the next word and the white space behind it. */
struct sv listing_word(struct sv *line);

/* ---- things by their properties ---- */

/*
 * What tools print of one thing, as names and values in any order: osquery, PowerShell, wmic,
 * rpm -qi. Names are compared without case, '_', '-' and spaces.
 */
struct properties {
    struct claims c;
    struct sv display_name, publisher, maintainer, path, identifier, label, pid, command;
    struct sv code, release, architecture, kind_of_service, common_name, issuer, service;
    bool is_deb, is_rpm, is_extension, is_launchd, is_service, is_program;
    size_t known; /* how many names were known */
};

struct properties properties_of(const struct listing *l);
bool property_is_known(struct sv name);
void property_add(struct properties *p, struct sv name, struct sv value);

/* Emit what it is; nothing when that cannot be told. */
void properties_emit(struct listing *l, struct properties *p);
