// SPDX-License-Identifier: Apache-2.0
/*
 * The bytes of one file or entry, wherever they are.
 *
 * A recogniser sees a file only through this: a size and read_at(). It never gets a path or a
 * descriptor, so that the same code runs on a file, an archive entry and in a jailed process.
 * The first SOURCE_HEAD bytes are usually at hand already (`head`) and cost nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
    SOURCE_HEAD = 16 * 1024,
};

struct source {
    uint64_t size; /* bytes; reading may end earlier when the file shrank */
    struct span
        head; /* the first min(size, SOURCE_HEAD) bytes, fewer only if it shrank; borrowed */

    /* Read up to n bytes at offset; *ret_n < n only at the end. */
    int (*read_at)(struct source *s, uint64_t offset, void *to, size_t n, size_t *ret_n,
                   struct err *err);

    /*
     * What is at hand from `offset` on, without a copy and valid until the next call; empty only at
     * the end. NULL where bytes have to be copied anyway.
     */
    int (*piece_at)(struct source *s, uint64_t offset, struct span *ret_piece, struct err *err);

    /*
     * What an entry of the archive that these bytes are is called, where what holds the archive
     * knows better, as an installer does of its cabinets. Valid until the next call. NULL: as it
     * calls itself.
     */
    struct sv (*entry_name)(struct source *s, struct sv name);
};

/* All of it where that is in memory for as long as the source is; empty otherwise. */
struct span source_at_hand(const struct source *s);

/*
 * Bytes [offset, offset + n) in the arena, or where they are at hand; short (also empty) at the end
 * of the file. The memory taken is min(n, size - offset), so a length from the file cannot make it
 * grow beyond the file.
 */
int source_read(struct source *s, uint64_t offset, size_t n, struct arena *arena,
                struct span *ret_bytes, struct err *err) MUST_USE;

/* The whole file; ERR_LIMIT when it is larger than max. */
int source_read_all(struct source *s, size_t max, struct arena *arena, struct span *ret_bytes,
                    struct err *err) MUST_USE;

/* Bytes that are already in memory, as a source. `m` and the bytes must outlive it. */
struct source_memory {
    struct source source;
    struct span bytes;
};

void source_memory_init(struct source_memory *m, struct span bytes);
