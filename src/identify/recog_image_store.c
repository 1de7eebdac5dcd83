// SPDX-License-Identifier: Apache-2.0
/*
 * Reads which images lie in the stores of container engines, and what they are called.
 *
 *     docker/image/<driver>/repositories.json
 *         {"Repositories": {"name": {"name:tag": "sha256:<configuration>"}}}
 *     containers/storage/<driver>-images/images.json
 *         [{"id": <configuration>, "names": ["name:tag"], "layer": <the uppermost>}]
 *     containers/storage/<driver>-containers/containers.json
 *         [{"id": …, "names": ["name"], "image": <configuration>, "layer": <its own>}]
 *
 * The first is Docker's, the others those of Podman, Buildah and CRI-O. A container is told as what
 * it is, an image with one layer more. Where the layers are says recog_image_layer.c.
 */
#include "identify/image.h"
#include "identify/json_file.h"

enum {
    TAG_DOCKER,
    TAG_IMAGES,
    TAG_CONTAINERS,
};

static bool emit_name(const struct job *job, struct json_file *f, struct sv image, struct sv digest)
{
    if (!image_emit(job, image, json_file_find(f, image), job->gate->state, job->gate->ceiling))
        return false;
    emit_field(job->out, FIELD_DIGEST, image_digest(digest));
    return true;
}

static void emit_docker(const struct job *job, struct json_file *f, const struct json *list)
{
    for (const struct json *one = json_first(list); one; one = json_next(one))
        for (const struct json *n = json_first(one); n; n = json_next(n))
            (void)emit_name(job, f, json_name(n), json_text(n));
}

/* The image itself is told once, for its layers, and once by each of its names. */
static void emit_images(const struct job *job, struct json_file *f)
{
    for (const struct json *one = json_first(f->root); one; one = json_next(one)) {
        struct sv id = json_get_text(one, "id"), layer = json_get_text(one, "layer");

        for (const struct json *n = json_first(json_get(one, "names")); n; n = json_next(n))
            (void)emit_name(job, f, json_text(n), id);
        if (layer.n == 0)
            continue;
        emit_component(job->out, TYPE_CONTAINER);
        emit_field(job->out, FIELD_DIGEST, id);
        emit_field(job->out, FIELD_LAYER, layer);
    }
}

static void emit_containers(const struct job *job, const struct json *list)
{
    for (const struct json *one = json_first(list); one; one = json_next(one)) {
        struct sv name = json_text(json_first(json_get(one, "names")));

        emit_component(job->out, TYPE_CONTAINER);
        emit_field(job->out, FIELD_NAME, name);
        emit_field(job->out, FIELD_DIGEST, json_get_text(one, "id"));
        emit_field(job->out, FIELD_LAYER, json_get_text(one, "layer"));
    }
}

static int identify_image_store(const struct job *job, struct err *err)
{
    int tag = job->gate->tag;
    auto_json_file f = {0};
    const struct json *list;
    int result = json_file_read(job, JSON_OR_ARRAY, &f, err);

    if (result != 0)
        return result;
    list = tag == TAG_DOCKER ? json_get(f.root, "Repositories") : f.root;
    if (tag == TAG_DOCKER ? !json_is_object(list) : !json_is_array(list))
        return RECOG_NOT_MINE;
    if (tag == TAG_DOCKER)
        emit_docker(job, &f, list);
    else if (tag == TAG_IMAGES)
        emit_images(job, &f);
    else
        emit_containers(job, list);
    return 0;
}

static const struct gate gates[] = {
    {.path = "image/*/repositories.json",
     .state = STATE_INSTALLED,
     .anchor_up = 3,
     .tag = TAG_DOCKER},
    {.path = "storage/*-images/images.json",
     .state = STATE_INSTALLED,
     .anchor_up = 2,
     .tag = TAG_IMAGES},
    {.path = "storage/*-containers/containers.json",
     .state = STATE_INSTALLED,
     .anchor_up = 2,
     .tag = TAG_CONTAINERS},
    {0},
};

const struct recogniser recog_image_store = {
    .name = "image_store",
    .summary = "images in the stores of Docker, Podman and CRI-O",
    .epoch = 2,
    .gates = gates,
    .identify = identify_image_store,
};
