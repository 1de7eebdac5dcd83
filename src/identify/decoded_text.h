// SPDX-License-Identifier: Apache-2.0
/*
 * Text as other systems export it, as UTF-8: UTF-16 of either order, with or without a byte order
 * mark; UTF-8; and the code pages of Windows and its console, Western and Cyrillic, between which
 * the letters decide. Line ends stay as they are.
 */
#pragma once

#include "identify/recogniser.h"

enum {
    DECODED_TEXT_MAX = 64 << 20, /* bytes in the file */
};

struct decoded_text {
    struct sv text;
    bool is_file; /* the very bytes of the file from `skipped` on: places in it are known */
    size_t skipped;
};

/* The whole file; RECOG_NOT_MINE for what is no text: it has a NUL at its beginning. */
int decoded_text_read(const struct job *job, struct decoded_text *ret, struct err *err) MUST_USE;

/* Where a piece of the text stands in the file; 0, 0 where that is not known. */
uint64_t decoded_text_offset(const struct decoded_text *t, struct sv part, uint64_t *ret_length);
