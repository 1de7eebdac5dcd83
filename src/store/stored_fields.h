// SPDX-License-Identifier: Apache-2.0
/*
 * The fields of a component as the store keeps them; numbers are uvarints.
 *
 *     identity    type:u8  count  { key:u8  group  n  n bytes }…
 *     own         count  { key:u8  group  offset  length  n  n bytes }…     empty for none
 *     evidence    { which of the identity's  offset  length }…              of those that have it
 */
#pragma once

#include "base/buf.h"
#include "model/component.h"

void identity_put(struct buf *to, enum component_type type, const struct field *fields,
                  size_t count);
void evidence_put(struct buf *to, const struct field *fields, size_t count);

/* Those of all the component's fields that are not of its identity. */
void own_put(struct buf *to, const struct component *c);

/* Room for the fields of one component after the other. */
struct field_room {
    struct field *fields;
    size_t room;
};

void field_room_clear(struct field_room *r);

/*
 * The component's type and fields, those of its identity first; they borrow from the bytes and the
 * room. -ERR_FORMAT when these are not what was put.
 */
int fields_join(struct span identity, struct span own, struct span evidence,
                struct field_room *room, struct component *ret, struct err *err) MUST_USE;
