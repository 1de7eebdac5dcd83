// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises what a layer of a container image deletes from the layers below it: an empty file
 * ".wh.NAME" for NAME, and ".wh..wh..opq" for all that the folder held. Others that begin with
 * ".wh..wh." are a file system's own.
 * Format: https://github.com/opencontainers/image-spec/blob/main/layer.md
 *
 * The device 0/0 and the attribute that say the same on disk have no bytes; the scan sees those.
 */
#include "identify/recogniser.h"

static int identify_whiteout(const struct job *job, struct err *err)
{
    (void)err;
    if (job->bytes->size > 0)
        return RECOG_NOT_MINE;
    emit_component(job->out, TYPE_DATA);
    emit_field(job->out, FIELD_STATUS, SV("deleted"));
    return 0;
}

static const struct gate gates[] = {
    {.path = ".wh.{whiteout}", .state = STATE_CONTAINED, .anchor_up = 1},
    {0},
};

const struct recogniser recog_whiteout = {
    .name = "whiteout",
    .summary = "files that a layer of a container image deletes",
    .epoch = 1,
    .gates = gates,
    .identify = identify_whiteout,
};
