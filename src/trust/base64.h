// SPDX-License-Identifier: Apache-2.0
/* Base64 as certificates and keys are written in text: RFC 4648 section 4. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

/* Lines of any length; white space is passed over. *ret is in the arena. -ERR_FORMAT for the rest.
 */
int base64_decode(struct sv text, struct arena *arena, struct span *ret, struct err *err) MUST_USE;
