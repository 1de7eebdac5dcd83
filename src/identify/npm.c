// SPDX-License-Identifier: Apache-2.0
#include "identify/npm.h"

/* The '@' before the version; not the one of the scope. */
static size_t version_at(struct sv spec)
{
    struct sv rest = spec.n ? (struct sv){spec.p + 1, spec.n - 1} : spec;
    size_t at = sv_find(rest, SV("@"));

    return at == SIZE_MAX ? SIZE_MAX : at + 1;
}

void npm_split(struct sv spec, struct sv *ret_name, struct sv *ret_version)
{
    size_t at = version_at(spec);
    struct sv name = spec, version = {0};

    if (at != SIZE_MAX) {
        name = (struct sv){spec.p, at};
        version = sv_from(spec, at + 1);
    }
    if (sv_starts(version, SV("npm:"))) {
        version = sv_from(version, 4);
        at = version_at(version);
        // In yarn's "name@npm:^1.0" the protocol alone is said; with a name it is an alias.
        if (at != SIZE_MAX) {
            name = (struct sv){version.p, at};
            version = sv_from(version, at + 1);
        }
    }
    *ret_name = name;
    *ret_version = version;
}

void npm_emit_source(struct emit *out, struct sv url)
{
    if (sv_find(url, SV("://")) != SIZE_MAX && !sv_starts(url, SV("https://registry.npmjs.org/")) &&
        !sv_starts(url, SV("https://registry.yarnpkg.com/")))
        emit_field(out, FIELD_URL, url);
}

bool npm_emit_wanted(const struct job *job, struct json_file *f, const struct json *wanted)
{
    bool any = false;

    if (!json_is_object(wanted))
        return false;
    for (const struct json *one = json_first(wanted); one; one = json_next(one)) {
        struct sv range = json_text(one);
        struct package p = {
            .type = "npm",
            .name = json_name(one),
            .constraint = range,
            .state = STATE_REFERENCED,
            .ceiling = job->gate->ceiling,
        };

        p.at = json_file_find_member(f, p.name, '"');
        if (sv_starts(range, SV("npm:")))
            npm_split(sv_from(range, 4), &p.name, &p.constraint);
        if (!package_emit(job->out, &p))
            continue;
        npm_emit_source(job->out, range);
        any = true;
    }
    return any;
}

bool npm_emit_locked(const struct job *job, struct sv name, struct sv version, struct sv url,
                     struct range at)
{
    // Version 1 of npm's own says an address where there is no version.
    bool is_address = sv_find(version, SV(":")) != SIZE_MAX;
    const struct package p = {
        .type = "npm",
        .name = name,
        .version = is_address ? (struct sv){0} : version,
        .at = at,
        .state = STATE_REFERENCED,
        .ceiling = job->gate->ceiling,
    };

    if (!package_emit(job->out, &p))
        return false;
    npm_emit_source(job->out, is_address ? version : url);
    return true;
}
