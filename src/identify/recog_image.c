// SPDX-License-Identifier: Apache-2.0
/*
 * Reads which container images YAML files ask for: Compose, Kubernetes, the values of Helm charts,
 * and what CI systems run jobs in.
 *
 *     image: registry.test/group/name:tag
 *     image: {registry: registry.test, repository: group/name, tag: v1}
 *     repoURL: https://…           (where a deployer fetches more from)
 *
 * A file of templates is no YAML; there, lines that say "image:" are read as they stand.
 */
#include "identify/image.h"
#include "identify/json_file.h"
#include "identify/yaml_tree.h"

enum {
    TAG_ANY,
    TAG_KUBERNETES, /* by what it says, as its name tells nothing */
};

static bool emit_parts(const struct job *job, const struct yaml_node *map)
{
    const struct yaml_node *repository = yaml_get(map, "repository");
    struct sv registry = yaml_get_text(map, "registry"), tag = yaml_get_text(map, "tag");
    struct sv digest = yaml_get_text(map, "digest");

    if (!repository || repository->kind != NODE_TEXT || repository->text.n == 0)
        return false;
    // A "repository" alone may be of anything.
    if (!yaml_get(map, "tag") && !yaml_get(map, "registry") && !yaml_get(map, "digest") &&
        !yaml_get(map, "pullPolicy") && !sv_eq(map->key, SV("image")))
        return false;

    struct sv reference =
        arena_printf(job->arena, "%.*s%s%.*s%s%.*s", (int)registry.n, registry.p ? registry.p : "",
                     registry.n ? "/" : "", (int)repository->text.n, repository->text.p,
                     digest.n ? "@" : (tag.n ? ":" : ""), (int)(digest.n ? digest.n : tag.n),
                     digest.n ? digest.p : (tag.n ? tag.p : ""));

    return image_emit(job, reference, repository->at, job->gate->state, job->gate->ceiling);
}

static bool emit_node(const struct job *job, const struct yaml_node *v)
{
    bool any = false;

    if (v->kind == NODE_TEXT) {
        if (sv_eq(v->key, SV("image")) || (sv_eq(v->key, SV("container")) && v->text.n))
            return image_emit(job, v->text, v->at, job->gate->state, job->gate->ceiling);
        if (sv_eq(v->key, SV("repoURL")) && sv_find(v->text, SV("://")) != SIZE_MAX) {
            emit_component(job->out, TYPE_DATA);
            emit_field_at(job->out, FIELD_URL, v->text, v->at.offset, v->at.length);
            return true;
        }
        return false;
    }
    any = v->kind == NODE_MAP && emit_parts(job, v);
    // The depth is that of the tree, which is limited.
    for (const struct yaml_node *one = v->first; one; one = one->next)
        any |= emit_node(job, one);
    return any;
}

static bool read_lines(const struct job *job, struct sv text)
{
    struct sv rest = text;
    bool any = false;

    while (rest.n) {
        struct sv line = sv_trim(sv_line(&rest)), value;
        size_t comment;

        if (sv_starts(line, SV("- ")))
            line = sv_trim(sv_from(line, 2));
        if (!sv_starts(line, SV("image:")))
            continue;
        value = sv_trim(sv_from(line, sizeof("image:") - 1));
        comment = sv_find(value, SV(" #"));
        if (comment != SIZE_MAX)
            value = sv_trim((struct sv){value.p, comment});
        if (value.n >= 2 && (value.p[0] == '"' || value.p[0] == '\'') &&
            value.p[value.n - 1] == value.p[0])
            value = (struct sv){value.p + 1, value.n - 2};
        any |= image_emit(job, value, range_of(text, value), job->gate->state, job->gate->ceiling);
    }
    return any;
}

static bool is_kubernetes(struct sv head)
{
    return sv_find(head, SV("apiVersion:")) != SIZE_MAX && sv_find(head, SV("kind:")) != SIZE_MAX;
}

static int identify_image(const struct job *job, struct err *err)
{
    struct yaml_node *documents;
    struct span all;
    int result;

    if (job->gate->tag == TAG_KUBERNETES && !is_kubernetes(sv_of(job->bytes->head)))
        return RECOG_NOT_MINE;
    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    result = yaml_tree_read(sv_of(all), job->arena, &documents, err);
    if (result == -ERR_FORMAT)
        return read_lines(job, sv_of(all)) ? 0 : RECOG_NOT_MINE;
    TRY(result);
    return emit_node(job, documents) ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "*compose*.yml", .state = STATE_REFERENCED, .anchor_up = 1},
    {.path = "*compose*.yaml", .state = STATE_REFERENCED, .anchor_up = 1},
    {.path = "values*.yaml", .state = STATE_REFERENCED, .anchor_up = 1},
    {.path = "values*.yml", .state = STATE_REFERENCED, .anchor_up = 1},
    {.path = "*.gitlab-ci.yml", .state = STATE_REFERENCED, .anchor_up = 1},
    {.path = ".github/workflows/*.yml", .state = STATE_REFERENCED, .anchor_up = 3},
    {.path = ".github/workflows/*.yaml", .state = STATE_REFERENCED, .anchor_up = 3},
    {.path = "*.yaml", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_KUBERNETES},
    {.path = "*.yml", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_KUBERNETES},
    {0},
};

const struct recogniser recog_image = {
    .name = "image",
    .summary = "container images that Compose, Kubernetes and Helm files ask for",
    .epoch = 1,
    .gates = gates,
    .identify = identify_image,
};
