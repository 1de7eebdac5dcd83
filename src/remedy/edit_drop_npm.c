// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one package out of what a package.json needs. To propose a patch with: the lock file beside
 * it has to be made again by npm. Format: https://docs.npmjs.com/cli/configuring-npm/package-json
 */
#include "remedy/json_text.h"

static bool is_section(const struct json_text *t, const struct json_node *n)
{
    static const char *const sections[] = {
        "dependencies",         "devDependencies",  "peerDependencies", "optionalDependencies",
        "bundleDependencies",   "overrides",        "resolutions",      "bundledDependencies",
        "peerDependenciesMeta", "dependenciesMeta",
    };

    // Only those of the package itself: "parent of the parent is the root".
    if (json_parent(t, json_parent(t, n)) != t->nodes || json_parent(t, n) == t->nodes)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(sections); i++)
        if (json_is_in(t, n, sections[i]))
            return true;
    return false;
}

static int find(struct edit_run *run, struct err *err)
{
    struct json_text t;

    TRY(json_text_parse(run, &t, err));
    for (size_t i = 1; i < t.count; i++) {
        struct json_node *n = &t.nodes[i];

        if (is_section(&t, n))
            n->gone = sv_eq(n->name.n ? n->name : json_string_of(run, n), run->key);
    }
    json_text_cut(run, &t);
    return 0;
}

const struct edit edit_drop_npm = {
    .name = "drop-npm",
    .summary = "one package out of the dependencies of a package.json",
    .key = "the name of the package",
    .find = find,
};
