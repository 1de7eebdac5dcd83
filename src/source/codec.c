// SPDX-License-Identifier: Apache-2.0
#include "source/codec.h"

int codec_open(enum container_kind kind, struct input *in, struct codec **ret, struct err *err)
{
    if (kind == KIND_GZIP)
        return codec_gzip_open(in, ret, err);
    if (kind == KIND_OSTREE)
        return codec_ostree_open(in, ret, err);
    if (kind == KIND_COMPRESS)
        return codec_compress_open(in, ret, err);
    if (kind == KIND_PBZX)
        return codec_pbzx_open(in, ret, err);
    return codec_library_open(kind, in, ret, err);
}

void codec_close(struct codec *c)
{
    if (c)
        c->close(c);
}
