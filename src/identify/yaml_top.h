// SPDX-License-Identifier: Apache-2.0
/*
 * The plain members at the top of a YAML document: "name: value". What is nested below is passed
 * over. For manifests of which no more than that is wanted.
 */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

struct yaml_member {
    const char *name;        /* wanted */
    struct sv value;         /* found, in the arena; empty when there is none */
    uint64_t offset, length; /* where it stands in the text; 0, 0 when written otherwise */
};

/*
 * Fill in the values of the first document. -ERR_FORMAT when it is not YAML; what was found stands.
 */
int yaml_top_read(struct sv text, struct yaml_member *members, size_t count, struct arena *arena,
                  struct err *err) MUST_USE;
