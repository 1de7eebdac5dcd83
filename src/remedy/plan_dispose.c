// SPDX-License-Identifier: Apache-2.0
/* What is done about an indicator, by the recogniser that read the file it stands in. */
#include "remedy/plan_building.h"

/* Recognisers by name, as identify/ has them. */
static const struct disposing table[] = {
    {"dpkg", DISPOSE_DATABASE, STAGE_UNINSTALL, NULL, KEY_VALUE},
    {"rpm", DISPOSE_DATABASE, STAGE_UNINSTALL, NULL, KEY_VALUE},
    {"apk", DISPOSE_DATABASE, STAGE_UNINSTALL, NULL, KEY_VALUE},
    {"pacman", DISPOSE_DATABASE, STAGE_UNINSTALL, NULL, KEY_VALUE},
    {"snap", DISPOSE_DATABASE, STAGE_UNINSTALL, NULL, KEY_VALUE},
    {"flatpak", DISPOSE_DATABASE, STAGE_UNINSTALL, NULL, KEY_VALUE},
    {"package_log", DISPOSE_RECORD, STAGE_RESIDUE, NULL, KEY_VALUE},
    {"windows_trace", DISPOSE_RECORD, STAGE_RESIDUE, NULL, KEY_VALUE},
    {"listing", DISPOSE_RECORD, STAGE_RESIDUE, NULL, KEY_VALUE},
    {"csv", DISPOSE_RECORD, STAGE_RESIDUE, NULL, KEY_VALUE},
    {"cyclonedx", DISPOSE_RECORD, STAGE_RESIDUE, NULL, KEY_VALUE},
    {"spdx", DISPOSE_RECORD, STAGE_RESIDUE, NULL, KEY_VALUE},
    {"unit", DISPOSE_UNIT, STAGE_STOP, NULL, KEY_VALUE},
    {"init_script", DISPOSE_UNIT, STAGE_STOP, NULL, KEY_VALUE},
    {"passwd", DISPOSE_ACCOUNT, STAGE_RESIDUE, NULL, KEY_VALUE},
    {"cron", DISPOSE_EDIT, STAGE_RESIDUE, "drop-cron", KEY_COMMAND},
    {"module_list", DISPOSE_EDIT, STAGE_RESIDUE, "drop-module", KEY_VALUE},
    {"registry", DISPOSE_EDIT, STAGE_RESIDUE, "drop-registry", KEY_ROW},
    {"certificate", DISPOSE_CERTIFICATE, STAGE_TRUST, NULL, KEY_VALUE},
    {"nss", DISPOSE_EDIT, STAGE_TRUST, "drop-nss-cert", KEY_CERTIFICATE},
    {"java_keystore", DISPOSE_EDIT, STAGE_TRUST, "drop-java-cert", KEY_CERTIFICATE},
    {"browser_policy", DISPOSE_EDIT, STAGE_BROWSER, "drop-extension", KEY_VALUE},
    {"chromium_extension", DISPOSE_FOLDER, STAGE_BROWSER, NULL, KEY_VALUE},
    {"package_source", DISPOSE_EDIT, STAGE_SOURCE, "drop-source", KEY_VALUE},
    {"npm", DISPOSE_REFERENCE, STAGE_REFERENCE, "drop-npm", KEY_VALUE},
    {"python_requirements", DISPOSE_REFERENCE, STAGE_REFERENCE, "drop-requirement", KEY_VALUE},
    {"go_mod", DISPOSE_REFERENCE, STAGE_REFERENCE, "drop-go-module", KEY_VALUE},
    {"maven", DISPOSE_REFERENCE, STAGE_REFERENCE, "drop-maven", KEY_VALUE},
};

/* These name software and are lists of what somebody wants to be installed. */
static const char *const references[] = {
    "npm_lock",    "bun_lock",        "yarn_lock",      "pnpm_lock",
    "python_lock", "python_project",  "cargo",          "cocoapods",
    "composer",    "conda",           "gradle",         "homebrew",
    "nuget_json",  "nuget_xml",       "pkgbuild",       "pub",
    "ruby",        "swift",           "scoop",          "winget",
    "dockerfile",  "container_image", "containerd",     "image_layer",
    "image",       "image_store",     "helm",           "ansible",
    "cloud_init",  "kickstart",       "munki",          "script",
    "import",      "whiteout",        "efi_signatures",
};

const struct disposing *disposing_of(const struct fact_hit *h)
{
    static const struct disposing file = {"", DISPOSE_FILE, STAGE_RESIDUE, NULL, KEY_VALUE};
    static const struct disposing reference = {"", DISPOSE_REFERENCE, STAGE_REFERENCE, NULL,
                                               KEY_VALUE};

    if (h->inside)
        return &reference;
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (sv_eq(h->recogniser, sv_str(table[i].recogniser)))
            return &table[i];
    // What such a file says of itself is of the list; only its own path or digest is of the file.
    for (size_t i = 0; i < ARRAY_LEN(references); i++)
        if (sv_eq(h->recogniser, sv_str(references[i])))
            return hit_is_of_file(h) &&
                           (sv_eq(h->field, SV("path")) || sv_eq(h->field, SV("sha256")))
                       ? &file
                       : &reference;
    return &file;
}

bool hit_is_of_file(const struct fact_hit *h)
{
    static const char *const of_others[] = {
        "host",  "url",     "command", "import",    "needed", "user",        "group",
        "image", "depends", "listen",  "ip-prefix", "asn",    "java-package"};

    // A path is the file's own, or one that it names.
    if (sv_eq(h->field, SV("path")))
        return sv_starts(h->path, h->value);
    for (size_t i = 0; i < ARRAY_LEN(of_others); i++)
        if (sv_eq(h->field, sv_str(of_others[i])))
            return false;
    return true;
}
