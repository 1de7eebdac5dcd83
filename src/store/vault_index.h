// SPDX-License-Identifier: Apache-2.0
/*
 * What a vault says of itself, so that a scan that meets one knows it for what it is: what removals
 * took away and keep until it is no longer wanted back.
 *
 *     index         one JSON object a line: name, size, plan, kept_until; sorted by name
 *     index.sha256  the digest of index; while it is replaced, those of the old and the new one
 *
 * A folder is a vault only if it is called that, belongs to root alone, its index has that digest,
 * and there is nothing in it that the index does not name.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/err.h"

struct vault_line {
    struct sv name; /* "objects/ab/….zst", "evidence/<plan>/…" */
    uint64_t size;  /* on the disk */
    struct sv plan;
    int64_t kept_until_ns;
};

/* Replace the index of a vault; it is on the disk when this returns. Lines are sorted by name. */
int vault_index_write(int vault_fd, const struct vault_line *lines, size_t count,
                      struct err *err) MUST_USE;

struct vault_facts {
    uint64_t files, bytes;
    int64_t kept_until_ns; /* the last of all */
};

/* Whether `name` in the folder `dir_fd` is a vault. Opens nothing that it does not name. */
bool vault_index_check(int dir_fd, const char *name, struct vault_facts *ret);
