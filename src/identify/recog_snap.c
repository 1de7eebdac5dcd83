// SPDX-License-Identifier: Apache-2.0
/*
 * Reads what snapd knows of snaps: var/lib/snapd/state.json says which ones are installed and
 * active, and meta/snap.yaml of each mounted revision says what it is.
 *
 *     { "data": { "snaps": { "NAME": { "type": "app", "active": true, "current": "123",
 *         "channel": "latest/stable", "sequence": [ { "name", "snap-id", "revision" } ] } } } }
 *
 * Format: https://snapcraft.io/docs/snap-format, overlord/snapstate in the source of snapd.
 */
#include "identify/json_file.h"
#include "identify/yaml_top.h"

enum {
    TAG_STATE,
    TAG_YAML,
    YAML_MAX = 1 << 20,
};

static void emit_snap(struct emit *out, struct json_file *f, const struct json *snap)
{
    struct sv name = json_name(snap), revision = json_get_text(snap, "current");
    bool active = json_is_true(json_get(snap, "active"));
    struct range at = json_file_find_member(f, name, '{');
    struct sv channel = json_get_text(snap, "channel");

    emit_component_as(out, TYPE_APPLICATION, active ? STATE_INSTALLED : STATE_PRESENT,
                      CONFIDENCE_CONFIRMED);
    emit_field_at(out, FIELD_PACKAGE, name, at.offset, at.length);
    emit_field(out, FIELD_NAME, name);
    emit_field(out, FIELD_PACKAGE_TYPE, SV("snap"));
    emit_fieldf(out, FIELD_STATUS, "%s, revision %.*s%s%.*s", active ? "active" : "inactive",
                (int)revision.n, revision.p, channel.n ? ", channel " : "", (int)channel.n,
                channel.p);
    emit_fieldf(out, FIELD_ROW, "data.snaps.%.*s", (int)name.n, name.p);
}

static int identify_state(const struct job *job, struct err *err)
{
    auto_json_file f = {0};
    const struct json *snaps;
    int result = json_file_read(job, JSON_STRICT, &f, err);

    if (result != 0)
        return result;
    snaps = json_get(json_get(f.root, "data"), "snaps");
    if (!json_is_object(snaps))
        return 0;                                      // a machine with snapd and without a snap
    (void)json_file_find_member(&f, SV("snaps"), '{'); // the names below are looked for after it
    for (const struct json *snap = json_first(snaps); snap; snap = json_next(snap)) {
        if (json_is_object(snap))
            emit_snap(job->out, &f, snap);
    }
    return 0;
}

static int identify_yaml(const struct job *job, struct err *err)
{
    enum { NAME, VERSION, SUMMARY, LICENCE, TITLE, COUNT };
    struct yaml_member m[COUNT] = {[NAME] = {"name"},
                                   [VERSION] = {"version"},
                                   [SUMMARY] = {"summary"},
                                   [LICENCE] = {"license"},
                                   [TITLE] = {"title"}};
    struct emit *out = job->out;
    struct span all;

    TRY(source_read_all(job->bytes, YAML_MAX, job->arena, &all, err));
    TRY(yaml_top_read(sv_of(all), m, COUNT, job->arena, err));
    if (m[NAME].value.n == 0)
        return RECOG_NOT_MINE;
    emit_component(out, TYPE_APPLICATION);
    emit_field_at(out, FIELD_PACKAGE, m[NAME].value, m[NAME].offset, m[NAME].length);
    emit_field(out, FIELD_NAME, m[NAME].value);
    emit_field(out, FIELD_PACKAGE_TYPE, SV("snap"));
    emit_field(out, FIELD_VERSION, m[VERSION].value);
    emit_field(out, FIELD_PRODUCT, m[TITLE].value);
    emit_field(out, FIELD_LICENCE, m[LICENCE].value);
    emit_field(out, FIELD_DESCRIPTION, m[SUMMARY].value);
    return 0;
}

static int identify_snap(const struct job *job, struct err *err)
{
    return job->gate->tag == TAG_YAML ? identify_yaml(job, err) : identify_state(job, err);
}

static const struct gate gates[] = {
    {.path = "var/lib/snapd/state.json",
     .state = STATE_INSTALLED,
     .anchor_up = 4,
     .first = true,
     .tag = TAG_STATE},
    // Where there is no /snap (Fedora, Arch), snaps are mounted below snapd's own folder.
    {.path = "var/lib/snapd/snap/*/*/meta/snap.yaml",
     .state = STATE_INSTALLED,
     .anchor_up = 8,
     .tag = TAG_YAML},
    {.path = "snap/*/*/meta/snap.yaml", .state = STATE_INSTALLED, .anchor_up = 5, .tag = TAG_YAML},
    {0},
};

const struct recogniser recog_snap = {
    .name = "snap",
    .summary = "snaps that snapd installed",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_snap,
};
