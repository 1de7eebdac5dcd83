// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises Android apps (APK), by the name in their manifest and by who signed them.
 *
 *     AndroidManifest.xml  binary XML      resources.arsc  texts      classes.dex  recog_dex.c
 *
 * Android knows an app by its name and holds it to its first signer. So the name of an app whose
 * signature holds is the app's; one that nobody signed, or whose signature is broken, no device
 * would install, and its name is worth what its signature is. What else is in it is opened as an
 * archive.
 * Format: https://developer.android.com/guide/topics/manifest/manifest-intro
 */
#include "identify/android_manifest.h"
#include "identify/emit_signature.h"
#include "identify/jar_signature.h"
#include "identify/zip.h"
#include "trust/apk_signature.h"

enum {
    MANIFEST_MAX = 16 << 20,
    RESOURCES_MAX = 64 << 20,
};

struct work {
    const struct job *job;
    struct zip_directory directory;
    struct zip_entry manifest, resources;
};

static int find_members(struct work *w, struct err *err)
{
    struct reader rest = reader_over(w->directory.bytes);
    struct zip_entry e;
    int r;

    while ((r = zip_next(&rest, &e, err)) == 0) {
        if (sv_eq(e.name, SV("AndroidManifest.xml")))
            w->manifest = e;
        else if (sv_eq(e.name, SV("resources.arsc")))
            w->resources = e;
    }
    if (w->manifest.name.n)
        return 0;
    return r < 0 ? r : RECOG_NOT_MINE;
}

/* What says what an app is. */
static bool is_vital(struct sv name)
{
    return sv_eq(name, SV("AndroidManifest.xml")) ||
           (sv_starts(name, SV("classes")) && sv_ends(name, SV(".dex")));
}

/* Texts that the manifest has not itself; an app is told without them, too. */
static int read_resources(struct work *w, struct android_manifest *m, struct err *err)
{
    struct arena *arena = w->job->arena;
    struct span table;

    if (w->resources.name.n == 0 || (m->label_resource == 0 && m->version_resource == 0))
        return 0;
    TRY(zip_read(w->job, &w->directory, &w->resources, RESOURCES_MAX, &table, err));
    if (m->label.n == 0)
        m->label = android_resource_text(table, m->label_resource, arena);
    if (m->version_name.n == 0)
        m->version_name = android_resource_text(table, m->version_resource, arena);
    return arena_failed(arena) ? arena_error(arena, err) : 0;
}

static int read_signatures(struct work *w, struct signatures *to, struct err *err)
{
    const struct apk_layout layout = {
        .bytes = w->job->bytes, .directory = w->directory.at, .end = w->directory.end};

    TRY(apk_signature_check(&layout, w->job->roots, w->job->arena, to, err));
    return to->count ? 0 : jar_signature_check(w->job, &w->directory, is_vital, to, err);
}

static bool any_holds(const struct signatures *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].state != SIGNATURE_BROKEN)
            return true;
    return false;
}

static void emit_app(struct work *w, const struct android_manifest *m, const struct signatures *all)
{
    struct emit *out = w->job->out;
    bool holds = any_holds(all);

    emit_component(out, TYPE_APPLICATION);
    emit_field(out, FIELD_PRODUCT, m->label);
    if (m->version_name.n)
        emit_field(out, FIELD_VERSION, m->version_name);
    else if (m->version_code)
        emit_fieldf(out, FIELD_VERSION, "%u", m->version_code);
    if (holds)
        emit_field(out, FIELD_BUNDLE_ID, m->package);
    for (size_t i = 0; i < all->count; i++) {
        emit_signature(out, &all->at[i]);
        if (!holds)
            emit_field(out, FIELD_BUNDLE_ID, m->package);
    }
    if (all->count == 0) {
        emit_unsigned(out, (struct sv){0});
        emit_field(out, FIELD_BUNDLE_ID, m->package);
    }
    emit_group_end(out);
}

static int read_app(struct work *w, struct err *err)
{
    struct android_manifest manifest;
    struct signatures all = {0};
    struct span bytes;
    struct err wrong;
    int resources, signatures;

    TRY(zip_read(w->job, &w->directory, &w->manifest, MANIFEST_MAX, &bytes, err));
    if (!android_manifest_is(bytes))
        return RECOG_NOT_MINE; // of a library or a source tree: text
    TRY(android_manifest_read(bytes, w->job->arena, &manifest, err));
    resources = read_resources(w, &manifest, err);
    signatures = read_signatures(w, &all, resources < 0 ? &wrong : err);
    if (signatures < 0)
        TRY(signature_add_broken("it could not be read", 0, 0, w->job->arena, &all, &wrong));
    emit_app(w, &manifest, &all);
    return resources < 0 ? resources : signatures;
}

static int identify_android(const struct job *job, struct err *err)
{
    struct work w = {.job = job};
    struct err wrong;
    int result = zip_directory_read(job, &w.directory, &wrong);

    // Of an archive without a directory those tell that open it.
    if (result == RECOG_NOT_MINE || result == -ERR_FORMAT || result == -ERR_LIMIT)
        return RECOG_NOT_MINE;
    if (result == 0)
        result = find_members(&w, &wrong);
    if (result < 0)
        *err = wrong;
    return result ? result : read_app(&w, err);
}

#define INSTALLED(where) \
    { \
        .path = (where), .magic = {"PK\3\4", 4}, .state = STATE_INSTALLED, .anchor_up = 1 \
    }

static const struct gate gates[] = {
    INSTALLED("data/app/**/*.apk"),
    INSTALLED("system/app/**/*.apk"),
    INSTALLED("system/priv-app/**/*.apk"),
    INSTALLED("system_ext/**/*.apk"),
    INSTALLED("product/app/**/*.apk"),
    INSTALLED("product/priv-app/**/*.apk"),
    INSTALLED("vendor/app/**/*.apk"),
    {.magic = {"PK\3\4", 4}, .state = STATE_PRESENT},
    {0},
};

const struct recogniser recog_android = {
    .name = "android",
    .summary = "Android apps, and who signed them",
    .epoch = 1,
    .gates = gates,
    .identify = identify_android,
};
