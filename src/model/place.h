// SPDX-License-Identifier: Apache-2.0
/*
 * Where something is, as text: "/dir/outer.iso!/inner.cab!/file.dll".
 *
 * A place is unambiguous and reversible: bytes that are not UTF-8, control characters, `%`, and a
 * `!` that stands before `/` or at the end of a name are written as %XX (upper-case hex). With
 * --root, places are paths on the scanning machine.
 */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* Append the raw bytes of a path (any bytes but NUL) in encoded form. */
void place_append(struct buf *to, struct sv raw_path);

/* Append the encoded name of an entry inside, which stands behind "!/". */
void place_append_name(struct buf *to, struct sv raw_name);

/* The raw bytes of a place without entries, appended to `to`; -ERR_FORMAT for a bad %XX. */
int place_decode(struct sv place, struct buf *to, struct err *err) MUST_USE;

/* What stands before the first "!/": the file on the disk. */
struct sv place_outer(struct sv place);
