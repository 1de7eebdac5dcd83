// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises the extensions that Firefox, or Thunderbird, has in a profile or for all profiles.
 *
 *     extensions.json              the browser's own list: { "addons": [ { "id", "type",
 *                                  "version", "active", "location", "installDate" (ms), "path",
 *                                  "defaultLocale": { "name", "creator", … } } ] }
 *     addons.json                  what the store says of those it knows; a reference
 *     extension-preferences.json   { "<id>": { "permissions" … } }; stays when an extension goes
 *     extensions/<id>.xpi          the extension itself
 *
 * prefs.js, user.js and the like are no source: Firefox shipped lists of extensions in its defaults
 * that nobody had installed.
 *
 * Source: toolkit/mozapps/extensions/internal/XPIDatabase.sys.mjs in Firefox.
 */
#include "base/clock.h"
#include "identify/extension.h"
#include "identify/json_file.h"

enum {
    TAG_LIST,
    TAG_STORE,
    TAG_LEFT,
    TAG_XPI,
};

static void emit_install_time(struct emit *out, const struct json *addon)
{
    const double last_ms = (double)(INT64_MAX / 1000000);
    char text[CLOCK_TEXT];
    double ms;

    if (json_number(json_get(addon, "installDate"), &ms) && ms > 0 && ms < last_ms)
        emit_field(out, FIELD_INSTALLED_AT, sv_str(clock_text((int64_t)ms * 1000000, text)));
}

static void emit_addon(const struct job *job, struct json_file *f, const struct json *addon)
{
    struct sv id = json_get_text(addon, "id"), type = json_get_text(addon, "type"),
              location = json_get_text(addon, "location");
    const struct json *locale = json_get(addon, "defaultLocale");
    bool program = type.n == 0 || sv_eq(type, SV("extension"));
    struct range at = json_file_find(f, id);
    struct emit *out = job->out;

    emit_component(out, program ? TYPE_APPLICATION : TYPE_DATA);
    emit_field_at(out, FIELD_EXTENSION_ID, id, at.offset, at.length);
    emit_field(out, FIELD_NAME, json_get_text(locale, "name"));
    emit_field(out, FIELD_VERSION, json_get_text(addon, "version"));
    emit_field(out, FIELD_DESCRIPTION, json_get_text(locale, "description"));
    emit_field(out, FIELD_AUTHOR, json_get_text(locale, "creator"));
    emit_field(out, FIELD_HOMEPAGE, json_get_text(locale, "homepageURL"));
    emit_field(out, FIELD_URL, json_get_text(addon, "sourceURI"));
    emit_install_time(out, addon);
    emit_fieldf(out, FIELD_STATUS, "%s%s%.*s",
                json_is_true(json_get(addon, "active")) ? "active" : "inactive",
                location.n ? ", " : "", (int)location.n, location.p);
    // Anywhere but in the profile, of which this file is a part.
    if (!sv_eq(location, SV("app-profile")))
        emit_field(out, FIELD_DEPENDS, json_get_text(addon, "path"));
}

static void emit_store_entry(const struct job *job, struct json_file *f, const struct json *addon)
{
    struct sv id = json_get_text(addon, "id");
    struct range at = json_file_find(f, id);
    struct emit *out = job->out;

    emit_component(out, TYPE_APPLICATION);
    emit_field_at(out, FIELD_EXTENSION_ID, id, at.offset, at.length);
    emit_field(out, FIELD_NAME, json_get_text(addon, "name"));
    emit_field(out, FIELD_VERSION, json_get_text(addon, "version"));
    emit_field(out, FIELD_AUTHOR, json_get_text(json_get(addon, "creator"), "name"));
    emit_field(out, FIELD_HOMEPAGE, json_get_text(addon, "homepageURL"));
    emit_field(out, FIELD_URL, json_get_text(addon, "sourceURI"));
}

/* "name@domain" or a GUID in braces. */
static bool is_id(struct sv text)
{
    return sv_find(text, SV("@")) != SIZE_MAX ||
           (sv_starts(text, SV("{")) && sv_ends(text, SV("}")));
}

static void emit_left(const struct job *job, struct json_file *f, const struct json *entry)
{
    struct range at = json_file_find_member(f, json_name(entry), '{');

    emit_component(job->out, TYPE_DATA);
    emit_field_at(job->out, FIELD_EXTENSION_ID, json_name(entry), at.offset, at.length);
    emit_field(job->out, FIELD_STATUS, SV("permissions that it was given"));
}

static int identify_json(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    bool left = job->gate->tag == TAG_LEFT;
    const struct json *list;
    struct span all;
    int result;

    // Other programs have files of these names, in dialects of their own.
    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    if (sv_find(sv_of(all), left ? SV("\"permissions\"") : SV("\"addons\"")) == SIZE_MAX)
        return RECOG_NOT_MINE;
    result = json_file_read(job, JSON_STRICT, &f, err);
    if (result != 0)
        return result;
    list = left ? f.root : json_get(f.root, "addons");
    if (!left && !json_is_array(list))
        return RECOG_NOT_MINE;
    for (const struct json *e = json_first(list); e; e = json_next(e)) {
        if (!json_is_object(e))
            continue;
        if (left && is_id(json_name(e)))
            emit_left(job, &f, e);
        else if (!left && is_id(json_get_text(e, "id")))
            (job->gate->tag == TAG_LIST ? emit_addon : emit_store_entry)(job, &f, e);
    }
    return 0;
}

static int identify_firefox_extension(const struct job *job, struct err *err)
{
    if (job->gate->tag != TAG_XPI)
        return identify_json(job, err);
    emit_component(job->out, TYPE_APPLICATION);
    emit_field(job->out, FIELD_STATUS, SV("in a folder that the browser loads from"));
    return 0;
}

#define ZIP \
    { \
        "PK\3\4", 4 \
    }

static const struct gate gates[] = {
    {.path = "{profile}/extensions.json",
     .state = STATE_INSTALLED,
     .anchor_up = 1,
     .tag = TAG_LIST},
    {.path = "{profile}/addons.json", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_STORE},
    {.path = "{profile}/extension-preferences.json",
     .state = STATE_RESIDUE,
     .anchor_up = 1,
     .tag = TAG_LEFT},
    {.path = "extensions/{extension-id}.xpi",
     .magic = ZIP,
     .state = STATE_INSTALLED,
     .anchor_up = 2,
     .tag = TAG_XPI},
    // For every profile, in a folder named after the program that shall load it.
    {.path = "mozilla/extensions/*/{extension-id}.xpi",
     .magic = ZIP,
     .state = STATE_INSTALLED,
     .anchor_up = 3,
     .tag = TAG_XPI},
    {0},
};

const struct recogniser recog_firefox_extension = {
    .name = "firefox_extension",
    .summary = "extensions of Firefox and Thunderbird",
    .epoch = 1,
    .gates = gates,
    .identify = identify_firefox_extension,
};
