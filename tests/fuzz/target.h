// SPDX-License-Identifier: Apache-2.0
/*
 * What is fuzzed: every recogniser ("pe"), every kind of container ("container-zip"), and what the
 * process that opens reads of the one that parses ("message"). The lists are those of the program,
 * so a new recogniser or kind is a new target.
 *
 * Every edit of a file is one too ("edit-drop-pem").
 *
 * The input of a target is a file as it is: whatever crashes it can be scanned. That of an edit has
 * its key in the first line.
 */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"

struct target {
    const struct recogniser *recogniser; /* or else */
    const struct edit *edit;             /* or else */
    int kind;                            /* of container; KIND_NONE for messages */
};

bool target_named(const char *name, struct target *ret);

/* The name of target number `i`, in a buffer that the next call overwrites; NULL behind the last.
 */
const char *target_at(size_t i);

/* Once, before the first input. */
void target_prepare(void);

/* Ends, without a trace but the time it took; a broken promise ends the process. */
void target_run(const struct target *t, struct span bytes);
