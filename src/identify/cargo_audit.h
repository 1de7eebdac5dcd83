// SPDX-License-Identifier: Apache-2.0
/*
 * What cargo-auditable leaves in programs written in Rust: the crates linked into them.
 *
 * The section ".dep-v0" is a zlib stream of JSON:
 *     {"packages":[{"name":"adler","version":"0.2.3","source":"registry","kind":"build","root":true}]}
 * Format: https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md
 */
#pragma once

#include "identify/recogniser.h"

/*
 * Emit the crates of the section that stands at `offset`, each a component that is contained in
 * this file; those that only helped to build it are left out. A length of 0 emits nothing.
 */
int cargo_audit_emit(const struct job *job, uint64_t offset, uint64_t length,
                     struct err *err) MUST_USE;
