// SPDX-License-Identifier: Apache-2.0
/*
 * A stored scan, matched and ready to be reported.
 *
 * A scan and `debar match` go the same way from here: both read the stored inventory, so that the
 * same inventory under the same orders cannot give two answers.
 */
#pragma once

#include "match/matcher.h"
#include "model/scan_view.h"
#include "order/rules.h"
#include "store/store.h"

struct scan_result {
    struct scan_view view;
    struct store *store; /* borrowed */
    struct arena arena;
    struct finding *findings;
    size_t finding_count;
};

#define auto_result __attribute__((cleanup(result_clear))) struct scan_result

/* Match the chosen scan's inventory. With `keep`, the findings are stored with it. */
int result_match(struct store *store, const struct stored_scan *scan, const struct rules *rules,
                 const struct matcher *matcher, bool keep, struct scan_result *ret,
                 struct err *err) MUST_USE;

/* Take the findings as they were stored. */
int result_stored(struct store *store, const struct stored_scan *scan, const struct rules *rules,
                  struct scan_result *ret, struct err *err) MUST_USE;
void result_clear(struct scan_result *r);

/* What is kept of a scan beside its lists, as JSON: host, root, targets, catalogues, coverage. */
void header_write(const struct scan_view *view, struct buf *to);
int header_read(struct sv header, struct arena *arena, struct scan_view *ret,
                struct err *err) MUST_USE;
