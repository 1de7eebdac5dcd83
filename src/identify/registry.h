// SPDX-License-Identifier: Apache-2.0
/*
 * What the files that read parts of the Windows registry share. Each part is one function: it looks
 * its keys up and emits a component for every entry, banned or not.
 *
 * An entry says what somebody wrote down, not what is there: where it names a file (`location`,
 * `command`), the caller of the recogniser checks that against the disk.
 */
#pragma once

#include "identify/hive.h"
#include "identify/recogniser.h"

struct installer;

struct registry {
    struct hive *h;
    struct arena *arena;
    struct emit *out;
    const struct gate *gate;
    struct hive_key top;         /* what the parts look below */
    struct sv name;              /* of the top: "HKLM\SOFTWARE" */
    struct installer *installer; /* files of products, see registry_installer() */
};

/* The parts of SOFTWARE, and with fewer keys of a user's hive; `view` is "" or "Wow6432Node\". */
void registry_installer(struct registry *r);
void registry_uninstall(struct registry *r, const char *view);
void registry_run(struct registry *r, const char *view);
void registry_security_center(struct registry *r, const char *view);
void registry_channels(struct registry *r);
void registry_browsers(struct registry *r, const char *view);
void registry_certificates(struct registry *r);
void registry_vendors(struct registry *r);

/* Below a key of classes: "Classes\" in SOFTWARE, "" in UsrClass.dat. */
void registry_classes(struct registry *r, const char *classes);

/* SYSTEM: every control set; DRIVERS and old SYSTEMs: packages of drivers; Amcache.hve. */
void registry_system(struct registry *r);
void registry_driver_packages(struct registry *r);
void registry_amcache(struct registry *r);

/* ---- for the parts ---- */

/* Begin a component with the gate's state; without a place to check, it is what is left. */
void registry_emit(struct registry *r, enum component_type type, bool has_place);

/* `registry-key` and the row. */
void registry_emit_key(struct registry *r, struct sv path);

/* A text value as a field, with where it stands. */
struct sv registry_emit_value(struct registry *r, const struct hive_key *key, const char *value,
                              enum field_key field);

/* The key at "<view><path>" below the top. */
bool registry_find(struct registry *r, const char *view, const char *path, struct hive_key *ret);

/* "<path>\<name>", and the same of the top and "<view><path>". */
struct sv registry_join(const struct registry *r, struct sv path, struct sv name);
struct sv registry_path(const struct registry *r, const char *view, const char *path);

/* A NUL-terminated text of the arena; "" when there was no memory for it. */
const char *registry_text(struct sv text);

/* Call `each` for every subkey of "<view><path>" below the top, with its own path. */
void registry_each(struct registry *r, const char *view, const char *path,
                   void (*each)(struct registry *r, const struct hive_key *key, struct sv path));

/* "{XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}" */
bool guid_is(struct sv text);

/*
 * The GUID that Windows Installer writes as 32 digits, each part backwards:
 * "1574357204A4DB843B39CBB32FC878E6" is {27534751-4A40-48BD-B393-BC3BF28C876E}. Empty when it is
 * none.
 */
struct sv guid_unpack(struct sv packed, struct arena *arena);

/* The other way round; empty when it is no GUID. */
struct sv guid_pack(struct sv guid, struct arena *arena);
