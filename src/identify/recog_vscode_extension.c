// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises extensions of Visual Studio Code and of editors made from it, by the package.json in
 * <editor's folder>/extensions/<publisher>.<name>-<version>/. The id is "publisher.name".
 *
 * Format: https://code.visualstudio.com/api/references/extension-manifest
 */
#include "identify/extension.h"
#include "identify/json_file.h"

/* A text that stands in another file is "%name%". */
static struct sv own_text(const struct json *v, const char *name)
{
    struct sv text = json_get_text(v, name);

    return sv_starts(text, SV("%")) ? (struct sv){0} : text;
}

/* A text, or an object that has it under a name. */
static struct sv text_in(const struct json *v, const char *name)
{
    return json_text(v).n ? json_text(v) : json_get_text(v, name);
}

static int identify_vscode_extension(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    struct emit *out = job->out;
    struct sv publisher, name, title;
    int result = json_file_read(job, JSON_STRICT, &f, err);

    if (result != 0)
        return result;
    publisher = json_get_text(f.root, "publisher");
    name = json_get_text(f.root, "name");
    if (publisher.n == 0 || name.n == 0 ||
        json_get_text(json_get(f.root, "engines"), "vscode").n == 0)
        return RECOG_NOT_MINE;
    title = own_text(f.root, "displayName");

    struct range at = json_file_find(&f, publisher);

    emit_component(out, TYPE_APPLICATION);
    emit_fieldf(out, FIELD_EXTENSION_ID, "%.*s.%.*s", (int)publisher.n, publisher.p, (int)name.n,
                name.p);
    emit_field(out, FIELD_NAME, title.n ? title : name);
    emit_field(out, FIELD_VERSION, json_get_text(f.root, "version"));
    emit_field_at(out, FIELD_PUBLISHER, publisher, at.offset, at.length);
    emit_field(out, FIELD_AUTHOR, text_in(json_get(f.root, "author"), "name"));
    emit_field(out, FIELD_DESCRIPTION, own_text(f.root, "description"));
    emit_field(out, FIELD_HOMEPAGE, json_get_text(f.root, "homepage"));
    emit_field(out, FIELD_URL, text_in(json_get(f.root, "repository"), "url"));
    emit_purl(out, "vscode-extension", publisher, name, json_get_text(f.root, "version"));
    return 0;
}

static const struct gate gates[] = {
    // ~/.vscode, ~/.vscode-server, ~/.cursor and the editor's own, resources/app.
    {.path = "extensions/*/package.json", .state = STATE_INSTALLED, .anchor_up = 1},
    {0},
};

const struct recogniser recog_vscode_extension = {
    .name = "vscode_extension",
    .summary = "extensions of Visual Studio Code and its relatives",
    .epoch = 1,
    .gates = gates,
    .identify = identify_vscode_extension,
};
