// SPDX-License-Identifier: Apache-2.0
/*
 * Text from a scanned machine may hold what changes how the rest of a screen or page looks:
 * terminal sequences, new lines, marks that turn the direction of writing, invisible characters.
 * Here such text is cut into what can be shown as it is and what has to be spelt out.
 */
#pragma once

#include <stdbool.h>

#include "base/bytes.h"

enum {
    VISIBLE_ESCAPE_MAX = 16,
};

/*
 * Cut the next piece off `text`: either ret_plain holds text to show and ret_escape is empty, or
 * ret_plain is empty and ret_escape spells one character or byte, such as "\n", "\x1B" or
 * "\u{202E}". False at the end.
 */
bool visible_next(struct sv *text, struct sv *ret_plain, char ret_escape[VISIBLE_ESCAPE_MAX]);
