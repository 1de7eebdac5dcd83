// SPDX-License-Identifier: Apache-2.0
/*
 * Reads Kickstart files: which packages an installation takes and from where, and what its scripts
 * fetch.
 *
 *     repo --name=x --baseurl=https://…
 *     %packages
 *     @core
 *     name
 *     -other                     left out
 *     %end
 *     %post
 *     curl https://…
 *     %end
 *
 * Format: https://pykickstart.readthedocs.io/en/latest/kickstart-docs.html
 */
#include <string.h>

#include "identify/shell.h"
#include "identify/text_file.h"
#include "identify/url.h"

struct reading {
    const struct job *job;
    struct text_file file;
    bool any;
};

static void read_package(struct reading *r, struct sv line)
{
    struct sv name = text_word(&line), version = {0};

    if (memchr("-@%#", name.p[0], 4))
        return;

    const struct package p = {
        .type = "rpm",
        .name = name,
        .version = version,
        .at = range_of(r->file.all, name),
        .state = STATE_REFERENCED,
        .ceiling = r->job->gate->ceiling,
    };

    r->any |= package_emit(r->job->out, &p);
}

/* The lines of a script, up to "%end". */
static void read_script(struct reading *r)
{
    struct sv script = {0};

    while (text_file_next(&r->file, 0) && !sv_eq(r->file.line, SV("%end"))) {
        if (script.n == 0)
            script = r->file.line;
        script.n = (size_t)(r->file.line.p + r->file.line.n - script.p);
    }
    if (script.n)
        r->any |= shell_emit(r->job, r->file.all, script, 0);
}

static int identify_kickstart(const struct job *job, struct err *err)
{
    struct reading r = {.job = job};
    bool in_packages = false, is_mine = false;
    int result = text_file_read(job, &r.file, err);

    if (result != 0)
        return result;
    while (text_file_next(&r.file, '#')) {
        struct sv line = r.file.line, word = text_word(&line);

        if (sv_eq(word, SV("%packages"))) {
            is_mine = in_packages = true;
        } else if (sv_eq(word, SV("%post")) || sv_eq(word, SV("%pre"))) {
            in_packages = false;
            if (is_mine)
                read_script(&r);
        } else if (word.p[0] == '%') {
            in_packages = false;
        } else if (in_packages) {
            read_package(&r, r.file.line);
        } else if (sv_eq(word, SV("repo")) || sv_eq(word, SV("url"))) {
            (void)url_emit_in(job, line, range_of(r.file.all, line), &r.any);
        }
    }
    return is_mine && r.any ? 0 : RECOG_NOT_MINE;
}

#define INSTALLATION .state = STATE_REFERENCED, .ceiling = CONFIDENCE_PROBABLE

static const struct gate gates[] = {
    {.path = "*.ks", INSTALLATION},
    {.path = "anaconda-ks.cfg", INSTALLATION},
    {.path = "ks.cfg", INSTALLATION},
    {.path = "*.cfg", .within = {"\n%packages", 10}, INSTALLATION},
    {.path = "*kickstart*", .within = {"\n%packages", 10}, INSTALLATION},
    {0},
};

const struct recogniser recog_kickstart = {
    .name = "kickstart",
    .summary = "packages that Kickstart files install",
    .epoch = 1,
    .gates = gates,
    .identify = identify_kickstart,
};
