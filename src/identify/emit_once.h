// SPDX-License-Identifier: Apache-2.0
/*
 * Fields of one component, each value of a field once: a version resource in nine languages and a
 * fat binary of four architectures say most things nine and four times.
 */
#pragma once

#include "identify/name_set.h"
#include "model/message.h"

struct emit_once {
    struct emit *out; /* its component is open */
    struct name_set seen;
};

void emit_once_init(struct emit_once *once, struct emit *out, struct arena *arena);
void emit_once_at(struct emit_once *once, enum field_key key, struct sv value, uint64_t offset,
                  uint64_t length);
