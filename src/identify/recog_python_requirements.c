// SPDX-License-Identifier: Apache-2.0
/*
 * Reads pip's requirements and constraints files: one requirement a line, options begin with '-'.
 * Format: https://pip.pypa.io/en/stable/reference/requirements-file-format/
 */
#include "identify/json_file.h"
#include "identify/pypi.h"

static int identify_requirements(const struct job *job, struct err *err)
{
    struct span all;
    struct sv text, rest;
    bool any = false;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    rest = text = sv_of(all);
    if (sv_starts(rest, SV("\xef\xbb\xbf")))
        rest = sv_from(rest, 3);
    while (rest.n)
        any |= pypi_emit_requirement(job, text, sv_line(&rest));
    return any ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "*requirements*.txt", .state = STATE_REFERENCED, .anchor_up = 1},
    {.path = "*requirements*.in", .state = STATE_REFERENCED, .anchor_up = 1},
    {.path = "requirements/*.txt", .state = STATE_REFERENCED, .anchor_up = 2},
    {.path = "requirements/*.in", .state = STATE_REFERENCED, .anchor_up = 2},
    {.path = "constraints*.txt", .state = STATE_REFERENCED, .anchor_up = 1},
    {0},
};

const struct recogniser recog_python_requirements = {
    .name = "python_requirements",
    .summary = "Python packages that requirements files ask for",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_requirements,
};
