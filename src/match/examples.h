// SPDX-License-Identifier: Apache-2.0
/*
 * The examples that stand in a catalogue: every `hit` must match its indicator and every `miss`
 * must not. They go the way that a scan's values go: bytes and paths through the probes, and all
 * through the compiled matcher. Conditions beside the field's own (type, version, with) are not
 * asked, since an example is one value.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "match/matcher.h"

/* Append one line for each example that fails to `problems`; 0 however many do. */
int examples_run(const struct matcher *m, const struct catalogue *catalogue, struct buf *problems,
                 size_t *ret_run, size_t *ret_failed, struct err *err) MUST_USE;
