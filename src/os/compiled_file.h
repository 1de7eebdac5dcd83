// SPDX-License-Identifier: Apache-2.0
/*
 * What was compiled once, kept in the state folder under the digest of what it was compiled from:
 * compiling is most of what a command does before it can begin.
 *
 *     "debar.compiled2\n"  { key[32]  size:u64  bytes } …        each part of it filled up to 64
 *
 * Nothing depends on it: what is missing is compiled anew, and a file that others may write to is
 * not read. Whether bytes are what was put is for their owner to check.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    COMPILED_KEY = 32,
    COMPILED_ALIGN = 64, /* of what is read from the file */
};

struct compiled_file;

/* NULL when there is no memory: then nothing is found or kept. */
struct compiled_file *compiled_file_open(const char *path);

/* What is kept under this key, until the file is closed; false when there is nothing. */
bool compiled_file_get(struct compiled_file *f, const uint8_t key[COMPILED_KEY], struct span *ret);

/* Whether this lies in the file as it was when it was opened, and so lives until it is closed. */
bool compiled_file_holds(const struct compiled_file *f, const void *p);

/* Keep this too, in place of what was found under the key. */
void compiled_file_put(struct compiled_file *f, const uint8_t key[COMPILED_KEY], struct span bytes);

/*
 * When anything was put, write the file: beside, then renamed, and only with what was asked for
 * since it was opened.
 */
void compiled_file_save(struct compiled_file *f);

void compiled_file_close(struct compiled_file *f);
