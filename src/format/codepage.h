// SPDX-License-Identifier: Apache-2.0
/* Text in one of Windows' code pages as UTF-8. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

enum {
    CODEPAGE_LATIN = 1252,
    CODEPAGE_UTF8 = 65001,
};

/*
 * In the arena; empty when its memory ran out. Bytes that are no text become U+FFFD, as does all
 * that is not ASCII when nothing here knows the code page.
 */
struct sv codepage_text(unsigned codepage, struct span text, struct arena *arena);
