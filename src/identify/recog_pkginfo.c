// SPDX-License-Identifier: Apache-2.0
/*
 * Reads .PKGINFO, which a package of apk (Alpine, made by abuild) or of pacman (Arch, made by
 * makepkg) has at the top of its archive: "name = value" lines, and comments that begin with '#'.
 * Formats: https://wiki.alpinelinux.org/wiki/Apk_spec, PKGINFO(5) of pacman.
 */
#include <string.h>

#include "identify/recogniser.h"

enum {
    FILE_MAX = 1 << 20,
};

struct facts {
    struct sv name, version, architecture, description, url, licence, packager, maintainer;
    bool pacman;
};

static void read_line(struct sv line, struct facts *f)
{
    struct sv value = line, name = sv_trim(sv_cut(&value, '='));
    const struct {
        const char *name;
        struct sv *to;
    } wanted[] = {
        {"pkgname", &f->name},      {"pkgver", &f->version},
        {"arch", &f->architecture}, {"pkgdesc", &f->description},
        {"url", &f->url},           {"license", &f->licence},
        {"packager", &f->packager}, {"maintainer", &f->maintainer},
    };

    for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
        if (sv_eq(name, sv_str(wanted[i].name)) && wanted[i].to->n == 0)
            *wanted[i].to = sv_trim(value);
    if (sv_eq(name, SV("pkgbase")) || sv_eq(name, SV("xdata")))
        f->pacman = true;
}

static int identify_pkginfo(const struct job *job, struct err *err)
{
    struct emit *out = job->out;
    struct facts f = {0};
    struct span all;
    struct sv rest;

    TRY(source_read_all(job->bytes, FILE_MAX, job->arena, &all, err));
    for (rest = sv_of(all); rest.n;) {
        struct sv line = sv_line(&rest);

        if (sv_starts(line, SV("#")))
            f.pacman = f.pacman || sv_find(line, SV("makepkg")) != SIZE_MAX;
        else
            read_line(line, &f);
    }
    if (f.name.n == 0 || f.version.n == 0)
        return RECOG_NOT_MINE;
    emit_component(out, TYPE_APPLICATION);
    emit_field_at(out, FIELD_PACKAGE, f.name, (uint64_t)(f.name.p - sv_of(all).p), f.name.n);
    emit_field(out, FIELD_NAME, f.name);
    emit_field(out, FIELD_PACKAGE_TYPE, f.pacman ? SV("pacman") : SV("apk"));
    emit_field(out, FIELD_VERSION, f.version);
    emit_field(out, FIELD_ARCHITECTURE, f.architecture);
    emit_field(out, FIELD_MAINTAINER, f.maintainer.n ? f.maintainer : f.packager);
    emit_field(out, FIELD_LICENCE, f.licence);
    emit_field(out, FIELD_HOMEPAGE, f.url);
    emit_field(out, FIELD_DESCRIPTION, f.description);
    emit_purl(out, f.pacman ? "alpm" : "apk", f.pacman ? SV("arch") : SV("alpine"), f.name,
              f.version);
    return 0;
}

static const struct gate gates[] = {
    {.path = "*!/.PKGINFO", .state = STATE_CONTAINED, .anchor_up = 1},
    {0},
};

const struct recogniser recog_pkginfo = {
    .name = "pkginfo",
    .summary = "packages of apk and pacman that are not installed",
    .epoch = 1,
    .gates = gates,
    .identify = identify_pkginfo,
};
