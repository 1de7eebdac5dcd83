// SPDX-License-Identifier: Apache-2.0
/*
 * What the registry tells browsers to run, install or trust:
 *
 *     Google\Chrome\NativeMessagingHosts\<name>     the value is the host's manifest
 *     Google\Chrome\Extensions\<id>                 path or update_url, version
 *     Policies\Google\Chrome\ExtensionInstallForcelist    values "<id>;<update url>"
 *     Policies\Google\Chrome\ExtensionInstallAllowlist    values "<id>"
 *     Policies\Google\Chrome\ExtensionSettings\<id>       installation_mode, update_url
 *     Policies\Mozilla\Firefox\Extensions\Install         values: addresses or paths
 *
 * and the same of their relatives. An entry refers to an extension; each profile that followed it
 * has that one itself.
 *
 * Sources: https://chromeenterprise.google/policies/, https://mozilla.github.io/policy-templates/
 */
#include "base/json.h"
#include "identify/extension.h"
#include "identify/registry.h"

static const char *const chromiums[] = {"Google\\Chrome",
                                        "Microsoft\\Edge",
                                        "Chromium",
                                        "BraveSoftware\\Brave",
                                        "BraveSoftware\\Brave-Browser",
                                        "Vivaldi",
                                        "Opera Software",
                                        "Yandex\\YandexBrowser"};

static const char firefox[] = "Mozilla\\Firefox";

static void host(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct hive_text manifest = hive_get(r->h, key, "");

    registry_emit(r, TYPE_APPLICATION, manifest.text.n > 0);
    emit_field(r->out, FIELD_NATIVE_HOST, key->name);
    emit_field_at(r->out, FIELD_LOCATION, manifest.text, manifest.offset, manifest.length);
    registry_emit_key(r, path);
}

static void refer(struct registry *r, struct sv id, struct sv origin, bool installs)
{
    emit_component_as(r->out, TYPE_APPLICATION,
                      r->gate->state == STATE_INSTALLED ? STATE_REFERENCED : r->gate->state,
                      installs ? r->gate->ceiling : CONFIDENCE_TRACE);
    emit_field(r->out, FIELD_EXTENSION_ID, id);
    extension_emit_origin(r->out, origin);
}

/* An installer of some program asks for its extension. */
static void external(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct sv origin = hive_get(r->h, key, "update_url").text;

    if (!chromium_id_is(key->name))
        return;
    refer(r, key->name, origin.n ? origin : hive_get(r->h, key, "path").text, true);
    (void)registry_emit_value(r, key, "version", FIELD_VERSION);
    emit_field(r->out, FIELD_STATUS, SV("asked for by a program"));
    registry_emit_key(r, path);
}

static void policy_list(struct registry *r, const char *policies, const char *list, bool installs)
{
    struct sv path = registry_path(r, policies, list);
    struct hive_key key;
    struct hive_values values;
    struct hive_value value;

    if (!registry_find(r, policies, list, &key))
        return;
    values = hive_values(&key);
    while (hive_next_value(r->h, &values, &value)) {
        struct sv origin = hive_text(r->h, &value).text, id = sv_trim(sv_cut(&origin, ';'));

        if (!chromium_id_is(id))
            continue;
        refer(r, id, sv_trim(origin), installs);
        emit_field(r->out, FIELD_STATUS, SV("policy"));
        emit_field(r->out, FIELD_ROW, registry_join(r, path, value.name));
    }
}

/* Nothing for what a policy keeps out. */
static void setting(struct registry *r, struct sv id, struct sv mode, struct sv origin,
                    struct sv path)
{
    bool installs = sv_eq(mode, SV("force_installed")) || sv_eq(mode, SV("normal_installed"));

    if (id.n == 0 || sv_eq(id, SV("*")) || sv_eq(mode, SV("blocked")) || sv_eq(mode, SV("removed")))
        return;
    refer(r, id, origin, installs);
    emit_fieldf(r->out, FIELD_STATUS, "policy%s%.*s", mode.n ? ", " : "", (int)mode.n, mode.p);
    emit_field(r->out, FIELD_ROW, path);
}

static void setting_key(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct sv origin = hive_get(r->h, key, "update_url").text;

    setting(r, key->name, hive_get(r->h, key, "installation_mode").text,
            origin.n ? origin : hive_get(r->h, key, "install_url").text, path);
}

/* All settings as one text of JSON: a value beside the keys, which browsers pass over when it is
 * none. */
static void settings_text(struct registry *r, const char *browser)
{
    const char *key_path = registry_text(arena_printf(r->arena, "Policies\\%s", browser));
    struct sv path = registry_path(r, key_path, "\\ExtensionSettings");
    auto_json *root = NULL;
    struct hive_key key;
    struct err err;

    if (!registry_find(r, "", key_path, &key) ||
        json_parse(hive_get(r->h, &key, "ExtensionSettings").text, &root, &err) < 0)
        return;
    for (const struct json *e = json_first(root); e; e = json_next(e)) {
        struct sv origin = json_get_text(e, "update_url");

        setting(r, json_name(e), json_get_text(e, "installation_mode"),
                origin.n ? origin : json_get_text(e, "install_url"), path);
    }
}

static void firefox_installs(struct registry *r, const char *policies)
{
    struct sv path = registry_path(r, policies, "Extensions\\Install");
    struct hive_key key;
    struct hive_values values;
    struct hive_value value;

    if (!registry_find(r, policies, "Extensions\\Install", &key))
        return;
    values = hive_values(&key);
    while (hive_next_value(r->h, &values, &value)) {
        struct sv origin = hive_text(r->h, &value).text, name = origin;
        size_t slash;

        while ((slash = sv_find_last(name, '/')) != SIZE_MAX ||
               (slash = sv_find_last(name, '\\')) != SIZE_MAX)
            name = sv_from(name, slash + 1);
        if (name.n == 0)
            continue;
        refer(r, (struct sv){0}, origin, true);
        emit_field(r->out, FIELD_NAME, name);
        emit_field(r->out, FIELD_STATUS, SV("policy"));
        emit_field(r->out, FIELD_ROW, registry_join(r, path, value.name));
    }
}

static void policies_of(struct registry *r, const char *browser)
{
    const char *policies = registry_text(arena_printf(r->arena, "Policies\\%s\\", browser));

    policy_list(r, policies, "ExtensionInstallForcelist", true);
    policy_list(r, policies, "ExtensionInstallAllowlist", false);
    policy_list(r, policies, "ExtensionInstallWhitelist", false);
    registry_each(r, policies, "ExtensionSettings", setting_key);
    settings_text(r, browser);
}

void registry_browsers(struct registry *r, const char *view)
{
    for (size_t i = 0; i < ARRAY_LEN(chromiums); i++) {
        const char *below = registry_text(arena_printf(r->arena, "%s%s\\", view, chromiums[i]));

        registry_each(r, below, "NativeMessagingHosts", host);
        registry_each(r, below, "Extensions", external);
        if (!*view)
            policies_of(r, chromiums[i]);
    }
    registry_each(r, view, "Mozilla\\NativeMessagingHosts", host);
    if (*view)
        return;
    policies_of(r, firefox);
    firefox_installs(r, "Policies\\Mozilla\\Firefox\\");
}
