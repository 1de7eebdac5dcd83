// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one browser extension out of what an administrator orders, allows or sets up:
 *
 *     Chromium's policies   ExtensionInstallForcelist, ExtensionInstallAllowlist: "<id>;<url>"
 *                           ExtensionSettings, 3rdparty.extensions: members "<id>"
 *     Firefox's             Extensions.Install and Locked, ExtensionSettings, 3rdparty.Extensions
 *     native messaging      allowed_origins, allowed_extensions of a host
 *
 * What blocks or removes it ("installation_mode": "blocked") stays: it keeps it out.
 * Sources: https://chromeenterprise.google/policies/, https://mozilla.github.io/policy-templates/,
 * https://developer.chrome.com/docs/extensions/develop/concepts/native-messaging
 */
#include "remedy/json_text.h"

static bool is_list(const struct json_text *t, const struct json_node *n)
{
    static const char *const lists[] = {
        "ExtensionInstallForcelist", "ExtensionInstallAllowlist",
        "ExtensionInstallWhitelist", "Locked",
        "Extensions__Locked",        "Install",
        "Extensions__Install",       "allowed_origins",
        "allowed_extensions",
    };

    if (json_parent(t, n)->kind != '[')
        return false;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (json_is_in(t, n, lists[i]))
            return true;
    return false;
}

/* "id", "id;url", "chrome-extension://id/", or an address that has the id as a part of its path. */
static bool names_it(struct sv text, struct sv id)
{
    struct sv first = text;

    if (sv_eq(text, id) || sv_eq(sv_trim(sv_cut(&first, ';')), id))
        return true;
    while (text.n)
        if (sv_eq(sv_cut(&text, '/'), id))
            return true;
    return false;
}

static bool is_settings(const struct json_text *t, const struct json_node *n)
{
    const struct json_node *in = json_parent(t, n);

    if (in->kind != '{')
        return false;
    return json_is_in(t, n, "ExtensionSettings") || json_is_in(t, n, "3rdparty__Extensions") ||
           ((json_is_in(t, n, "extensions") || json_is_in(t, n, "Extensions")) &&
            json_is_in(t, in, "3rdparty"));
}

/* A member's name may be several ids with commas between them: then only the id goes. */
static int drop_setting(struct edit_run *run, const struct json_text *t, struct json_node *n,
                        struct err *err)
{
    struct sv mode = json_member_of(run, t, n, "installation_mode"), ids = n->name, written;
    bool hit = false, other = false;
    auto_buf left = {0};

    while (ids.n) {
        struct sv id = sv_cut(&ids, ',');

        if (sv_eq(sv_trim(id), run->key)) {
            hit = true;
            continue;
        }
        if (other)
            buf_char(&left, ',');
        buf_sv(&left, id);
        other = true;
    }
    if (!hit || sv_eq(mode, SV("blocked")) || sv_eq(mode, SV("removed")))
        return 0;
    n->gone = !other;
    if (!other)
        return 0;
    written = (struct sv){n->whole.p + 1, n->name.n};
    if (!sv_eq(written, n->name))
        return ERR(err, ERR_UNSUPPORTED,
                   "the setting of several extensions has escapes in its name; take '%.*s' out "
                   "by hand",
                   (int)run->key.n, run->key.p);
    edit_replace(run, written, arena_copy(run->arena, buf_view(&left)));
    return 0;
}

static int find(struct edit_run *run, struct err *err)
{
    struct json_text t;

    TRY(json_text_parse(run, &t, err));
    for (size_t i = 1; i < t.count; i++) {
        struct json_node *n = &t.nodes[i];

        if (is_list(&t, n))
            n->gone = names_it(json_string_of(run, n), run->key);
        else if (is_settings(&t, n))
            TRY(drop_setting(run, &t, n, err));
    }
    json_text_cut(run, &t);
    return 0;
}

const struct edit edit_drop_extension = {
    .name = "drop-extension",
    .summary = "one extension out of a browser's policy or a native-messaging host's clients",
    .key = "the id of the extension",
    .find = find,
};
