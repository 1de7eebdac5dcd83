// SPDX-License-Identifier: Apache-2.0
/*
 * What was seen in the bytes of programs that have several names, so that each is read once. Only
 * so many are kept; of more than that, each name is read again, which costs time and nothing else.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/component.h"
#include "os/file.h"

struct links;

int links_new(struct links **ret, struct err *err) MUST_USE;
void links_free(struct links *l);

/*
 * The fields that were kept of the same, unchanged file under another name: at most `room` of them,
 * values in the arena. With `hashed`, only when its digest is among them. Any thread may ask.
 */
bool links_get(struct links *l, const struct file_facts *file, bool hashed, struct arena *arena,
               struct field *ret_fields, size_t room, size_t *ret_count);

/* Keep them; copied. */
void links_put(struct links *l, const struct file_facts *file, bool hashed,
               const struct field *fields, size_t count);
