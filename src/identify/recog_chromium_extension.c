// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises the extensions that Chromium, Chrome, Edge, Brave, Opera or Vivaldi knows of, from its
 * own JSON files.
 *
 * A profile's `Preferences` (Linux) or `Secure Preferences` (Windows, macOS):
 *
 *     { "extensions": { "settings": { "<id>": {
 *         "path": "<id>/<version>_0", or absolute when it lies elsewhere
 *         "location": where it came from, "from_webstore": true, "disable_reasons": [ … ],
 *         "state": 1 (in older ones: 0 disabled, 2 removed by the user),
 *         "manifest": { … } with its texts in the user's language } } } }
 *
 * An entry without a path is what is left of an extension that is gone. The same object in
 * `initial_preferences` is what new profiles shall get.
 *
 * `External Extensions/<id>.json`, and on Linux `extensions/<id>.json` below the browser or its
 * folder in /usr/share, tells the browser to install one: "external_crx" or "external_update_url".
 * Such a file refers to the extension; each profile that followed has the extension itself.
 *
 * Sources: chrome/browser/extensions, extensions/browser/extension_prefs.cc and
 * extensions/common/mojom/manifest.mojom in Chromium.
 */
#include "base/clock.h"
#include "identify/extension.h"
#include "identify/json_file.h"

enum {
    TAG_PREFERENCES,
    TAG_INITIAL,
    TAG_EXTERNAL,
    TAG_EXTERNAL_LIST,
};

/* By the number of the `location`. */
static const char *const locations[] = {
    [1] = "from the browser's store or a file",
    [2] = "from an external file",
    [3] = "from the registry",
    [4] = "unpacked",
    [5] = "part of the browser",
    [6] = "from an external file, by download",
    [7] = "by policy",
    [8] = "by the command line",
    [9] = "by policy",
    [10] = "part of the browser",
};

static const char *location_text(const struct json *setting)
{
    double n;

    if (!json_number(json_get(setting, "location"), &n) || n < 1 ||
        n >= (double)ARRAY_LEN(locations))
        return NULL;
    return locations[(size_t)n];
}

static bool number_is(const struct json *v, double wanted)
{
    double n;

    return json_number(v, &n) && n >= wanted && n <= wanted;
}

static bool is_disabled(const struct json *setting)
{
    const struct json *reasons = json_get(setting, "disable_reasons");
    double bits;

    return number_is(json_get(setting, "state"), 0) ||
           (json_is_array(reasons) && json_first(reasons)) ||
           (json_number(reasons, &bits) && bits > 0);
}

/* Microseconds since 1601, as text. */
static void emit_install_time(struct emit *out, const struct json *setting)
{
    const uint64_t to_1970_us = UINT64_C(11644473600000000);
    struct sv text = json_get_text(setting, "first_install_time");
    char time[CLOCK_TEXT];
    uint64_t us;

    if (text.n == 0)
        text = json_get_text(setting, "install_time");
    if (sv_to_u64(text, &us) && us > to_1970_us && us - to_1970_us < INT64_MAX / 1000)
        emit_field(out, FIELD_INSTALLED_AT,
                   sv_str(clock_text((int64_t)(us - to_1970_us) * 1000, time)));
}

static void emit_setting(const struct job *job, struct json_file *f, const struct json *setting)
{
    struct sv id = json_name(setting), path = json_get_text(setting, "path");
    struct range at = json_file_find_member(f, id, '{');
    const char *location = location_text(setting);
    bool gone = number_is(json_get(setting, "state"), 2) ||
                (path.n == 0 && job->gate->tag == TAG_PREFERENCES);

    emit_component_as(job->out, TYPE_APPLICATION, gone ? STATE_RESIDUE : job->gate->state,
                      job->gate->ceiling);
    emit_field_at(job->out, FIELD_EXTENSION_ID, id, at.offset, at.length);
    extension_emit_manifest(job->out, json_get(setting, "manifest"));
    emit_install_time(job->out, setting);
    emit_fieldf(job->out, FIELD_STATUS, "%s%s%s%s",
                gone                   ? "removed"
                : is_disabled(setting) ? "disabled"
                                       : "enabled",
                location ? ", " : "", location ? location : "",
                json_is_true(json_get(setting, "from_webstore")) ? ", from the web store" : "");
    emit_fieldf(job->out, FIELD_ROW, "extensions.settings.%.*s", (int)id.n, id.p);
    if (!sv_starts(path, id))
        emit_field(job->out, FIELD_DEPENDS, path);
}

static int identify_preferences(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    const struct json *settings;
    int result = json_file_read(job, JSON_STRICT, &f, err);

    if (result != 0)
        return result;
    settings = json_get(json_get(f.root, "extensions"), "settings");
    if (!json_is_object(settings))
        return RECOG_NOT_MINE;
    (void)json_file_find_member(&f, SV("extensions"), '{');
    for (const struct json *s = json_first(settings); s; s = json_next(s)) {
        if (chromium_id_is(json_name(s)) && json_is_object(s))
            emit_setting(job, &f, s);
    }
    return 0;
}

/* False for what tells of no extension. */
static bool emit_external(const struct job *job, struct sv id, const struct json *external)
{
    struct sv crx = json_get_text(external, "external_crx"),
              url = json_get_text(external, "external_update_url");

    if (crx.n == 0 && url.n == 0)
        return false;
    emit_component(job->out, TYPE_APPLICATION);
    emit_field(job->out, FIELD_EXTENSION_ID, id);
    emit_field(job->out, FIELD_VERSION, json_get_text(external, "external_version"));
    emit_field(job->out, FIELD_URL, url);
    emit_field(job->out, FIELD_DEPENDS, crx);
    emit_field(job->out, FIELD_STATUS, SV("the browser is told to install it"));
    return true;
}

static int identify_external(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    struct span all;
    bool any = false;
    int result;

    // Other JSON files in folders of that name are none of ours, also damaged ones.
    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    if (sv_find(sv_of(all), SV("external_")) == SIZE_MAX)
        return RECOG_NOT_MINE;
    result = json_file_read(job, JSON_RELAXED, &f, err);
    if (result != 0)
        return result;
    if (job->gate->tag == TAG_EXTERNAL)
        return emit_external(job, (struct sv){0}, f.root) ? 0 : RECOG_NOT_MINE;
    for (const struct json *e = json_first(f.root); e; e = json_next(e)) {
        if (chromium_id_is(json_name(e)))
            any |= emit_external(job, json_name(e), e);
    }
    return any ? 0 : RECOG_NOT_MINE;
}

static int identify_chromium_extension(const struct job *job, struct err *err)
{
    return job->gate->tag == TAG_EXTERNAL || job->gate->tag == TAG_EXTERNAL_LIST
               ? identify_external(job, err)
               : identify_preferences(job, err);
}

static const struct gate gates[] = {
    {.path = "{profile}/Preferences", .state = STATE_INSTALLED, .anchor_up = 1},
    {.path = "{profile}/Secure Preferences", .state = STATE_INSTALLED, .anchor_up = 1},
    {.path = "initial_preferences", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_INITIAL},
    {.path = "master_preferences", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_INITIAL},
    {.path = "external_extensions.json",
     .state = STATE_REFERENCED,
     .anchor_up = 2,
     .tag = TAG_EXTERNAL_LIST},
    {.path = "External Extensions/{extension-id}.json",
     .state = STATE_REFERENCED,
     .anchor_up = 2,
     .tag = TAG_EXTERNAL},
    {.path = "extensions/{extension-id}.json",
     .state = STATE_REFERENCED,
     .anchor_up = 2,
     .tag = TAG_EXTERNAL},
    {0},
};

const struct recogniser recog_chromium_extension = {
    .name = "chromium_extension",
    .summary = "extensions that Chromium and its relatives have or shall install",
    .epoch = 1,
    .gates = gates,
    .identify = identify_chromium_extension,
};
