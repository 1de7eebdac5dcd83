// SPDX-License-Identifier: Apache-2.0
/*
 * The bytes of a layer of a container image, unpacked while they are read and packed while they are
 * written: plain, gzip or zstd. Nothing of a layer is kept in memory.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

enum layer_packing {
    LAYER_PLAIN,
    LAYER_GZIP,
    LAYER_ZSTD,
};

struct layer_reader;
struct layer_writer;

#define auto_layer_reader __attribute__((cleanup(layer_reader_auto))) struct layer_reader
#define auto_layer_writer __attribute__((cleanup(layer_writer_auto))) struct layer_writer

/* [offset, offset + size) of an open file, which is borrowed. The first bytes say how it is packed.
 */
int layer_reader_open(int fd, uint64_t offset, uint64_t size, struct layer_reader **ret,
                      struct err *err) MUST_USE;
enum layer_packing layer_reader_packing(const struct layer_reader *r);

/* Fewer than `n` only at the end. */
int layer_read(struct layer_reader *r, void *to, size_t n, size_t *ret_n, struct err *err) MUST_USE;
void layer_reader_auto(struct layer_reader **r);

struct layer_digests {
    char packed[65], plain[65]; /* SHA-256 in hexadecimal */
    uint64_t size;              /* packed */
};

/* To the end of an open file, which is borrowed; -1: only its digests are wanted. */
int layer_writer_open(int fd, enum layer_packing packing, struct layer_writer **ret,
                      struct err *err) MUST_USE;
int layer_write(struct layer_writer *w, const void *p, size_t n, struct err *err) MUST_USE;
int layer_writer_finish(struct layer_writer *w, struct layer_digests *ret,
                        struct err *err) MUST_USE;
void layer_writer_auto(struct layer_writer **w);
