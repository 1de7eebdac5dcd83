// SPDX-License-Identifier: Apache-2.0
/*
 * Kernel modules that the configuration names: those to load at the start (etc/modules and
 * modules-load.d) and those with settings (modprobe.d).
 *
 * A line that names a module is easily left behind, and does not mean that there is one. A module
 * that is forbidden ("blacklist", or "install … /bin/false") is no trace of a product at all.
 * Formats: modules(5), modules-load.d(5), modprobe.d(5).
 */
#include "identify/text_file.h"

enum {
    TAG_LOAD,
    TAG_SETTINGS,
};

static void emit_module(struct emit *out, const struct text_file *f, struct sv name)
{
    if (name.n == 0)
        return;
    emit_component(out, TYPE_DEVICE_DRIVER);
    emit_field_at(out, FIELD_KERNEL_MODULE, name, text_file_offset(f, name), name.n);
    emit_field(out, FIELD_NAME, name);
    emit_fieldf(out, FIELD_ROW, "line %zu", f->number);
}

/* The module that a line of modprobe.d is about. */
static struct sv module_of(struct sv line)
{
    struct sv word = text_word(&line), name = text_word(&line);

    if (sv_eq(word, SV("alias")))
        return text_word(&line);
    if (sv_eq(word, SV("install")) && (sv_ends(line, SV("/true")) || sv_ends(line, SV("/false"))))
        return (struct sv){0};
    if (sv_eq(word, SV("options")) || sv_eq(word, SV("install")) || sv_eq(word, SV("remove")) ||
        sv_eq(word, SV("softdep")))
        return name;
    return (struct sv){0};
}

static int identify_module_list(const struct job *job, struct err *err)
{
    struct text_file f;
    int result = text_file_read(job, &f, err);

    if (result != 0)
        return result;
    while (text_file_next(&f, '#')) {
        struct sv line = f.line;

        if (job->gate->tag == TAG_SETTINGS)
            emit_module(job->out, &f, module_of(line));
        else if (line.p[0] != ';')
            emit_module(job->out, &f, text_word(&line));
    }
    return 0;
}

static const struct gate gates[] = {
    {.path = "etc/modules", .state = STATE_RESIDUE, .anchor_up = 2, .tag = TAG_LOAD},
    {.path = "etc/modules-load.d/*.conf", .state = STATE_RESIDUE, .anchor_up = 3, .tag = TAG_LOAD},
    {.path = "usr/lib/modules-load.d/*.conf",
     .state = STATE_RESIDUE,
     .anchor_up = 4,
     .tag = TAG_LOAD},
    {.path = "lib/modules-load.d/*.conf", .state = STATE_RESIDUE, .anchor_up = 3, .tag = TAG_LOAD},
    {.path = "etc/modprobe.d/*.conf", .state = STATE_RESIDUE, .anchor_up = 3, .tag = TAG_SETTINGS},
    {.path = "usr/lib/modprobe.d/*.conf",
     .state = STATE_RESIDUE,
     .anchor_up = 4,
     .tag = TAG_SETTINGS},
    {.path = "lib/modprobe.d/*.conf", .state = STATE_RESIDUE, .anchor_up = 3, .tag = TAG_SETTINGS},
    {0},
};

const struct recogniser recog_module_list = {
    .name = "module_list",
    .summary = "kernel modules that the configuration loads or sets up",
    .epoch = 1,
    .gates = gates,
    .identify = identify_module_list,
};
