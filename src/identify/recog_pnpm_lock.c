// SPDX-License-Identifier: Apache-2.0
/*
 * Reads pnpm-lock.yaml. Its "packages" are named by key, in a form that changed with the version:
 *
 *     5:  /@s/name/1.2.3_peer@1.0.0:      /name/1.2.3:
 *     6:  /@s/name@1.2.3(peer@1.0.0):     /name@1.2.3:
 *     9:  '@s/name@1.2.3':                name@1.2.3:
 *
 * Where the key is an address or a folder, "name" and "version" stand in the package.
 * Format: https://github.com/pnpm/spec/tree/master/lockfile
 */
#include "identify/npm.h"
#include "identify/yaml_tree.h"

static struct sv until_any(struct sv s, char a, char b)
{
    size_t n = 0;

    while (n < s.n && s.p[n] != a && s.p[n] != b)
        n++;
    return (struct sv){s.p, n};
}

static void split_key(struct sv key, bool slashes, struct sv *ret_name, struct sv *ret_version)
{
    if (sv_starts(key, SV("/")))
        key = sv_from(key, 1);
    if (slashes) {
        size_t slash = sv_find_last(until_any(key, '(', '('), '/'); // peers have '+' for '/'

        *ret_name = slash == SIZE_MAX ? (struct sv){0} : (struct sv){key.p, slash};
        *ret_version =
            slash == SIZE_MAX ? (struct sv){0} : until_any(sv_from(key, slash + 1), '_', '(');
    } else {
        npm_split(until_any(key, '(', '('), ret_name, ret_version);
    }
}

static bool emit_packages(const struct job *job, const struct yaml_node *packages, bool slashes)
{
    bool any = false;

    if (!packages)
        return false;
    for (const struct yaml_node *one = packages->first; one; one = one->next) {
        struct sv name = yaml_get_text(one, "name"), version = yaml_get_text(one, "version");
        const struct yaml_node *from = yaml_get(one, "resolution");
        struct sv url = yaml_get_text(from, "tarball"), key_name, key_version;

        split_key(one->key, slashes, &key_name, &key_version);
        if (name.n == 0) {
            name = key_name;
            version = key_version;
        }
        if (url.n == 0)
            url = yaml_get_text(from, "repo");
        any |= npm_emit_locked(job, name, version, url, one->key_at);
    }
    return any;
}

static int identify_pnpm_lock(const struct job *job, struct err *err)
{
    struct yaml_node *documents;
    struct sv version;
    struct span all;
    bool any = false;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    if (sv_find(sv_of(job->bytes->head), SV("lockfileVersion")) == SIZE_MAX)
        return RECOG_NOT_MINE;
    TRY(yaml_tree_read(sv_of(all), job->arena, &documents, err));
    for (const struct yaml_node *root = documents->first; root; root = root->next) {
        version = yaml_get_text(root, "lockfileVersion");
        any |= version.n > 0;
        any |= emit_packages(job, yaml_get(root, "packages"), sv_starts(version, SV("5")));
    }
    return any ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "pnpm-lock.yaml", .state = STATE_REFERENCED, .anchor_up = 1},
    {0},
};

const struct recogniser recog_pnpm_lock = {
    .name = "pnpm_lock",
    .summary = "packages that pnpm-lock.yaml pins",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_pnpm_lock,
};
