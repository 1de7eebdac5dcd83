// SPDX-License-Identifier: Apache-2.0
/*
 * Reads the package database of dpkg: var/lib/dpkg/status (and status.d/ of distroless images),
 * and the lists of files that packages own, var/lib/dpkg/info/<package>[:<arch>].list. A package
 * that is not installed, x.deb or x.udeb, has such a paragraph in its control.tar.
 *
 * The database is paragraphs of "Name: value" lines, parted by empty lines; a line that begins with
 * a space continues the value above it. "Status:" holds three words: want, flag and state. Every
 * state word of dpkg(1) is told apart: what is unpacked, half-installed or half-configured has its
 * files on the disk; config-files is residue; not-installed is nothing.
 * Format: deb-control(5), dpkg(1) "Package states", dpkg-query(1).
 */
#include "identify/recogniser.h"

enum {
    TAG_STATUS,
    TAG_LIST,
    DATABASE_MAX = 256 << 20,
};

struct paragraph {
    struct sv text; /* all of it */
    struct sv package, version, architecture, maintainer, status, source, homepage, conffiles,
        description;
};

/* The value of a field with its continuation lines, which follow it in the text. */
static struct sv value_with_more(struct sv first, struct sv rest)
{
    const char *end = first.p + first.n;

    while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t')) {
        struct sv line = sv_line(&rest);

        end = line.p + line.n;
    }
    return (struct sv){first.p, (size_t)(end - first.p)};
}

static struct paragraph paragraph_read(struct sv *rest)
{
    struct paragraph p = {0};
    const char *start = rest->p, *end = start;

    while (rest->n) {
        struct sv line = sv_line(rest);
        struct sv value = line;
        struct sv name = sv_cut(&value, ':');

        if (sv_trim(line).n == 0)
            break;
        end = line.p + line.n;
        if (line.p[0] == ' ' || line.p[0] == '\t')
            continue;
        if (value.p == NULL) // "Conffiles:" has its value on the lines below
            value = (struct sv){end, 0};

        const struct {
            const char *name;
            struct sv *to;
        } wanted[] = {
            {"Package", &p.package},         {"Version", &p.version},
            {"Maintainer", &p.maintainer},   {"Architecture", &p.architecture},
            {"Status", &p.status},           {"Source", &p.source},
            {"Homepage", &p.homepage},       {"Conffiles", &p.conffiles},
            {"Description", &p.description},
        };
        for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
            if (sv_eq_nocase(name, sv_str(wanted[i].name)))
                *wanted[i].to = i == 7 ? value_with_more(value, *rest) : sv_trim(value);
        }
    }
    p.text = (struct sv){start, start ? (size_t)(end - start) : 0};
    return p;
}

/* False for what dpkg only remembers the name of. */
static bool state_of(struct sv status, enum component_state *ret_state)
{
    (void)sv_cut(&status, ' ');
    (void)sv_cut(&status, ' ');
    status = sv_trim(status);
    if (sv_eq(status, SV("not-installed")))
        return false;
    *ret_state = sv_eq(status, SV("config-files")) ? STATE_RESIDUE : STATE_INSTALLED;
    return true;
}

/* "Conffiles:" lines are " /etc/name md5sum [obsolete]". */
static void own_conffiles(struct emit *out, struct sv conffiles)
{
    while (conffiles.n) {
        struct sv line = sv_trim(sv_line(&conffiles));
        struct sv path = sv_cut(&line, ' ');

        if (sv_starts(path, SV("/")))
            emit_field(out, FIELD_OWNS, path);
    }
}

static void emit_package(const struct job *job, const struct paragraph *p, uint64_t offset)
{
    enum component_state state = job->gate->state;
    struct emit *out = job->out;

    // A package in status.d/ (distroless) has no Status: being there is being installed.
    if (p->package.n == 0 || (p->status.n && !state_of(p->status, &state)))
        return;
    emit_component_as(out, TYPE_APPLICATION, state, job->gate->ceiling);
    emit_field_at(out, FIELD_PACKAGE, p->package, offset, p->text.n);
    emit_field(out, FIELD_NAME, p->package);
    emit_field(out, FIELD_PACKAGE_TYPE, SV("deb"));
    emit_field(out, FIELD_VERSION, p->version);
    emit_field(out, FIELD_ARCHITECTURE, p->architecture);
    emit_field(out, FIELD_MAINTAINER, p->maintainer);
    emit_field(out, FIELD_HOMEPAGE, p->homepage);
    emit_field(out, FIELD_DESCRIPTION, p->description);
    emit_field(out, FIELD_STATUS, p->status);
    emit_fieldf(out, FIELD_ROW, "Package: %.*s", (int)p->package.n, p->package.p);
    emit_purl(out, "deb", SV("debian"), p->package, p->version);
    own_conffiles(out, p->conffiles);
}

static int identify_status(const struct job *job, struct err *err)
{
    struct span all;
    struct sv rest;

    TRY(source_read_all(job->bytes, DATABASE_MAX, job->arena, &all, err));
    rest = sv_of(all);
    while (rest.n) {
        struct paragraph p = paragraph_read(&rest);

        if (p.text.n)
            emit_package(job, &p, (uint64_t)(p.text.p - sv_of(all).p));
    }
    return 0;
}

static int identify_list(const struct job *job, struct err *err)
{
    struct span all;
    struct sv rest;

    TRY(source_read_all(job->bytes, DATABASE_MAX, job->arena, &all, err));
    rest = sv_of(all);
    emit_component(job->out, TYPE_APPLICATION);
    emit_field(job->out, FIELD_PACKAGE_TYPE, SV("deb"));
    while (rest.n) {
        struct sv path = sv_line(&rest);

        if (path.n > 2) // the first line is "/."
            emit_field(job->out, FIELD_OWNS, path);
    }
    return 0;
}

static int identify_dpkg(const struct job *job, struct err *err)
{
    return job->gate->tag == TAG_LIST ? identify_list(job, err) : identify_status(job, err);
}

static const struct gate gates[] = {
    {.path = "var/lib/dpkg/status", .state = STATE_INSTALLED, .anchor_up = 4, .first = true},
    {.path = "var/lib/dpkg/status.d/*", .state = STATE_INSTALLED, .anchor_up = 5},
    {.path = "var/lib/dpkg/info/{package}.list",
     .state = STATE_INSTALLED,
     .anchor_up = 5,
     .first = true,
     .tag = TAG_LIST},
    {.path = "control.tar*!/control", .state = STATE_CONTAINED, .anchor_up = 2},
    {0},
};

const struct recogniser recog_dpkg = {
    .name = "dpkg",
    .summary = "packages that dpkg installed, and the files they own; .deb packages",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_dpkg,
};
