// SPDX-License-Identifier: Apache-2.0
/*
 * Paths and command lines as Windows writes them, as a path below the root of its system drive.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"

/*
 * "C:\Program Files\Acme\agent.exe" -k, \SystemRoot\System32\drivers\acme.sys, %ProgramFiles%\Acme,
 * "system32\acme.dll,-101": the file or folder with '/' between names, "/Program Files/Acme/…".
 *
 * False when it names none that could be looked for: a bare name, another drive or host, a short
 * name ("PROGRA~1"), another variable.
 */
bool windows_path(struct sv text, struct arena *arena, struct sv *ret_path);
