// SPDX-License-Identifier: Apache-2.0
/* Disks, parts of disks and files that hold one, by their first bytes. */
#pragma once

#include "source/kind.h"

/* KIND_NONE for anything else. What could be the beginning of many things is none of them. */
enum container_kind kind_of_disk(struct span head, uint64_t size);
