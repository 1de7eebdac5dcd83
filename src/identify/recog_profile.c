// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises configuration profiles of macOS and iOS (*.mobileconfig): what an administrator has
 * devices allow and trust. A profile is a property list, alone or as the content of a CMS message.
 *
 * That an extension or a team is allowed says that somebody wants it to run, not that it is there:
 * it is referenced. A root certificate in a profile is trusted where the profile is installed.
 * Format: https://developer.apple.com/documentation/devicemanagement
 */
#include "identify/certificate_fields.h"
#include "identify/emit_signature.h"
#include "identify/name_set.h"
#include "identify/property_list.h"
#include "identify/recogniser.h"

enum {
    PAYLOADS_MAX = 512,
    NAMES_MAX = 4096,
    DEPTH_MAX = 16,
    TEAM_SIZE = 10,
};

struct work {
    const struct job *job;
    struct span bytes;
    struct name_set teams, bundles;
    unsigned depth;
};

static bool is_team(struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') && !(s.p[i] >= '0' && s.p[i] <= '9'))
            return false;
    return s.n == TEAM_SIZE;
}

static void add_bundle(struct work *w, struct sv id)
{
    size_t number;

    id = sv_trim(id);
    if (id.n && sv_find(id, SV(".")) != SIZE_MAX && sv_find(id, SV("/")) == SIZE_MAX)
        (void)name_set_add(&w->bundles, id, &number);
}

static void add_team(struct work *w, struct sv team)
{
    size_t number;

    if (is_team(team))
        (void)name_set_add(&w->teams, team, &number);
}

static bool is_one_of(struct sv key, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sv_eq(key, sv_str(keys[i])))
            return true;
    return false;
}

static void read_member(void *to, struct sv key, const struct property *value);

/* Teams are keys of dictionaries and elements of lists, what they sign stands below them. */
static void read_value(struct work *w, struct sv key, const struct property *value)
{
    static const char *const ids[] = {"PluginBundleID",
                                      "ProviderBundleIdentifier",
                                      "BundleIdentifier",
                                      "FilterDataProviderBundleIdentifier",
                                      "FilterPacketProviderBundleIdentifier",
                                      "VPNSubType",
                                      "Identifier",
                                      "ExtensionIdentifier"};

    if (is_one_of(key, ids, ARRAY_LEN(ids)))
        add_bundle(w, property_text(value));
    if (is_team(key)) {
        add_team(w, key);
        for (size_t i = 0; i < property_count(value); i++)
            add_bundle(w, property_text(property_at(value, i)));
    }
    add_team(w, property_text(value));
    if (w->depth == DEPTH_MAX)
        return;
    w->depth++;
    for (size_t i = 0; i < property_count(value); i++)
        read_value(w, (struct sv){0}, property_at(value, i));
    property_each(value, read_member, w);
    w->depth--;
}

static void read_member(void *to, struct sv key, const struct property *value)
{
    read_value(to, key, value);
}

static void emit(struct work *w, enum field_key key, struct sv value)
{
    emit_field(w->job->out, key, sv_trim(value));
}

static void emit_profile(struct work *w, const struct property *root, const struct signatures *all)
{
    struct emit *out = w->job->out;

    emit_component(out, TYPE_DATA);
    emit(w, FIELD_NAME, property_get_text(root, "PayloadIdentifier"));
    emit(w, FIELD_PRODUCT, property_get_text(root, "PayloadDisplayName"));
    emit(w, FIELD_PUBLISHER, property_get_text(root, "PayloadOrganization"));
    emit(w, FIELD_DESCRIPTION, property_get_text(root, "PayloadDescription"));
    for (size_t i = 0; i < w->bundles.count; i++)
        emit(w, FIELD_BUNDLE_ID, w->bundles.names[i]);
    for (size_t i = 0; i < w->teams.count; i++)
        emit(w, FIELD_TEAM_ID, w->teams.names[i]);
    for (size_t i = 0; i < all->count; i++)
        emit_signature(out, &all->at[i]);
    emit_group_end(out);
}

/* The certificates that it has devices trust. */
static int emit_certificates(struct work *w, const struct property *payloads, struct err *err)
{
    static const char *const types[] = {"com.apple.security.root", "com.apple.security.pem",
                                        "com.apple.security.pkcs1"};

    for (size_t i = 0; i < property_count(payloads) && i < PAYLOADS_MAX; i++) {
        const struct property *one = property_at(payloads, i);
        struct span bytes = property_data(property_get(one, "PayloadContent"));
        struct sv text = sv_of(bytes), block;
        struct certificate c;
        struct err wrong;
        int r;

        if (bytes.n == 0 ||
            !is_one_of(property_get_text(one, "PayloadType"), types, ARRAY_LEN(types)))
            continue;
        if (bytes.p[0] != 0x30 &&
            certificate_next_pem(&text, w->job->arena, &bytes, &block, &wrong) != 0)
            continue;
        r = certificate_parse(bytes, w->job->arena, &c, NULL, &wrong);
        if (r == 0)
            certificate_emit(w->job->out, &c, "policy", w->job->gate->state, w->job->gate->ceiling,
                             0, 0);
        else if (r != -ERR_FORMAT)
            return *err = wrong, r;
    }
    return 0;
}

static int read_profile(struct work *w, const struct signatures *all, struct err *err)
{
    auto_property *root = NULL;
    const struct property *payloads;

    TRY(property_list_parse(w->bytes, w->job->arena, &root, err));
    payloads = property_get(root, "PayloadContent");
    if (property_get_text(root, "PayloadIdentifier").n == 0)
        return RECOG_NOT_MINE;
    if (!payloads && property_get(root, "EncryptedPayloadContent"))
        return ERR(err, ERR_ENCRYPTED, "profile: it is encrypted");
    name_set_init(&w->teams, w->job->arena, NAMES_MAX);
    name_set_init(&w->bundles, w->job->arena, NAMES_MAX);
    for (size_t i = 0; i < property_count(payloads) && i < PAYLOADS_MAX; i++)
        read_value(w, (struct sv){0}, property_at(payloads, i));
    emit_profile(w, root, all);
    TRY(emit_certificates(w, payloads, err));
    return arena_failed(w->job->arena) ? arena_error(w->job->arena, err) : 0;
}

static int identify_profile(const struct job *job, struct err *err)
{
    struct work w = {.job = job};
    struct signatures all = {0};
    struct span cms;

    TRY(source_read_all(job->bytes, PROPERTY_LIST_MAX, job->arena, &w.bytes, err));
    if (w.bytes.n && w.bytes.p[0] == 0x30) {
        cms = w.bytes;
        TRY(signature_content(cms, job->arena, &w.bytes, err));
        if (w.bytes.n)
            TRY(signature_check_detached(cms, w.bytes, 0, job->roots, job->arena, &all, err));
    }
    return property_list_is(w.bytes) ? read_profile(&w, &all, err) : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "*.mobileconfig", .state = STATE_REFERENCED},
    {0},
};

const struct recogniser recog_profile = {
    .name = "profile",
    .summary = "configuration profiles of macOS and iOS: what they allow and trust",
    .epoch = 1,
    .gates = gates,
    .identify = identify_profile,
};
