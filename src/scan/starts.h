// SPDX-License-Identifier: Apache-2.0
/*
 * Where the walk starts: the targets, and every local file system mounted below them, each once.
 * What is left out by rule (network, removable, pseudo, --exclude-fs) is counted as one object.
 */
#pragma once

#include "os/mount.h"
#include "scan/collector.h"
#include "scan/scan.h"

int starts_of(const struct scan_options *o, const struct mounts *mounts, struct collector *account,
              const char **ret_starts, size_t room, size_t *ret_count, struct err *err) MUST_USE;
