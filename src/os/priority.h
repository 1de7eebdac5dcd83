// SPDX-License-Identifier: Apache-2.0
/* How much of the machine a process is given when others want it too. */
#pragma once

#include <stdbool.h>

/*
 * For this thread and all processes and threads that it makes from now on: processors only when
 * nobody else wants them much (nice 19), and disks only when nobody else wants them at all (the
 * idle class; schedulers of disks that know no classes ignore it). False when the system refuses.
 */
bool priority_idle(void);
