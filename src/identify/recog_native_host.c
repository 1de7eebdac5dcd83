// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises native-messaging hosts: programs that a browser runs for an extension.
 *
 *     { "name": "com.acme.host", "description": "…", "path": "/opt/acme/host", "type": "stdio",
 *       "allowed_origins": ["chrome-extension://<id>/"]     Chromium and its relatives
 *       "allowed_extensions": ["guard@acme.example"] }      Firefox
 *
 * A manifest in a folder where browsers look is registered. On Windows the registry names it, so
 * that it lies beside its program: there, as anywhere else, it is present. The extensions that it
 * serves are what it depends on.
 *
 * Formats: https://developer.chrome.com/docs/extensions/develop/concepts/native-messaging and
 * https://developer.mozilla.org/en-US/docs/Mozilla/Add-ons/WebExtensions/Native_manifests
 */
#include "identify/json_file.h"

/* Every JSON file of a disk comes by: most are sent on by their first bytes. */
static bool may_be_mine(const struct job *job)
{
    struct sv head = sv_of(job->bytes->head);

    return sv_find(head, SV("\"allowed_origins\"")) != SIZE_MAX ||
           sv_find(head, SV("\"allowed_extensions\"")) != SIZE_MAX;
}

static void emit_clients(struct emit *out, const struct json *clients)
{
    for (const struct json *c = json_first(clients); c; c = json_next(c)) {
        struct sv id = json_text(c);
        size_t scheme = sv_find(id, SV("://"));

        if (scheme != SIZE_MAX)
            id = sv_from(id, scheme + 3);
        while (sv_ends(id, SV("/")))
            id.n--;
        emit_field(out, FIELD_DEPENDS, id);
    }
}

static int identify_native_host(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    struct emit *out = job->out;
    struct sv name, path;
    int result;

    if (!may_be_mine(job))
        return RECOG_NOT_MINE;
    result = json_file_read(job, JSON_RELAXED, &f, err);
    if (result != 0)
        return result;
    name = json_get_text(f.root, "name");
    path = json_get_text(f.root, "path");
    if (name.n == 0 || path.n == 0 || json_get_text(f.root, "type").n == 0)
        return RECOG_NOT_MINE;

    struct range at = json_file_find(&f, name);

    emit_component(out, TYPE_APPLICATION);
    emit_field_at(out, FIELD_NATIVE_HOST, name, at.offset, at.length);
    emit_field(out, FIELD_NAME, name);
    emit_field(out, FIELD_DESCRIPTION, json_get_text(f.root, "description"));
    emit_field(out, FIELD_COMMAND, path);
    emit_clients(out, json_get(f.root, "allowed_origins"));
    emit_clients(out, json_get(f.root, "allowed_extensions"));
    return 0;
}

static const struct gate gates[] = {
    // The browser's folder is the place: its policies and external extensions lie there too.
    {.path = "NativeMessagingHosts/*.json", .state = STATE_INSTALLED, .anchor_up = 2},
    {.path = "native-messaging-hosts/*.json", .state = STATE_INSTALLED, .anchor_up = 2},
    {.path = "*.json", .state = STATE_PRESENT, .anchor_up = 1},
    {0},
};

const struct recogniser recog_native_host = {
    .name = "native_host",
    .summary = "programs that browsers run for extensions",
    .epoch = 1,
    .gates = gates,
    .identify = identify_native_host,
};
