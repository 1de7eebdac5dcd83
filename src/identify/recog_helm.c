// SPDX-License-Identifier: Apache-2.0
/*
 * Reads Helm's Chart.yaml and Chart.lock: what a chart is, who maintains it, and the charts that it
 * depends on with the repository they come from.
 * Format: https://helm.sh/docs/topics/charts/
 */
#include <string.h>

#include "identify/json_file.h"
#include "identify/yaml_tree.h"

static bool is_range(struct sv version)
{
    for (size_t i = 0; i < version.n; i++) {
        if (memchr("^~<>=*| ", version.p[i], 8))
            return true;
    }
    return false;
}

static bool emit_chart(const struct job *job, const struct yaml_node *v, enum component_state state)
{
    const struct yaml_node *name = yaml_get(v, "name");
    struct sv url = yaml_get_text(v, "repository"), version = yaml_get_text(v, "version");

    if (!name || name->kind != NODE_TEXT)
        return false;

    const struct package p = {
        .type = "helm",
        .name = name->text,
        .version = is_range(version) ? (struct sv){0} : version,
        .constraint = version,
        .at = name->at,
        .state = state,
        .ceiling = job->gate->ceiling,
    };

    if (!package_emit(job->out, &p))
        return false;
    if (sv_find(url, SV("://")) != SIZE_MAX)
        emit_field(job->out, FIELD_URL, url);
    return true;
}

static int identify_helm(const struct job *job, struct err *err)
{
    const struct yaml_node *root, *list;
    struct yaml_node *documents;
    struct span all;
    bool any;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    TRY(yaml_tree_read(sv_of(all), job->arena, &documents, err));
    root = documents->first;
    if (!root)
        return RECOG_NOT_MINE;
    any = emit_chart(job, root, job->gate->state);
    if (any) {
        list = yaml_get(root, "maintainers");
        for (const struct yaml_node *one = list ? list->first : NULL; one; one = one->next) {
            emit_field(job->out, FIELD_MAINTAINER, yaml_get_text(one, "name"));
            emit_field(job->out, FIELD_MAINTAINER, yaml_get_text(one, "email"));
        }
        emit_field(job->out, FIELD_HOMEPAGE, yaml_get_text(root, "home"));
        emit_field(job->out, FIELD_DESCRIPTION, yaml_get_text(root, "description"));
    }
    list = yaml_get(root, "dependencies");
    for (const struct yaml_node *one = list ? list->first : NULL; one; one = one->next)
        any |= emit_chart(job, one, STATE_REFERENCED);
    return any ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "Chart.yaml", .state = STATE_PRESENT, .anchor_up = 1},
    {.path = "Chart.lock", .state = STATE_REFERENCED, .anchor_up = 1},
    {0},
};

const struct recogniser recog_helm = {
    .name = "helm",
    .summary = "Helm charts and the charts that they depend on",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_helm,
};
