// SPDX-License-Identifier: Apache-2.0
#pragma once

/*
 * Let the heap of this process begin with huge pages, and keep what was freed: reading the rules
 * touches hundreds of pages, each by a fault of its own. Called once, before there is another
 * thread.
 */
void heap_prepare(void);
