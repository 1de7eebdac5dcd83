// SPDX-License-Identifier: Apache-2.0
/*
 * Services, drivers and filters, from the SYSTEM hive:
 *
 *     Select\Current                                 which control set is in use
 *     ControlSet001\Services\<name>                  Type, Start, ImagePath, DisplayName …
 *       …\Parameters\ServiceDll                      what svchost.exe loads for it
 *       …\Instances\<instance>\Altitude              where a minifilter hooks in
 *       …\EventLog\<log>\<source>                    who writes to which event log
 *     ControlSet001\Control\Class\{…}\UpperFilters   drivers that see all of a class of devices
 *
 * The set in use is "CurrentControlSet", as a running system calls it. Of other sets, kept to
 * return to, only what is no more in the current one is said: as what is left.
 *
 * Sources:
 * https://learn.microsoft.com/windows-hardware/drivers/install/hklm-system-currentcontrolset-services-registry-tree
 * and
 * https://learn.microsoft.com/windows-hardware/drivers/ifs/load-order-groups-and-altitudes-for-minifilter-drivers
 */
#include "identify/registry.h"

enum {
    TYPE_DRIVERS = 0x1 | 0x2 | 0x8, /* kernel, file system, recogniser of file systems */
    TYPE_SERVICES = 0x10 | 0x20,    /* a process of its own, a shared one */
};

struct control_set {
    struct registry *r;
    struct hive_key services;
    struct sv path;                 /* of the set */
    const struct hive_key *current; /* the services of the set in use; NULL when this is it */
};

/* ---- services and drivers ---- */

/* "@file.inf,%name%;The name": what stands after the reference; empty for a mere reference. */
static struct sv plain_name(struct sv text)
{
    size_t semicolon = sv_find_last(text, ';');

    if (!sv_starts(text, SV("@")))
        return text;
    return semicolon == SIZE_MAX ? (struct sv){0} : sv_from(text, semicolon + 1);
}

static const char *start_text(uint32_t start)
{
    static const char *const texts[] = {"at boot", "by the system", "automatic", "on demand",
                                        "disabled"};

    return start < ARRAY_LEN(texts) ? texts[start] : "";
}

static void emit_altitudes(struct registry *r, const struct hive_key *service, const char *path)
{
    struct hive_key instances, instance;
    struct hive_keys keys;

    if (!hive_find(r->h, service, sv_str(path), &instances))
        return;
    keys = hive_keys(r->h, &instances);
    while (hive_next_key(r->h, &keys, &instance)) {
        struct hive_text altitude = hive_get(r->h, &instance, "Altitude");
        struct sv pair;

        if (altitude.text.n == 0)
            continue;
        pair = arena_printf(r->arena, "%.*s:%.*s", (int)service->name.n, service->name.p,
                            (int)altitude.text.n, altitude.text.p);
        emit_field_at(r->out, FIELD_ALTITUDE, pair, altitude.offset, altitude.length);
    }
}

static void emit_command(struct registry *r, const struct hive_key *service, bool is_driver)
{
    struct hive_key parameters;

    if (registry_emit_value(r, service, "ImagePath", FIELD_COMMAND).n == 0 && is_driver)
        emit_fieldf(r->out, FIELD_COMMAND, "\\SystemRoot\\System32\\drivers\\%.*s.sys",
                    (int)service->name.n, service->name.p);
    (void)registry_emit_value(r, service, "ServiceDll", FIELD_LOCATION);
    if (hive_find(r->h, service, SV("Parameters"), &parameters))
        (void)registry_emit_value(r, &parameters, "ServiceDll", FIELD_LOCATION);
}

static void service_entry(const struct control_set *set, const struct hive_key *key)
{
    struct registry *r = set->r;
    uint32_t type = 0, start = UINT32_MAX;
    bool is_driver, is_service;

    (void)hive_get_number(r->h, key, "Type", &type);
    (void)hive_get_number(r->h, key, "Start", &start);
    is_driver = type & TYPE_DRIVERS;
    is_service = !is_driver && type & TYPE_SERVICES;
    // A key without a type starts nothing: settings of something, or what is left of it.
    registry_emit(r, is_driver ? TYPE_DEVICE_DRIVER : TYPE_SERVICE,
                  (is_driver || is_service) && !set->current);
    if (!is_driver)
        emit_field(r->out, FIELD_SERVICE, key->name);
    if (!is_service)
        emit_field(r->out, FIELD_DRIVER, key->name);
    emit_field(r->out, FIELD_NAME, plain_name(hive_get(r->h, key, "DisplayName").text));
    emit_field(r->out, FIELD_DESCRIPTION, plain_name(hive_get(r->h, key, "Description").text));
    emit_command(r, key, is_driver);
    emit_altitudes(r, key, "Instances");
    emit_altitudes(r, key, "Parameters\\Instances");
    if (is_service)
        (void)registry_emit_value(r, key, "ObjectName", FIELD_USER);
    emit_field(r->out, FIELD_STATUS, sv_str(start_text(start)));
    emit_field(r->out, FIELD_ROW,
               registry_join(r, registry_join(r, set->path, SV("Services")), key->name));
}

static void services(const struct control_set *set)
{
    struct hive_keys keys = hive_keys(set->r->h, &set->services);
    struct hive_key key, same;

    while (hive_next_key(set->r->h, &keys, &key))
        if (!set->current || !hive_find(set->r->h, set->current, key.name, &same))
            service_entry(set, &key);
}

/* ---- filters of classes of devices ---- */

/* What the service of that name runs; empty when there is none. */
static struct sv command_of(const struct control_set *set, struct sv name)
{
    struct hive_key key;
    struct sv command;

    if (!hive_find(set->r->h, &set->services, name, &key))
        return (struct sv){0};
    command = hive_get(set->r->h, &key, "ImagePath").text;
    return command.n ? command
                     : arena_printf(set->r->arena, "\\SystemRoot\\System32\\drivers\\%.*s.sys",
                                    (int)name.n, name.p);
}

static void filters(const struct control_set *set, const struct hive_key *class, struct sv path,
                    const char *which)
{
    struct registry *r = set->r;
    struct hive_value value;
    struct hive_texts texts;
    struct sv name, of = hive_get(r->h, class, "Class").text;

    if (!hive_value(r->h, class, which, &value))
        return;
    texts = hive_texts(r->h, &value);
    while (hive_next_text(r->h, &texts, &name)) {
        struct sv command = command_of(set, name);

        registry_emit(r, TYPE_DEVICE_DRIVER, command.n && !set->current);
        emit_field_at(r->out, FIELD_CLASS_FILTER, name, value.offset, value.size);
        emit_fieldf(r->out, FIELD_STATUS, "%s of %.*s", which, (int)of.n, of.p);
        emit_field(r->out, FIELD_COMMAND, command);
        emit_field(r->out, FIELD_ROW, registry_join(r, path, sv_str(which)));
    }
}

static void classes(const struct control_set *set, const struct hive_key *top)
{
    struct registry *r = set->r;
    struct sv above = registry_join(r, set->path, SV("Control\\Class"));
    struct hive_key all, class;
    struct hive_keys keys;

    if (!hive_find(r->h, top, SV("Control\\Class"), &all))
        return;
    keys = hive_keys(r->h, &all);
    while (hive_next_key(r->h, &keys, &class)) {
        struct sv path = registry_join(r, above, class.name);

        filters(set, &class, path, "UpperFilters");
        filters(set, &class, path, "LowerFilters");
    }
}

/* ---- event logs ---- */

static void emit_messages(struct registry *r, const struct hive_key *key)
{
    struct sv files = hive_get(r->h, key, "EventMessageFile").text;

    while (files.n)
        emit_field(r->out, FIELD_LOCATION, sv_trim(sv_cut(&files, ';')));
}

static void event_source(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct hive_value value;

    registry_emit(r, TYPE_DATA, hive_value(r->h, key, "EventMessageFile", &value));
    emit_field(r->out, FIELD_NAME, key->name);
    emit_messages(r, key);
    registry_emit_key(r, path);
}

static void event_logs(const struct control_set *set)
{
    struct registry *r = set->r;
    struct sv above = registry_join(r, set->path, SV("Services\\EventLog"));
    struct hive_key all, log, source;
    struct hive_keys logs, sources;

    if (set->current || !hive_find(r->h, &set->services, SV("EventLog"), &all))
        return;
    logs = hive_keys(r->h, &all);
    while (hive_next_key(r->h, &logs, &log)) {
        struct sv path = registry_join(r, above, log.name);

        // Anybody's log outlives its sources.
        registry_emit(r, TYPE_DATA, false);
        emit_field(r->out, FIELD_EVENT_LOG, log.name);
        registry_emit_key(r, path);
        sources = hive_keys(r->h, &log);
        while (hive_next_key(r->h, &sources, &source))
            event_source(r, &source, registry_join(r, path, source.name));
    }
}

/* ---- all sets ---- */

static void control_set(struct control_set *set, const struct hive_key *key)
{
    if (!hive_find(set->r->h, key, SV("Services"), &set->services))
        return;
    services(set);
    classes(set, key);
    event_logs(set);
}

void registry_system(struct registry *r)
{
    struct hive_key select, current = {0}, key, services_in_use;
    struct hive_keys keys = hive_keys(r->h, &r->top);
    struct control_set set = {.r = r, .path = registry_path(r, "", "CurrentControlSet")};
    uint32_t number = 1;

    if (hive_find(r->h, &r->top, SV("Select"), &select))
        (void)hive_get_number(r->h, &select, "Current", &number);
    if (hive_find(r->h, &r->top, arena_printf(r->arena, "ControlSet%03u", number), &current) &&
        hive_find(r->h, &current, SV("Services"), &services_in_use)) {
        control_set(&set, &current);
        set.current = &services_in_use;
    }
    while (hive_next_key(r->h, &keys, &key)) {
        if (key.at == current.at || key.name.n < 10 ||
            !sv_eq_nocase((struct sv){key.name.p, 10}, SV("ControlSet")))
            continue;
        set.path = registry_join(r, r->name, key.name);
        control_set(&set, &key);
    }
    registry_driver_packages(r);
}

/* ---- packages of drivers ---- */

static void driver_package(struct registry *r, const struct hive_key *key, struct sv path)
{
    registry_emit(r, TYPE_DEVICE_DRIVER, true);
    emit_field(r->out, FIELD_NAME, key->name);
    (void)registry_emit_value(r, key, "Provider", FIELD_PUBLISHER);
    emit_fieldf(r->out, FIELD_LOCATION, "\\SystemRoot\\System32\\DriverStore\\FileRepository\\%.*s",
                (int)key->name.n, key->name.p);
    emit_field(r->out, FIELD_ROW, path);
}

void registry_driver_packages(struct registry *r)
{
    registry_each(r, "", "DriverDatabase\\DriverPackages", driver_package);
}
