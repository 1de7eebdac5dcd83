// SPDX-License-Identifier: Apache-2.0
/*
 * Keeps, before anything is removed, what the removal would destroy the record of: the files that
 * exposure/ names, its assessment, and the statement that lists them all with their digests, in
 * vault/evidence/<plan>/.
 */
#pragma once

#include "order/rules.h"
#include "remedy/act.h"
#include "remedy/vault.h"

struct evidence_options {
    const char *state_folder;
    struct vault *vault;
    const struct plan *plan;
    const struct rules *rules;
    struct sv finding; /* of this one alone; empty: of all that the plan has */
    int root_fd;
    bool tolerate; /* what cannot be read is left out and said there */

    /* What it comes to, for people. */
    void (*say)(void *to, struct sv name, const char *conclusion);
    void *to;
};

/* A collection that is whole already is left as it is: later there may be less to be found. */
int evidence_collect(const struct evidence_options *o, struct err *err) MUST_USE;
