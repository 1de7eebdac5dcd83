// SPDX-License-Identifier: Apache-2.0
/*
 * Reads what deployment scripts download and install: shell scripts, PowerShell and batch files,
 * and kickstart files, whose section %packages lists packages by name.
 *
 * A script that carries an archive behind its text is read to the limit only: what follows is no
 * command.
 */
#include "identify/shell.h"

enum {
    TAG_SCRIPT,
    TAG_KICKSTART,
    SCRIPT_MAX = 4 << 20,
};

static bool emit_rpm(const struct job *job, struct sv text, struct sv name)
{
    const struct package p = {
        .type = "rpm",
        .name = name,
        .at = range_of(text, name),
        .state = STATE_REFERENCED,
        .ceiling = job->gate->ceiling,
    };

    return package_emit(job->out, &p);
}

/* "name", and not "@group" or "-left-out". */
static bool read_packages(const struct job *job, struct sv text)
{
    struct sv rest = text;
    bool inside = false, any = false;

    while (rest.n) {
        struct sv line = sv_trim(sv_line(&rest));
        struct sv name = sv_trim(sv_cut(&line, '#'));

        if (sv_starts(name, SV("%")))
            inside = sv_starts(name, SV("%packages"));
        else if (inside && name.n && name.p[0] != '@' && name.p[0] != '-')
            any |= emit_rpm(job, text, name);
    }
    return any;
}

static int identify_script(const struct job *job, struct err *err)
{
    struct span all;
    struct sv text;
    bool any;

    TRY(source_read(job->bytes, 0, SCRIPT_MAX, job->arena, &all, err));
    text = sv_of(all);
    any = shell_emit(job, text, text, 0);
    if (job->gate->tag == TAG_KICKSTART)
        any |= read_packages(job, text);
    return any ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "*.sh", .state = STATE_REFERENCED, .ceiling = CONFIDENCE_TRACE},
    {.path = "*.bash", .state = STATE_REFERENCED, .ceiling = CONFIDENCE_TRACE},
    {.path = "*.ps1", .state = STATE_REFERENCED, .ceiling = CONFIDENCE_TRACE},
    {.path = "*.bat", .state = STATE_REFERENCED, .ceiling = CONFIDENCE_TRACE},
    {.path = "*.cmd", .state = STATE_REFERENCED, .ceiling = CONFIDENCE_TRACE},
    {.path = "*.ks", .state = STATE_REFERENCED, .ceiling = CONFIDENCE_TRACE, .tag = TAG_KICKSTART},
    {0},
};

const struct recogniser recog_script = {
    .name = "script",
    .summary = "what deployment scripts download and install",
    .epoch = 1,
    .gates = gates,
    .identify = identify_script,
};
