// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the package database of apk (Alpine): lib/apk/db/installed.
 *
 * Paragraphs of "X:value" lines, parted by empty lines. P V A T U L m are name, version,
 * architecture, text, URL, licence and maintainer; F is a folder (without the leading slash), and
 * each R below it a file in that folder. Format: https://wiki.alpinelinux.org/wiki/Apk_spec
 */
#include "identify/recogniser.h"

enum {
    DATABASE_MAX = 256 << 20,
};

struct paragraph {
    struct sv text;
    struct sv name, version, architecture, description, url, licence, maintainer;
};

static struct paragraph paragraph_read(struct sv *rest)
{
    struct paragraph p = {.text = {rest->p, 0}};

    while (rest->n) {
        struct sv line = sv_line(rest);
        struct sv value = sv_from(line, 2);

        if (line.n == 0)
            break;
        p.text.n = (size_t)(line.p + line.n - p.text.p);
        if (!sv_starts(sv_from(line, 1), SV(":")))
            continue;
        switch (line.p[0]) {
        case 'P':
            p.name = value;
            break;
        case 'V':
            p.version = value;
            break;
        case 'A':
            p.architecture = value;
            break;
        case 'T':
            p.description = value;
            break;
        case 'U':
            p.url = value;
            break;
        case 'L':
            p.licence = value;
            break;
        case 'm':
            p.maintainer = value;
            break;
        default:
            break;
        }
    }
    return p;
}

static void own_files(struct emit *out, struct sv paragraph)
{
    auto_buf path = BUF_INIT(EMIT_VALUE_MAX);
    struct sv folder = {0};

    while (paragraph.n) {
        struct sv line = sv_line(&paragraph);

        if (sv_starts(line, SV("F:")))
            folder = sv_from(line, 2);
        if (!sv_starts(line, SV("R:")))
            continue;
        buf_reset(&path);
        if (folder.n) {
            buf_char(&path, '/');
            buf_sv(&path, folder);
        }
        buf_char(&path, '/');
        buf_sv(&path, sv_from(line, 2));
        if (buf_ok(&path))
            emit_field(out, FIELD_OWNS, buf_view(&path));
    }
}

static void emit_package(struct emit *out, const struct paragraph *p, uint64_t offset)
{
    emit_component(out, TYPE_APPLICATION);
    emit_field_at(out, FIELD_PACKAGE, p->name, offset, p->text.n);
    emit_field(out, FIELD_NAME, p->name);
    emit_field(out, FIELD_PACKAGE_TYPE, SV("apk"));
    emit_field(out, FIELD_VERSION, p->version);
    emit_field(out, FIELD_ARCHITECTURE, p->architecture);
    emit_field(out, FIELD_MAINTAINER, p->maintainer);
    emit_field(out, FIELD_LICENCE, p->licence);
    emit_field(out, FIELD_HOMEPAGE, p->url);
    emit_field(out, FIELD_DESCRIPTION, p->description);
    emit_fieldf(out, FIELD_ROW, "P:%.*s", (int)p->name.n, p->name.p);
    emit_purl(out, "apk", SV("alpine"), p->name, p->version);
    own_files(out, p->text);
}

static int identify_apk(const struct job *job, struct err *err)
{
    struct span all;
    struct sv rest;

    TRY(source_read_all(job->bytes, DATABASE_MAX, job->arena, &all, err));
    rest = sv_of(all);
    while (rest.n) {
        struct paragraph p = paragraph_read(&rest);

        if (p.name.n)
            emit_package(job->out, &p, (uint64_t)(p.text.p - sv_of(all).p));
    }
    return 0;
}

static const struct gate gates[] = {
    {.path = "usr/lib/apk/db/installed", .state = STATE_INSTALLED, .anchor_up = 5, .first = true},
    {.path = "lib/apk/db/installed", .state = STATE_INSTALLED, .anchor_up = 4, .first = true},
    {0},
};

const struct recogniser recog_apk = {
    .name = "apk",
    .summary = "packages that apk installed, and the files they own",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_apk,
};
