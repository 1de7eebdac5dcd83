// SPDX-License-Identifier: Apache-2.0
/*
 * An anonymous file for what is too large for memory: nobody else can open it, and it is gone when
 * the process ends, however it ends.
 *
 * It is made when it is first written to, in memory (memfd) or, when a folder is named, without a
 * name on the volume of that folder (O_TMPFILE). It grows and shrinks at its end, so that what is
 * needed last in, first out shares one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

struct spill_file {
    const char *folder; /* borrowed; NULL: memory */
    int fd;             /* -1: not made yet */
    uint64_t size;
};

void spill_init(struct spill_file *f, const char *folder);

/* Make it now, for another process: the caller closes *ret_fd. */
int spill_make(const char *folder, int *ret_fd, struct err *err) MUST_USE;

void spill_clear(struct spill_file *f);

int spill_append(struct spill_file *f, struct span bytes, struct err *err) MUST_USE;
int spill_read_at(const struct spill_file *f, uint64_t offset, void *to, size_t n, size_t *ret_n,
                  struct err *err) MUST_USE;

/* Drop what is at its end, and give back the room that it took. */
void spill_cut(struct spill_file *f, uint64_t size);
