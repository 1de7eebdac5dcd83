// SPDX-License-Identifier: Apache-2.0
/*
 * What package managers list:
 *
 *     dpkg -l                 +++-=====-…  below a header, then "ii  name:arch  version  arch  …"
 *     dpkg-query -W           "name<TAB>version"                   (only where a person names it)
 *     dpkg --get-selections   "name<TAB>install"
 *     apt list --installed    "name/suite,now version arch [installed]"
 *     rpm -qa                 "name-version-release.arch"
 *     rpm -qai                "Name        : name" …
 *     pip freeze              "name==version"                      (where it is called that)
 *     pip list                "Package Version" above a ruler
 */
#include <string.h>

#include "identify/listing.h"
#include "identify/nevra.h"

enum {
    LINES_TRIED = 20, /* that have to look right */
};

/* Whether the first lines all are of a kind, and there are enough. */
static bool all_lines(struct listing l, bool (*is_line)(struct sv line), size_t least)
{
    struct sv line;
    size_t n = 0;

    while (n < LINES_TRIED && listing_text_line(&l, &line)) {
        if (!is_line(line))
            return false;
        n++;
    }
    return n >= least;
}

/* ---- dpkg -l ---- */

static bool is_ruler(struct sv line)
{
    return sv_starts(line, SV("+++-=")) || sv_starts(line, SV("+++-==="));
}

static bool is_dpkg_row(struct sv line)
{
    return line.n > 4 && memchr("uihrp", line.p[0], 5) && memchr("ncHUFWti", line.p[1], 8) &&
           (line.p[2] == ' ' || line.p[2] == 'R') && line.p[3] == ' ';
}

static bool is_dpkg(struct listing l)
{
    struct listing start = l;
    struct sv line;

    for (unsigned n = 0; n < 12 && listing_line(&l, &line); n++)
        if (is_ruler(line))
            return true;
    return start.named && all_lines(start, is_dpkg_row, 1);
}

static int read_dpkg(struct listing *l, struct err *err)
{
    struct sv line;

    (void)err;
    while (listing_line(l, &line)) {
        struct sv rest = sv_from(line, 4), name, version;

        if (!is_dpkg_row(line) || line.p[1] == 'n')
            continue;
        name = listing_word(&rest);
        version = listing_word(&rest);
        name = sv_cut(&name, ':');
        if (name.n && version.n)
            listing_emit_package(l, "deb", name, version, listing_word(&rest),
                                 line.p[1] == 'c' ? STATE_RESIDUE : l->job->gate->state);
    }
    return 0;
}

/* ---- dpkg-query -W, dpkg --get-selections ---- */

static bool is_selection(struct sv line)
{
    struct sv name = listing_word(&line), word = listing_word(&line);

    return name.n && line.n == 0 &&
           (sv_eq(word, SV("install")) || sv_eq(word, SV("hold")) || sv_eq(word, SV("deinstall")) ||
            sv_eq(word, SV("purge")));
}

static bool is_name_and_version(struct sv line)
{
    bool has_tab = sv_find(line, SV("\t")) != SIZE_MAX;
    struct sv name = sv_cut(&line, '\t');

    line = sv_trim(line);
    return has_tab && name.n && sv_find(name, SV(" ")) == SIZE_MAX &&
           sv_find(line, SV(" ")) == SIZE_MAX && sv_find(line, SV("\t")) == SIZE_MAX &&
           (line.n == 0 || (line.p[0] >= '0' && line.p[0] <= '9'));
}

static bool is_selections(struct listing l)
{
    return all_lines(l, is_selection, l.named ? 1 : 5);
}

static bool is_query(struct listing l)
{
    return l.named && all_lines(l, is_name_and_version, 1);
}

static int read_query(struct listing *l, struct err *err)
{
    struct sv line;

    (void)err;
    while (listing_text_line(l, &line)) {
        struct sv name = listing_word(&line), word = listing_word(&line);
        bool gone = sv_eq(word, SV("deinstall"));

        name = sv_cut(&name, ':');
        if (word.n && !sv_eq(word, SV("purge")))
            listing_emit_package(l, "deb", name, word.p[0] <= '9' ? word : (struct sv){0},
                                 (struct sv){0}, gone ? STATE_RESIDUE : l->job->gate->state);
    }
    return 0;
}

/* ---- apt list ---- */

static bool is_apt_row(struct sv line)
{
    struct sv name = listing_word(&line);

    return sv_find(name, SV("/")) != SIZE_MAX && sv_ends(sv_trim(line), SV("]"));
}

static bool is_apt(struct listing l)
{
    struct listing after = l;
    struct sv line;

    // The first line says "Listing…" in the language of the system.
    if (listing_line(&after, &line) && !is_apt_row(line) && sv_find(line, SV("/")) == SIZE_MAX)
        l = after;
    return all_lines(l, is_apt_row, 1);
}

static int read_apt(struct listing *l, struct err *err)
{
    struct sv line;

    (void)err;
    while (listing_text_line(l, &line)) {
        struct sv rest = line, name = listing_word(&rest), version = listing_word(&rest);
        struct sv suites = name, package = sv_cut(&suites, '/');
        bool gone = sv_find(rest, SV("residual")) != SIZE_MAX;

        // "now" is what this system has, whatever the sources have.
        if (is_apt_row(line) && sv_ends(suites, SV("now")))
            listing_emit_package(l, "deb", package, version, listing_word(&rest),
                                 gone ? STATE_RESIDUE : l->job->gate->state);
    }
    return 0;
}

/* ---- rpm -qa ---- */

static bool is_rpm_row(struct sv line)
{
    struct nevra nevra;

    return nevra_read(listing_word(&line), &nevra);
}

static bool is_rpm(struct listing l)
{
    return all_lines(l, is_rpm_row, l.named ? 1 : 3);
}

static int read_rpm(struct listing *l, struct err *err)
{
    struct sv line;

    (void)err;
    while (listing_text_line(l, &line)) {
        struct nevra nevra;

        if (nevra_read(listing_word(&line), &nevra))
            listing_emit_package(l, "rpm", nevra.name, nevra.version, nevra.architecture,
                                 l->job->gate->state);
    }
    return 0;
}

/* ---- rpm -qai, pacman -Qi ---- */

static bool is_labelled(struct listing l)
{
    struct sv line, label;

    if (!listing_text_line(&l, &line))
        return false;
    label = sv_cut(&line, ':');
    return sv_ends(label, SV("  ")) && sv_eq(sv_trim(label), SV("Name")) && sv_trim(line).n;
}

static void end_labelled(struct listing *l, struct properties *p)
{
    if (p->c.name.n && p->release.n == 0 && p->c.version.n && p->maintainer.n) {
        claim(&p->c, FIELD_PACKAGE, p->c.name);
        claim(&p->c, FIELD_PACKAGE_TYPE, SV("pacman"));
        listing_emit(l, &p->c);
    } else if (p->c.name.n) {
        p->is_rpm = true;
        properties_emit(l, p);
    }
}

static int read_labelled(struct listing *l, struct err *err)
{
    struct properties p = properties_of(l);
    bool prose = false;
    struct sv line;

    (void)err;
    while (listing_line(l, &line)) {
        struct sv value = line, label = sv_trim(sv_cut(&value, ':'));
        bool is_name = sv_eq(label, SV("Name")) && sv_starts(line, SV("Name "));

        if (is_name) {
            end_labelled(l, &p);
            p = properties_of(l);
        }
        // What stands below "Description :" is prose.
        prose = !is_name && (prose || (sv_eq(label, SV("Description")) && sv_trim(value).n == 0));
        if (!prose && line.n && line.p[0] != ' ')
            property_add(&p, label, value);
    }
    end_labelled(l, &p);
    return 0;
}

/* ---- pip ---- */

static bool is_frozen_row(struct sv line)
{
    struct sv name = listing_word(&line);

    return sv_starts(name, SV("#")) || sv_eq(name, SV("-e")) ||
           (sv_find(name, SV("==")) != SIZE_MAX && line.n == 0) ||
           (sv_starts(line, SV("@ ")) && sv_find(line, SV("://")) != SIZE_MAX);
}

static bool is_frozen(struct listing l)
{
    return all_lines(l, is_frozen_row, 1);
}

static void emit_pypi(struct listing *l, struct sv name, struct sv version)
{
    struct package p = {
        .type = "pypi",
        .name = sv_trim(name),
        .version = sv_trim(version),
        .state = l->job->gate->state,
        .ceiling = l->job->gate->ceiling,
    };

    p.at.offset = decoded_text_offset(&l->file, p.name, &p.at.length);
    if (!package_emit(l->job->out, &p))
        return;
    emit_fieldf(l->job->out, FIELD_ROW, "line %zu", l->number);
    l->any = true;
}

static int read_frozen(struct listing *l, struct err *err)
{
    struct sv line;

    (void)err;
    while (listing_text_line(l, &line)) {
        size_t at = sv_find(line, SV("==")), from = sv_find(line, SV(" @ "));
        struct sv rest = line;

        if (sv_starts(line, SV("#")))
            continue;
        if (at != SIZE_MAX)
            emit_pypi(l, (struct sv){line.p, at}, sv_from(line, at + 2));
        else if (from != SIZE_MAX && !sv_eq(listing_word(&rest), SV("-e")))
            emit_pypi(l, (struct sv){line.p, from}, (struct sv){0});
    }
    return 0;
}

static bool is_pip_list(struct listing l)
{
    struct sv line;

    return listing_line(&l, &line) && sv_eq(listing_word(&line), SV("Package")) &&
           sv_starts(line, SV("Version")) && listing_line(&l, &line) && sv_starts(line, SV("---"));
}

static int read_pip_list(struct listing *l, struct err *err)
{
    struct sv line;

    (void)err;
    (void)listing_line(l, &line);
    (void)listing_line(l, &line);
    while (listing_text_line(l, &line)) {
        struct sv name = listing_word(&line);

        emit_pypi(l, name, listing_word(&line));
    }
    return 0;
}

const struct listing_format listings_of_packages[] = {
    {"dpkg -l", is_dpkg, read_dpkg},
    {"dpkg --get-selections", is_selections, read_query},
    {"apt list", is_apt, read_apt},
    {"rpm -qa", is_rpm, read_rpm},
    {"rpm -qai", is_labelled, read_labelled},
    {"pip list", is_pip_list, read_pip_list},
    {"pip freeze", is_frozen, read_frozen},
    {"dpkg-query -W", is_query, read_query},
    {0},
};
