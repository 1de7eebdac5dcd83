// SPDX-License-Identifier: Apache-2.0
/*
 * Reads Scoop's manifests: a file bucket/<name>.json with the version and where it is fetched from.
 *
 *     {"version": "1.2", "homepage": "https://…", "architecture": {"64bit": {"url": "https://…"}}}
 *
 * Format: https://github.com/ScoopInstaller/Scoop/wiki/App-Manifests
 */
#include "identify/claims.h"
#include "identify/json_file.h"

/* One address, or a list of them. */
static void read_urls(struct claims *c, const struct json *v)
{
    claim(c, FIELD_URL, json_get_text(v, "url"));
    for (const struct json *one = json_first(json_get(v, "url")); one; one = json_next(one))
        claim(c, FIELD_URL, json_text(one));
}

static int identify_scoop(const struct job *job, struct err *err)
{
    struct claims c = {.arena = job->arena, .type = TYPE_APPLICATION};
    const struct json *architectures;
    auto_json_file f = {0};
    int result = json_file_read(job, JSON_STRICT, &f, err);

    if (result != 0)
        return result;
    architectures = json_get(f.root, "architecture");
    c.version = json_get_text(f.root, "version");
    if (c.version.n == 0 || (!json_is_object(architectures) && !json_get(f.root, "url")))
        return RECOG_NOT_MINE;
    claim(&c, FIELD_PACKAGE_TYPE, SV("scoop"));
    claim(&c, FIELD_HOMEPAGE, json_get_text(f.root, "homepage"));
    read_urls(&c, f.root);
    if (json_is_object(architectures))
        for (const struct json *one = json_first(architectures); one; one = json_next(one))
            read_urls(&c, one);
    // Its name is that of its file, which the gate knows.
    return claims_end(job, claims_emit(job, &c) ? 0 : RECOG_NOT_MINE, err);
}

static const struct gate gates[] = {
    {.path = "scoop/apps/{package}/*/manifest.json", .state = STATE_INSTALLED, .anchor_up = 1},
    {.path = "bucket/{package}.json",
     .magic = {"{", 1},
     .within = {"\"version\"", 9},
     .state = STATE_REFERENCED,
     .ceiling = CONFIDENCE_PROBABLE},
    {0},
};

const struct recogniser recog_scoop = {
    .name = "scoop",
    .summary = "programs of Scoop, and manifests that install them",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_scoop,
};
