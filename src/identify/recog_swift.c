// SPDX-License-Identifier: Apache-2.0
/*
 * Reads Package.resolved of the Swift package manager.
 *
 *     1:  {"object": {"pins": [{"package", "repositoryURL", "state": {"version"}}]}}
 *     2+: {"pins": [{"identity", "location", "state": {"version"}}]}
 *
 * A package is named by the address of its repository, without scheme and ".git".
 */
#include "identify/json_file.h"

static struct sv name_of(struct sv location)
{
    size_t scheme = sv_find(location, SV("://"));
    struct sv name = scheme == SIZE_MAX ? location : sv_from(location, scheme + 3);

    if (sv_starts(name, SV("git@")))
        name = sv_from(name, 4);
    if (sv_ends(name, SV(".git")))
        name.n -= 4;
    return name;
}

static int identify_swift(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    const struct json *pins;
    int result = json_file_read(job, JSON_STRICT, &f, err);

    if (result != 0)
        return result;
    pins = json_get(f.root, "pins");
    if (!pins)
        pins = json_get(json_get(f.root, "object"), "pins");
    if (!json_is_array(pins))
        return RECOG_NOT_MINE;
    for (const struct json *one = json_first(pins); one; one = json_next(one)) {
        struct sv location = json_get_text(one, "location");

        if (location.n == 0)
            location = json_get_text(one, "repositoryURL");

        const struct package p = {
            .type = "swift",
            .name = name_of(location),
            .version = json_get_text(json_get(one, "state"), "version"),
            .at = json_file_find(&f, location),
            .state = STATE_REFERENCED,
            .ceiling = job->gate->ceiling,
        };

        if (package_emit(job->out, &p))
            emit_field(job->out, FIELD_URL, location);
    }
    return 0;
}

static const struct gate gates[] = {
    {.path = "Package.resolved", .state = STATE_REFERENCED, .anchor_up = 1},
    {0},
};

const struct recogniser recog_swift = {
    .name = "swift",
    .summary = "packages that Swift's Package.resolved pins",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_swift,
};
