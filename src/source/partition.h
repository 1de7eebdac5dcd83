// SPDX-License-Identifier: Apache-2.0
/* The partitions of a disk, as volumes that are named by their numbers: "2". */
#pragma once

#include "source/entry_reader.h"

entry_opener partition_open;

/* May a disk with a table of partitions begin so? What is no table says of itself that it is none.
 */
bool partition_may_begin(struct span head, uint64_t size);
