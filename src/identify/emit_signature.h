// SPDX-License-Identifier: Apache-2.0
/* Signatures as groups of fields: one group each, the same for every kind of program. */
#pragma once

#include "model/message.h"
#include "trust/signature.h"

/* `team_id` may be empty. */
void emit_signature(struct emit *out, const struct signature *s, struct sv team_id);

/* That the file, which could bear a signature, has none. `why` may be empty. */
void emit_unsigned(struct emit *out, struct sv why);
