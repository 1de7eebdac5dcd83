// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the lock files of Python's package managers: poetry.lock, uv.lock, pdm.lock and pylock.toml
 * are TOML with a table for each package; Pipfile.lock is JSON.
 *
 *     [[package]]                         "default": {"name": {"version": "==1.2.3"}}
 *     name = "x"
 *     version = "1.2.3"
 *     source = { git = "https://…" }      or a table [package.source] with url = "…"
 *
 * Packages whose source is the project's own folder (virtual, editable) are left out.
 */
#include "identify/json_file.h"
#include "identify/pypi.h"
#include "identify/toml.h"

enum {
    TAG_TOML,
    TAG_PIPFILE_LOCK,
};

struct locked {
    struct sv name, version, url;
    bool own;
};

static void read_source(struct locked *l, struct sv source)
{
    struct sv git = toml_string(toml_get(source, SV("git")));
    struct sv url = toml_string(toml_get(source, SV("url")));

    l->own = toml_get(source, SV("virtual")).n || toml_get(source, SV("editable")).n;
    l->url = git.n ? git : url;
}

static bool emit_locked(const struct job *job, struct sv text, const struct locked *l)
{
    if (l->own || !pypi_emit(job, l->name, l->version, (struct sv){0}, range_of(text, l->name)))
        return false;
    emit_field(job->out, FIELD_URL, l->url);
    return true;
}

static bool is_entry(struct sv table)
{
    return sv_eq(table, SV("package")) || sv_eq(table, SV("packages"));
}

static int identify_toml(const struct job *job, struct err *err)
{
    struct locked l = {0};
    struct toml_item item;
    struct toml toml;
    struct span all;
    struct sv text;
    bool any = false;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    text = sv_of(all);
    toml = toml_over(text);
    while (toml_next(&toml, &item)) {
        if (item.is_header && is_entry(item.table)) {
            any |= emit_locked(job, text, &l);
            l = (struct locked){0};
        } else if (is_entry(item.table)) {
            if (sv_eq(item.key, SV("name")))
                l.name = toml_string(item.value);
            else if (sv_eq(item.key, SV("version")))
                l.version = toml_string(item.value);
            else if (sv_eq(item.key, SV("source")))
                read_source(&l, item.value);
        } else if (sv_eq(item.table, SV("package.source")) && sv_eq(item.key, SV("url"))) {
            l.url = toml_string(item.value);
        }
    }
    any |= emit_locked(job, text, &l);
    return any ? 0 : RECOG_NOT_MINE;
}

static int identify_pipfile_lock(const struct job *job, struct err *err)
{
    static const char *const sections[] = {"default", "develop"};
    auto_json_file f = {0};
    bool any = false;
    int result = json_file_read(job, JSON_STRICT, &f, err);

    if (result != 0)
        return result;
    for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
        const struct json *section = json_get(f.root, sections[i]);

        for (const struct json *one = json_first(section); one; one = json_next(one)) {
            struct sv version = json_get_text(one, "version");
            struct range at = json_file_find_member(&f, json_name(one), '{');

            if (sv_starts(version, SV("==")))
                version = sv_from(version, 2);
            if (!pypi_emit(job, json_name(one), version, (struct sv){0}, at))
                continue;
            emit_field(job->out, FIELD_URL, json_get_text(one, "git"));
            any = true;
        }
    }
    return any || json_get(f.root, "_meta") ? 0 : RECOG_NOT_MINE;
}

static int identify_python_lock(const struct job *job, struct err *err)
{
    return job->gate->tag == TAG_TOML ? identify_toml(job, err) : identify_pipfile_lock(job, err);
}

static const struct gate gates[] = {
    {.path = "poetry.lock", .state = STATE_REFERENCED, .anchor_up = 1},
    {.path = "uv.lock", .state = STATE_REFERENCED, .anchor_up = 1},
    {.path = "pdm.lock", .state = STATE_REFERENCED, .anchor_up = 1},
    {.path = "pylock*.toml", .state = STATE_REFERENCED, .anchor_up = 1},
    {.path = "Pipfile.lock", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_PIPFILE_LOCK},
    {0},
};

const struct recogniser recog_python_lock = {
    .name = "python_lock",
    .summary = "Python packages that lock files pin",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_python_lock,
};
