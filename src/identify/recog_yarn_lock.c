// SPDX-License-Identifier: Apache-2.0
/*
 * Reads yarn.lock, of Yarn 1 and of Yarn 2 and later ("berry").
 *
 *     # yarn lockfile v1                       __metadata:
 *     "@s/a@^1.0.0", "@s/a@^1.1.0":            "@s/a@npm:^1.0.0, @s/a@npm:^1.1.0":
 *       version "1.1.2"                          version: 1.1.2
 *       resolved "https://…/a-1.1.2.tgz"         resolution: "@s/a@npm:1.1.2"
 *
 * The first wanted specification gives the name, unless "resolution" says the real one. What comes
 * from a workspace is the project's own.
 */
#include "identify/npm.h"

struct entry {
    struct sv spec; /* the first of its line, in the text */
    struct sv version, resolved, resolution;
};

static struct sv unquoted(struct sv s)
{
    s = sv_trim(s);
    if (sv_starts(s, SV("\"")))
        s = sv_from(s, 1);
    if (sv_ends(s, SV("\"")))
        s.n--;
    return s;
}

static bool emit_entry(const struct job *job, struct sv text, const struct entry *e)
{
    struct sv name, wanted, real, at_version;

    npm_split(e->spec, &name, &wanted);
    npm_split(e->resolution, &real, &at_version);
    if (sv_starts(at_version, SV("workspace:")) || sv_starts(wanted, SV("workspace:")))
        return false;
    return npm_emit_locked(job, real.n ? real : name, e->version,
                           e->resolved.n ? e->resolved : at_version, range_of(text, e->spec));
}

static void read_member(struct entry *e, struct sv line)
{
    struct sv value = sv_trim(line);
    struct sv key = sv_cut(&value, ' ');

    if (sv_ends(key, SV(":")))
        key.n--;
    if (sv_eq(key, SV("version")))
        e->version = unquoted(value);
    else if (sv_eq(key, SV("resolved")))
        e->resolved = unquoted(value);
    else if (sv_eq(key, SV("resolution")))
        e->resolution = unquoted(value);
}

static int identify_yarn_lock(const struct job *job, struct err *err)
{
    struct entry entry = {0};
    struct span all;
    struct sv text, rest;
    bool known;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    rest = text = sv_of(all);
    known = sv_find(sv_of(job->bytes->head), SV("# yarn lockfile v")) != SIZE_MAX;
    while (rest.n) {
        struct sv line = sv_line(&rest);

        if (line.n == 0 || line.p[0] == '#')
            continue;
        if (sv_starts(line, SV("  ")) && line.n > 2 && line.p[2] != ' ') {
            read_member(&entry, line);
        } else if (line.p[0] != ' ') {
            known |= entry.spec.n && emit_entry(job, text, &entry);
            known |= sv_eq(line, SV("__metadata:"));
            if (sv_ends(line, SV(":")))
                line.n--;
            entry = (struct entry){.spec = unquoted(sv_cut(&line, ','))};
            if (sv_find(entry.spec, SV("@")) == SIZE_MAX)
                entry.spec = (struct sv){0};
        }
    }
    known |= entry.spec.n && emit_entry(job, text, &entry);
    return known ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "yarn.lock", .state = STATE_REFERENCED, .anchor_up = 1},
    {0},
};

const struct recogniser recog_yarn_lock = {
    .name = "yarn_lock",
    .summary = "packages that yarn.lock pins",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_yarn_lock,
};
