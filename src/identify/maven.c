// SPDX-License-Identifier: Apache-2.0
#include "identify/maven.h"

static bool is_name(struct sv s)
{
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '.' &&
            c != '_' && c != '-')
            return false;
    }
    return true;
}

static bool is_exact(struct sv version)
{
    for (size_t i = 0; i < version.n; i++) {
        if (version.p[i] == '$' || version.p[i] == '[' || version.p[i] == '(' ||
            version.p[i] == ',' || version.p[i] == '+' || version.p[i] == '{')
            return false;
    }
    return true;
}

bool maven_emit(const struct job *job, struct sv group, struct sv artifact, struct sv version,
                enum component_state state, struct range at)
{
    bool exact = is_exact(version);

    if (!is_name(group) || !is_name(artifact))
        return false;

    const struct package p = {
        .type = "maven",
        .name = arena_printf(job->arena, "%.*s:%.*s", (int)group.n, group.p, (int)artifact.n,
                             artifact.p),
        .version = exact ? version : (struct sv){0},
        .constraint = version,
        .at = at,
        .state = state,
        .ceiling = job->gate->ceiling,
    };

    return package_emit(job->out, &p);
}

bool maven_emit_coordinates(const struct job *job, struct sv text, bool loose, struct range at)
{
    struct sv rest = sv_cut(&text, '@');
    struct sv group = sv_cut(&rest, ':'), artifact = sv_cut(&rest, ':');
    struct sv version = sv_trim(sv_cut(&rest, ':'));

    if (version.n == 0 && (!loose || sv_find(group, SV(".")) == SIZE_MAX))
        return false;
    return maven_emit(job, group, artifact, version, STATE_REFERENCED, at);
}
