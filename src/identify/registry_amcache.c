// SPDX-License-Identifier: Apache-2.0
/*
 * Amcache.hve: which programs Windows has met, also those that are gone.
 *
 *     Root\InventoryApplication\<id>         Name, Publisher, Version, MsiProductCode …
 *     Root\InventoryApplicationFile\<id>     Name, Publisher, ProductName, Version …
 *     Root\InventoryDriverBinary\<path>      DriverName, DriverCompany, Product, Service
 *     Root\Programs\<id>                     Windows 8: "0" name, "1" version, "2" publisher
 *     Root\File\<volume>\<id>                Windows 8: "0" product, "1" company, "15" path
 *
 * It is a memory: nothing in it is installed because of that.
 * Source: ANSSI, "AmCache investigation" (2019).
 */
#include "identify/registry.h"

static void begin(struct registry *r, enum component_type type, struct sv path)
{
    emit_component_as(r->out, type, STATE_RESIDUE,
                      r->gate->ceiling ? r->gate->ceiling : CONFIDENCE_PROBABLE);
    emit_field(r->out, FIELD_ROW, path);
}

static struct sv last_name(struct sv path)
{
    size_t slash = sv_find_last(path, '\\');

    return slash == SIZE_MAX ? path : sv_from(path, slash + 1);
}

static void application(struct registry *r, const struct hive_key *key, struct sv path)
{
    begin(r, TYPE_APPLICATION, path);
    (void)registry_emit_value(r, key, "Name", FIELD_NAME);
    (void)registry_emit_value(r, key, "Name", FIELD_PRODUCT);
    (void)registry_emit_value(r, key, "Publisher", FIELD_PUBLISHER);
    (void)registry_emit_value(r, key, "Version", FIELD_VERSION);
    (void)registry_emit_value(r, key, "MsiProductCode", FIELD_PRODUCT_CODE);
}

static void application_file(struct registry *r, const struct hive_key *key, struct sv path)
{
    begin(r, TYPE_FILE, path);
    (void)registry_emit_value(r, key, "Name", FIELD_FILE_NAME);
    (void)registry_emit_value(r, key, "Name", FIELD_PROCESS);
    (void)registry_emit_value(r, key, "Publisher", FIELD_COMPANY);
    (void)registry_emit_value(r, key, "ProductName", FIELD_PRODUCT);
    (void)registry_emit_value(r, key, "ProductVersion", FIELD_VERSION);
    (void)registry_emit_value(r, key, "LowerCaseLongPath", FIELD_LOCATION);
}

static void driver_file(struct registry *r, const struct hive_key *key, struct sv path)
{
    begin(r, TYPE_DEVICE_DRIVER, path);
    (void)registry_emit_value(r, key, "DriverName", FIELD_FILE_NAME);
    (void)registry_emit_value(r, key, "DriverCompany", FIELD_COMPANY);
    (void)registry_emit_value(r, key, "Product", FIELD_PRODUCT);
    (void)registry_emit_value(r, key, "DriverVersion", FIELD_VERSION);
    (void)registry_emit_value(r, key, "Service", FIELD_DRIVER);
    emit_field(r->out, FIELD_LOCATION, key->name);
}

static void old_program(struct registry *r, const struct hive_key *key, struct sv path)
{
    begin(r, TYPE_APPLICATION, path);
    (void)registry_emit_value(r, key, "0", FIELD_NAME);
    (void)registry_emit_value(r, key, "0", FIELD_PRODUCT);
    (void)registry_emit_value(r, key, "1", FIELD_VERSION);
    (void)registry_emit_value(r, key, "2", FIELD_PUBLISHER);
}

static void old_file(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct hive_text file = hive_get(r->h, key, "15");

    begin(r, TYPE_FILE, path);
    emit_field_at(r->out, FIELD_FILE_NAME, last_name(file.text), file.offset, file.length);
    (void)registry_emit_value(r, key, "0", FIELD_PRODUCT);
    (void)registry_emit_value(r, key, "1", FIELD_COMPANY);
    (void)registry_emit_value(r, key, "2", FIELD_VERSION);
    emit_field(r->out, FIELD_LOCATION, file.text);
}

static void old_volume(struct registry *r, const struct hive_key *key, struct sv path)
{
    struct hive_keys keys = hive_keys(r->h, key);
    struct hive_key file;

    while (hive_next_key(r->h, &keys, &file))
        old_file(r, &file, registry_join(r, path, file.name));
}

void registry_amcache(struct registry *r)
{
    registry_each(r, "", "InventoryApplication", application);
    registry_each(r, "", "InventoryApplicationFile", application_file);
    registry_each(r, "", "InventoryDriverBinary", driver_file);
    registry_each(r, "", "Programs", old_program);
    registry_each(r, "", "File", old_volume);
}
