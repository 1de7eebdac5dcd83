// SPDX-License-Identifier: Apache-2.0
/*
 * The names of organisations, made comparable: `АО «Лаборатория Касперского»` and
 * `лаборатория касперского` are one name, `Kaspersky Lab, Inc.` and `AO Kaspersky Lab` too.
 */
#pragma once

#include "base/buf.h"
#include "base/bytes.h"

enum {
    PUBLISHER_NAME_MAX = 1024, /* bytes; a longer text is no name */
};

/*
 * Append the comparable form of `name` to `to`: compatibility-composed and case-folded (NFKC),
 * quotation marks dropped, all other punctuation and white space one space, legal forms (AO, Inc.,
 * Co., Ltd., GmbH, 有限公司 …) cut off at both ends, never the last word left.
 *
 * 0, or PUBLISHER_NO_NAME with nothing appended when `name` is empty, too long, not UTF-8, or has
 * no letter or digit. Never fails otherwise but by `to` (buf_ok).
 */
enum { PUBLISHER_NO_NAME = 1 };
int publisher_normalise(struct sv name, struct buf *to);
