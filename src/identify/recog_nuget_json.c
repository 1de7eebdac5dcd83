// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the JSON that .NET leaves beside programs and projects.
 *
 *     <program>.deps.json, obj/project.assets.json
 *         "libraries": {"Name/1.2.3": {"type": "package" | "project" | "reference"}}
 *     packages.lock.json
 *         "dependencies": {"net8.0": {"Name": {"type": "Direct" | "Transitive" | "Project",
 *                                              "resolved": "1.2.3"}}}
 *
 * deps.json lies beside a built program and says what it loads: present. A "project" or
 * "reference" is a part of the program that no feed offers, so it has no purl.
 */
#include "identify/json_file.h"

enum {
    TAG_LIBRARIES,
    TAG_LOCK,
};

static void emit_package(const struct job *job, struct sv name, struct sv version, struct range at)
{
    const struct package p = {
        .type = "nuget",
        .name = name,
        .version = version,
        .at = at,
        .state = job->gate->state,
        .ceiling = job->gate->ceiling,
    };

    (void)package_emit(job->out, &p);
}

static void emit_libraries(const struct job *job, struct json_file *f, const struct json *libraries)
{
    for (const struct json *one = json_first(libraries); one; one = json_next(one)) {
        struct sv version = json_name(one);
        struct range at = json_file_find_member(f, version, '{');
        struct sv name = sv_cut(&version, '/');

        if (sv_eq(json_get_text(one, "type"), SV("package"))) {
            emit_package(job, name, version, at);
        } else if (name.n) {
            emit_component(job->out, TYPE_LIBRARY);
            emit_field_at(job->out, FIELD_NAME, name, at.offset, at.length);
            emit_field(job->out, FIELD_VERSION, version);
        }
    }
}

static void emit_lock(const struct job *job, struct json_file *f, const struct json *frameworks)
{
    for (const struct json *one = json_first(frameworks); one; one = json_next(one)) {
        for (const struct json *p = json_first(one); p; p = json_next(p)) {
            struct range at = json_file_find_member(f, json_name(p), '{');

            if (!sv_eq_nocase(json_get_text(p, "type"), SV("project")))
                emit_package(job, json_name(p), json_get_text(p, "resolved"), at);
        }
    }
}

static int identify_nuget_json(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    const struct json *list;
    int result = json_file_read(job, JSON_STRICT, &f, err);

    if (result != 0)
        return result;
    list = json_get(f.root, job->gate->tag == TAG_LOCK ? "dependencies" : "libraries");
    if (!json_is_object(list))
        return RECOG_NOT_MINE;
    if (job->gate->tag == TAG_LOCK)
        emit_lock(job, &f, list);
    else
        emit_libraries(job, &f, list);
    return 0;
}

static const struct gate gates[] = {
    {.path = "*.deps.json", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_LIBRARIES},
    {.path = "project.assets.json",
     .state = STATE_REFERENCED,
     .anchor_up = 2,
     .tag = TAG_LIBRARIES},
    {.path = "packages.lock.json", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_LOCK},
    {0},
};

const struct recogniser recog_nuget_json = {
    .name = "nuget_json",
    .summary = "NuGet packages that .NET programs load and lock files pin",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_nuget_json,
};
