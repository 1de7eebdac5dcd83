// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the user data of cloud-init: a script that begins with "#!", or YAML behind the line
 * "#cloud-config" with packages, commands and package sources.
 * Format: https://cloudinit.readthedocs.io/en/latest/reference/modules.html
 */
#include "identify/json_file.h"
#include "identify/shell.h"
#include "identify/url.h"
#include "identify/yaml_tree.h"

static bool emit_package(const struct job *job, const struct yaml_node *v)
{
    // [name, version] is a package of that version.
    const struct yaml_node *name = v->kind == NODE_LIST ? v->first : v;
    const struct yaml_node *version = v->kind == NODE_LIST && name ? name->next : NULL;

    if (!name || name->kind != NODE_TEXT)
        return false;

    const struct package p = {
        .type = "deb", // most images that read this are; the name is what counts
        .name = name->text,
        .version = version ? version->text : (struct sv){0},
        .at = name->at,
        .state = STATE_REFERENCED,
        .ceiling = job->gate->ceiling,
    };

    return package_emit(job->out, &p);
}

/* A command is a line for a shell, or a list of its words. */
static bool emit_command(const struct job *job, struct sv text, const struct yaml_node *v)
{
    struct shell shell = shell_for(job, text);

    if (v->kind == NODE_TEXT)
        return shell_emit(job, text, yaml_written(text, v), 0);
    for (const struct yaml_node *word = v->first; word; word = word->next)
        shell_word(&shell, yaml_written(text, word), word->at);
    return shell.any;
}

static bool emit_sources(const struct job *job, const struct yaml_node *v)
{
    bool any = false;

    if (v->kind == NODE_TEXT)
        (void)url_emit_in(job, v->text, v->at, &any);
    for (const struct yaml_node *one = v->first; one; one = one->next)
        any |= emit_sources(job, one);
    return any;
}

static bool emit_config(const struct job *job, struct sv text, const struct yaml_node *root)
{
    bool any = false;

    for (const struct yaml_node *v = root->first; v; v = v->next) {
        bool commands = sv_eq(v->key, SV("runcmd")) || sv_eq(v->key, SV("bootcmd"));

        if (sv_eq(v->key, SV("apt")) || sv_eq(v->key, SV("yum_repos")))
            any |= emit_sources(job, v);
        for (const struct yaml_node *one = v->first; one; one = one->next) {
            if (commands)
                any |= emit_command(job, text, one);
            else if (sv_eq(v->key, SV("packages")))
                any |= emit_package(job, one);
        }
    }
    return any;
}

static int identify_cloud_init(const struct job *job, struct err *err)
{
    struct yaml_node *documents;
    struct span all;
    struct sv text;
    bool any = false;
    int r;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    text = sv_of(all);
    if (sv_starts(text, SV("#!")))
        return shell_emit(job, text, text, 0) ? 0 : RECOG_NOT_MINE;
    if (!sv_starts(text, SV("#cloud-config")))
        return RECOG_NOT_MINE;
    r = yaml_tree_read(text, job->arena, &documents, err);
    // A template is nobody's configuration yet, and need not be YAML.
    if (r == -ERR_FORMAT && sv_find(text, SV("{%")) != SIZE_MAX)
        return RECOG_NOT_MINE;
    TRY(r);
    for (const struct yaml_node *root = documents->first; root; root = root->next)
        any |= emit_config(job, text, root);
    return any ? 0 : RECOG_NOT_MINE;
}

#define USER_DATA .state = STATE_REFERENCED, .ceiling = CONFIDENCE_TRACE

static const struct gate gates[] = {
    {.path = "user-data", USER_DATA},
    {.path = "user-data.txt", USER_DATA},
    {.path = "*user-data.yaml", USER_DATA},
    {.path = "*user-data.yml", USER_DATA},
    {.path = "*cloud-init*.yaml", USER_DATA},
    {.path = "*cloud-init*.yml", USER_DATA},
    {.path = "*cloud-config*.yaml", USER_DATA},
    {.path = "*cloud-config*.yml", USER_DATA},
    {.path = "cloud-config.txt", USER_DATA},
    {.magic = {"#cloud-config", 13}, USER_DATA},
    {0},
};

const struct recogniser recog_cloud_init = {
    .name = "cloud_init",
    .summary = "what the user data of cloud-init downloads and installs",
    .epoch = 1,
    .gates = gates,
    .identify = identify_cloud_init,
};
