// SPDX-License-Identifier: Apache-2.0
/*
 * Reads conda's record of an installed package, conda-meta/<name>-<version>-<build>.json.
 */
#include "identify/json_file.h"

static int identify_conda(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    int result = json_file_read(job, JSON_STRICT, &f, err);

    if (result != 0)
        return result;

    struct package p = {
        .type = "conda",
        .name = json_get_text(f.root, "name"),
        .version = json_get_text(f.root, "version"),
        .state = job->gate->state,
        .ceiling = job->gate->ceiling,
    };

    p.at = json_file_find(&f, p.name);
    if (!package_emit(job->out, &p))
        return RECOG_NOT_MINE;
    emit_field(job->out, FIELD_ARCHITECTURE, json_get_text(f.root, "subdir"));
    emit_field(job->out, FIELD_LICENCE, json_get_text(f.root, "license"));
    emit_field(job->out, FIELD_URL, json_get_text(f.root, "url"));
    return 0;
}

static const struct gate gates[] = {
    {.path = "conda-meta/*.json", .state = STATE_INSTALLED, .anchor_up = 2},
    {0},
};

const struct recogniser recog_conda = {
    .name = "conda",
    .summary = "packages that conda installed",
    .epoch = 1,
    .gates = gates,
    .identify = identify_conda,
};
