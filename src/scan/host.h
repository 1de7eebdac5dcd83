// SPDX-License-Identifier: Apache-2.0
/*
 * Which host a scan is of. The id is a hash of the machine-id of the root that is scanned, under a
 * name of debar's own: stable, and of no use to find the machine-id.
 */
#pragma once

#include "base/arena.h"
#include "model/scan_view.h"

/* `root` is NULL for the running machine. */
int host_describe(const char *root, struct arena *arena, struct host *ret,
                  struct err *err) MUST_USE;
