// SPDX-License-Identifier: Apache-2.0
/*
 * Closes files many at a time. A small file takes three system calls, and most of what the third
 * one costs is the way into the kernel and back: the files that all threads are done with are
 * collected, and those with neighbouring descriptors are closed by one call.
 */
#pragma once

#include <pthread.h>

enum {
    CLOSER_ROOM = 256,
};

struct closer {
    pthread_mutex_t lock; /* guards everything below */
    unsigned batch;       /* so many are collected */
    unsigned count;
    int files[CLOSER_ROOM]; /* in order */
};

/* Of a process that may have few files open, fewer are collected. */
void closer_init(struct closer *c);

/* Any thread: `fd` is not used any more, and closed some time. NULL: it is closed now. */
void closer_close(struct closer *c, int fd);

/* All that were collected are closed. Nobody gives it another one meanwhile. */
void closer_clear(struct closer *c);
