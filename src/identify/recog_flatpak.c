// SPDX-License-Identifier: Apache-2.0
/*
 * Recognises what flatpak has deployed, for the system or for one user:
 *
 *     flatpak/app/ID/ARCH/BRANCH/COMMIT/metadata       flatpak/runtime/ID/ARCH/BRANCH/COMMIT/…
 *
 * The metadata is a key file: [Application] or [Runtime] with a name, and what it needs.
 * Format: flatpak-metadata(5).
 */
#include "identify/key_file.h"
#include "identify/recogniser.h"

enum {
    METADATA_MAX = 1 << 20,
};

static int identify_flatpak(const struct job *job, struct err *err)
{
    struct key_line line, name = {0}, command = {0};
    struct emit *out = job->out;
    struct key_file f;
    struct span all;

    TRY(source_read_all(job->bytes, METADATA_MAX, job->arena, &all, err));
    f = key_file_over(sv_of(all));
    while (key_file_next(&f, false, &line)) {
        bool application = sv_eq(line.section, SV("Application"));

        if (!application && !sv_eq(line.section, SV("Runtime")))
            continue;
        if (sv_eq(line.key, SV("name")))
            name = line;
        if (sv_eq(line.key, SV("command")))
            command = line;
    }
    if (name.value.n == 0)
        return RECOG_NOT_MINE;
    emit_component(out, sv_eq(name.section, SV("Runtime")) ? TYPE_FRAMEWORK : TYPE_APPLICATION);
    emit_field_at(out, FIELD_PACKAGE, name.value, name.offset, name.length);
    emit_field(out, FIELD_NAME, name.value);
    emit_field(out, FIELD_PACKAGE_TYPE, SV("flatpak"));
    emit_field(out, FIELD_BUNDLE_ID, name.value);
    emit_field(out, FIELD_COMMAND, command.value);
    return 0;
}

static const struct gate gates[] = {
    {.path = "flatpak/app/*/*/*/*/metadata", .state = STATE_INSTALLED, .anchor_up = 1},
    {.path = "flatpak/runtime/*/*/*/*/metadata", .state = STATE_INSTALLED, .anchor_up = 1},
    {0},
};

const struct recogniser recog_flatpak = {
    .name = "flatpak",
    .summary = "applications and runtimes that flatpak deployed",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_flatpak,
};
