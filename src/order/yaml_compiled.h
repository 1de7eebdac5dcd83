// SPDX-License-Identifier: Apache-2.0
/*
 * A YAML tree as bytes, so that a file that did not change need not be parsed again.
 *
 *     check:u64le (XXH3 of the rest)  nodes:u32le  node …       in the order of the file
 *     node: kind and flags:u8  line  [key_line  key]  text | number of members
 *
 * Numbers are uvarints, texts counted and then ended by a NUL; only members of maps have a key.
 */
#pragma once

#include "base/buf.h"
#include "order/yaml.h"

void yaml_compile(const struct yaml *root, struct buf *to);

/*
 * The tree of such bytes, which it borrows; its nodes are in the arena. NULL when the bytes are not
 * as yaml_compile() wrote them, or when there is no memory.
 */
const struct yaml *yaml_compiled(struct span bytes, struct arena *arena);
