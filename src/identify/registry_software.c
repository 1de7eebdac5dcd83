// SPDX-License-Identifier: Apache-2.0
/*
 * The rest of SOFTWARE:
 *
 *     Microsoft\Security Center\Provider\<kind>\{…}    DISPLAYNAME, PRODUCTEXE, REPORTINGEXE
 *     Microsoft\Security Center\Monitoring\<name>      whom it watches, in old Windows
 *     Microsoft\Windows\CurrentVersion\WINEVT\Channels\<name>   event logs; OwningPublisher:
 *       …\WINEVT\Publishers\{…}\MessageFileName                 the program that writes to it
 *     <vendor>                                         settings of programs: keys down to four
 * names below the vendor's
 *
 * Settings outlive the program that wrote them, so that they are what is left of one.
 */
#include "identify/registry.h"

#define PROVIDERS "Microsoft\\Security Center\\Provider\\"
#define WINEVT "Microsoft\\Windows\\CurrentVersion\\WINEVT\\"

enum {
    VENDOR_DEPTH = 4,
    KEYS_EACH = 400, /* of one component */
};

/* ---- Security Center ---- */

static void provider(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct sv name = hive_get(r->h, key, "DISPLAYNAME").text;
    struct hive_value value;

    if (name.n == 0)
        return;
    registry_emit(r, TYPE_APPLICATION,
                  hive_value(r->h, key, "PRODUCTEXE", &value) ||
                      hive_value(r->h, key, "REPORTINGEXE", &value));
    (void)registry_emit_value(r, key, "DISPLAYNAME", FIELD_NAME);
    emit_field(r->out, FIELD_PRODUCT, name);
    (void)registry_emit_value(r, key, "PRODUCTEXE", FIELD_LOCATION);
    (void)registry_emit_value(r, key, "REPORTINGEXE", FIELD_LOCATION);
    registry_emit_key(r, path);
}

static void monitored(struct registry *r, const struct hive_key *key, struct sv path)
{
    registry_emit(r, TYPE_APPLICATION, false);
    emit_field(r->out, FIELD_NAME, key->name);
    registry_emit_key(r, path);
}

void registry_security_center(struct registry *r, const char *view)
{
    static const char *const kinds[] = {PROVIDERS "Av", PROVIDERS "Fw", PROVIDERS "Asw"};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        registry_each(
            r, view, arena_printf(r->arena, "Microsoft\\Security Center\\Provider\\%s", kinds[i]).p,
            provider);
    registry_each(r, view, "Microsoft\\Security Center\\Monitoring", monitored);
}

/* ---- event logs ---- */

static void channel(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct sv publisher = hive_get(r->h, key, "OwningPublisher").text, file = {0};
    struct hive_key of;

    if (guid_is(publisher) && registry_find(r, WINEVT "Publishers\\", publisher.p, &of))
        file = hive_get(r->h, &of, "MessageFileName").text;
    registry_emit(r, TYPE_DATA, file.n > 0);
    emit_field(r->out, FIELD_EVENT_LOG, key->name);
    emit_field(r->out, FIELD_LOCATION, file);
    emit_field(r->out, FIELD_ROW, path);
}

void registry_channels(struct registry *r)
{
    registry_each(r, "", WINEVT "Channels", channel);
}

/* ---- vendors ---- */

struct vendor {
    struct sv path;
    unsigned keys; /* of the component that is open */
};

static void emit_vendor_key(struct registry *r, struct vendor *v, struct sv path)
{
    if (v->keys++ % KEYS_EACH == 0) {
        registry_emit(r, TYPE_DATA, false);
        emit_field(r->out, FIELD_ROW, v->path);
    }
    emit_field(r->out, FIELD_REGISTRY_KEY, path);
}

static void vendor_keys(struct registry *r, struct vendor *v, const struct hive_key *key,
                        struct sv path, unsigned depth)
{
    struct hive_keys keys;
    struct hive_key below;

    emit_vendor_key(r, v, path);
    if (depth == VENDOR_DEPTH)
        return;
    keys = hive_keys(r->h, key);
    while (hive_next_key(r->h, &keys, &below))
        vendor_keys(r, v, &below, registry_join(r, path, below.name), depth + 1);
}

/* The parts of Windows that stand among the vendors; "Microsoft" has most of a hive. */
static bool is_windows(struct sv name)
{
    static const char *const names[] = {
        "Classes",
        "Clients",
        "Microsoft",
        "ODBC",
        "OpenSSH",
        "Policies",
        "RegisteredApplications",
        "Windows",
        "Wow6432Node",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (sv_eq_nocase(name, sv_str(names[i])))
            return true;
    return false;
}

static void vendor(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct vendor v = {.path = path};

    if (!is_windows(key->name))
        vendor_keys(r, &v, key, path, 0);
}

void registry_vendors(struct registry *r)
{
    struct sv path = r->name;
    struct hive_keys keys = hive_keys(r->h, &r->top);
    struct hive_key key;

    while (hive_next_key(r->h, &keys, &key))
        vendor(r, &key, registry_join(r, path, key.name));
    registry_each(r, "", "Wow6432Node", vendor);
    registry_each(r, "", "Policies", vendor);
}
