// SPDX-License-Identifier: Apache-2.0
/*
 * Which package owns which path: 16 bytes a path, so that a million of them fit.
 *
 * Paths are kept as hashes under a random key that no file name can aim at. On a root whose /bin,
 * /lib and /sbin are links into /usr, both spellings of a path are one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"

struct owners;

int owners_new(struct owners **ret, struct err *err) MUST_USE;
void owners_free(struct owners *o);

/* `owner` is "deb:kesl"; `path` is absolute within the scanned root. */
int owners_add(struct owners *o, struct sv path, struct sv owner, struct err *err) MUST_USE;

/* The owner of a path within the root, or an empty sv. Any thread may ask once all are added. */
struct sv owners_get(const struct owners *o, struct sv path);
