// SPDX-License-Identifier: Apache-2.0
/*
 * A dated, scoped permission to leave a finding, or to accept a gap in the coverage.
 *
 * An exception past its date does not apply any more, but is still known, so that the finding can
 * say which permission ran out. Unsigned: what a file says is taken as its author's word.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "model/coverage.h"
#include "model/finding.h"
#include "order/order.h"

struct exception {
    struct sv id; /* [a-z0-9._-]+, unique over all exception files */
    enum { EXCEPTION_FINDING, EXCEPTION_COVERAGE } kind;

    /* A finding: by its id, or by whatever of the three is given. Empty: not asked for. */
    struct sv finding;
    struct sv vendor, product;
    struct sv place; /* a glob over the place of installation, or else over every place of it */

    /* A gap: by a glob over its place or the digest of the file, and optionally by its reason. */
    struct sv gap_place, gap_sha256;
    bool has_reason;
    enum coverage_reason reason;

    bool all_orders;
    struct sv *orders; /* order ids */
    size_t order_count;
    struct sv who, why, scope, compensating_control;
    int64_t from;  /* first day it applies; NO_DAY: always */
    int64_t until; /* last day it applies */
    struct sv file;
    unsigned line;
};

enum exception_answer {
    EXCEPTION_NO,
    EXCEPTION_EXPIRED, /* it would, but its date is past */
    EXCEPTION_YES,
};

/* Does it cover this finding under this order, today? */
enum exception_answer exception_covers(const struct exception *e, const struct finding *f,
                                       struct sv order_id, int64_t today);

/*
 * The best answer of several: one that applies, else the one that expired last. `ret_exception` is
 * NULL with EXCEPTION_NO.
 */
enum exception_answer exceptions_cover(const struct exception *exceptions, size_t count,
                                       const struct finding *f, struct sv order_id, int64_t today,
                                       const struct exception **ret_exception);

/* Does it accept this gap, today? `sha256` of the file as lower-case hex; empty when unknown. */
enum exception_answer exception_accepts_gap(const struct exception *e, const struct unexamined *gap,
                                            struct sv sha256, int64_t today);
