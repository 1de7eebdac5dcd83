// SPDX-License-Identifier: Apache-2.0
/*
 * What of a component is the same on every host, and the key made from it.
 *
 * The identity is the type and the IDENTITY fields, sorted by group, name and value, without
 * evidence offsets. Its canonical JSON is
 *
 *     {"fields":{"name":["x"],…},"groups":[{"signer-cn":["y"]},…],"type":"library"}
 *
 * with names and values sorted; the SHA-256 of that text is the key under which stores of any host
 * keep it once.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "model/component.h"

/* The identity fields of `c` in canonical order, with their evidence still on them. */
int identity_fields(const struct component *c, struct arena *arena, struct field **ret_fields,
                    size_t *ret_count, struct err *err) MUST_USE;

/* `fields` as identity_fields() gives them. */
void identity_write(enum component_type type, const struct field *fields, size_t count,
                    struct buf *to);
