// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises static libraries and the import libraries of Windows, by which a kit is handed to
 * those who build it into their own products. Format: identify/static_library.h.
 */
#include "identify/recogniser.h"
#include "identify/static_library.h"

enum {
    HEAD_SIZE = 64,
};

static int identify_ar(const struct job *job, struct err *err)
{
    struct emit_once once;
    struct symbols symbols;
    struct span head;
    int result;

    TRY(source_read(job->bytes, 0, HEAD_SIZE, job->arena, &head, err));
    if (!static_library_is(head))
        return RECOG_NOT_MINE;
    TRY(symbols_init(&symbols, 0, job->arena, err));
    emit_component(job->out, TYPE_LIBRARY);
    emit_once_init(&once, job->out, job->arena);
    result = static_library_read(job, 0, job->bytes->size, &once, &symbols, err);
    if (result < 0 && result != -ERR_FORMAT)
        return result;
    TRY(symbols_emit(&symbols, job->out, err));
    return result;
}

#define ARCHIVE(where) \
    { \
        .path = (where), .magic = {"!<arch>\n", 8}, .state = STATE_PRESENT, .anchor_up = 1, \
        .whole = true, .inside = true \
    }

static const struct gate gates[] = {
    ARCHIVE("*.a"),
    ARCHIVE("*.lib"),
    ARCHIVE("*.framework/*"),
    ARCHIVE("*.framework/Versions/*/*"),
    {.path = "*.a",
     .magic = {"!<thin>\n", 8},
     .state = STATE_PRESENT,
     .anchor_up = 1,
     .whole = true},
    {0},
};

const struct recogniser recog_ar = {
    .name = "ar",
    .summary = "static libraries and the import libraries of Windows",
    .epoch = 1,
    .gates = gates,
    .identify = identify_ar,
};
