// SPDX-License-Identifier: Apache-2.0
/*
 * Which package owns which path: 16 bytes a path, so that a million of them fit, and 12 where they
 * were kept by an earlier scan.
 *
 * Paths are kept as hashes under a random key that no file name can aim at. On a root whose /bin,
 * /lib and /sbin are links into /usr, both spellings of a path are one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

struct owners;

int owners_new(struct owners **ret, struct err *err) MUST_USE;
void owners_free(struct owners *o);

/* `owner` is "deb:kesl"; `path` is absolute within the scanned root. */
int owners_add(struct owners *o, struct sv path, struct sv owner, struct err *err) MUST_USE;

/* False only when nobody owns anything in this folder of the root. */
bool owners_in(const struct owners *o, struct sv folder);

/*
 * The table as bytes, and from bytes, for which the same `digest` was given; they are taken when it
 * is theirs, and -ERR_FORMAT says that they are not.
 */
int owners_write(const struct owners *o, const uint8_t digest[16], struct buf *to,
                 struct err *err) MUST_USE;
int owners_from(struct buf *bytes, const uint8_t digest[16], struct owners **ret,
                struct err *err) MUST_USE;

/* The owner of a path within the root, or an empty sv. Any thread may ask once all are added. */
struct sv owners_get(const struct owners *o, struct sv path);
