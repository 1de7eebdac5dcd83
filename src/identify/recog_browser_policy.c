// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises what an administrator orders browsers to install or trust.
 *
 * Chromium and its relatives read every JSON file in policies/managed and policies/recommended:
 *
 *     "ExtensionInstallForcelist": [ "<id>;<update url>" ]
 *     "ExtensionInstallAllowlist": [ "<id>" ]
 *     "ExtensionSettings": { "<id>": { "installation_mode": "force_installed", "update_url" } }
 *     "3rdparty": { "extensions": { "<id>": { … } } }
 *     "CACertificates": [ "<DER in base64>" ]
 *
 * Firefox reads one policies.json:
 *
 *     "policies": { "Extensions": { "Install": [ "<url or path>" ], "Locked": [ "<id>" ] },
 *                   "ExtensionSettings": { "<id>": { "installation_mode", "install_url" } },
 *                   "Certificates": { "Install": [ "<file>" ] } }
 *
 * On macOS both are property lists of managed preferences with the same members; Firefox's may be
 * flat ("Extensions__Install").
 *
 * A policy is no extension: it refers to one, and each profile that followed it has that one
 * itself. What is only allowed or configured is a trace. What is blocked or removed is nothing at
 * all: the policy keeps it out.
 *
 * Sources: https://chromeenterprise.google/policies/, https://mozilla.github.io/policy-templates/
 */
#include <stdio.h>

#include "identify/certificate_fields.h"
#include "identify/extension.h"
#include "identify/json_file.h"
#include "identify/property_list.h"
#include "trust/base64.h"

enum {
    TAG_CHROMIUM,
    TAG_FIREFOX,
    TAG_MACOS,
    TAG_MACOS_FIREFOX,
    JSON_MAX = 64 << 20, /* bytes that a property list may become */
};

struct rule {
    const char *policy; /* its name, for the reader */
    struct sv mode;     /* of an ExtensionSettings entry */
    struct sv origin;
    bool installs;
};

/* The name of a file, out of its path or address. */
static struct sv last_part(struct sv path)
{
    size_t slash = sv_find_last(path, '/'), backslash = sv_find_last(path, '\\');

    if (backslash != SIZE_MAX && (slash == SIZE_MAX || backslash > slash))
        slash = backslash;
    return slash == SIZE_MAX ? path : sv_from(path, slash + 1);
}

static void emit_extension(const struct job *job, struct sv id, struct range at,
                           const struct rule *rule)
{
    emit_component_as(job->out, TYPE_APPLICATION, job->gate->state,
                      rule->installs ? job->gate->ceiling : CONFIDENCE_TRACE);
    emit_field_at(job->out, FIELD_EXTENSION_ID, id, at.offset, at.length);
    if (id.n == 0)
        emit_field_at(job->out, FIELD_NAME, last_part(rule->origin), at.offset, at.length);
    extension_emit_origin(job->out, rule->origin);
    emit_fieldf(job->out, FIELD_STATUS, "policy%s%.*s", rule->mode.n ? ", " : "", (int)rule->mode.n,
                rule->mode.p);
    emit_field(job->out, FIELD_ROW, sv_str(rule->policy));
}

static bool is_chromium(const struct job *job)
{
    return job->gate->tag == TAG_CHROMIUM || job->gate->tag == TAG_MACOS;
}

static bool is_id(const struct job *job, struct sv text)
{
    return job->gate->tag == TAG_CHROMIUM ? chromium_id_is(text) : text.n && !sv_eq(text, SV("*"));
}

/* What json_file_find() is asked for next stands in this member. */
static void go_to(struct json_file *f, const char *member, char opener)
{
    f->at = 0; // policies come in any order
    (void)json_file_find_member(f, sv_str(member), opener);
}

/* Entries of "id" or "id;url". */
static void emit_list(const struct job *job, struct json_file *f, const struct json *list,
                      const char *member, const struct rule *rule)
{
    go_to(f, member, '[');
    for (const struct json *e = json_first(list); e; e = json_next(e)) {
        struct sv origin = json_text(e), id = sv_trim(sv_cut(&origin, ';'));
        struct rule one = *rule;

        one.origin = sv_trim(origin);
        if (is_id(job, id))
            emit_extension(job, id, json_file_find(f, json_text(e)), &one);
    }
}

/* The name of an entry may be several ids with commas between them. */
static void emit_settings(const struct job *job, struct json_file *f, const struct json *settings)
{
    const char *origin = is_chromium(job) ? "update_url" : "install_url";

    go_to(f, "ExtensionSettings", '{');
    for (const struct json *e = json_first(settings); e; e = json_next(e)) {
        struct sv ids = json_name(e), mode = json_get_text(e, "installation_mode");
        struct range at = json_file_find_member(f, ids, '{');
        struct rule rule = {"ExtensionSettings", mode, json_get_text(e, origin), false};

        rule.installs = sv_eq(mode, SV("force_installed")) || sv_eq(mode, SV("normal_installed"));
        if (sv_eq(mode, SV("blocked")) || sv_eq(mode, SV("removed")))
            continue;
        while (ids.n) {
            struct sv id = sv_trim(sv_cut(&ids, ','));

            if (is_id(job, id))
                emit_extension(job, id, at, &rule);
        }
    }
}

static void emit_configured(const struct job *job, struct json_file *f, const struct json *list)
{
    go_to(f, "3rdparty", '{');
    for (const struct json *e = json_first(list); e; e = json_next(e)) {
        if (is_id(job, json_name(e)))
            emit_extension(job, json_name(e), json_file_find_member(f, json_name(e), '{'),
                           &(struct rule){.policy = "3rdparty"});
    }
}

/* An entry is the base64 itself, or an object that has it with limits on its use. */
static int emit_certificates(const struct job *job, const struct json *list, const char *policy,
                             struct err *err)
{
    int result = 0;

    for (const struct json *e = json_first(list); e; e = json_next(e)) {
        struct sv text = json_text(e).n ? json_text(e) : json_get_text(e, "certificate");
        struct certificate c;
        struct span der;
        struct err wrong;
        int one = base64_decode(text, job->arena, &der, &wrong);

        if (one == 0)
            one = certificate_parse(der, job->arena, &c, NULL, &wrong);
        if (one == 0) {
            certificate_emit(job->out, &c, "policy", STATE_INSTALLED, job->gate->ceiling, 0, 0);
            emit_field(job->out, FIELD_ROW, sv_str(policy));
        } else if (result == 0) {
            result = err_wrap(&wrong, one, "%s", policy);
            *err = wrong;
        }
    }
    return result;
}

static int identify_chromium(const struct job *job, struct json_file *f, struct err *err)
{
    const char *force = "ExtensionInstallForcelist", *allow = "ExtensionInstallAllowlist";
    static const char *const certificates[] = {"CACertificates", "CACertificatesWithConstraints"};
    int result = 0;

    emit_list(job, f, json_get(f->root, force), force,
              &(struct rule){.policy = force, .installs = true});
    emit_list(job, f, json_get(f->root, allow), allow, &(struct rule){.policy = allow});
    emit_settings(job, f, json_get(f->root, "ExtensionSettings"));
    emit_configured(job, f, json_get(json_get(f->root, "3rdparty"), "extensions"));
    for (size_t i = 0; i < ARRAY_LEN(certificates); i++) {
        int one = emit_certificates(job, json_get(f->root, certificates[i]), certificates[i], err);

        result = result ? result : one;
    }
    return result;
}

/* { "Extensions": { "Install": … } } or { "Extensions__Install": … } */
static const struct json *firefox_policy(const struct json *policies, const char *group,
                                         const char *name)
{
    const struct json *nested = json_get(json_get(policies, group), name);
    char flat[64];

    (void)snprintf(flat, sizeof(flat), "%s__%s", group, name);
    return nested ? nested : json_get(policies, flat);
}

static void emit_firefox_installs(const struct job *job, struct json_file *f,
                                  const struct json *install)
{
    go_to(f, "Install", '[');
    for (const struct json *e = json_first(install); e; e = json_next(e)) {
        struct rule rule = {"Extensions.Install", .origin = json_text(e), .installs = true};

        if (json_text(e).n)
            emit_extension(job, (struct sv){0}, json_file_find(f, json_text(e)), &rule);
    }
}

static void identify_firefox(const struct job *job, struct json_file *f,
                             const struct json *policies)
{
    const struct json *files = firefox_policy(policies, "Certificates", "Install");

    emit_firefox_installs(job, f, firefox_policy(policies, "Extensions", "Install"));
    emit_list(job, f, firefox_policy(policies, "Extensions", "Locked"), "Locked",
              &(struct rule){.policy = "Extensions.Locked"});
    emit_settings(job, f, json_get(policies, "ExtensionSettings"));
    emit_configured(job, f, firefox_policy(policies, "3rdparty", "Extensions"));
    for (const struct json *e = json_first(files); e; e = json_next(e)) {
        if (json_text(e).n == 0)
            continue;
        emit_component(job->out, TYPE_CRYPTOGRAPHIC_ASSET);
        emit_field(job->out, FIELD_NAME, last_part(json_text(e)));
        emit_field(job->out, FIELD_DEPENDS, json_text(e));
        emit_field(job->out, FIELD_CERTIFICATE_STORE, SV("policy"));
        emit_field(job->out, FIELD_ROW, SV("Certificates.Install"));
    }
}

/* Where a text stands in the list is not looked for: `ret` has no text. */
static int read_property_list(const struct job *job, struct json_file *ret, struct err *err)
{
    auto_property *root = NULL;
    auto_buf text = BUF_INIT(JSON_MAX);
    struct json_writer w = json_writer_to(&text, false);
    struct span all;

    if (!property_list_is(job->bytes->head))
        return RECOG_NOT_MINE;
    TRY(source_read_all(job->bytes, PROPERTY_LIST_MAX, job->arena, &all, err));
    TRY(property_list_parse(all, job->arena, &root, err));
    if (!property_is_dict(root))
        return RECOG_NOT_MINE;
    property_write_json(root, &w);
    if (!buf_ok(&text))
        return ERR(err, ERR_LIMIT, "a property list of policies that is too large");
    return json_parse(buf_view(&text), &ret->root, err);
}

static int identify_browser_policy(const struct job *job, struct err *err)
{
    int tag = job->gate->tag, result;
    auto_json_file f = {0};
    struct span all;

    if (tag == TAG_MACOS || tag == TAG_MACOS_FIREFOX) {
        result = read_property_list(job, &f, err);
    } else {
        // Files of that name are common, and only Firefox's has this member.
        TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
        if (tag == TAG_FIREFOX && sv_find(sv_of(all), SV("\"policies\"")) == SIZE_MAX)
            return RECOG_NOT_MINE;
        result = json_file_read(job, JSON_RELAXED, &f, err);
    }
    if (result != 0)
        return result;
    if (is_chromium(job))
        return identify_chromium(job, &f, err);

    const struct json *policies = tag == TAG_FIREFOX ? json_get(f.root, "policies") : f.root;

    if (!json_is_object(policies))
        return RECOG_NOT_MINE;
    identify_firefox(job, &f, policies);
    return 0;
}

static const struct gate gates[] = {
    // The browser's folder below /etc, which also has its native-messaging hosts.
    {.path = "policies/managed/*.json",
     .state = STATE_REFERENCED,
     .anchor_up = 3,
     .tag = TAG_CHROMIUM},
    {.path = "policies/recommended/*.json",
     .state = STATE_REFERENCED,
     .anchor_up = 3,
     .tag = TAG_CHROMIUM},
    {.path = "policies/policies.json",
     .state = STATE_REFERENCED,
     .anchor_up = 2,
     .tag = TAG_FIREFOX},
    {.path = "distribution/policies.json",
     .state = STATE_REFERENCED,
     .anchor_up = 2,
     .tag = TAG_FIREFOX},
    {.path = "Managed Preferences/org.mozilla.firefox.plist",
     .state = STATE_REFERENCED,
     .tag = TAG_MACOS_FIREFOX},
    {.path = "Managed Preferences/*/org.mozilla.firefox.plist",
     .state = STATE_REFERENCED,
     .tag = TAG_MACOS_FIREFOX},
    {.path = "Managed Preferences/*.plist", .state = STATE_REFERENCED, .tag = TAG_MACOS},
    {.path = "Managed Preferences/*/*.plist", .state = STATE_REFERENCED, .tag = TAG_MACOS},
    {0},
};

const struct recogniser recog_browser_policy = {
    .name = "browser_policy",
    .summary = "extensions and certificates that policies give to browsers",
    .epoch = 1,
    .gates = gates,
    .identify = identify_browser_policy,
};
