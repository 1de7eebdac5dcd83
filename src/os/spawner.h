// SPDX-License-Identifier: Apache-2.0
/*
 * Makes worker processes on demand: a small process that is forked while nothing hostile was read,
 * and from which workers are forked later.
 *
 * Until the first is asked for it does nothing: many a run needs none. Then it prepares what all of
 * them begin with and gives up its rights. So a lost one is replaced in a millisecond, and the
 * process that has threads and rights never forks again. All of them end with the one that started
 * the spawner.
 */
#pragma once

#include <stdbool.h>

#include "os/sandbox.h"

struct spawner_options {
    const char *name, *worker_name; /* in ps; at most 15 bytes */
    bool jail;                      /* false: processes of their own, with all rights */
    struct sandbox_limits limits;   /* of a worker */

    /* In the spawner at once, before it closes what files it has inherited; NULL for nothing. */
    int (*inherit)(void *to, struct err *err);

    /*
     * In the spawner, before the first worker and before it gives up its rights; NULL for nothing.
     * A failure is told to whoever asks for a worker, then and later.
     */
    int (*prepare)(void *to, struct err *err);

    /*
     * In the worker, jailed; the worker ends when it returns. `why` says why the jail is none.
     * `file` is what spawner_worker() was given.
     */
    void (*work)(void *to, unsigned number, int channel, int file, unsigned features,
                 const struct err *why);
    void *to;
};

struct spawner;

int spawner_start(const struct spawner_options *options, struct spawner **ret,
                  struct err *err) MUST_USE;
void spawner_stop(struct spawner *s); /* and all its workers */

/* Any thread may call these. The worker gets `file`, and may write to it; the caller closes it. */
int spawner_worker(struct spawner *s, unsigned number, int file, int *ret_pid, int *ret_channel,
                   struct err *err) MUST_USE;

/* End a worker, if it has not ended, and learn how it ended: as wait(2) says it. */
int spawner_reap(struct spawner *s, int pid, int *ret_status, struct err *err) MUST_USE;
