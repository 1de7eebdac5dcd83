// SPDX-License-Identifier: Apache-2.0
/*
 * A pair of connected sockets between two processes of ours: a stream of bytes both ways, and open
 * files from one side to the other.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    CHANNEL_FILES_MAX = 64, /* open files that go with one send */
};

int channel_pair(int ret_ends[2], struct err *err) MUST_USE;

/*
 * All n bytes; the files arrive with the first of them and stay open here. -ERR_GONE when the other
 * side has ended. When it takes nothing for `patience_ms` (-1: for ever): -ERR_CANCELLED.
 */
int channel_send(int channel, const void *p, size_t n, const int *files, size_t file_count,
                 int patience_ms, struct err *err) MUST_USE;

/* Exactly n bytes and whatever files came with them; -ERR_GONE at the end of the stream. */
int channel_receive(int channel, void *to, size_t n, int *ret_files, size_t room,
                    size_t *ret_file_count, struct err *err) MUST_USE;

/*
 * What there is, at least one byte, without files: any that are sent are closed by the kernel.
 * Waits for `patience_ms`, then *ret_n is 0. -ERR_GONE at the end of the stream.
 */
int channel_receive_some(int channel, void *to, size_t room, int patience_ms, size_t *ret_n,
                         struct err *err) MUST_USE;
