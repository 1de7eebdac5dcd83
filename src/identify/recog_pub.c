// SPDX-License-Identifier: Apache-2.0
/*
 * Reads what Dart and Flutter projects are, pin and ask for: pubspec.lock and pubspec.yaml.
 *
 *     packages:                              dependencies:
 *       name:                                  name: ^1.2.3
 *         description: {name, url}             other: {git: {url: …}} or {version: …, hosted: …}
 *         source: hosted
 *         version: "1.2.3"
 *
 * Format: https://dart.dev/tools/pub/pubspec
 */
#include "identify/json_file.h"
#include "identify/yaml_tree.h"

enum {
    TAG_LOCK,
    TAG_PROJECT,
};

static bool emit_pub(const struct job *job, struct sv name, struct sv version, struct sv constraint,
                     struct range at, enum component_state state)
{
    const struct package p = {
        .type = "pub",
        .name = name,
        .version = version,
        .constraint = constraint,
        .at = at,
        .state = state,
        .ceiling = job->gate->ceiling,
    };

    return package_emit(job->out, &p);
}

static bool emit_locked(const struct job *job, const struct yaml_node *packages)
{
    bool any = false;

    for (const struct yaml_node *one = packages ? packages->first : NULL; one; one = one->next) {
        struct sv url = yaml_get_text(yaml_get(one, "description"), "url");

        // "sdk" and "path" are Flutter's and the project's own.
        if (!sv_eq(yaml_get_text(one, "source"), SV("hosted")) &&
            !sv_eq(yaml_get_text(one, "source"), SV("git")))
            continue;
        if (!emit_pub(job, one->key, yaml_get_text(one, "version"), (struct sv){0}, one->key_at,
                      STATE_REFERENCED))
            continue;
        if (!sv_eq(url, SV("https://pub.dev")) && !sv_eq(url, SV("https://pub.dartlang.org")))
            emit_field(job->out, FIELD_URL, url);
        any = true;
    }
    return any;
}

static bool emit_wanted(const struct job *job, const struct yaml_node *wanted)
{
    bool any = false;

    for (const struct yaml_node *one = wanted ? wanted->first : NULL; one; one = one->next) {
        const struct yaml_node *git = yaml_get(one, "git");
        struct sv constraint = one->kind == NODE_TEXT ? one->text : yaml_get_text(one, "version");

        if (yaml_get(one, "sdk") || yaml_get(one, "path") ||
            !emit_pub(job, one->key, (struct sv){0}, constraint, one->key_at, STATE_REFERENCED))
            continue;
        if (git)
            emit_field(job->out, FIELD_URL,
                       git->kind == NODE_TEXT ? git->text : yaml_get_text(git, "url"));
        any = true;
    }
    return any;
}

static bool emit_project(const struct job *job, const struct yaml_node *root)
{
    const struct yaml_node *name = yaml_get(root, "name"), *authors = yaml_get(root, "authors");

    if (!name || name->kind != NODE_TEXT ||
        !emit_pub(job, name->text, yaml_get_text(root, "version"), (struct sv){0}, name->at,
                  job->gate->state))
        return false;
    person_emit(job->out, FIELD_AUTHOR, yaml_get_text(root, "author"));
    for (const struct yaml_node *one = authors ? authors->first : NULL; one; one = one->next)
        person_emit(job->out, FIELD_AUTHOR, one->text);
    emit_field(job->out, FIELD_DESCRIPTION, yaml_get_text(root, "description"));
    emit_field(job->out, FIELD_HOMEPAGE, yaml_get_text(root, "homepage"));
    emit_field(job->out, FIELD_URL, yaml_get_text(root, "repository"));
    return true;
}

static int identify_pub(const struct job *job, struct err *err)
{
    struct yaml_node *documents;
    const struct yaml_node *root;
    struct span all;
    bool any;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    TRY(yaml_tree_read(sv_of(all), job->arena, &documents, err));
    root = documents->first;
    if (job->gate->tag == TAG_LOCK) {
        any = emit_locked(job, yaml_get(root, "packages"));
    } else {
        any = emit_project(job, root);
        any |= emit_wanted(job, yaml_get(root, "dependencies"));
        any |= emit_wanted(job, yaml_get(root, "dev_dependencies"));
    }
    return any ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "pubspec.lock", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_LOCK},
    {.path = "pubspec.yaml", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_PROJECT},
    {0},
};

const struct recogniser recog_pub = {
    .name = "pub",
    .summary = "packages that Dart and Flutter projects pin or ask for",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_pub,
};
