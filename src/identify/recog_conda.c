// SPDX-License-Identifier: Apache-2.0
/*
 * Reads conda's record of an installed package, conda-meta/<name>-<version>-<build>.json, and the
 * environments that people describe in environment.yml:
 *
 *     dependencies:
 *       - channel::name=1.2.3
 *       - pip: [name==1.0]
 */
#include "identify/json_file.h"
#include "identify/pypi.h"
#include "identify/yaml_tree.h"

enum {
    TAG_RECORD,
    TAG_ENVIRONMENT,
};

/* "channel::name=version=build", "name>=1" */
static bool emit_wanted(const struct job *job, struct sv text, const struct yaml_node *v)
{
    struct sv spec = yaml_written(text, v);
    size_t channel = sv_find(spec, SV("::")), n = 0;
    struct package p = {
        .type = "conda",
        .at = v->at,
        .state = STATE_REFERENCED,
        .ceiling = job->gate->ceiling,
    };

    if (channel != SIZE_MAX)
        spec = sv_from(spec, channel + 2);
    while (n < spec.n && spec.p[n] != '=' && spec.p[n] != '<' && spec.p[n] != '>' &&
           spec.p[n] != '!' && spec.p[n] != ' ')
        n++;
    p.name = (struct sv){spec.p, n};
    p.constraint = sv_trim(sv_from(spec, n));
    return package_emit(job->out, &p);
}

static int identify_environment(const struct job *job, struct err *err)
{
    const struct yaml_node *list;
    struct yaml_node *documents;
    struct span all;
    bool any = false;
    int result;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    result = yaml_tree_read(sv_of(all), job->arena, &documents, err);
    // Others call files of theirs so too.
    if (result == -ERR_FORMAT)
        return RECOG_NOT_MINE;
    TRY(result);
    list = yaml_get(documents->first, "dependencies");
    for (const struct yaml_node *v = list ? list->first : NULL; v; v = v->next) {
        const struct yaml_node *pip = yaml_get(v, "pip");

        if (v->kind == NODE_TEXT)
            any |= emit_wanted(job, sv_of(all), v);
        for (const struct yaml_node *one = pip ? pip->first : NULL; one; one = one->next)
            any |= pypi_emit_requirement(job, sv_of(all), yaml_written(sv_of(all), one));
    }
    return any ? 0 : RECOG_NOT_MINE;
}

static int identify_record(const struct job *job, struct err *err)
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

static int identify_conda(const struct job *job, struct err *err)
{
    return job->gate->tag == TAG_RECORD ? identify_record(job, err)
                                        : identify_environment(job, err);
}

static const struct gate gates[] = {
    {.path = "conda-meta/*.json", .state = STATE_INSTALLED, .anchor_up = 2},
    {.path = "environment.yml", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_ENVIRONMENT},
    {.path = "environment.yaml", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_ENVIRONMENT},
    {0},
};

const struct recogniser recog_conda = {
    .name = "conda",
    .summary = "packages that conda installed or is asked for",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_conda,
};
