// SPDX-License-Identifier: Apache-2.0
/*
 * Command lines as units, init scripts and cron write them.
 */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"

/*
 * The absolute path of the program that a command line runs; false when it names none. Whether
 * there is such a file tells a service that works from what was left behind.
 */
bool command_program(struct sv command, struct sv *ret_path);
