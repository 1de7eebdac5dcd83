// SPDX-License-Identifier: Apache-2.0
/*
 * Reads where the stores of container engines keep the files of a layer.
 *
 *     docker/image/<driver>/layerdb/sha256/<chain id>/cache-id     the name of its folder
 *     containers/storage/<driver>-layers/layers.json
 *         [{"id": <its folder>, "parent": <id>, "diff-digest": "sha256:…"}]
 *
 * The first is Docker's, the last that of Podman, Buildah and CRI-O.
 */
#include "identify/json_file.h"

enum {
    TAG_OVERLAY2,
    TAG_FUSE,
    TAG_AUFS,
    TAG_VFS,
    TAG_CONTAINERS = 16, /* the same in the store of Podman */
    ID_MAX = 256,
};

/* From the store's folder to a layer's files; %: its id. */
static struct sv folder_of(const struct job *job, const char *up, struct sv id)
{
    static const char *const before[] = {"overlay2", "fuse-overlayfs", "aufs/diff", "vfs/dir"};
    static const char *const after[] = {"/diff", "/diff", "", ""};
    int tag = job->gate->tag & (TAG_CONTAINERS - 1);
    const char *driver =
        job->gate->tag & TAG_CONTAINERS && tag == TAG_OVERLAY2 ? "overlay" : before[tag];

    return arena_printf(job->arena, "%s%s/%.*s%s", up, driver, (int)id.n, id.p, after[tag]);
}

static bool is_id(struct sv id)
{
    for (size_t i = 0; i < id.n; i++)
        if (id.p[i] == '/' || id.p[i] <= ' ' || id.p[i] > '~')
            return false;
    return id.n > 0 && id.n <= ID_MAX && id.p[0] != '.';
}

/* One file of one line. */
static int read_cache_id(const struct job *job, struct err *err)
{
    struct span all;
    struct sv id;

    if (job->bytes->size > ID_MAX)
        return RECOG_NOT_MINE;
    TRY(source_read_all(job->bytes, ID_MAX, job->arena, &all, err));
    id = sv_trim(sv_of(all));
    if (!is_id(id))
        return RECOG_NOT_MINE;
    emit_component(job->out, TYPE_DATA);
    emit_field(job->out, FIELD_LAYER_PLACE, folder_of(job, "../../../../../", id));
    return 0;
}

static int read_layers(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    int result = json_file_read(job, JSON_OR_ARRAY, &f, err);

    if (result != 0)
        return result;
    if (!json_is_array(f.root))
        return RECOG_NOT_MINE;
    for (const struct json *one = json_first(f.root); one; one = json_next(one)) {
        struct sv id = json_get_text(one, "id");

        if (!is_id(id))
            continue;
        emit_component(job->out, TYPE_DATA);
        emit_field(job->out, FIELD_LAYER, id);
        emit_field(job->out, FIELD_LAYER_PARENT, json_get_text(one, "parent"));
        emit_field(job->out, FIELD_LAYER_DIFF, json_get_text(one, "diff-digest"));
        emit_field(job->out, FIELD_LAYER_PLACE, folder_of(job, "../", id));
    }
    return 0;
}

static int identify_image_layer(const struct job *job, struct err *err)
{
    return job->gate->tag & TAG_CONTAINERS ? read_layers(job, err) : read_cache_id(job, err);
}

#define DOCKER(driver, number) \
    { \
        .path = "image/" driver "/layerdb/sha256/{layer}/cache-id", .state = STATE_CONTAINED, \
        .anchor_up = 6, .tag = (number) \
    }
#define STORAGE(driver, number) \
    { \
        .path = "storage/" driver "-layers/*layers.json", .state = STATE_CONTAINED, \
        .anchor_up = 2, .tag = (number) | TAG_CONTAINERS \
    }

static const struct gate gates[] = {
    DOCKER("overlay2", TAG_OVERLAY2),
    DOCKER("fuse-overlayfs", TAG_FUSE),
    DOCKER("aufs", TAG_AUFS),
    DOCKER("vfs", TAG_VFS),
    STORAGE("overlay", TAG_OVERLAY2),
    STORAGE("vfs", TAG_VFS),
    {0},
};

const struct recogniser recog_image_layer = {
    .name = "image_layer",
    .summary = "where Docker, Podman and CRI-O keep the files of an image's layers",
    .epoch = 1,
    .gates = gates,
    .identify = identify_image_layer,
};
