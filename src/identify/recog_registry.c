// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises hives of the Windows registry and what they say is installed.
 *
 * Which hive it is stands in its keys, not in its name, so that a copy is recognised wherever it
 * lies. At its own place below a Windows folder it describes that installation; anywhere else it is
 * a copy of some registry, and what is in it is no more than left behind. Hives of other kinds
 * (SAM, SECURITY, BCD, the settings of packaged applications) name no software.
 */
#include "identify/registry.h"

static bool has(struct hive *h, const struct hive_key *key, const char *path)
{
    struct hive_key found;

    return hive_find(h, key, sv_str(path), &found);
}

static void software(struct registry *r)
{
    static const char *const views[] = {"", "Wow6432Node\\"};

    registry_installer(r);
    for (size_t i = 0; i < ARRAY_LEN(views); i++) {
        registry_uninstall(r, views[i]);
        registry_run(r, views[i]);
        registry_security_center(r, views[i]);
        registry_browsers(r, views[i]);
    }
    registry_channels(r);
    registry_certificates(r);
    registry_classes(r, "Classes\\");
    registry_vendors(r);
}

/* False for a hive that names no software. */
static bool read_hive(struct registry *r)
{
    struct hive_key root, key;

    if (!hive_root(r->h, &root))
        return true; // hive_finish() says why
    r->top = root;
    if (has(r->h, &root, "Select") || has(r->h, &root, "ControlSet001")) {
        r->name = SV("HKLM\\SYSTEM");
        registry_system(r);
    } else if (has(r->h, &root, "DriverDatabase")) {
        r->name = SV("HKLM\\DRIVERS");
        registry_driver_packages(r);
    } else if (hive_find(r->h, &root, SV("Root"), &r->top)) {
        r->name = SV("Root");
        registry_amcache(r);
    } else if (has(r->h, &root, "Microsoft\\Windows\\CurrentVersion")) {
        r->name = SV("HKLM\\SOFTWARE");
        software(r);
    } else if (hive_find(r->h, &root, SV("Software"), &key)) {
        r->top = key;
        r->name = SV("HKCU\\Software");
        software(r);
    } else if (has(r->h, &root, "CLSID") || has(r->h, &root, "Local Settings")) {
        r->name = SV("HKCU\\Software\\Classes");
        registry_classes(r, "");
    } else {
        return false;
    }
    return true;
}

static int identify_registry(const struct job *job, struct err *err)
{
    struct registry r = {.arena = job->arena, .out = job->out, .gate = job->gate};
    int result = hive_open(job->bytes, job->arena, &r.h, err);

    if (result == HIVE_NONE)
        return RECOG_NOT_MINE;
    TRY(result);
    if (!read_hive(&r)) {
        // What its first keys could not say was perhaps that it is ours.
        result = hive_finish(r.h, err);
        return result == 0 || result == -ERR_UNSUPPORTED ? RECOG_NOT_MINE : result;
    }
    return hive_finish(r.h, err);
}

#define REGF \
    { \
        "regf", 4 \
    }
#define HIVE(pattern, up) \
    { \
        .path = pattern, .magic = REGF, .state = STATE_INSTALLED, .anchor_up = up \
    }
#define COPY(pattern) \
    { \
        .path = pattern, .magic = REGF, .state = STATE_RESIDUE, .ceiling = CONFIDENCE_PROBABLE, \
        .anchor_up = 1 \
    }

static const struct gate gates[] = {
    // What an upgrade has put aside.
    COPY("Windows.old/Windows/System32/config/*"),
    COPY("Windows.old/Users/*/NTUSER.DAT"),
    HIVE("Windows/System32/config/SOFTWARE", 4),
    HIVE("Windows/System32/config/SYSTEM", 4),
    HIVE("Windows/System32/config/DRIVERS", 4),
    HIVE("Windows/System32/config/DEFAULT", 4),
    HIVE("Windows/System32/config/systemprofile/NTUSER.DAT", 5),
    HIVE("Windows/ServiceProfiles/{profile}/NTUSER.DAT", 4),
    HIVE("Windows/AppCompat/Programs/Amcache.hve", 4),
    HIVE("WINNT/System32/config/SOFTWARE", 4),
    HIVE("WINNT/System32/config/SYSTEM", 4),
    HIVE("Users/{profile}/NTUSER.DAT", 3),
    HIVE("Users/{profile}/AppData/Local/Microsoft/Windows/UsrClass.dat", 7),
    HIVE("Documents and Settings/{profile}/NTUSER.DAT", 3),
    HIVE("Documents and Settings/{profile}/Local Settings/Application Data/Microsoft/Windows/"
         "UsrClass.dat",
         7),
    COPY(NULL),
    {0},
};

const struct recogniser recog_registry = {
    .name = "registry",
    .summary = "what the Windows registry says is installed",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_registry,
};
