// SPDX-License-Identifier: Apache-2.0
/*
 * Compiled patterns, kept in the state folder under the digest of what they were compiled from:
 * compiling is most of what a command does before it can begin.
 *
 *     "debar.patterns1\n"  { key[32]  size:u64  bytes, to 8 } …
 *
 * Nothing depends on it: what is missing or damaged is compiled anew, and a file that others may
 * write to is not read.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum { PATTERN_KEY = 32 };

struct pattern_file;

/* NULL when there is no memory: then nothing is found or kept. */
struct pattern_file *pattern_file_open(const char *path);

/* What is kept under this key, until the file is closed; false when there is nothing. */
bool pattern_file_get(struct pattern_file *f, const uint8_t key[PATTERN_KEY], struct span *ret);

/* Keep this too, in place of what was found under the key. */
void pattern_file_put(struct pattern_file *f, const uint8_t key[PATTERN_KEY], struct span bytes);

/*
 * Close it; when anything was put and `save` is set, write it first: beside, then renamed, and only
 * with what was asked for since it was opened.
 */
void pattern_file_close(struct pattern_file *f, bool save);
