// SPDX-License-Identifier: Apache-2.0
/*
 * Reads what container images say of themselves, wherever they lie: OCI layouts, the archives of
 * `docker save`, the content stores of Docker, containerd, Podman, Buildah and CRI-O.
 *
 *     index          which manifests there are, and what they are called
 *     manifest       one configuration and the layers, the lowest first
 *     configuration  who made it, and the step that made each layer
 *
 * An archive of `docker save` has all manifests in one list. Layers are told one a group, and where
 * their files are as a path from the folder of the file that says so.
 * Format: https://github.com/opencontainers/image-spec,
 * https://docs.docker.com/reference/cli/docker/image/save
 */
#include <string.h>

#include "identify/image.h"
#include "identify/json_file.h"
#include "trust/digest.h"

enum {
    TAG_DOCUMENT, /* any of the three, by what it says */
    TAG_FOLDER,   /* the manifest beside its layers */
    TAG_ARCHIVE,  /* the list of docker save */
    TAG_CONFIG,
    DOCUMENT_MAX = 8 << 20,
    LAYERS_MAX = 1000, /* overlayfs takes 500 */
};

/* ---- annotations and labels ---- */

static void emit_notes(const struct job *job, const struct json *notes)
{
    static const struct {
        const char *name;
        enum field_key key;
    } wanted[] = {
        {"org.opencontainers.image.vendor", FIELD_SUPPLIER},
        {"org.opencontainers.image.authors", FIELD_AUTHOR},
        {"org.opencontainers.image.title", FIELD_PRODUCT},
        {"org.opencontainers.image.description", FIELD_DESCRIPTION},
        {"org.opencontainers.image.version", FIELD_VERSION},
        {"org.opencontainers.image.url", FIELD_HOMEPAGE},
        {"org.opencontainers.image.licenses", FIELD_LICENCE},
        {"org.label-schema.vendor", FIELD_SUPPLIER},
        {"org.label-schema.name", FIELD_PRODUCT},
        {"org.label-schema.version", FIELD_VERSION},
        {"maintainer", FIELD_MAINTAINER},
        {"vendor", FIELD_SUPPLIER},
    };

    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        struct sv value = json_get_text(notes, wanted[i].name);

        if (wanted[i].key == FIELD_AUTHOR || wanted[i].key == FIELD_MAINTAINER)
            people_emit(job->out, wanted[i].key, value);
        else
            emit_field(job->out, wanted[i].key, value);
    }
}

/* "amd64" of "linux/amd64". */
static void emit_platform(const struct job *job, const struct json *platform)
{
    emit_field(job->out, FIELD_ARCHITECTURE, json_get_text(platform, "architecture"));
}

/* ---- index ---- */

static void emit_index_entry(const struct job *job, struct json_file *f, const struct json *one)
{
    const struct json *notes = json_get(one, "annotations");
    struct sv digest = json_get_text(one, "digest"),
              name = json_get_text(notes, "io.containerd.image.name");

    if (digest.n == 0)
        return;
    if (name.n == 0)
        name = json_get_text(notes, "org.opencontainers.image.ref.name");
    if (name.n == 0 ||
        !image_emit(job, name, json_file_find(f, name), job->gate->state, job->gate->ceiling))
        emit_component(job->out, TYPE_CONTAINER);
    emit_field(job->out, FIELD_MANIFEST, image_digest(digest));
    emit_platform(job, json_get(one, "platform"));
    emit_notes(job, notes);
}

static int read_index(const struct job *job, struct json_file *f, const struct json *manifests)
{
    for (const struct json *one = json_first(manifests); one; one = json_next(one))
        emit_index_entry(job, f, one);
    return 0;
}

/* ---- manifest ---- */

/* Layers are blobs beside the manifest: "…/blobs/sha256/<hex>", or "<hex>" in one folder. */
static void emit_blob_layer(const struct job *job, struct sv digest)
{
    struct sv hex = image_digest(digest), algorithm = digest;

    (void)sv_cut(&algorithm, ':');
    algorithm = (struct sv){digest.p, digest.n - algorithm.n};
    emit_group(job->out);
    emit_field(job->out, FIELD_LAYER, digest);
    if (job->gate->tag == TAG_FOLDER || algorithm.n < 2)
        emit_field(job->out, FIELD_LAYER_PLACE, hex);
    else
        emit_fieldf(job->out, FIELD_LAYER_PLACE, "../%.*s/%.*s", (int)algorithm.n - 1, algorithm.p,
                    (int)hex.n, hex.p);
    emit_group_end(job->out);
}

static int read_manifest(const struct job *job, const struct json *root, const struct json *layers,
                         struct err *err)
{
    size_t n = 0;

    emit_component(job->out, TYPE_CONTAINER);
    emit_field(job->out, FIELD_IMAGE_CONFIG,
               image_digest(json_get_text(json_get(root, "config"), "digest")));
    emit_notes(job, json_get(root, "annotations"));
    for (const struct json *one = json_first(layers); one; one = json_next(one)) {
        if (++n > LAYERS_MAX)
            return ERR(err, ERR_LIMIT, "an image of more than %d layers", LAYERS_MAX);
        emit_blob_layer(job, json_get_text(one, "digest"));
    }
    return 0;
}

/* ---- configuration ---- */

/* What a layer is called by what lies below it, too: docker's and containerd's "chain id". */
static void chain(char id[72], struct sv diff, struct arena *arena)
{
    uint8_t sum[DIGEST_SHA256_SIZE];
    struct sv both;

    if (id[0] == 0) {
        (void)memcpy(id, diff.p, diff.n);
        id[diff.n] = 0;
        return;
    }
    both = arena_printf(arena, "%s %.*s", id, (int)diff.n, diff.p);
    digest_sha256((struct span){(const uint8_t *)both.p, both.n}, sum);
    (void)memcpy(id, "sha256:", 7);
    digest_hex((struct span){sum, sizeof(sum)}, id + 7);
}

/* The next step of the history that made a layer. */
static const struct json *next_step(const struct json *step)
{
    while (step && json_is_true(json_get(step, "empty_layer")))
        step = json_next(step);
    return step;
}

static int emit_layers(const struct job *job, const struct json *root, struct err *err)
{
    const struct json *diffs = json_get(json_get(root, "rootfs"), "diff_ids"),
                      *step = next_step(json_first(json_get(root, "history")));
    char id[72] = "";
    size_t n = 0;

    for (const struct json *one = json_first(diffs); one; one = json_next(one)) {
        struct sv diff = json_text(one);

        if (++n > LAYERS_MAX)
            return ERR(err, ERR_LIMIT, "an image of more than %d layers", LAYERS_MAX);
        if (diff.n != 71 || !sv_starts(diff, SV("sha256:")))
            return ERR(err, ERR_FORMAT, "layer %zu of the image has no SHA-256 digest", n);
        chain(id, diff, job->arena);
        emit_group(job->out);
        emit_field(job->out, FIELD_LAYER, sv_str(id));
        emit_field(job->out, FIELD_LAYER_DIFF, diff);
        emit_field(job->out, FIELD_CREATED_BY, json_get_text(step, "created_by"));
        emit_group_end(job->out);
        step = step ? next_step(json_next(step)) : NULL;
    }
    return 0;
}

static int emit_command(const struct job *job, const struct json *settings, struct err *err)
{
    static const char *const parts[] = {"Entrypoint", "Cmd"};
    auto_buf text = BUF_INIT(EMIT_VALUE_MAX);

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        for (const struct json *word = json_first(json_get(settings, parts[i])); word;
             word = json_next(word)) {
            if (text.n)
                buf_char(&text, ' ');
            buf_sv(&text, json_text(word));
        }
    }
    if (!buf_ok(&text))
        return ERR(err, ERR_LIMIT, "the command of an image takes too much memory");
    emit_field(job->out, FIELD_COMMAND, buf_view(&text));
    return 0;
}

static int read_config(const struct job *job, const struct json *root, struct err *err)
{
    const struct json *settings = json_get(root, "config");

    emit_component(job->out, TYPE_CONTAINER);
    emit_platform(job, root);
    people_emit(job->out, FIELD_AUTHOR, json_get_text(root, "author"));
    emit_notes(job, json_get(settings, "Labels"));
    TRY(emit_command(job, settings, err));
    return emit_layers(job, root, err);
}

/* ---- the list of docker save ---- */

static int read_archive(const struct job *job, struct json_file *f, struct err *err)
{
    for (const struct json *one = json_first(f->root); one; one = json_next(one)) {
        struct sv config = json_get_text(one, "Config");
        const struct json *layers = json_get(one, "Layers");
        size_t n = 0;

        if (config.n == 0 || !json_is_array(layers))
            return RECOG_NOT_MINE;
        emit_component(job->out, TYPE_CONTAINER);
        emit_field(job->out, FIELD_IMAGE_CONFIG, config);
        for (const struct json *layer = json_first(layers); layer; layer = json_next(layer)) {
            if (++n > LAYERS_MAX)
                return ERR(err, ERR_LIMIT, "an image of more than %d layers", LAYERS_MAX);
            emit_group(job->out);
            emit_field(job->out, FIELD_LAYER_PLACE, json_text(layer));
            emit_group_end(job->out);
        }
        for (const struct json *tag = json_first(json_get(one, "RepoTags")); tag;
             tag = json_next(tag)) {
            if (image_emit(job, json_text(tag), json_file_find(f, json_text(tag)), job->gate->state,
                           job->gate->ceiling))
                emit_field(job->out, FIELD_DIGEST, image_digest(config));
        }
    }
    return 0;
}

/* ---- all of it ---- */

static bool may_be_mine(struct sv text, int tag)
{
    if (tag == TAG_ARCHIVE)
        return sv_find(text, SV("\"Layers\"")) != SIZE_MAX;
    return sv_find(text, SV("\"rootfs\"")) != SIZE_MAX ||
           (tag != TAG_CONFIG && (sv_find(text, SV("\"layers\"")) != SIZE_MAX ||
                                  sv_find(text, SV("\"manifests\"")) != SIZE_MAX));
}

static int identify_container_image(const struct job *job, struct err *err)
{
    int tag = job->gate->tag, result;
    const struct json *manifests, *layers;
    auto_json_file f = {0};
    struct span all;

    // Most files of these names are something else: that is to be cheap.
    if (job->bytes->size > DOCUMENT_MAX)
        return RECOG_NOT_MINE;
    TRY(source_read_all(job->bytes, DOCUMENT_MAX, job->arena, &all, err));
    if (!may_be_mine(sv_of(all), tag))
        return RECOG_NOT_MINE;
    result = json_file_read(job, tag == TAG_ARCHIVE ? JSON_OR_ARRAY : JSON_STRICT, &f, err);
    if (result != 0)
        return result;
    if (tag == TAG_ARCHIVE)
        return json_is_array(f.root) ? read_archive(job, &f, err) : RECOG_NOT_MINE;
    manifests = json_get(f.root, "manifests");
    layers = json_get(f.root, "layers");
    if (tag != TAG_CONFIG && json_is_array(manifests))
        return read_index(job, &f, manifests);
    if (tag != TAG_CONFIG && json_is_array(layers) &&
        json_get_text(json_get(f.root, "config"), "digest").n)
        return read_manifest(job, f.root, layers, err);
    if (json_is_array(json_get(json_get(f.root, "rootfs"), "diff_ids")))
        return read_config(job, f.root, err);
    return RECOG_NOT_MINE;
}

#define CONTENT "io.containerd.content.v1.content/"
#define OBJECT .magic = {"{", 1}, .state = STATE_CONTAINED

static const struct gate gates[] = {
    {.path = CONTENT "blobs/sha256/{digest}", OBJECT, .anchor_up = 4, .tag = TAG_DOCUMENT},
    {.path = "blobs/sha256/{digest}", OBJECT, .anchor_up = 3, .tag = TAG_DOCUMENT},
    {.path = "index.json", OBJECT, .anchor_up = 1, .tag = TAG_DOCUMENT},
    {.path = "manifest.json", OBJECT, .anchor_up = 1, .tag = TAG_FOLDER},
    {.path = "manifest.json",
     .magic = {"[", 1},
     .state = STATE_CONTAINED,
     .anchor_up = 1,
     .tag = TAG_ARCHIVE},
    {.path = "/{digest}.json", OBJECT, .anchor_up = 1, .tag = TAG_CONFIG},
    // An archive that was unpacked: any folder, but only what begins as docker writes it.
    {.path = "{digest}.json",
     .magic = {"{\"architecture\":", 16},
     .state = STATE_CONTAINED,
     .anchor_up = 1,
     .tag = TAG_CONFIG},
    {.path = "image/*/imagedb/content/sha256/{digest}", OBJECT, .anchor_up = 6, .tag = TAG_CONFIG},
    {.path = "*-images/{digest}/=*", OBJECT, .anchor_up = 3, .tag = TAG_CONFIG},
    {0},
};

const struct recogniser recog_container_image = {
    .name = "container_image",
    .summary = "container images: OCI layouts, docker save, the stores of container engines",
    .epoch = 1,
    .gates = gates,
    .identify = identify_container_image,
};
