// SPDX-License-Identifier: Apache-2.0
/*
 * What one hit is worth where it was met.
 *
 * A catalogue says how strong an indicator is in its proper place. The component says what that
 * place is: a signature that is broken, a certificate that anyone could have made, a manifest that
 * only refers to something. The effective strength is the lower of both, with a note that says why.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "match/matcher.h"
#include "model/finding.h"

/* Kinds of evidence. Strong hits confirm a finding when two kinds, from two components, agree. */
#define FAMILIES(X) \
    X(SIGNATURE, "signature") \
    X(PACKAGE, "package") \
    X(CLAIM, "name and place") \
    X(CONTENT, "content") \
    X(REGISTRATION, "registration") \
    X(CERTIFICATE, "certificate") \
    X(DEVICE, "device") \
    X(NETWORK, "network")

enum family {
#define X(name, text) FAMILY_##name,
    FAMILIES(X)
#undef X
        FAMILY_COUNT_
};

/* Why a hit counts for less than its indicator says, or what else there is to know. */
#define NOTES(X) \
    X(NONE, "") \
    X(UNVERIFIED, "nobody verified the signature that names it") \
    X(UNCHECKED, "the signature could not be checked") \
    X(UNTRUSTED, "the signature is valid, but its chain leads to no trusted root") \
    X(BROKEN, "the signature is broken: the file is not the one that was signed") \
    X(SELF_SIGNED, "the signature is self-signed: anyone can write this name into one") \
    X(UNSIGNED, "the file that claims it is not signed") \
    X(FOREIGN, "the file that claims it is signed by somebody else") \
    X(NAME, "a name or a place proves nothing alone") \
    X(OWN_CERTIFICATE, "a self-signed certificate may carry anyone's name") \
    X(LEAF, "a certificate is of its holder; it does not show a product of theirs to be here") \
    X(MENTION, "it is only named as where something comes from or goes to") \
    X(WORDS, "these words in a file that is no program may only speak of it") \
    X(REFERENCE, "a manifest or script refers to it; that does not show it to be here") \
    X(PLACE_PROBABLE, "what stands in this place makes it probable at most") \
    X(PLACE_TRACE, "what stands in this place is a trace at most")

enum note {
#define X(name, text) NOTE_##name,
    NOTES(X)
#undef X
        NOTE_COUNT_
};

struct evidence {
    const struct indicator *indicator;
    uint32_t rank;  /* of the indicator */
    uint32_t reach; /* bytes of the pattern that matched */
    uint32_t field; /* index into the component's fields */
    enum field_key key;
    enum family family;
    enum strength effective;
    enum note note;
    bool capped; /* probable at most, however strong */
};

const char *family_text(enum family family);
const char *note_text(enum note note);
enum family family_of(enum field_key key);

/*
 * Weigh the hits of one catalogue on one component: `hits` as matcher_find() gives them, `ret` has
 * room for as many. All belong to one catalogue.
 */
void weigh(const struct component *c, const struct matcher_hit *hits, size_t count,
           struct evidence *ret);
