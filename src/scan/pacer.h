// SPDX-License-Identifier: Apache-2.0
/*
 * Keeps a scan within its limits: a thread that adds up what the opener and all parsers have used,
 * asks scan/governor.h, and tells them until when to rest. They look for that between two reads, so
 * that nothing is stopped in the middle and nothing is killed.
 *
 * A parser says itself what it used. One that lies can make the scan slower, as it also could by
 * working, but not stop it: no rest is longer than GOVERNOR_REST_MS, and between two all go on.
 */
#pragma once

#include <stdatomic.h>

#include "base/err.h"
#include "os/file.h"
#include "scan/governor.h"

struct parsers;
struct pacer;

/* While files may be opened: the kernel's account of pressure is. */
int pacer_new(const struct governor_limits *limits, const atomic_bool *cancel, struct pacer **ret,
              struct err *err) MUST_USE;

/* The thread begins; `parsers` may be NULL. */
int pacer_start(struct pacer *p, struct parsers *parsers, struct err *err) MUST_USE;

void pacer_free(struct pacer *p); /* ends the thread */

/* Any thread: rest as long as it is told to. A NULL pacer never rests. */
void pacer_rest(struct pacer *p);

/* For what is read in this process; NULL for a NULL pacer. */
const struct read_meter *pacer_meter(const struct pacer *p);
