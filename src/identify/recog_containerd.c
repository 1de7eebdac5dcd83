// SPDX-License-Identifier: Apache-2.0
/*
 * Reads which images containerd has, and where it keeps the files of their layers.
 *
 *     io.containerd.metadata.v1.bolt/meta.db
 *         v1 / <name space> / images / <name> / target / digest
 *     io.containerd.snapshotter.v1.overlayfs/metadata.db
 *         v1 / snapshots / <name space>/<number>/<chain id> / id, parent, kind
 *
 * Snapshots that can be written to are those of containers, by whose names they go.
 * Format: https://github.com/containerd/containerd (metadata/buckets.go, snapshots/storage/bolt.go)
 */
#include "identify/bolt.h"
#include "identify/image.h"

enum {
    TAG_META,
    TAG_SNAPSHOTS,
    KIND_ACTIVE = 2,
    LEVELS = 6,
};

struct walk {
    const struct job *job;
    const char *const *path; /* names of buckets, NULL for any */
    size_t depth;
    struct sv image;    /* whose target is read */
    struct sv snapshot; /* whose fields are read, with */
    struct sv id, parent, kind;
};

/* What of "default/12/sha256:…" other stores call it. */
static struct sv short_key(struct sv key)
{
    (void)sv_cut(&key, '/');
    (void)sv_cut(&key, '/');
    return key;
}

static void emit_image(const struct walk *w, struct sv digest)
{
    struct range nowhere = {0, 0};

    if (image_emit(w->job, w->image, nowhere, w->job->gate->state, w->job->gate->ceiling))
        emit_field(w->job->out, FIELD_MANIFEST, image_digest(digest));
}

static void emit_snapshot(const struct walk *w)
{
    struct reader r = reader_over((struct span){(const uint8_t *)w->id.p, w->id.n});
    uint64_t number = reader_uvarint(&r);
    struct sv key = short_key(w->snapshot);

    if (!reader_ok(&r) || key.n == 0)
        return;
    emit_component_as(w->job->out, TYPE_DATA, STATE_CONTAINED, w->job->gate->ceiling);
    emit_field(w->job->out, FIELD_LAYER, key);
    emit_field(w->job->out, FIELD_LAYER_PARENT, short_key(w->parent));
    emit_fieldf(w->job->out, FIELD_LAYER_PLACE, "snapshots/%llu/fs", (unsigned long long)number);
    if (w->kind.n == 0 || w->kind.p[0] != KIND_ACTIVE || sv_starts(key, SV("extract-")))
        return;
    emit_component(w->job->out, TYPE_CONTAINER);
    emit_field(w->job->out, FIELD_NAME, key);
    emit_field(w->job->out, FIELD_DIGEST, key);
    emit_field(w->job->out, FIELD_LAYER, key);
}

static void take_value(struct walk *w, const struct bolt_entry *e)
{
    const struct {
        const char *key;
        struct sv *to;
    } wanted[] = {{"id", &w->id}, {"parent", &w->parent}, {"kind", &w->kind}};

    if (w->job->gate->tag == TAG_META) {
        if (sv_eq(e->key, SV("digest")))
            emit_image(w, e->value);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        if (sv_eq(e->key, sv_str(wanted[i].key)))
            *wanted[i].to = e->value;
}

/* Go down where the path of names leads; values are wanted at its end. */
static int on_entry(void *to, struct bolt *b, const struct bolt_entry *e, struct err *err)
{
    struct walk *w = to;
    const char *name = w->path[w->depth];
    struct walk inner = *w;

    if (sv_eq(sv_str(name), SV("."))) {
        if (!e->is_bucket)
            take_value(w, e);
        return 0;
    }
    if (!e->is_bucket || (name && !sv_eq(e->key, sv_str(name))))
        return 0;
    inner.depth++;
    if (w->job->gate->tag == TAG_META && w->depth == 3)
        inner.image = e->key;
    if (w->job->gate->tag == TAG_SNAPSHOTS && w->depth == 2)
        inner.snapshot = e->key;
    TRY(bolt_each(b, &e->bucket, on_entry, &inner, err));
    if (w->job->gate->tag == TAG_SNAPSHOTS && w->depth == 2)
        emit_snapshot(&inner);
    return 0;
}

static int identify_containerd(const struct job *job, struct err *err)
{
    static const char *const meta[LEVELS] = {"v1", NULL, "images", NULL, "target", "."};
    static const char *const snapshots[LEVELS] = {"v1", "snapshots", NULL, "."};
    struct walk w = {.job = job, .path = job->gate->tag == TAG_META ? meta : snapshots};
    struct bolt_bucket root;
    struct bolt b;
    int result = bolt_open(job->bytes, job->arena, &b, &root, err);

    if (result != 0)
        return result == BOLT_NOT ? RECOG_NOT_MINE : result;
    return bolt_each(&b, &root, on_entry, &w, err);
}

static const struct gate gates[] = {
    {.path = "io.containerd.metadata.v1.bolt/meta.db",
     .state = STATE_INSTALLED,
     .anchor_up = 2,
     .tag = TAG_META},
    {.path = "io.containerd.snapshotter.v1.overlayfs/metadata.db",
     .state = STATE_INSTALLED,
     .anchor_up = 2,
     .tag = TAG_SNAPSHOTS},
    {0},
};

const struct recogniser recog_containerd = {
    .name = "containerd",
    .summary = "images of containerd, and where it keeps their layers",
    .epoch = 1,
    .gates = gates,
    .identify = identify_containerd,
};
