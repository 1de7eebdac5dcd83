// SPDX-License-Identifier: Apache-2.0
/* A group's evidence in plain English: why it is as sure as it is, and what would change that. */
#pragma once

#include "match/group.h"

/* `proofs` are the group's, strongest first. Both give an empty text when the arena is full. */
struct sv tell_reason(const struct group *g, const struct proof *const *proofs, size_t count,
                      struct arena *arena);
struct sv tell_raise(const struct group *g, const struct proof *const *proofs, size_t count,
                     struct arena *arena);
