// SPDX-License-Identifier: Apache-2.0
/* What CycloneDX says in JSON and in XML alike. https://cyclonedx.org/specification/overview/ */
#pragma once

#include "identify/claims.h"

enum {
    CYCLONEDX_NESTING_MAX = 60,
    CYCLONEDX_PLACES_MAX = 64, /* of one component */
};

enum component_type cyclonedx_type(struct sv text);

/* A digest; only SHA-256 is kept. */
void cyclonedx_hash(struct claims *c, struct sv algorithm, struct sv content);

/* An external reference. */
void cyclonedx_reference(struct claims *c, struct sv type, struct sv url);

/* A property: those that debar itself writes are fields. */
void cyclonedx_property(struct claims *c, struct sv name, struct sv value);

/* Where a component was seen. */
void cyclonedx_place(struct claims *c, struct sv place);

/* What parts a bill into its text of XML. */
int cyclonedx_read_xml(const struct job *job, struct sv text, struct err *err) MUST_USE;
