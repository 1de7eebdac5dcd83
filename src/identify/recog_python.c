// SPDX-License-Identifier: Apache-2.0
/*
 * Reads what Python says of an installed package: *.dist-info/METADATA, *.egg-info/PKG-INFO, an
 * .egg-info that is one file, and EGG-INFO/PKG-INFO inside an egg. A PKG-INFO anywhere else is an
 * unpacked source package: present.
 * Format: https://packaging.python.org/en/latest/specifications/core-metadata/
 */
#include "identify/headers.h"
#include "identify/package.h"

enum {
    HEADERS_MAX = 1 << 20, /* the description that follows may be a book */
};

struct metadata {
    struct sv name, version, summary, home_page, licence, author, author_email, maintainer,
        maintainer_email;
    struct sv name_line;
};

/* "Source, https://…" */
static void emit_project_url(struct emit *out, struct sv value)
{
    struct sv label = sv_trim(sv_cut(&value, ','));

    if (sv_eq_nocase(label, SV("homepage")))
        emit_field(out, FIELD_HOMEPAGE, sv_trim(value));
    else if (sv_starts(label, SV("Source")) || sv_eq_nocase(label, SV("repository")) ||
             sv_eq_nocase(label, SV("code")) || sv_eq_nocase(label, SV("github")))
        emit_field(out, FIELD_URL, sv_trim(value));
}

static void emit_known(struct emit *out, enum field_key key, struct sv value)
{
    if (!sv_eq(value, SV("UNKNOWN")))
        emit_field(out, key, value);
}

static struct metadata metadata_read(struct sv text)
{
    struct headers headers = {text};
    struct metadata m = {0};
    struct header h;
    const struct {
        const char *name;
        struct sv *to;
    } wanted[] = {
        {"Name", &m.name},
        {"Version", &m.version},
        {"Summary", &m.summary},
        {"Home-page", &m.home_page},
        {"License", &m.licence},
        {"Author", &m.author},
        {"Author-email", &m.author_email},
        {"Maintainer", &m.maintainer},
        {"Maintainer-email", &m.maintainer_email},
    };

    while (header_next(&headers, HEADERS_CUT, NULL, &h)) {
        for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
            if (wanted[i].to->n == 0 && sv_eq_nocase(h.name, sv_str(wanted[i].name)))
                *wanted[i].to = h.value;
        }
        if (m.name_line.n == 0 && m.name.n)
            m.name_line = h.line;
    }
    return m;
}

static int identify_python(const struct job *job, struct err *err)
{
    struct emit *out = job->out;
    struct headers headers;
    struct header h;
    struct metadata m;
    struct span all;

    TRY(source_read(job->bytes, 0, HEADERS_MAX, job->arena, &all, err));
    if (all.n == 0)
        return RECOG_NOT_MINE;
    m = metadata_read(sv_of(all));
    const struct package p = {
        .type = "pypi",
        .name = m.name,
        .version = m.version,
        .at = range_of(sv_of(all), m.name_line),
        .state = job->gate->state,
        .ceiling = job->gate->ceiling,
    };

    if (!package_emit(out, &p))
        return RECOG_NOT_MINE;
    if (!sv_eq(m.author, SV("UNKNOWN")))
        person_emit(out, FIELD_AUTHOR, m.author);
    if (!sv_eq(m.author_email, SV("UNKNOWN")))
        people_emit(out, FIELD_AUTHOR, m.author_email);
    person_emit(out, FIELD_MAINTAINER, m.maintainer);
    people_emit(out, FIELD_MAINTAINER, m.maintainer_email);
    emit_known(out, FIELD_DESCRIPTION, m.summary);
    emit_known(out, FIELD_LICENCE, m.licence);
    emit_known(out, FIELD_HOMEPAGE, m.home_page);
    headers = (struct headers){sv_of(all)};
    while (header_next(&headers, HEADERS_CUT, NULL, &h)) {
        if (sv_eq_nocase(h.name, SV("Project-URL")))
            emit_project_url(out, h.value);
    }
    return 0;
}

static const struct gate gates[] = {
    {.path = "*.dist-info/METADATA", .state = STATE_INSTALLED, .anchor_up = 1},
    {.path = "*.egg-info/PKG-INFO", .state = STATE_INSTALLED, .anchor_up = 1},
    {.path = "EGG-INFO/PKG-INFO", .state = STATE_INSTALLED, .anchor_up = 2},
    {.path = "*.egg-info", .state = STATE_INSTALLED},
    {.path = "PKG-INFO", .state = STATE_PRESENT, .anchor_up = 1},
    {0},
};

const struct recogniser recog_python = {
    .name = "python",
    .summary = "Python packages that are installed",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_python,
};
