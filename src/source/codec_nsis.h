// SPDX-License-Identifier: Apache-2.0
/*
 * The compressors of NSIS, which differ from the usual ones of those names: deflate that may leave
 * out the second length of a stored block, bzip2 without headers and sums, LZMA without a length.
 */
#pragma once

#include "source/codec.h"

enum nsis_method {
    NSIS_STORED,
    NSIS_DEFLATE,
    NSIS_BZIP2,
    NSIS_LZMA,
};

/* `in` stands at the first byte and is borrowed. */
int codec_nsis_open(enum nsis_method method, struct input *in, struct codec **ret,
                    struct err *err) MUST_USE;
int codec_nsis_bzip2_open(struct input *in, struct codec **ret, struct err *err) MUST_USE;
