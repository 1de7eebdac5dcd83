// SPDX-License-Identifier: Apache-2.0
#pragma once

/*
 * Let the heap of this process begin with huge pages, and keep what was freed. Reading the rules
 * touches a thousand pages, each by a fault of its own: a fifth of what a small scan takes.
 * Called once, before there is another thread.
 */
void heap_prepare(void);
