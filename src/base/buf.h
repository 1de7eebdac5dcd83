// SPDX-License-Identifier: Apache-2.0
/*
 * A growing run of bytes with a maximum.
 *
 * Appending never returns an error: the first append that does not fit sets `failed`, everything
 * after it is dropped, and the owner asks buf_ok() once. BUF_INIT(max) or zeroed (no maximum).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/compiler.h"

struct buf {
    char *p; /* NUL-terminated once anything was appended */
    size_t n, room;
    size_t max; /* 0: none */
    bool failed;
};

#define BUF_INIT(maximum) ((struct buf){.max = (maximum)})
#define auto_buf __attribute__((cleanup(buf_clear))) struct buf

void buf_clear(struct buf *b);
void buf_reset(struct buf *b); /* keeps the memory */
bool buf_ok(const struct buf *b);
void buf_bytes(struct buf *b, const void *p, size_t n);
void buf_sv(struct buf *b, struct sv s);
void buf_str(struct buf *b, const char *text);
void buf_char(struct buf *b, char c);
void buf_uvarint(struct buf *b, uint64_t value); /* as reader_uvarint() takes it */
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct sv buf_view(const struct buf *b);
