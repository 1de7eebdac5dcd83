// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises browser extensions by their manifest.json, wherever it lies.
 *
 * In a profile of Chromium or a browser made from it the folders around it say more:
 *
 *     <profile>/Extensions/<id>/<version>_<n>/manifest.json
 *
 * and so does Firefox's <profile>/extensions/<id>.xpi, an archive. Anywhere else it is an unpacked
 * extension or the source of one, which names itself by its public key or by an id for Firefox.
 * What has the same file name and no manifest_version (web applications, build tools) is passed by.
 * The data that an extension keeps in a profile stays behind when it goes: that is residue.
 */
#include "identify/extension.h"
#include "identify/json_file.h"
#include "trust/base64.h"

enum {
    TAG_ANYWHERE,
    TAG_CHROMIUM,
    TAG_FIREFOX,
    TAG_DATA,
};

static struct sv gecko_id(const struct json *manifest)
{
    static const char *const names[] = {"browser_specific_settings", "applications"};
    struct sv id = {0};

    for (size_t i = 0; i < ARRAY_LEN(names) && id.n == 0; i++)
        id = json_get_text(json_get(json_get(manifest, names[i]), "gecko"), "id");
    return id;
}

static void emit_ids(const struct job *job, struct json_file *f)
{
    struct sv key = json_get_text(f->root, "key");
    char id[CHROMIUM_ID_SIZE + 1];
    struct span der;
    struct err err;

    // In a profile the folder's name is the id; a manifest for both browsers has both ids.
    if (job->gate->tag != TAG_FIREFOX && key.n && base64_decode(key, job->arena, &der, &err) == 0) {
        struct range at = json_file_find(f, key);

        chromium_id_of_key(der, id);
        emit_field_at(job->out, FIELD_EXTENSION_ID, sv_str(id), at.offset, at.length);
    }
    if (job->gate->tag != TAG_CHROMIUM && gecko_id(f->root).n) {
        f->at = 0; // members come in any order

        struct range at = json_file_find(f, gecko_id(f->root));

        emit_field_at(job->out, FIELD_EXTENSION_ID, gecko_id(f->root), at.offset, at.length);
    }
}

static int identify_manifest(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    struct span all;
    double version;
    int result;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    if (sv_find(sv_of(all), SV("manifest_version")) == SIZE_MAX && job->gate->tag == TAG_ANYWHERE)
        return RECOG_NOT_MINE;
    result = json_file_read(job, JSON_RELAXED, &f, err);
    if (result != 0)
        return result;
    if (!json_number(json_get(f.root, "manifest_version"), &version) &&
        job->gate->tag == TAG_ANYWHERE)
        return RECOG_NOT_MINE;
    if (json_get_text(f.root, "version").n == 0 || json_get_text(f.root, "name").n == 0)
        return RECOG_NOT_MINE;
    emit_component(job->out, TYPE_APPLICATION);
    extension_emit_manifest(job->out, f.root);
    emit_ids(job, &f);
    return 0;
}

static int identify_web_extension(const struct job *job, struct err *err)
{
    if (job->gate->tag != TAG_DATA)
        return identify_manifest(job, err);
    emit_component(job->out, TYPE_DATA);
    emit_field(job->out, FIELD_STATUS, SV("data that an extension keeps"));
    return 0;
}

/* A LevelDB database in a profile: of its files, CURRENT is there once. */
#define DATA(folder) \
    { \
        .path = folder "/CURRENT", .state = STATE_RESIDUE, .anchor_up = 3, .tag = TAG_DATA \
    }

static const struct gate gates[] = {
    {.path = "{profile}/Extensions/{extension-id}/*/manifest.json",
     .state = STATE_INSTALLED,
     .anchor_up = 4,
     .tag = TAG_CHROMIUM},
    {.path = "{profile}/extensions/{extension-id}.xpi!/manifest.json",
     .state = STATE_INSTALLED,
     .anchor_up = 3,
     .tag = TAG_FIREFOX},
    {.path = "manifest.json", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_ANYWHERE},
    DATA("{profile}/Local Extension Settings/{extension-id}"),
    DATA("{profile}/Sync Extension Settings/{extension-id}"),
    DATA("{profile}/Managed Extension Settings/{extension-id}"),
    DATA("{profile}/IndexedDB/chrome-extension_{extension-id}_0.indexeddb.leveldb"),
    // Before them, and in Safari, the data of an extension was one file.
    {.path = "{profile}/Local Storage/chrome-extension_{extension-id}_0.localstorage",
     .state = STATE_RESIDUE,
     .anchor_up = 2,
     .tag = TAG_DATA},
    {.path = "LocalStorage/safari-extension_{extension-id}_0.localstorage",
     .state = STATE_RESIDUE,
     .anchor_up = 2,
     .tag = TAG_DATA},
    {.path = "{profile}/browser-extension-data/{extension-id}/storage.js",
     .state = STATE_RESIDUE,
     .anchor_up = 3,
     .tag = TAG_DATA},
    {0},
};

const struct recogniser recog_web_extension = {
    .name = "web_extension",
    .summary = "browser extensions, by their manifests",
    .epoch = 1,
    .gates = gates,
    .identify = identify_web_extension,
};
