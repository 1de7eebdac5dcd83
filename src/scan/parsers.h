// SPDX-License-Identifier: Apache-2.0
/*
 * What all parsers have in common: the spawner of their processes and the memory shared with them.
 */
#pragma once

#include <stdatomic.h>

#include "os/sandbox.h"
#include "scan/dissect.h"

enum {
    PARSER_JOBS_MAX = 96, /* submitted and not done */
    PARSER_SLOTS = PARSER_JOBS_MAX + 1,
};

struct parsers_options {
    const struct dissect_context *dissect;
    unsigned count;
    bool jail;       /* false: other processes with all rights */
    unsigned needed; /* features of the sandbox without which nothing is parsed */
    struct sandbox_limits limits;
    int64_t patience_ns;     /* with a job that makes no progress */
    int64_t patience_mib_ns; /* and this for each MiB of the file */
    unsigned life;           /* jobs of one process; then it is replaced anyway */
    const atomic_bool *cancel;
    bool paced; /* parsers say what they use, and rest when told to */
};

/* What is used outside tests; without `dissect`, `count` and `cancel`. */
extern const struct parsers_options parsers_defaults;

struct parsers;

/*
 * Begin, while there is one thread and nothing hostile was read: the processes, of which none is
 * made before it is needed, start with all that is in memory now. -ERR_UNSUPPORTED when a feature
 * is needed that this machine has not.
 */
int parsers_start(const struct parsers_options *options, struct parsers **ret,
                  struct err *err) MUST_USE;
void parsers_stop(struct parsers *all);

/* Features that every process had so far. */
unsigned parsers_features(const struct parsers *all);

/* Add what all of them have used so far, as they say. */
void parsers_add_use(const struct parsers *all, int64_t *cpu_ns, uint64_t *bytes);

/* None works before that time. */
void parsers_rest(const struct parsers *all, int64_t until_ns);

/* All together may read as many bytes more, each its part, and then wait for the next grant. */
void parsers_grant(const struct parsers *all, uint64_t bytes);

/* ---- for scan/parser.c ---- */

struct parser_page;

const struct parsers_options *parsers_options(const struct parsers *all);
struct parser_page *parsers_page(const struct parsers *all, unsigned number);

/* A slot for the first bytes of a file; NULL when the system has no memory to share that way. */
uint8_t *parsers_head(const struct parsers *all, unsigned number, unsigned slot);

/* Have its pages now, all at once: a fault for each takes longer than what it is there for. */
void parsers_head_settle(const struct parsers *all, unsigned number, unsigned slot);

/* A new process for this parser, and the end of one: how it ended, as wait(2) says it. */
int parsers_make(struct parsers *all, unsigned number, int *ret_pid, int *ret_channel,
                 struct err *err) MUST_USE;
int parsers_end(struct parsers *all, int pid, int *ret_status, struct err *err) MUST_USE;

/* What a process has of the sandbox. -ERR_UNSUPPORTED when that is less than is needed. */
int parsers_take(struct parsers *all, unsigned features, struct err *err) MUST_USE;
