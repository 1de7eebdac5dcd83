// SPDX-License-Identifier: Apache-2.0
/*
 * What changed between two texts, as a unified diff that patch(1) and git apply: a change that is
 * proposed to a person and not made.
 * Format: https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
 */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
    PATCH_SAME = 1,
};

/*
 * Append the diff of the file that `path` names, with three lines of context: 0, or PATCH_SAME and
 * nothing is appended. Texts that differ much are told as one piece that is replaced.
 * -ERR_UNSUPPORTED when one of them is no text.
 */
int patch_write(struct sv path, struct span before, struct span after, struct buf *to,
                struct err *err) MUST_USE;
