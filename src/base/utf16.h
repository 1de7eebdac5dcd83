// SPDX-License-Identifier: Apache-2.0
/*
 * UTF-16 text of Windows formats as UTF-8. A surrogate without its other half becomes U+FFFD, as
 * does a NUL inside; an odd last byte is dropped.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"

void utf16le_append(struct buf *to, struct span text);
void utf16be_append(struct buf *to, struct span text);

/* In the arena; empty when its memory ran out (see arena_failed). */
struct sv utf16le_text(struct span text, struct arena *arena);

/* What stands before the first NUL character; all of it without one. */
struct span utf16_until_nul(struct span text);
