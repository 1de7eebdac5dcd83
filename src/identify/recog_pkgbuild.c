// SPDX-License-Identifier: Apache-2.0
/*
 * Reads recipes of Arch Linux and its user repository:
 *
 *     .SRCINFO    pkgbase = name            PKGBUILD    pkgname=name
 *                 	pkgver = 1.2                         pkgver=1.2
 *                 	source = https://…                   source=("https://…/$pkgver.tar.gz")
 *                 pkgname = name
 *
 * What a variable would hold is not known, so words with one are cut there. Format: PKGBUILD(5).
 */
#include "identify/text_file.h"
#include "identify/url.h"

enum {
    TAG_SRCINFO,
    TAG_PKGBUILD,
};

struct recipe {
    const struct job *job;
    struct text_file file;
    struct sv version, url;
    bool any;
};

static void emit_name(struct recipe *r, struct sv name)
{
    const struct package p = {
        .type = "pacman",
        .name = name,
        .version = r->version,
        .at = range_of(r->file.all, name),
        .state = STATE_REFERENCED,
        .ceiling = r->job->gate->ceiling,
    };

    if (!package_emit(r->job->out, &p))
        return;
    emit_field(r->job->out, FIELD_HOMEPAGE, r->url);
    r->any = true;
}

static void emit_source(struct recipe *r, struct sv text)
{
    size_t at = sv_find(text, SV("::"));

    // "file.tar.gz::https://…"
    if (at != SIZE_MAX)
        text = sv_from(text, at + 2);
    at = sv_find(text, SV("$"));
    if (at != SIZE_MAX)
        text.n = at;
    (void)url_emit_in(r->job, text, range_of(r->file.all, text), &r->any);
}

static void read_srcinfo(struct recipe *r)
{
    while (text_file_next(&r->file, '#')) {
        struct sv value = r->file.line, key = sv_trim(sv_cut(&value, '='));

        value = sv_trim(value);
        if (sv_eq(key, SV("pkgver")))
            r->version = value;
        else if (sv_eq(key, SV("url")))
            r->url = value;
        else if (sv_eq(key, SV("pkgname")))
            emit_name(r, value);
        else if (sv_starts(key, SV("source")))
            emit_source(r, value);
    }
}

/* The words of "(a 'b' "c")" or of one value, to the end of the line. */
static void each_word(struct recipe *r, struct sv value, void (*each)(struct recipe *, struct sv))
{
    while (value.n) {
        struct sv word;
        char c = value.p[0];

        value =
            sv_from(value, c == '(' || c == ')' || c == ' ' || c == '\t' || c == '"' || c == '\'');
        if (c == '#')
            return;
        if (c == '(' || c == ')' || c == ' ' || c == '\t')
            continue;
        word = value;
        if (c == '"' || c == '\'') {
            word = value.n ? sv_cut(&value, c) : value;
        } else {
            for (word.n = 0; word.n < value.n && value.p[word.n] != ' ' && value.p[word.n] != ')';)
                word.n++;
            value = sv_from(value, word.n);
        }
        if (word.n)
            each(r, word);
    }
}

static void keep_version(struct recipe *r, struct sv word)
{
    if (sv_find(word, SV("$")) == SIZE_MAX)
        r->version = word;
}

static void keep_url(struct recipe *r, struct sv word)
{
    if (sv_find(word, SV("$")) == SIZE_MAX)
        r->url = word;
}

static void keep_name(struct recipe *r, struct sv word)
{
    if (sv_find(word, SV("$")) == SIZE_MAX)
        emit_name(r, word);
}

/* Names come before versions, so that the version is looked up first. */
static void read_assignments(struct recipe *r, bool names)
{
    bool in_source = false;

    while (text_file_next(&r->file, '#')) {
        struct sv value = r->file.line, key = sv_cut(&value, '=');

        if (in_source && names) {
            each_word(r, r->file.line, emit_source);
            in_source = sv_find(r->file.line, SV(")")) == SIZE_MAX;
            continue;
        }
        if (!names && sv_eq(key, SV("pkgver")))
            each_word(r, value, keep_version);
        else if (!names && sv_eq(key, SV("url")))
            each_word(r, value, keep_url);
        else if (names && (sv_eq(key, SV("pkgname")) || sv_eq(key, SV("pkgbase"))))
            each_word(r, value, keep_name);
        else if (names && (sv_eq(key, SV("source")) || sv_starts(key, SV("source_")))) {
            each_word(r, value, emit_source);
            in_source = sv_find(value, SV(")")) == SIZE_MAX;
        }
    }
}

static int identify_pkgbuild(const struct job *job, struct err *err)
{
    struct recipe r = {.job = job};
    struct text_file start;
    int result = text_file_read(job, &start, err);

    if (result != 0)
        return result;
    r.file = start;
    if (job->gate->tag == TAG_SRCINFO) {
        read_srcinfo(&r);
    } else {
        read_assignments(&r, false);
        r.file = start;
        read_assignments(&r, true);
    }
    return r.any ? 0 : RECOG_NOT_MINE;
}

#define RECIPE .state = STATE_REFERENCED, .ceiling = CONFIDENCE_PROBABLE, .anchor_up = 1

static const struct gate gates[] = {
    {.path = ".SRCINFO", RECIPE, .tag = TAG_SRCINFO},
    {.path = "PKGBUILD", RECIPE, .tag = TAG_PKGBUILD},
    {0},
};

const struct recogniser recog_pkgbuild = {
    .name = "pkgbuild",
    .summary = "packages that recipes of Arch Linux build",
    .epoch = 1,
    .gates = gates,
    .identify = identify_pkgbuild,
};
