// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the lock files of npm: package-lock.json, npm-shrinkwrap.json and the copy that npm keeps
 * in node_modules/.package-lock.json.
 *
 * Version 1 is a tree: "dependencies": {name: {"version", "resolved", "dependencies": {…}}}.
 * Versions 2 and 3 are flat: "packages": {"node_modules/a/node_modules/b": {"version",
 * "resolved"}}, where "" and paths without node_modules are the project's own folders, "link"
 * points to one of those, and "name" is there when the folder is called something else than the
 * package. Format: https://docs.npmjs.com/cli/configuring-npm/package-lock-json
 */
#include "identify/npm.h"

enum {
    NESTING_MAX = 200,
};

static struct sv name_of_folder(struct sv path)
{
    struct sv rest = path, name = {0};
    size_t at;

    while ((at = sv_find(rest, SV("node_modules/"))) != SIZE_MAX)
        name = rest = sv_from(rest, at + sizeof("node_modules/") - 1);
    return name;
}

static bool emit_flat(const struct job *job, struct json_file *f, const struct json *packages)
{
    bool any = false;

    for (const struct json *one = json_first(packages); one; one = json_next(one)) {
        struct sv folder = json_name(one), name = json_get_text(one, "name");
        struct range at;

        if (folder.n == 0 || json_is_true(json_get(one, "link")))
            continue;
        if (name.n == 0)
            name = name_of_folder(folder);
        at = json_file_find_member(f, folder, '{');
        any |= npm_emit_locked(job, name, json_get_text(one, "version"),
                               json_get_text(one, "resolved"), at);
    }
    return any;
}

static bool emit_tree(const struct job *job, struct json_file *f, const struct json *dependencies,
                      unsigned depth)
{
    bool any = false;

    if (depth > NESTING_MAX || !json_is_object(dependencies))
        return false;
    for (const struct json *one = json_first(dependencies); one; one = json_next(one)) {
        struct sv name = json_name(one), version = json_get_text(one, "version");
        struct range at = json_file_find_member(f, name, '{');

        if (sv_starts(version, SV("npm:")))
            npm_split(sv_from(version, 4), &name, &version);
        any |= npm_emit_locked(job, name, version, json_get_text(one, "resolved"), at);
        any |= emit_tree(job, f, json_get(one, "dependencies"), depth + 1);
    }
    return any;
}

static int identify_npm_lock(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    const struct json *packages;
    double version;
    bool any;
    int result = json_file_read(job, JSON_STRICT, &f, err);

    if (result != 0)
        return result;
    packages = json_get(f.root, "packages");
    any = json_is_object(packages) ? emit_flat(job, &f, packages)
                                   : emit_tree(job, &f, json_get(f.root, "dependencies"), 0);
    return any || json_number(json_get(f.root, "lockfileVersion"), &version) ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "package-lock.json", .state = STATE_REFERENCED, .anchor_up = 1},
    {.path = "npm-shrinkwrap.json", .state = STATE_REFERENCED, .anchor_up = 1},
    {.path = "node_modules/.package-lock.json", .state = STATE_REFERENCED, .anchor_up = 2},
    {0},
};

const struct recogniser recog_npm_lock = {
    .name = "npm_lock",
    .summary = "packages that npm's lock files pin",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_npm_lock,
};
