// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the files of PHP's Composer: composer.json of a project, composer.lock, and
 * vendor/composer/installed.json, which is what Composer itself believes to be installed.
 *
 *     "packages": [{"name": "vendor/name", "version": "v1.2.3", "source": {"url": …},
 *                   "authors": [{"name": …, "email": …}], "homepage": …}]
 *
 * Composer 1 wrote installed.json as that list alone. What is called php, ext-… or lib-… is a
 * property of the platform and not a package.
 * Format: https://getcomposer.org/doc/04-schema.md
 */
#include "identify/json_file.h"

enum {
    TAG_PROJECT,
    TAG_LOCK,
    TAG_INSTALLED,
};

static bool emit_one(const struct job *job, struct json_file *f, const struct json *v,
                     enum component_state state)
{
    struct package p = {
        .type = "composer",
        .name = json_get_text(v, "name"),
        .version = json_get_text(v, "version"),
        .state = state,
        .ceiling = job->gate->ceiling,
    };
    const struct json *authors = json_get(v, "authors");

    p.at = json_file_find(f, p.name);
    if (!package_emit(job->out, &p))
        return false;
    for (const struct json *one = json_first(authors); one; one = json_next(one)) {
        emit_field(job->out, FIELD_AUTHOR, json_get_text(one, "name"));
        emit_field(job->out, FIELD_AUTHOR, json_get_text(one, "email"));
    }
    emit_field(job->out, FIELD_DESCRIPTION, json_get_text(v, "description"));
    emit_field(job->out, FIELD_HOMEPAGE, json_get_text(v, "homepage"));
    emit_field(job->out, FIELD_URL, json_get_text(json_get(v, "source"), "url"));
    return true;
}

static bool emit_list(const struct job *job, struct json_file *f, const struct json *list)
{
    bool any = false;

    if (!json_is_array(list))
        return false;
    for (const struct json *one = json_first(list); one; one = json_next(one))
        any |= emit_one(job, f, one, job->gate->state);
    return any;
}

static bool emit_wanted(const struct job *job, struct json_file *f, const struct json *wanted)
{
    bool any = false;

    if (!json_is_object(wanted))
        return false;
    for (const struct json *one = json_first(wanted); one; one = json_next(one)) {
        const struct package p = {
            .type = "composer",
            .name = json_name(one),
            .constraint = json_text(one),
            .at = json_file_find_member(f, json_name(one), '"'),
            .state = STATE_REFERENCED,
            .ceiling = job->gate->ceiling,
        };

        if (sv_find(p.name, SV("/")) != SIZE_MAX)
            any |= package_emit(job->out, &p);
    }
    return any;
}

static int identify_composer(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    bool any;
    int result =
        json_file_read(job, job->gate->tag == TAG_INSTALLED ? JSON_OR_ARRAY : JSON_STRICT, &f, err);

    if (result != 0)
        return result;
    if (job->gate->tag == TAG_PROJECT) {
        any = emit_one(job, &f, f.root, job->gate->state);
        f.at = 0;
        any |= emit_wanted(job, &f, json_get(f.root, "require"));
        f.at = 0;
        any |= emit_wanted(job, &f, json_get(f.root, "require-dev"));
        return any ? 0 : RECOG_NOT_MINE;
    }
    any = emit_list(job, &f, f.root) || json_is_array(f.root);
    any |= emit_list(job, &f, json_get(f.root, "packages"));
    any |= emit_list(job, &f, json_get(f.root, "packages-dev"));
    return any || json_is_array(json_get(f.root, "packages")) ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "vendor/composer/installed.json",
     .state = STATE_INSTALLED,
     .anchor_up = 3,
     .tag = TAG_INSTALLED},
    {.path = "composer.lock", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_LOCK},
    {.path = "composer.json", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_PROJECT},
    {0},
};

const struct recogniser recog_composer = {
    .name = "composer",
    .summary = "packages of PHP's Composer that are installed, pinned or asked for",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_composer,
};
