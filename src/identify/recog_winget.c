// SPDX-License-Identifier: Apache-2.0
/*
 * Reads winget's manifests, known by "PackageIdentifier:": one file of each of three kinds
 * (version, installer, locale), or all in one. Some program that may be installed: referenced.
 * Format: https://github.com/microsoft/winget-pkgs/tree/master/doc/manifest
 */
#include "identify/claims.h"
#include "identify/json_file.h"
#include "identify/yaml_tree.h"

static void read_installer(struct claims *c, const struct yaml_node *v)
{
    const struct yaml_node *entries = yaml_get(v, "AppsAndFeaturesEntries");

    claim(c, FIELD_URL, yaml_get_text(v, "InstallerUrl"));
    claim(c, FIELD_PRODUCT_CODE, yaml_get_text(v, "ProductCode"));
    for (const struct yaml_node *one = entries ? entries->first : NULL; one; one = one->next) {
        claim(c, FIELD_PRODUCT, yaml_get_text(one, "DisplayName"));
        claim(c, FIELD_PUBLISHER, yaml_get_text(one, "Publisher"));
        claim(c, FIELD_PRODUCT_CODE, yaml_get_text(one, "ProductCode"));
        claim(c, FIELD_UPGRADE_CODE, yaml_get_text(one, "UpgradeCode"));
    }
}

static bool read_manifest(const struct job *job, const struct yaml_node *root)
{
    const struct yaml_node *id = yaml_get(root, "PackageIdentifier");
    const struct yaml_node *installers = yaml_get(root, "Installers");
    struct claims c = {.arena = job->arena, .type = TYPE_APPLICATION};

    if (!id || id->kind != NODE_TEXT || sv_find(id->text, SV(".")) == SIZE_MAX)
        return false;
    c.name = id->text;
    c.at = id->at;
    c.version = yaml_get_text(root, "PackageVersion");
    claim(&c, FIELD_PACKAGE, id->text);
    claim(&c, FIELD_PACKAGE_TYPE, SV("winget"));
    claim(&c, FIELD_PRODUCT, yaml_get_text(root, "PackageName"));
    claim(&c, FIELD_PUBLISHER, yaml_get_text(root, "Publisher"));
    claim(&c, FIELD_AUTHOR, yaml_get_text(root, "Author"));
    claim(&c, FIELD_COPYRIGHT, yaml_get_text(root, "Copyright"));
    claim(&c, FIELD_HOMEPAGE, yaml_get_text(root, "PackageUrl"));
    read_installer(&c, root);
    for (const struct yaml_node *one = installers ? installers->first : NULL; one; one = one->next)
        read_installer(&c, one);
    return claims_emit(job, &c);
}

static int identify_winget(const struct job *job, struct err *err)
{
    struct yaml_node *documents;
    struct span all;
    bool any = false;
    int r;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    r = yaml_tree_read(sv_of(all), job->arena, &documents, err);
    for (const struct yaml_node *root = documents ? documents->first : NULL; root;
         root = root->next)
        any |= read_manifest(job, root);
    // Another kind of YAML may be as broken as it likes.
    if (any || (r < 0 && r != -ERR_FORMAT))
        return claims_end(job, r, err);
    return claims_end(job, RECOG_NOT_MINE, err);
}

#define MANIFEST \
    .within = {"PackageIdentifier:", 18}, .state = STATE_REFERENCED, \
    .ceiling = CONFIDENCE_PROBABLE, .anchor_up = 1

static const struct gate gates[] = {
    {.path = "*.yaml", MANIFEST},
    {.path = "*.yml", MANIFEST},
    {0},
};

const struct recogniser recog_winget = {
    .name = "winget",
    .summary = "programs that winget's manifests install",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_winget,
};
