// SPDX-License-Identifier: Apache-2.0
/*
 * Reads what Gradle's files depend on: the quoted coordinates in build scripts, lock files, and the
 * version catalogue.
 *
 *     implementation 'group:artifact:1.0'                       build.gradle, build.gradle.kts
 *     implementation group: 'g', name: 'a', version: '1.0'
 *     group:artifact:1.0=compileClasspath,runtimeClasspath      gradle.lockfile
 *     [libraries]                                               libs.versions.toml
 *     x = { module = "group:artifact", version.ref = "name in [versions]" }
 *
 * A build script is a program: what it computes is not seen.
 */
#include "identify/json_file.h"
#include "identify/maven.h"
#include "identify/toml.h"

enum {
    TAG_SCRIPT,
    TAG_LOCK,
    TAG_CATALOGUE,
    SCRIPT_MAX = 4 << 20,
    VERSIONS_MAX = 512,
};

struct versions {
    struct {
        struct sv name, value;
    } at[VERSIONS_MAX];
    size_t count;
};

/* Cut the next quoted text out of a line, up to a comment; false when there is none. */
static bool cut_string(struct sv *line, struct sv *ret_before, struct sv *ret_text)
{
    struct sv s = *line;

    for (size_t at = 0; at < s.n; at++) {
        if (sv_starts(sv_from(s, at), SV("//")))
            return false;
        if (s.p[at] == '"' || s.p[at] == '\'') {
            struct sv rest = sv_from(s, at + 1);

            *ret_before = (struct sv){s.p, at};
            if (rest.n == 0)
                return false;
            *ret_text = sv_cut(&rest, s.p[at]);
            *line = rest;
            return true;
        }
    }
    return false;
}

static bool names(struct sv before, struct sv word)
{
    before = sv_trim(before);
    if (!sv_ends(before, SV(":")) && !sv_ends(before, SV("=")))
        return false;
    before.n--;
    return sv_ends(sv_trim(before), word);
}

static bool read_script_line(const struct job *job, struct sv text, struct sv line)
{
    struct sv before, string, group = {0}, artifact = {0}, version = {0};
    bool any = false;

    while (cut_string(&line, &before, &string)) {
        if (names(before, SV("group")))
            group = string;
        else if (names(before, SV("name")))
            artifact = string;
        else if (names(before, SV("version")))
            version = string;
        else
            any |= maven_emit_coordinates(job, string, true, range_of(text, string));
    }
    if (group.n && artifact.n)
        any |=
            maven_emit(job, group, artifact, version, STATE_REFERENCED, range_of(text, artifact));
    return any;
}

static bool identify_script(const struct job *job, struct sv text)
{
    struct sv rest = text;
    bool any = false, comment = false;

    while (rest.n) {
        struct sv line = sv_trim(sv_line(&rest));
        size_t end;

        if (!comment && sv_starts(line, SV("/*")))
            comment = true;
        if (comment) {
            end = sv_find(line, SV("*/"));
            if (end == SIZE_MAX)
                continue;
            comment = false;
            line = sv_from(line, end + 2);
        }
        any |= read_script_line(job, text, line);
    }
    return any;
}

static bool identify_lock(const struct job *job, struct sv text)
{
    struct sv rest = text;
    bool any = false;

    while (rest.n) {
        struct sv line = sv_line(&rest);
        struct sv coordinates = sv_trim(sv_cut(&line, '='));

        if (!sv_starts(coordinates, SV("#")))
            any |= maven_emit_coordinates(job, coordinates, false, range_of(text, coordinates));
    }
    return any;
}

static struct sv version_of(const struct versions *versions, struct sv library)
{
    struct sv version = toml_get(library, SV("version")), named;

    named = toml_string(toml_get(library, SV("version.ref")));
    if (named.n == 0)
        named = toml_string(toml_get(version, SV("ref")));
    for (size_t i = 0; i < versions->count && named.n; i++) {
        if (sv_eq(versions->at[i].name, named))
            return versions->at[i].value;
    }
    return toml_string(version);
}

static bool emit_library(const struct job *job, struct sv text, const struct versions *versions,
                         struct sv library)
{
    struct sv short_form = toml_string(library);
    struct sv module = toml_string(toml_get(library, SV("module")));
    struct sv group = toml_string(toml_get(library, SV("group")));
    struct sv artifact = toml_string(toml_get(library, SV("name")));

    if (short_form.n)
        return maven_emit_coordinates(job, short_form, true, range_of(text, short_form));
    if (module.n) {
        artifact = module;
        group = sv_cut(&artifact, ':');
    }
    return maven_emit(job, group, artifact, version_of(versions, library), STATE_REFERENCED,
                      range_of(text, artifact));
}

static int identify_catalogue(const struct job *job, struct sv text, struct err *err)
{
    struct versions *versions = arena_take(job->arena, sizeof(*versions));
    struct toml toml = toml_over(text);
    struct toml_item item;
    bool any = false;

    if (!versions)
        return arena_error(job->arena, err);
    while (toml_next(&toml, &item)) {
        if (item.is_header || !sv_eq(item.table, SV("versions")) || versions->count == VERSIONS_MAX)
            continue;
        versions->at[versions->count].name = toml_key(item.key);
        versions->at[versions->count++].value = toml_string(item.value);
    }
    toml = toml_over(text);
    while (toml_next(&toml, &item)) {
        if (!item.is_header && sv_eq(item.table, SV("libraries")))
            any |= emit_library(job, text, versions, item.value);
    }
    return any ? 0 : RECOG_NOT_MINE;
}

static int identify_gradle(const struct job *job, struct err *err)
{
    bool any;
    struct span all;
    size_t max = job->gate->tag == TAG_LOCK ? MANIFEST_MAX : SCRIPT_MAX;

    TRY(source_read_all(job->bytes, max, job->arena, &all, err));
    if (job->gate->tag == TAG_CATALOGUE)
        return identify_catalogue(job, sv_of(all), err);
    any = job->gate->tag == TAG_LOCK ? identify_lock(job, sv_of(all))
                                     : identify_script(job, sv_of(all));
    return any ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "*.gradle", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_SCRIPT},
    {.path = "*.gradle.kts", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_SCRIPT},
    {.path = "*gradle.lockfile", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_LOCK},
    {.path = "dependency-locks/*.lockfile",
     .state = STATE_REFERENCED,
     .anchor_up = 3,
     .tag = TAG_LOCK},
    {.path = "*.versions.toml", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_CATALOGUE},
    {0},
};

const struct recogniser recog_gradle = {
    .name = "gradle",
    .summary = "libraries that Gradle's scripts, lock files and catalogues name",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_gradle,
};
