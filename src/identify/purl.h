// SPDX-License-Identifier: Apache-2.0
/*
 * A package URL taken apart: "pkg:type/namespace/name@version?qualifiers#subpath".
 * Format: https://github.com/package-url/purl-spec
 */
#pragma once

#include "identify/recogniser.h"

struct purl {
    struct sv type; /* in lower case */
    struct sv name_space, name, version;
    struct sv qualifiers; /* as written: "a=b&c=d" */
};

/* False for what is no package URL. Its parts are decoded, in the arena where they have to be. */
bool purl_read(struct sv text, struct arena *arena, struct purl *ret);

/* The decoded value of a qualifier; empty when there is none. */
struct sv purl_qualifier(const struct purl *p, struct sv key, struct arena *arena);

/*
 * The name and type of the package as its ecosystem, and so a catalogue, writes them: fields
 * `package` and `package-type`, or `image` for what a registry of containers has.
 */
void purl_emit_package(struct emit *out, const struct purl *p, struct arena *arena);
