// SPDX-License-Identifier: Apache-2.0
/*
 * Reads what deploys programs to Macs, as property lists: Munki's pkgsinfo files and the catalogs
 * made of them, AutoPkg's recipes.
 *
 *     pkgsinfo    name, display_name, version, developer, receipts[].packageid,
 *                 installs[].{CFBundleIdentifier,path}
 *     recipe      Identifier, Input.{NAME,DOWNLOAD_URL}, Process[].Arguments.{url,…}
 *
 * Format: https://github.com/munki/munki/wiki/Pkginfo-Files,
 * https://github.com/autopkg/autopkg/wiki/Recipe-Format
 */
#include "identify/claims.h"
#include "identify/property_list.h"

static bool read_item(const struct job *job, struct span bytes, const struct property *p)
{
    const struct property *receipts = property_get(p, "receipts"),
                          *installs = property_get(p, "installs");
    struct claims c = {.arena = job->arena,
                       .type = TYPE_APPLICATION,
                       .name = property_get_text(p, "name"),
                       .version = property_get_text(p, "version")};
    struct span at = property_locate(bytes, c.name);

    if (c.name.n == 0 ||
        (!property_get(p, "catalogs") && !property_get(p, "installer_item_location")))
        return false;
    c.at = (struct range){(uint64_t)(at.p - bytes.p), at.n};
    claim(&c, FIELD_PRODUCT, property_get_text(p, "display_name"));
    claim(&c, FIELD_PUBLISHER, property_get_text(p, "developer"));
    claim(&c, FIELD_URL, property_get_text(p, "PackageCompleteURL"));
    for (size_t i = 0; i < property_count(receipts); i++)
        claim(&c, FIELD_RECEIPT, property_get_text(property_at(receipts, i), "packageid"));
    for (size_t i = 0; i < property_count(installs); i++) {
        const struct property *one = property_at(installs, i);

        claim(&c, FIELD_BUNDLE_ID, property_get_text(one, "CFBundleIdentifier"));
        claim(&c, FIELD_PATH, claimed_path(property_get_text(one, "path"), job->arena));
    }
    return claims_emit(job, &c);
}

static bool is_recipe(const struct property *root)
{
    return property_get_text(root, "Identifier").n && property_is_dict(property_get(root, "Input"));
}

static bool read_recipe(const struct job *job, struct span bytes, const struct property *root)
{
    const struct property *input = property_get(root, "Input"),
                          *process = property_get(root, "Process");
    struct claims c = {
        .arena = job->arena, .type = TYPE_APPLICATION, .name = property_get_text(input, "NAME")};
    struct span at = property_locate(bytes, c.name);

    if (c.name.n == 0)
        return false;
    c.at = (struct range){(uint64_t)(at.p - bytes.p), at.n};
    claim(&c, FIELD_PUBLISHER, property_get_text(property_get(input, "pkginfo"), "developer"));
    claim(&c, FIELD_PRODUCT, property_get_text(property_get(input, "pkginfo"), "display_name"));
    claim(&c, FIELD_URL, property_get_text(input, "DOWNLOAD_URL"));
    claim(&c, FIELD_BUNDLE_ID, property_get_text(input, "BUNDLE_ID"));
    for (size_t i = 0; i < property_count(process); i++) {
        const struct property *arguments = property_get(property_at(process, i), "Arguments");

        claim(&c, FIELD_URL, property_get_text(arguments, "url"));
    }
    return claims_emit(job, &c);
}

static int identify_munki(const struct job *job, struct err *err)
{
    auto_property *root = NULL;
    struct span bytes;
    bool any = false;

    TRY(source_read_all(job->bytes, PROPERTY_LIST_MAX, job->arena, &bytes, err));
    if (!property_list_is(bytes))
        return RECOG_NOT_MINE;
    TRY(property_list_parse(bytes, job->arena, &root, err));
    if (is_recipe(root))
        any = read_recipe(job, bytes, root);
    else if (property_is_dict(root))
        any = read_item(job, bytes, root);
    for (size_t i = 0; i < property_count(root); i++)
        any |= read_item(job, bytes, property_at(root, i));
    return claims_end(job, any ? 0 : RECOG_NOT_MINE, err);
}

#define ITEM .state = STATE_REFERENCED, .ceiling = CONFIDENCE_PROBABLE
#define XML_WITH(text) \
    { \
        .magic = {"<?xml", 5}, .within = {text, sizeof(text) - 1}, ITEM \
    }

static const struct gate gates[] = {
    XML_WITH("<key>catalogs</key>"),
    XML_WITH("<key>installer_item_location</key>"),
    {.path = "pkgsinfo/**/*.plist", ITEM},
    {.path = "*.recipe", .magic = {"<?xml", 5}, ITEM},
    {.path = "*.recipe.plist", .magic = {"<?xml", 5}, ITEM},
    {0},
};

const struct recogniser recog_munki = {
    .name = "munki",
    .summary = "programs that Munki and AutoPkg deploy",
    .epoch = 1,
    .gates = gates,
    .identify = identify_munki,
};
