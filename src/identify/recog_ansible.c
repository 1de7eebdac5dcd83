// SPDX-License-Identifier: Apache-2.0
/*
 * Reads what the tasks of Ansible fetch and install.
 *
 *     - ansible.builtin.get_url: {url: https://…, dest: /tmp/x}
 *     - apt: {name: [name, other=1.2]}          or  apt: name=a,b state=present
 *     - shell: |
 *         curl https://…
 *     - community.docker.docker_container: {image: registry.test/x:1}
 *
 * A module is known by the last part of its name. What "{{ }}" would give is not known.
 */
#include <string.h>

#include "identify/image.h"
#include "identify/json_file.h"
#include "identify/npm.h"
#include "identify/pypi.h"
#include "identify/shell.h"
#include "identify/url.h"
#include "identify/yaml_tree.h"

enum module_kind {
    MODULE_PACKAGES,
    MODULE_FETCHES,
    MODULE_RUNS,
    MODULE_IMAGE,
};

static const struct module {
    const char *name;
    enum module_kind kind;
    const char *type; /* of the packages */
} modules[] = {
    {"apt", MODULE_PACKAGES, "deb"},
    {"yum", MODULE_PACKAGES, "rpm"},
    {"dnf", MODULE_PACKAGES, "rpm"},
    {"dnf5", MODULE_PACKAGES, "rpm"},
    {"zypper", MODULE_PACKAGES, "rpm"},
    {"package", MODULE_PACKAGES, "deb"}, // whatever the host has: the name is what counts
    {"apk", MODULE_PACKAGES, "apk"},
    {"pacman", MODULE_PACKAGES, "pacman"},
    {"pip", MODULE_PACKAGES, "pypi"},
    {"npm", MODULE_PACKAGES, "npm"},
    {"gem", MODULE_PACKAGES, "gem"},
    {"snap", MODULE_PACKAGES, "snap"},
    {"flatpak", MODULE_PACKAGES, "flatpak"},
    {"homebrew", MODULE_PACKAGES, "brew"},
    {"win_chocolatey", MODULE_PACKAGES, "chocolatey"},
    {"get_url", MODULE_FETCHES},
    {"win_get_url", MODULE_FETCHES},
    {"uri", MODULE_FETCHES},
    {"unarchive", MODULE_FETCHES},
    {"git", MODULE_FETCHES},
    {"apt_repository", MODULE_FETCHES},
    {"deb822_repository", MODULE_FETCHES},
    {"yum_repository", MODULE_FETCHES},
    {"zypper_repository", MODULE_FETCHES},
    {"apt_key", MODULE_FETCHES},
    {"rpm_key", MODULE_FETCHES},
    {"win_package", MODULE_FETCHES},
    {"shell", MODULE_RUNS},
    {"command", MODULE_RUNS},
    {"raw", MODULE_RUNS},
    {"win_shell", MODULE_RUNS},
    {"docker_container", MODULE_IMAGE},
    {"docker_image", MODULE_IMAGE},
    {"podman_container", MODULE_IMAGE},
    {"podman_image", MODULE_IMAGE},
};

struct reading {
    const struct job *job;
    struct sv text;
    bool any;
};

static const struct module *module_of(struct sv key)
{
    size_t dot = sv_find_last(key, '.');

    if (dot != SIZE_MAX)
        key = sv_from(key, dot + 1);
    for (size_t i = 0; i < ARRAY_LEN(modules); i++) {
        if (sv_eq(key, sv_str(modules[i].name)))
            return &modules[i];
    }
    return NULL;
}

static bool emit_address(struct reading *r, struct sv text, struct range at)
{
    return url_emit_in(r->job, text, at, &r->any);
}

static void emit_name(struct reading *r, const struct module *m, struct sv text, struct range at)
{
    struct package p = {
        .type = m->type,
        .at = at,
        .state = STATE_REFERENCED,
        .ceiling = r->job->gate->ceiling,
    };

    text = sv_trim(text);
    if (emit_address(r, text, at) || text.n == 0 || strchr("/.{@*", text.p[0]))
        return;
    if (strcmp(m->type, "pypi") == 0) {
        r->any |= pypi_emit_requirement(r->job, r->text, text);
        return;
    }
    if (strcmp(m->type, "npm") == 0)
        npm_split(text, &p.name, &p.version);
    else
        p.name = sv_cut(&text, '=');
    if (p.version.n == 0)
        p.version = text.n ? text : (struct sv){0};
    if (strcmp(m->type, "npm") == 0 && sv_find(p.version, SV("@")) != SIZE_MAX)
        p.version = (struct sv){0};
    r->any |= package_emit(r->job->out, &p);
}

/* One name, several with commas, or a list. */
static void emit_names(struct reading *r, const struct module *m, const struct yaml_node *v)
{
    struct sv rest = yaml_written(r->text, v);

    while (rest.n) {
        struct sv name = sv_cut(&rest, ',');

        emit_name(r, m, name, v->at);
    }
    for (const struct yaml_node *one = v->kind == NODE_LIST ? v->first : NULL; one; one = one->next)
        emit_name(r, m, yaml_written(r->text, one), one->at);
}

/* A task that takes something away is no sign of it. */
static bool takes_away(struct sv state)
{
    return sv_eq(state, SV("absent")) || sv_eq(state, SV("removed")) ||
           sv_eq(state, SV("uninstalled")) || sv_eq(state, SV("killed"));
}

static bool short_form_takes_away(struct sv rest)
{
    while (rest.n) {
        struct sv value = sv_cut(&rest, ' '), key = sv_cut(&value, '=');

        if (sv_eq(key, SV("state")) && takes_away(value))
            return true;
    }
    return false;
}

/* What an installer of Windows is known by. */
static void emit_product(struct reading *r, const struct yaml_node *v)
{
    if (v->text.n == 0 || v->text.p[0] != '{' || sv_starts(v->text, SV("{{")))
        return;
    emit_component_as(r->job->out, TYPE_APPLICATION, STATE_REFERENCED, r->job->gate->ceiling);
    emit_field_at(r->job->out, FIELD_PRODUCT_CODE, v->text, v->at.offset, v->at.length);
    r->any = true;
}

/* "name=a,b state=present" */
static void read_short_form(struct reading *r, const struct module *m, const struct yaml_node *v)
{
    struct sv rest = short_form_takes_away(v->text) ? (struct sv){0} : v->text;

    while (rest.n) {
        struct sv value = sv_cut(&rest, ' ');
        struct sv key = sv_cut(&value, '=');
        const struct yaml_node one = {.text = value, .at = v->at};

        if (sv_eq(key, SV("name")) || sv_eq(key, SV("pkg")))
            emit_names(r, m, &one);
        else
            (void)emit_address(r, value, v->at);
    }
}

static void read_run(struct reading *r, const struct yaml_node *v)
{
    const struct yaml_node *argv = yaml_get(v, "argv");
    const struct yaml_node *cmd = v->kind == NODE_TEXT ? v : yaml_get(v, "cmd");
    struct shell shell = shell_for(r->job, r->text);

    if (cmd)
        r->any |= shell_emit(r->job, r->text, yaml_written(r->text, cmd), 0);
    for (const struct yaml_node *word = argv ? argv->first : NULL; word; word = word->next)
        shell_word(&shell, yaml_written(r->text, word), word->at);
    r->any |= shell.any;
}

static void read_module(struct reading *r, const struct module *m, const struct yaml_node *v)
{
    if (m->kind == MODULE_RUNS) {
        read_run(r, v);
        return;
    }
    if (v->kind == NODE_TEXT && m->kind != MODULE_IMAGE) {
        read_short_form(r, m, v);
        return;
    }
    if (takes_away(yaml_get_text(v, "state")))
        return;
    for (const struct yaml_node *one = v->first; one; one = one->next) {
        bool names = sv_eq(one->key, SV("name")) || sv_eq(one->key, SV("pkg")) ||
                     sv_eq(one->key, SV("package"));

        if (m->kind == MODULE_PACKAGES && names)
            emit_names(r, m, one);
        else if (m->kind == MODULE_IMAGE && one->kind == NODE_TEXT &&
                 (sv_eq(one->key, SV("image")) ||
                  (sv_eq(one->key, SV("name")) && sv_find(one->text, SV("/")) != SIZE_MAX)))
            r->any |=
                image_emit(r->job, one->text, one->at, STATE_REFERENCED, r->job->gate->ceiling);
        else if (sv_eq(one->key, SV("product_id")))
            emit_product(r, one);
        else
            (void)emit_address(r, one->text, one->at);
    }
}

/* A task is a map in a list; the depth is that of the tree, which is limited. */
static void read_tasks(struct reading *r, const struct yaml_node *v)
{
    for (const struct yaml_node *one = v->first; one; one = one->next) {
        const struct module *m = v->kind == NODE_MAP ? module_of(one->key) : NULL;

        if (m)
            read_module(r, m, one);
        else
            read_tasks(r, one);
    }
}

static int identify_ansible(const struct job *job, struct err *err)
{
    struct reading r = {.job = job};
    struct yaml_node *documents;
    struct span all;
    int result;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    r.text = sv_of(all);
    result = yaml_tree_read(r.text, job->arena, &documents, err);
    // Other programs have folders called "tasks" too.
    if (result == -ERR_FORMAT)
        return RECOG_NOT_MINE;
    TRY(result);
    for (const struct yaml_node *root = documents->first; root; root = root->next) {
        if (root->kind == NODE_LIST)
            read_tasks(&r, root);
    }
    return r.any ? 0 : RECOG_NOT_MINE;
}

#define TASKS .state = STATE_REFERENCED, .ceiling = CONFIDENCE_TRACE

static const struct gate gates[] = {
    {.path = "tasks/**/*.yml", TASKS},
    {.path = "tasks/**/*.yaml", TASKS},
    {.path = "handlers/*.yml", TASKS},
    {.path = "handlers/*.yaml", TASKS},
    {.path = "playbooks/**/*.yml", TASKS},
    {.path = "playbooks/**/*.yaml", TASKS},
    {.path = "*playbook*.yml", TASKS},
    {.path = "*playbook*.yaml", TASKS},
    {.path = "site.yml", TASKS},
    // Playbooks of any name.
    {.path = "*.yml", .within = {"\n  tasks:\n", 10}, TASKS},
    {.path = "*.yaml", .within = {"\n  tasks:\n", 10}, TASKS},
    {.path = "*.yml", .within = {"ansible.builtin.", 16}, TASKS},
    {.path = "*.yaml", .within = {"ansible.builtin.", 16}, TASKS},
    {0},
};

const struct recogniser recog_ansible = {
    .name = "ansible",
    .summary = "what Ansible's tasks download and install",
    .epoch = 1,
    .gates = gates,
    .identify = identify_ansible,
};
