// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises two kinds of file whose names tell what a Windows machine has had, long after it is
 * gone: an event log bears the name of its channel, and a file of the prefetcher that of a program
 * that has been run, "AVP.EXE-1A2B3C4D.pf".
 *
 * Formats: https://github.com/libyal/libevtx, https://github.com/libyal/libscca (signatures only).
 */
#include "identify/recogniser.h"

enum {
    TAG_LOG,
    TAG_PREFETCH,
};

static int identify_windows_trace(const struct job *job, struct err *err)
{
    (void)err;
    // Which log or program it is stands in the name, which the gate takes.
    emit_component(job->out, job->gate->tag == TAG_LOG ? TYPE_DATA : TYPE_APPLICATION);
    emit_field(job->out, FIELD_STATUS,
               job->gate->tag == TAG_LOG ? SV("event log") : SV("has been run"));
    return 0;
}

#define LOG(pattern, bytes, size, up) \
    { \
        .path = pattern, .magic = {bytes, size}, .state = STATE_RESIDUE, .anchor_up = up, \
        .tag = TAG_LOG \
    }
/* The name of a program is anybody's. */
#define PREFETCH(bytes, size, at) \
    { \
        .path = "Windows/Prefetch/{process}-*.pf", .magic = {bytes, size}, .magic_at = at, \
        .state = STATE_RESIDUE, .ceiling = CONFIDENCE_PROBABLE, .anchor_up = 3, \
        .tag = TAG_PREFETCH \
    }

static const struct gate gates[] = {
    LOG("Windows/System32/winevt/Logs/{event-log}.evtx", "ElfFile\0", 8, 5),
    LOG("Windows/System32/config/{event-log}.evt", "\x30\0\0\0LfLe", 8, 4),
    PREFETCH("SCCA", 4, 4),
    PREFETCH("MAM", 3, 0), // compressed, since Windows 10
    {0},
};

const struct recogniser recog_windows_trace = {
    .name = "windows_trace",
    .summary = "event logs and prefetched programs of Windows, by their names",
    .epoch = 1,
    .gates = gates,
    .identify = identify_windows_trace,
};
