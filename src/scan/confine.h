// SPDX-License-Identifier: Apache-2.0
/* The process that opens files gives up what it does not need to do that. */
#pragma once

#include "scan/scan.h"

/*
 * From here on it reads what is scanned (of another machine's file system nothing else: the files
 * of this machine are none of its business), writes where the options say, and does nothing else.
 * To be called while there is one thread. What the system does not offer is told by o->note.
 */
void confine(const struct scan_options *o);
