// SPDX-License-Identifier: Apache-2.0
/*
 * Signatures as groups of fields: one group each, the same for every kind of program. The group
 * stays open, so that what only the signature says (a team, an identifier) can be added to it;
 * end it with emit_group_end().
 */
#pragma once

#include "model/message.h"
#include "trust/signature.h"

void emit_signature(struct emit *out, const struct signature *s);

/* That the file, which could bear a signature, has none. `why` may be empty. */
void emit_unsigned(struct emit *out, struct sv why);
