// SPDX-License-Identifier: Apache-2.0
/*
 * Reads which images lie in the stores of container engines.
 *
 *     docker/image/<driver>/repositories.json   {"Repositories": {"name": {"name:tag":
 * "sha256:…"}}} containers/storage/<driver>-images/images.json   [{"id": …, "names": ["name:tag"]}]
 *
 * The first is Docker's, the second that of Podman, Buildah and CRI-O.
 */
#include "identify/image.h"
#include "identify/json_file.h"

enum {
    TAG_DOCKER,
    TAG_CONTAINERS,
};

static int identify_image_store(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    const struct json *list;
    int result = json_file_read(job, JSON_OR_ARRAY, &f, err);

    if (result != 0)
        return result;
    list = job->gate->tag == TAG_DOCKER ? json_get(f.root, "Repositories") : f.root;
    if (job->gate->tag == TAG_DOCKER ? !json_is_object(list) : !json_is_array(list))
        return RECOG_NOT_MINE;
    for (const struct json *one = json_first(list); one; one = json_next(one)) {
        const struct json *names = job->gate->tag == TAG_DOCKER ? one : json_get(one, "names");

        for (const struct json *n = json_first(names); n; n = json_next(n)) {
            struct sv image = json_is_object(names) ? json_name(n) : json_text(n);

            (void)image_emit(job, image, json_file_find(&f, image), job->gate->state,
                             job->gate->ceiling);
        }
    }
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
     .tag = TAG_CONTAINERS},
    {0},
};

const struct recogniser recog_image_store = {
    .name = "image_store",
    .summary = "images in the stores of Docker, Podman and CRI-O",
    .epoch = 1,
    .gates = gates,
    .identify = identify_image_store,
};
