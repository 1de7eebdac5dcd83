// SPDX-License-Identifier: Apache-2.0
/*
 * Reads Podfile.lock of CocoaPods (also Pods/Manifest.lock, its copy of what is installed) and the
 * lines of a Podfile that ask for a pod.
 *
 *     PODS:                          pod 'Name/Part', '~> 1.0'
 *       - Name (1.2.3)
 *       - Name/Part (1.2.3):
 *         - Other (~> 1)
 *
 * A part of a pod is told as its pod.
 */
#include "identify/json_file.h"
#include "identify/yaml_tree.h"

enum {
    TAG_LOCK,
    TAG_PODFILE,
};

static bool emit_pod(const struct job *job, struct sv name, struct sv version, struct sv constraint,
                     struct range at)
{
    const struct package p = {
        .type = "cocoapods",
        .name = sv_cut(&name, '/'),
        .version = version,
        .constraint = constraint,
        .at = at,
        .state = job->gate->state,
        .ceiling = job->gate->ceiling,
    };

    return package_emit(job->out, &p);
}

static bool emit_locked(const struct job *job, const struct yaml_node *pods)
{
    struct sv last = {0};
    bool any = false;

    for (const struct yaml_node *one = pods ? pods->first : NULL; one; one = one->next) {
        // A pod that depends on others is a map of one member.
        const struct yaml_node *member = one->kind == NODE_MAP ? one->first : NULL;
        struct sv rest = member ? member->key : one->text;
        struct range at = member ? member->key_at : one->at;
        struct sv name = sv_cut(&rest, ' '), whole = name, pod = sv_cut(&whole, '/');

        if (!sv_starts(rest, SV("(")) || sv_eq(pod, last))
            continue;
        rest = sv_from(rest, 1);
        any |= emit_pod(job, name, sv_cut(&rest, ')'), (struct sv){0}, at);
        last = pod;
    }
    return any;
}

static bool read_podfile(const struct job *job, struct sv text)
{
    struct sv rest = text;
    bool any = false;

    while (rest.n) {
        struct sv line = sv_trim(sv_line(&rest)), name, constraint = {0};

        if (!sv_starts(line, SV("pod '")) && !sv_starts(line, SV("pod \"")))
            continue;

        char quote = line.p[4];

        line = sv_from(line, 5);
        name = sv_cut(&line, quote);
        line = sv_trim(line);
        if (sv_starts(line, SV(", '")) || sv_starts(line, SV(", \""))) {
            line = sv_from(line, 3);
            constraint = sv_cut(&line, quote);
        }
        any |= emit_pod(job, name, (struct sv){0}, constraint, range_of(text, name));
    }
    return any;
}

static int identify_cocoapods(const struct job *job, struct err *err)
{
    struct yaml_node *documents;
    struct span all;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    if (job->gate->tag == TAG_PODFILE)
        return read_podfile(job, sv_of(all)) ? 0 : RECOG_NOT_MINE;
    if (!sv_starts(sv_of(all), SV("PODS:")))
        return RECOG_NOT_MINE;
    TRY(yaml_tree_read(sv_of(all), job->arena, &documents, err));
    return emit_locked(job, yaml_get(documents->first, "PODS")) ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "Podfile.lock", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_LOCK},
    {.path = "Pods/Manifest.lock", .state = STATE_INSTALLED, .anchor_up = 1, .tag = TAG_LOCK},
    {.path = "Podfile", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_PODFILE},
    {0},
};

const struct recogniser recog_cocoapods = {
    .name = "cocoapods",
    .summary = "pods that are installed, pinned or asked for",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_cocoapods,
};
