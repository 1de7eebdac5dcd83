// SPDX-License-Identifier: Apache-2.0
/*
 * The account of what was looked at: examined + skipped + unexamined = seen, always.
 *
 * An object is a non-directory, an entry inside a container, or a directory or table that could not
 * be opened; each counts once.
 */
#pragma once

#include <stdint.h>

#include "base/bytes.h"

#define COVERAGE_REASONS(X) \
    X(DENIED, "denied") \
    X(VANISHED, "vanished") \
    X(CHANGED, "changed") \
    X(IO_ERROR, "io-error") \
    X(ENCRYPTED, "encrypted") \
    X(DAMAGED, "damaged") \
    X(UNSUPPORTED, "unsupported") \
    X(LIMIT_DEPTH, "limit-depth") \
    X(LIMIT_BYTES, "limit-bytes") \
    X(LIMIT_RATIO, "limit-ratio") \
    X(LIMIT_ENTRIES, "limit-entries") \
    X(LIMIT_TIME, "limit-time") \
    X(PARSER_CRASHED, "parser-crashed") \
    X(PARSER_HUNG, "parser-hung") \
    X(INTERRUPTED, "interrupted")

enum coverage_reason {
#define X(name, text) REASON_##name,
    COVERAGE_REASONS(X)
#undef X
        REASON_COUNT_
};

/* Why something was left out on purpose: the rules. */
#define COVERAGE_RULES(X) \
    X(SYMLINK, "symlink")      /* never followed; its target is examined at its own place */ \
    X(SPECIAL, "special-file") /* device, FIFO, socket: no bytes of its own */ \
    X(PSEUDO_FS, "pseudo-file-system") \
    X(NETWORK_FS, "network-file-system") \
    X(REMOVABLE_FS, "removable-file-system") \
    X(EXCLUDED_FS, "exclude-fs") \
    X(EXCLUDED, "exclude") \
    X(OWN_STATE, "own-state") /* debar's own store */ \
    X(VAULT, "vault")         /* what a removal keeps to undo it: store/vault_index.h */ \
    X(ARCHIVE, "archive-not-opened") \
    X(NO_PACKAGES, "not-of-packages") /* by its name, where packages alone were asked for */ \
    X(ACCEPTED, "accepted-gap")       /* a coverage exception */

enum coverage_rule {
#define X(name, text) RULE_##name,
    COVERAGE_RULES(X)
#undef X
        RULE_COUNT_
};

struct coverage {
    uint64_t seen, examined, bytes; /* bytes: read from files */
    uint64_t skipped[RULE_COUNT_];
    uint64_t unexamined;
    uint64_t by_reason[REASON_COUNT_];
    uint64_t unchanged;         /* files, among all of these, that an earlier scan has read */
    int64_t unchanged_since_ns; /* when that began */
};

struct unexamined {
    struct sv place;
    enum coverage_reason reason;
    struct sv detail; /* a sentence for people; may be empty */
};

const char *coverage_reason_text(enum coverage_reason reason);
const char *coverage_rule_text(enum coverage_rule rule);
uint64_t coverage_skipped(const struct coverage *c); /* the sum over all rules */

/* Of those what is the machine's own, and was left out because somebody asked for that: what may be
 * in it is not known. */
uint64_t coverage_left_out(const struct coverage *c);
