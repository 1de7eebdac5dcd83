// SPDX-License-Identifier: Apache-2.0
/*
 * The least that it costs to look into archives: what is compressed is decompressed whole, by the
 * fastest library for its format, into buffers that are used again, and every byte of what is no
 * container goes through Vectorscan once. Containers in containers are opened too.
 *
 * gzip and zip by libdeflate, zstd by libzstd, xz by liblzma, bzip2 by libbz2; tar and ar are
 * walked where they lie. What is damaged or encrypted is left out.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <hs/hs.h>

struct unpacker;

/* The patterns are borrowed, compiled in block mode. NULL without memory. */
struct unpacker *unpacker_new(const hs_database_t *patterns);

void unpacker_open(struct unpacker *u, const uint8_t *bytes, size_t n);

/* Bytes that went through Vectorscan, and how many hits there were. */
uint64_t unpacker_bytes(const struct unpacker *u);
uint64_t unpacker_hits(const struct unpacker *u);
