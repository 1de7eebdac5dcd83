// SPDX-License-Identifier: Apache-2.0
/*
 * Reads package.json: what is installed under node_modules, and what a project is and asks for.
 *
 * The file right inside node_modules/<name> or node_modules/@<scope>/<name> is an installed
 * package. One deeper in a package is a bundled copy, a fixture or a marker such as
 * {"type":"module"}: it is present when it has a name. Anywhere else it is a project's: the project
 * itself is present, and what it depends on is referenced.
 * Format: https://docs.npmjs.com/cli/configuring-npm/package-json
 */
#include "identify/json_file.h"
#include "identify/npm.h"

enum {
    TAG_PACKAGE,
    TAG_PROJECT,
};

/* "Name <mail> (url)", or {"name": …, "email": …}. */
static void emit_person(struct emit *out, enum field_key key, const struct json *person)
{
    struct sv name = json_get_text(person, "name"), mail = json_get_text(person, "email");

    if (json_text(person).n) {
        person_emit(out, key, json_text(person));
    } else {
        emit_field(out, key, name);
        if (!sv_eq(mail, name))
            emit_field(out, key, mail);
    }
}

static void emit_people(struct emit *out, enum field_key key, const struct json *people)
{
    if (!json_is_array(people)) {
        emit_person(out, key, people);
        return;
    }
    for (const struct json *one = json_first(people); one; one = json_next(one))
        emit_person(out, key, one);
}

/* A value that is a text, or an object that has the text under a name. */
static struct sv text_or_member(const struct json *v, const char *name)
{
    return json_is_object(v) ? json_get_text(v, name) : json_text(v);
}

static bool emit_itself(const struct job *job, struct json_file *f)
{
    const struct json *root = f->root;
    struct package p = {
        .type = "npm",
        .name = json_get_text(root, "name"),
        .version = json_get_text(root, "version"),
        .state = job->gate->state,
        .ceiling = job->gate->ceiling,
    };

    if (p.name.n)
        p.at = json_file_find(f, p.name);
    if (!package_emit(job->out, &p))
        return false;
    emit_people(job->out, FIELD_AUTHOR, json_get(root, "author"));
    emit_people(job->out, FIELD_MAINTAINER, json_get(root, "maintainers"));
    emit_people(job->out, FIELD_PUBLISHER, json_get(root, "publisher"));
    emit_field(job->out, FIELD_DESCRIPTION, json_get_text(root, "description"));
    emit_field(job->out, FIELD_LICENCE, text_or_member(json_get(root, "license"), "type"));
    emit_field(job->out, FIELD_HOMEPAGE, text_or_member(json_get(root, "homepage"), "url"));
    emit_field(job->out, FIELD_URL, text_or_member(json_get(root, "repository"), "url"));
    npm_emit_source(job->out, json_get_text(root, "_resolved"));
    return true;
}

static int identify_npm(const struct job *job, struct err *err)
{
    static const char *const sections[] = {"dependencies", "devDependencies", "peerDependencies",
                                           "optionalDependencies"};
    auto_json_file f = {0};
    bool any;
    int result = json_file_read(job, JSON_STRICT, &f, err);

    if (result != 0)
        return result;
    any = emit_itself(job, &f);
    if (job->gate->tag == TAG_PROJECT) {
        for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
            f.at = 0; // sections come in any order
            any |= npm_emit_wanted(job, &f, json_get(f.root, sections[i]));
        }
    }
    return any ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "node_modules/*/package.json", .state = STATE_INSTALLED, .anchor_up = 1},
    {.path = "node_modules/@*/*/package.json", .state = STATE_INSTALLED, .anchor_up = 1},
    {.path = "share/nodejs/*/package.json", .state = STATE_INSTALLED, .anchor_up = 1},
    {.path = "share/nodejs/@*/*/package.json", .state = STATE_INSTALLED, .anchor_up = 1},
    {.path = "node_modules/**/package.json", .state = STATE_PRESENT, .anchor_up = 1},
    {.path = "package.json", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_PROJECT},
    {0},
};

const struct recogniser recog_npm = {
    .name = "npm",
    .summary = "packages of npm that are installed, and what projects depend on",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_npm,
};
