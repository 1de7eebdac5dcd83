// SPDX-License-Identifier: Apache-2.0
/*
 * Programs as the registry lists them:
 *
 *     Microsoft\Windows\CurrentVersion\Uninstall\<code>          what can be uninstalled
 *     …\Installer\UserData\<sid>\Products\<packed code>          what Windows Installer put there
 *     …\Installer\UserData\<sid>\Components\<component>          its files, one value a product
 *     Classes\Installer\Products\<packed code>                   what it offers
 *     Classes\Installer\UpgradeCodes\<packed code>               values: the codes of products
 *     Microsoft\Windows\CurrentVersion\Run…                      what starts with a session
 *
 * Sources: https://learn.microsoft.com/windows/win32/msi/uninstall-registry-key and
 * https://learn.microsoft.com/windows/win32/setupapi/run-and-runonce-registry-keys
 */
#include "identify/registry.h"

#define CURRENT "Microsoft\\Windows\\CurrentVersion\\"

enum {
    BUCKETS = 1024, /* a power of two */
    BUCKET_MAX = 64,
    FILES_KEPT = 3, /* of a product, to tell whether it is still there */
};

/* A product of Windows Installer. */
struct product {
    struct product *next;
    struct sv packed;
    struct sv upgrade; /* packed */
    struct sv files[FILES_KEPT];
    size_t file_count;
    bool known; /* there is an account of its installation */
};

struct installer {
    struct product *buckets[BUCKETS];
};

/* ---- products ---- */

static struct product **bucket_of(struct installer *installer, struct sv packed)
{
    unsigned hash = 2166136261u;

    for (size_t i = 0; i < packed.n; i++)
        hash = (hash ^ ((unsigned char)packed.p[i] & 0xdf)) * 16777619u;
    return &installer->buckets[hash & (BUCKETS - 1)];
}

/* The product of a packed code. NULL also when there are more than any machine has. */
static struct product *product_of(struct registry *r, struct sv packed)
{
    struct product *p, **bucket;
    unsigned n = 0;

    if (!r->installer || guid_unpack(packed, r->arena).n == 0)
        return NULL;
    bucket = bucket_of(r->installer, packed);
    for (p = *bucket; p; p = p->next, n++)
        if (sv_eq_nocase(p->packed, packed))
            return p;
    p = n < BUCKET_MAX ? arena_take(r->arena, sizeof(*p)) : NULL;
    if (p) {
        *p = (struct product){.next = *bucket, .packed = packed};
        *bucket = p;
    }
    return p;
}

static bool is_program(struct sv file)
{
    static const char *const ends[] = {".exe", ".dll", ".sys", ".com"};

    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        if (file.n > 4 && sv_eq_nocase(sv_from(file, file.n - 4), sv_str(ends[i])))
            return true;
    return false;
}

/* One component of Windows Installer: its main file, for each product that has it. */
static void component_entry(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct hive_values values = hive_values(key);
    struct hive_value value;

    (void)path;
    while (hive_next_value(r->h, &values, &value)) {
        struct product *p = product_of(r, value.name);
        struct sv file;

        if (!p || p->file_count == FILES_KEPT)
            continue;
        file = hive_text(r->h, &value).text;
        // "C?\" is a file that several products share, "02:\" a key of the registry.
        if (file.n > 3 && file.p[1] == ':' && file.p[2] == '\\' && is_program(file))
            p->files[p->file_count++] = file;
    }
}

static void upgrade_entry(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct hive_values values = hive_values(key);
    struct hive_value value;

    (void)path;
    while (hive_next_value(r->h, &values, &value)) {
        struct product *p = product_of(r, value.name);

        if (p && p->upgrade.n == 0)
            p->upgrade = key->name;
    }
}

static void emit_product(struct registry *r, const struct product *p)
{
    emit_field(r->out, FIELD_UPGRADE_CODE, guid_unpack(p->upgrade, r->arena));
    for (size_t i = 0; i < p->file_count; i++)
        emit_field(r->out, FIELD_LOCATION, p->files[i]);
}

/* "20240131" as a day. */
static void emit_install_date(struct registry *r, const struct hive_key *key)
{
    struct sv day = hive_get(r->h, key, "InstallDate").text;
    uint64_t number;

    if (day.n == 8 && sv_to_u64(day, &number))
        emit_fieldf(r->out, FIELD_INSTALLED_AT, "%.4s-%.2s-%.2sT00:00:00Z", day.p, day.p + 4,
                    day.p + 6);
}

/* What the entries of both lists say in the same words. */
static void emit_properties(struct registry *r, const struct hive_key *key)
{
    (void)registry_emit_value(r, key, "DisplayName", FIELD_PRODUCT);
    (void)registry_emit_value(r, key, "Publisher", FIELD_PUBLISHER);
    (void)registry_emit_value(r, key, "DisplayVersion", FIELD_VERSION);
    (void)registry_emit_value(r, key, "URLInfoAbout", FIELD_HOMEPAGE);
    (void)registry_emit_value(r, key, "InstallLocation", FIELD_LOCATION);
    emit_install_date(r, key);
}

static void user_product(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct product *p = product_of(r, key->name);
    struct hive_key properties;
    struct sv name;

    if (!p || !hive_find(r->h, key, SV("InstallProperties"), &properties))
        return;
    p->known = true;
    name = hive_get(r->h, &properties, "DisplayName").text;
    registry_emit(r, TYPE_APPLICATION, true);
    emit_field(r->out, FIELD_NAME, name);
    emit_field(r->out, FIELD_PRODUCT_CODE, guid_unpack(key->name, r->arena));
    emit_properties(r, &properties);
    emit_product(r, p);
    registry_emit_key(r, path);
}

/* What Windows Installer offers without an account of having installed it. */
static void offered_product(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct sv code = guid_unpack(key->name, r->arena);
    struct product *p = product_of(r, key->name);

    if (code.n == 0 || (p && p->known))
        return;
    registry_emit(r, TYPE_APPLICATION, p && p->file_count);
    (void)registry_emit_value(r, key, "ProductName", FIELD_NAME);
    emit_field(r->out, FIELD_PRODUCT_CODE, code);
    if (p)
        emit_product(r, p);
    registry_emit_key(r, path);
}

void registry_installer(struct registry *r)
{
    struct hive_key users, user;
    struct hive_keys keys;

    r->installer = arena_take(r->arena, sizeof(*r->installer));
    registry_each(r, "", "Classes\\Installer\\UpgradeCodes", upgrade_entry);
    registry_each(r, "", CURRENT "Installer\\UpgradeCodes", upgrade_entry);
    registry_each(r, "", "Microsoft\\Installer\\UpgradeCodes", upgrade_entry);
    if (registry_find(r, "", CURRENT "Installer\\UserData", &users)) {
        keys = hive_keys(r->h, &users);
        while (hive_next_key(r->h, &keys, &user)) {
            struct sv path = arena_printf(r->arena, CURRENT "Installer\\UserData\\%.*s",
                                          (int)user.name.n, user.name.p);

            registry_each(r, registry_text(path), "\\Components", component_entry);
            registry_each(r, registry_text(path), "\\Products", user_product);
        }
    }
    registry_each(r, "", "Classes\\Installer\\Products", offered_product);
    registry_each(r, "", "Microsoft\\Installer\\Products", offered_product);
}

/* ---- what can be uninstalled ---- */

static bool is_msiexec(struct sv command)
{
    return command.n >= 7 && sv_eq_nocase((struct sv){command.p, 7}, SV("msiexec"));
}

static void uninstall_entry(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct sv name = hive_get(r->h, key, "DisplayName").text,
              remover = hive_get(r->h, key, "UninstallString").text;
    const struct product *p =
        guid_is(key->name) ? product_of(r, guid_pack(key->name, r->arena)) : NULL;

    registry_emit(r, TYPE_APPLICATION, true);
    emit_field(r->out, FIELD_NAME, name.n ? name : key->name);
    if (guid_is(key->name))
        emit_field(r->out, FIELD_PRODUCT_CODE, key->name);
    emit_properties(r, key);
    (void)registry_emit_value(r, key, "DisplayIcon", FIELD_LOCATION);
    (void)registry_emit_value(r, key, "BundleUpgradeCode", FIELD_UPGRADE_CODE);
    if (!is_msiexec(remover))
        emit_field(r->out, FIELD_LOCATION, remover);
    if (p)
        emit_product(r, p);
    registry_emit_key(r, path);
}

void registry_uninstall(struct registry *r, const char *view)
{
    registry_each(r, view, CURRENT "Uninstall", uninstall_entry);
}

/* ---- what starts with a session ---- */

static void run_entries(struct registry *r, const char *view, const char *list)
{
    struct sv path = registry_path(r, view, list);
    struct hive_key key;
    struct hive_values values;
    struct hive_value value;

    if (!registry_find(r, view, list, &key))
        return;
    values = hive_values(&key);
    while (hive_next_value(r->h, &values, &value)) {
        struct hive_text command = hive_text(r->h, &value);

        if (command.text.n == 0)
            continue;
        registry_emit(r, TYPE_APPLICATION, true);
        emit_field(r->out, FIELD_NAME, value.name);
        emit_field_at(r->out, FIELD_COMMAND, command.text, command.offset, command.length);
        registry_emit_key(r, registry_join(r, path, value.name));
    }
}

void registry_run(struct registry *r, const char *view)
{
    static const char *const lists[] = {
        CURRENT "Run",         CURRENT "RunOnce",         CURRENT "RunOnceEx",
        CURRENT "RunServices", CURRENT "RunServicesOnce", CURRENT "Policies\\Explorer\\Run"};

    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        run_entries(r, view, lists[i]);
}
