// SPDX-License-Identifier: Apache-2.0
/*
 * Where a package manager gets packages from:
 *
 *     etc/apt/sources.list and sources.list.d/….list       deb [signed-by=…] https://host/path
 * suite part etc/apt/sources.list.d/….sources        Types: / URIs: / Suites: / Enabled: paragraphs
 *     etc/yum.repos.d, etc/zypp/repos.d       [id]  name=  baseurl=  enabled=
 *     etc/apk/repositories                    https://host/path
 *     etc/pacman.conf, etc/pacman.d           Server = https://host/path
 *
 * Formats: sources.list(5), yum.conf(5), apk-repositories(5), pacman.conf(5).
 */
#include "identify/key_file.h"
#include "identify/text_file.h"

enum {
    TAG_APT_LIST,
    TAG_APT_PARAGRAPHS,
    TAG_REPO,
    TAG_APK,
    TAG_PACMAN,
};

/* The address without "user:password@", which is nobody's business, and the host that it names. */
static struct sv public_part(struct sv url, struct arena *arena, struct sv *ret_host)
{
    size_t scheme = sv_find(url, SV("://")), at;
    struct sv rest, host;

    *ret_host = (struct sv){0};
    if (scheme == SIZE_MAX)
        return url;
    rest = sv_from(url, scheme + 3);
    host = sv_cut(&rest, '/');
    at = sv_find_last(host, '@');
    if (at != SIZE_MAX) {
        struct sv after = sv_from(url, scheme + 3 + at + 1);

        host = sv_from(host, at + 1);
        url = arena_printf(arena, "%.*s%.*s", (int)scheme + 3, url.p, (int)after.n, after.p);
    }
    if (sv_starts(host, SV("["))) {
        host = sv_from(host, 1);
        *ret_host = sv_cut(&host, ']');
    } else {
        *ret_host = sv_cut(&host, ':');
    }
    return url;
}

struct repository {
    struct sv url;
    const char *type; /* of the packages */
    struct sv name;
    bool disabled;
    size_t line; /* 0: not known */
};

struct listing {
    struct text_file file;
    struct arena *arena;
    struct emit *out;
};

static void emit_repository(const struct listing *l, const struct repository *r)
{
    struct sv url, host;

    if (sv_find(r->url, SV(":")) == SIZE_MAX)
        return; // no address: a path, or damage
    url = public_part(r->url, l->arena, &host);
    emit_component(l->out, TYPE_DATA);
    emit_field(l->out, FIELD_NAME, r->name.n ? r->name : url);
    emit_field_at(l->out, FIELD_URL, url, text_file_offset(&l->file, r->url), r->url.n);
    emit_field(l->out, FIELD_HOST, host);
    emit_fieldf(l->out, FIELD_STATUS, "%s package source%s", r->type,
                r->disabled ? ", disabled" : "");
    if (r->line)
        emit_fieldf(l->out, FIELD_ROW, "line %zu", r->line);
}

/* Several addresses with white space or commas between them. */
static void emit_each(const struct listing *l, struct sv urls, struct repository r)
{
    while (urls.n) {
        struct sv word = sv_line(&urls);

        while (word.n) {
            r.url = text_word(&word);
            while (sv_ends(r.url, SV(",")))
                r.url.n--;
            if (r.url.n)
                emit_repository(l, &r);
        }
    }
}

static void read_apt_list(struct listing *l)
{
    struct text_file *f = &l->file;

    while (text_file_next(f, '#')) {
        struct sv rest = f->line, word = text_word(&rest);

        if (!sv_eq(word, SV("deb")) && !sv_eq(word, SV("deb-src")))
            continue;
        if (sv_starts(rest, SV("["))) {
            (void)sv_cut(&rest, ']');
            rest = sv_trim(rest);
        }
        emit_repository(
            l, &(struct repository){.url = text_word(&rest), .type = "deb", .line = f->number});
    }
}

/* From a value to the end of the lines that continue it. */
static struct sv with_more(struct sv value, struct sv rest)
{
    struct sv whole = value;

    while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t')) {
        struct sv line = sv_line(&rest);

        whole.n = (size_t)(line.p + line.n - value.p);
    }
    return whole;
}

static void read_apt_paragraphs(struct listing *l)
{
    struct text_file *f = &l->file;

    struct sv rest = f->rest;

    while (rest.n) {
        struct repository r = {.type = "deb"};
        struct sv urls = {0};

        while (rest.n) {
            struct sv value = sv_line(&rest), key;

            if (sv_trim(value).n == 0)
                break;
            key = sv_cut(&value, ':');
            if (sv_eq_nocase(key, SV("URIs")) && value.p)
                urls = with_more(value, rest);
            else if (sv_eq_nocase(key, SV("Enabled")))
                r.disabled = sv_eq_nocase(sv_trim(value), SV("no"));
        }
        emit_each(l, urls, r);
    }
}

static bool is_off(struct sv value)
{
    return sv_eq(value, SV("0")) || sv_eq_nocase(value, SV("no")) ||
           sv_eq_nocase(value, SV("false"));
}

/* A section's name and whether it is disabled may stand behind its addresses. */
static struct repository section_of(struct key_file f, struct sv section)
{
    struct repository r = {.type = "rpm", .name = section};
    struct key_line line;

    while (key_file_next(&f, false, &line) && line.section.p == section.p) {
        if (sv_eq(line.key, SV("name")) && line.value.n)
            r.name = line.value;
        else if (sv_eq(line.key, SV("enabled")))
            r.disabled = is_off(line.value);
    }
    return r;
}

static void read_repo(struct listing *l)
{
    struct text_file *f = &l->file;

    struct key_file file = key_file_over(f->all), before = file;
    struct repository r = {0};
    struct sv section = {0};
    struct key_line line;

    for (; key_file_next(&file, false, &line); before = file) {
        if (line.section.p != section.p) {
            section = line.section;
            r = section_of(before, section);
        }
        // A second address stands alone on its line; its "=" is then part of it.
        if (sv_find(line.key, SV("://")) != SIZE_MAX)
            line.value = (struct sv){
                line.key.p,
                line.value.n ? (size_t)(line.value.p + line.value.n - line.key.p) : line.key.n};
        else if (!sv_eq(line.key, SV("baseurl")) && !sv_eq(line.key, SV("mirrorlist")) &&
                 !sv_eq(line.key, SV("metalink")))
            continue;
        emit_each(l, line.value, r);
    }
}

static void read_apk(struct listing *l)
{
    struct text_file *f = &l->file;

    while (text_file_next(f, '#')) {
        struct sv rest = f->line;

        if (sv_starts(rest, SV("@"))) // "@tag https://…"
            (void)text_word(&rest);
        emit_repository(
            l, &(struct repository){.url = text_word(&rest), .type = "apk", .line = f->number});
    }
}

static void read_pacman(struct listing *l)
{
    struct text_file *f = &l->file;

    while (text_file_next(f, '#')) {
        struct sv rest = f->line, key = sv_trim(sv_cut(&rest, '='));

        if (sv_eq(key, SV("Server")))
            emit_repository(
                l, &(struct repository){.url = sv_trim(rest), .type = "pacman", .line = f->number});
    }
}

static int identify_package_source(const struct job *job, struct err *err)
{
    struct listing l = {.arena = job->arena, .out = job->out};
    int result = text_file_read(job, &l.file, err);

    if (result != 0)
        return result;
    switch (job->gate->tag) {
    case TAG_APT_LIST:
        read_apt_list(&l);
        break;
    case TAG_APT_PARAGRAPHS:
        read_apt_paragraphs(&l);
        break;
    case TAG_REPO:
        read_repo(&l);
        break;
    case TAG_APK:
        read_apk(&l);
        break;
    default:
        read_pacman(&l);
        break;
    }
    return 0;
}

#define SOURCES(file, up, kind) \
    { \
        .path = (file), .state = STATE_REFERENCED, .anchor_up = (up), .tag = (kind) \
    }

static const struct gate gates[] = {
    SOURCES("etc/apt/sources.list", 3, TAG_APT_LIST),
    SOURCES("etc/apt/sources.list.d/*.list", 4, TAG_APT_LIST),
    SOURCES("etc/apt/sources.list.d/*.sources", 4, TAG_APT_PARAGRAPHS),
    SOURCES("etc/yum.repos.d/*.repo", 3, TAG_REPO),
    SOURCES("etc/zypp/repos.d/*.repo", 4, TAG_REPO),
    SOURCES("etc/apk/repositories", 3, TAG_APK),
    SOURCES("etc/pacman.conf", 2, TAG_PACMAN),
    SOURCES("etc/pacman.d/*", 3, TAG_PACMAN),
    {0},
};

const struct recogniser recog_package_source = {
    .name = "package_source",
    .summary = "where a package manager gets packages from",
    .epoch = 1,
    .gates = gates,
    .identify = identify_package_source,
};
