// SPDX-License-Identifier: Apache-2.0
/*
 * Reads bun.lock, which is JSON with comments and trailing commas:
 *
 *     "packages": { "alias": ["@s/name@1.2.3", "", {…}, "sha512-…"], }
 *
 * Format: https://bun.sh/docs/install/lockfile
 */
#include "identify/npm.h"

static int identify_bun_lock(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    const struct json *packages;
    int result = json_file_read(job, JSON_RELAXED, &f, err);

    if (result != 0)
        return result;
    packages = json_get(f.root, "packages");
    if (!json_is_object(packages))
        return RECOG_NOT_MINE;
    for (const struct json *one = json_first(packages); one; one = json_next(one)) {
        struct sv spec = json_text(json_first(one)), name, version;
        struct range at = json_file_find_member(&f, json_name(one), '[');

        npm_split(spec, &name, &version);
        if (!sv_starts(version, SV("workspace:")))
            npm_emit_locked(job, name, version, (struct sv){0}, at);
    }
    return 0;
}

static const struct gate gates[] = {
    {.path = "bun.lock", .state = STATE_REFERENCED, .anchor_up = 1},
    {0},
};

const struct recogniser recog_bun_lock = {
    .name = "bun_lock",
    .summary = "packages that bun.lock pins",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_bun_lock,
};
