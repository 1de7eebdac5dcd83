// SPDX-License-Identifier: Apache-2.0
/*
 * Whether memory ran out on this thread, kept as errno is.
 *
 * Parsers go on without what they could not allocate, and would give half an answer. Whoever asked
 * one takes the flag before and after.
 */
#pragma once

#include <stdbool.h>

/* An allocation failed. */
void starved_note(void);

/* Whether one did since this was last called. */
bool starved_take(void);
