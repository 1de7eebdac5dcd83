// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises what macOS and iOS keep in property lists: bundles (Info.plist), what launchd starts,
 * receipts of installed packages, the history of installations, the system extensions that a
 * person allowed, and the extensions of Safari.
 * Format: Apple "Information Property List"; launchd.plist(5); pkgutil(1).
 */
#include "base/clock.h"
#include "identify/info_plist.h"
#include "identify/recogniser.h"

enum {
    TAG_INFO,
    TAG_LAUNCHD,
    TAG_RECEIPT,
    TAG_HISTORY,
    TAG_EXTENSIONS,
    TAG_SAFARI,
    TAG_SAFARI_OLD,
    COMMAND_MAX = 8192,
};

struct work {
    const struct job *job;
    struct emit *out;
    struct span bytes;
    bool found;
};

static void emit(struct work *w, enum field_key key, struct sv value)
{
    struct span place = property_locate(w->bytes, value);

    emit_field_at(w->out, key, value, (uint64_t)(place.p - w->bytes.p), place.n);
}

static void emit_date(struct work *w, const struct property *date)
{
    int64_t ns = property_date_ns(date);
    char text[CLOCK_TEXT];

    if (ns)
        emit(w, FIELD_INSTALLED_AT, sv_str(clock_text(ns, text)));
}

static int read_info(struct work *w, const struct property *root)
{
    struct emit_once once;

    // Lists of that name have other uses; one of a bundle says which.
    if (info_plist_id(root).n == 0 && property_get_text(root, "CFBundleExecutable").n == 0)
        return RECOG_NOT_MINE;
    emit_component(w->out, info_plist_type(root));
    emit(w, FIELD_BUNDLE_ID, info_plist_id(root));
    emit_once_init(&once, w->out, w->job->arena);
    info_plist_emit(root, w->bytes, 0, &once);
    return 0;
}

/* "Program", or "ProgramArguments" with spaces between them. */
static void emit_command(struct work *w, const struct property *root)
{
    const struct property *arguments = property_get(root, "ProgramArguments");
    auto_buf command = BUF_INIT(COMMAND_MAX);

    if (property_count(arguments) == 0) {
        emit(w, FIELD_COMMAND, property_get_text(root, "Program"));
        return;
    }
    for (size_t i = 0; i < property_count(arguments); i++) {
        struct sv argument = property_text(property_at(arguments, i));

        // Where both are given, the first argument is but the name that the program sees.
        if (i == 0 && property_get_text(root, "Program").n)
            argument = property_get_text(root, "Program");
        if (i)
            buf_char(&command, ' ');
        buf_sv(&command, argument);
    }
    emit(w, FIELD_COMMAND, buf_view(&command));
}

static int read_launchd(struct work *w, const struct property *root)
{
    struct sv label = property_get_text(root, "Label");

    if (label.n == 0)
        return RECOG_NOT_MINE;
    emit_component(w->out, TYPE_SERVICE);
    emit(w, FIELD_LAUNCHD, label);
    emit(w, FIELD_NAME, label);
    emit_command(w, root);
    return 0;
}

static int read_receipt(struct work *w, const struct property *root)
{
    struct sv id = property_get_text(root, "PackageIdentifier");

    if (id.n == 0)
        return RECOG_NOT_MINE;
    emit_component(w->out, TYPE_APPLICATION);
    emit(w, FIELD_RECEIPT, id);
    emit(w, FIELD_NAME, id);
    emit(w, FIELD_VERSION, property_get_text(root, "PackageVersion"));
    emit_date(w, property_get(root, "InstallDate"));
    return 0;
}

/* What was once installed; whether it still is, is said elsewhere. */
static int read_history(struct work *w, const struct property *root)
{
    for (size_t i = 0; i < property_count(root); i++) {
        const struct property *one = property_at(root, i);
        const struct property *ids = property_get(one, "packageIdentifiers");

        emit_component(w->out, TYPE_APPLICATION);
        emit(w, FIELD_PRODUCT, property_get_text(one, "displayName"));
        emit(w, FIELD_VERSION, property_get_text(one, "displayVersion"));
        for (size_t k = 0; k < property_count(ids); k++)
            emit(w, FIELD_RECEIPT, property_text(property_at(ids, k)));
        emit_date(w, property_get(one, "date"));
        emit_fieldf(w->out, FIELD_ROW, "entry %zu", i);
    }
    return property_count(root) ? 0 : RECOG_NOT_MINE;
}

static int read_extensions(struct work *w, const struct property *root)
{
    const struct property *all = property_get(root, "extensions");

    for (size_t i = 0; i < property_count(all); i++) {
        const struct property *one = property_at(all, i);
        const struct property *version = property_get(one, "bundleVersion");

        emit_component(w->out, TYPE_SERVICE);
        emit(w, FIELD_BUNDLE_ID, property_get_text(one, "identifier"));
        emit(w, FIELD_TEAM_ID, property_get_text(one, "teamID"));
        emit(w, FIELD_VERSION, property_get_text(version, "CFBundleShortVersionString"));
        emit(w, FIELD_STATUS, property_get_text(one, "state"));
        emit(w, FIELD_COMMAND, property_get_text(one, "originPath"));
        emit_fieldf(w->out, FIELD_ROW, "extensions %zu", i);
    }
    return property_count(all) ? 0 : RECOG_NOT_MINE;
}

/* "com.example.App.Extension (ABCDE12345)": a bundle and who signed it. */
static void emit_safari(void *to, struct sv key, const struct property *value)
{
    struct work *w = to;
    struct sv id = key, team = {0};
    size_t at = sv_find(key, SV(" ("));

    if (!property_is_dict(value))
        return;
    if (at != SIZE_MAX && sv_ends(key, SV(")"))) {
        id.n = at;
        team = sv_from(key, at + 2);
        team.n--;
    }
    emit_component(w->out, TYPE_APPLICATION);
    emit(w, FIELD_BUNDLE_ID, id);
    emit(w, FIELD_TEAM_ID, team);
    emit_fieldf(w->out, FIELD_EXTENSION_ID, "%.*s%s%.*s", (int)id.n, id.p, team.n ? "-" : "",
                (int)team.n, team.p ? team.p : "");
    emit(w, FIELD_ROW, key);
    w->found = true;
}

static int read_safari(struct work *w, const struct property *root)
{
    property_each(root, emit_safari, w);
    return w->found ? 0 : RECOG_NOT_MINE;
}

/* Until version 12 extensions were archives in a folder, and this their list. */
static int read_old_safari(struct work *w, const struct property *root)
{
    const struct property *all = property_get(root, "Installed Extensions");

    for (size_t i = 0; i < property_count(all); i++) {
        const struct property *one = property_at(all, i);

        emit_component(w->out, TYPE_APPLICATION);
        emit(w, FIELD_FILE_NAME, property_get_text(one, "Archive File Name"));
        emit(w, FIELD_BUNDLE_ID, property_get_text(one, "Bundle Identifier"));
        emit(w, FIELD_NAME, property_get_text(one, "Bundle Directory Name"));
        emit_fieldf(w->out, FIELD_ROW, "extension %zu", i);
    }
    return property_count(all) ? 0 : RECOG_NOT_MINE;
}

static int identify_plist(const struct job *job, struct err *err)
{
    struct work w = {.job = job, .out = job->out};
    auto_property *root = NULL;
    struct span bytes;

    TRY(source_read(job->bytes, 0, 512, job->arena, &bytes, err));
    if (!property_list_is(bytes))
        return RECOG_NOT_MINE;
    TRY(source_read_all(job->bytes, PROPERTY_LIST_MAX, job->arena, &bytes, err));
    TRY(property_list_parse(bytes, job->arena, &root, err));
    w.bytes = bytes;
    switch (job->gate->tag) {
    case TAG_LAUNCHD:
        return read_launchd(&w, root);
    case TAG_RECEIPT:
        return read_receipt(&w, root);
    case TAG_HISTORY:
        return read_history(&w, root);
    case TAG_EXTENSIONS:
        return read_extensions(&w, root);
    case TAG_SAFARI:
        return read_safari(&w, root);
    case TAG_SAFARI_OLD:
        return read_old_safari(&w, root);
    default:
        return read_info(&w, root);
    }
}

#define BUNDLE(where, there, up) \
    { \
        .path = (where), .state = (there), .anchor_up = (up) \
    }
#define LAUNCHD(where) \
    { \
        .path = (where), .state = STATE_INSTALLED, .anchor_up = 1, .tag = TAG_LAUNCHD \
    }

#define SAFARI(where, which) \
    { \
        .path = (where), .state = STATE_INSTALLED, .anchor_up = 1, .tag = (which) \
    }

static const struct gate gates[] = {
    BUNDLE("/Applications/**/Contents/Info.plist", STATE_INSTALLED, 2),
    BUNDLE("/Users/*/Applications/**/Contents/Info.plist", STATE_INSTALLED, 2),
    BUNDLE("/Library/**/Contents/Info.plist", STATE_INSTALLED, 2),
    BUNDLE("/System/**/Contents/Info.plist", STATE_INSTALLED, 2),
    BUNDLE("Contents/Info.plist", STATE_PRESENT, 2),
    BUNDLE("*.framework/Versions/*/Resources/Info.plist", STATE_PRESENT, 4),
    BUNDLE("*.framework/Resources/Info.plist", STATE_PRESENT, 2),
    BUNDLE("Info.plist", STATE_PRESENT, 1),
    LAUNCHD("LaunchDaemons/*.plist"),
    LAUNCHD("LaunchAgents/*.plist"),
    {.path = "var/db/receipts/*.plist",
     .state = STATE_INSTALLED,
     .anchor_up = 4,
     .tag = TAG_RECEIPT},
    {.path = "/Library/Receipts/InstallHistory.plist",
     .state = STATE_RESIDUE,
     .anchor_up = 3,
     .tag = TAG_HISTORY},
    {.path = "/Library/SystemExtensions/db.plist",
     .state = STATE_INSTALLED,
     .anchor_up = 3,
     .tag = TAG_EXTENSIONS},
    SAFARI("Safari/AppExtensions/Extensions.plist", TAG_SAFARI),
    SAFARI("Safari/WebExtensions/Extensions.plist", TAG_SAFARI),
    SAFARI("Safari/Extensions/Extensions.plist", TAG_SAFARI_OLD),
    {0},
};

const struct recogniser recog_plist = {
    .name = "plist",
    .summary = "bundles, services, receipts and system extensions of macOS and iOS",
    .epoch = 1,
    .gates = gates,
    .identify = identify_plist,
};
