// SPDX-License-Identifier: Apache-2.0
/* The parts of a `debar.scan/1` document that the JSON formats share. */
#pragma once

#include <stdint.h>

#include "base/json.h"
#include "model/scan_view.h"

/* The members of the open object that come before the findings, except `verdict`. */
void document_head(const struct scan_view *view, struct json_writer *w);

/* The members of the coverage object but for its list of what was not examined. */
void document_coverage(const struct coverage *c, struct json_writer *w);

void document_unexamined(const struct unexamined *u, struct json_writer *w);

/*
 * -ERR_CONFLICT unless examined + skipped + `listed` = seen, where `listed` is how many unexamined
 * objects the view named.
 */
int document_balance(const struct coverage *c, uint64_t listed, struct err *err) MUST_USE;
