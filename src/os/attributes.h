// SPDX-License-Identifier: Apache-2.0
/*
 * What a file has beside its bytes, mode and owner: extended attributes (ACLs, capabilities and
 * security labels are some), the flags of its inode, and where a sparse file has data.
 *
 * `name` is a name in the folder `fd`, never followed when it is a symbolic link; "" is `fd`
 * itself.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct attribute {
    struct sv name, value;
};

/* All of them, sorted by name; none where the file system has none. */
int attributes_get(int fd, const char *name, struct arena *arena, struct attribute **ret,
                   size_t *ret_count, struct err *err) MUST_USE;
int attribute_set(int fd, const char *name, const struct attribute *a, struct err *err) MUST_USE;
int attribute_remove(int fd, const char *name, struct sv attribute, struct err *err) MUST_USE;

/* What stops a change of a file, beside permissions. */
enum {
    INODE_IMMUTABLE = 0x10, /* chattr +i */
    INODE_APPEND = 0x20,    /* chattr +a */
};

/* Those flags that a person may set (chattr); 0 where the file system has none. `fd` must be of a
 * file or a folder that is open to read. */
uint32_t inode_flags_get(int fd);

/* Set those of `flags` that are no lock. Where the file system has none, nothing happens. */
int inode_flags_set(int fd, uint32_t flags, struct err *err) MUST_USE;

struct extent {
    uint64_t offset, length;
};

/* The ranges of a file that hold data; the rest are holes. */
int extents_get(int fd, uint64_t size, struct arena *arena, struct extent **ret, size_t *ret_count,
                struct err *err) MUST_USE;
