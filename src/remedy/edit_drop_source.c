// SPDX-License-Identifier: Apache-2.0
/*
 * Takes the package sources on one host out of a package manager's list:
 *
 *     apt      deb [options] https://host/path suite part        the line
 *              Types: / URIs: / Suites: paragraphs               the paragraph, or the address
 *     yum, dnf, zypper   [id] baseurl= mirrorlist= metalink=     the section, or the address
 *     apk      https://host/path, @tag https://host/path         the line
 *     pacman   [repository] Server = https://host/path           the section, or the line
 *              Server = https://host/path, alone                 the line
 *
 * A paragraph or section goes when all of its addresses are on that host; otherwise only those go.
 * Comments that are not inside of what goes stay.
 * Formats: sources.list(5), yum.conf(5), apk-repositories(5), pacman.conf(5).
 */
#include "remedy/edit.h"

#include <string.h>

enum shape {
    SHAPE_LINES,
    SHAPE_PARAGRAPHS,
    SHAPE_SECTIONS,
};

/* ---- addresses ---- */

static bool is_on_host(struct sv url, struct sv host)
{
    size_t scheme = sv_find(url, SV("://")), at;
    struct sv rest, name;

    while (sv_ends(url, SV(",")))
        url.n--;
    if (scheme == SIZE_MAX)
        return false;
    rest = sv_from(url, scheme + 3);
    name = sv_cut(&rest, '/');
    at = sv_find_last(name, '@');
    if (at != SIZE_MAX)
        name = sv_from(name, at + 1);
    if (sv_starts(name, SV("["))) {
        name = sv_from(name, 1);
        name = sv_cut(&name, ']');
    } else {
        name = sv_cut(&name, ':');
    }
    return sv_eq_nocase(name, host);
}

static bool is_address(struct sv word)
{
    return sv_find(word, SV(":")) != SIZE_MAX;
}

/* Whether an address begins here: "https://" and the like. */
static bool begins_address(struct sv text)
{
    size_t n = 0;

    while (n < text.n && ((text.p[n] >= 'a' && text.p[n] <= 'z') || text.p[n] == '+'))
        n++;
    return n && sv_starts(sv_from(text, n), SV("://"));
}

/* Addresses are parted by white space, by commas, or by both; a comma behind one is cut with it. */
static struct sv next_address(struct sv *value)
{
    struct sv rest = *value, word = edit_word(value);

    for (size_t i = 0; i + 1 < word.n; i++) {
        if (word.p[i] != ',' || !begins_address(sv_from(word, i + 1)))
            continue;
        *value = sv_trim(rest);
        *value = sv_from(*value, i + 1);
        word.n = i + 1;
    }
    return word;
}

struct addresses {
    size_t mine, other;
};

static void count(struct sv value, struct sv host, struct addresses *a)
{
    while (value.n) {
        struct sv word = next_address(&value);

        if (!is_address(word))
            continue;
        if (is_on_host(word, host))
            a->mine++;
        else
            a->other++;
    }
}

/* Take those on the host out of a value that keeps others, with the white space behind. */
static void cut_addresses(struct edit_run *run, struct sv value)
{
    while (value.n) {
        struct sv word = next_address(&value);

        if (!is_on_host(word, run->key))
            continue;
        if (value.n)
            word.n = (size_t)(value.p - word.p);
        else
            while (word.p[-1] == ' ' || word.p[-1] == '\t')
                word = (struct sv){word.p - 1, word.n + 1};
        edit_cut(run, word);
    }
}

/* ---- lines ---- */

static void find_in_lines(struct edit_run *run)
{
    struct sv rest = run->text;
    struct edit_line line;

    while (edit_next_line(&rest, &line)) {
        struct sv words = line.text, word = edit_word(&words);

        if (sv_eq(word, SV("deb")) || sv_eq(word, SV("deb-src"))) {
            if (sv_starts(words, SV("[")))
                (void)sv_cut(&words, ']');
            word = edit_word(&words);
        } else if (sv_starts(word, SV("@"))) {
            word = edit_word(&words);
        } else if (sv_eq(word, SV("Server"))) {
            (void)sv_cut(&words, '=');
            word = edit_word(&words);
        }
        if (!sv_starts(line.text, SV("#")) && is_on_host(word, run->key))
            edit_cut(run, line.whole);
    }
}

/* ---- paragraphs and sections ---- */

/* The lines [text, rest) of one paragraph or section. */
struct group {
    struct sv text;
    struct addresses addresses;
    bool named; /* a section with a name; what stands before the first has none */
};

/* The value of a line that names addresses, or that goes on with them; *in_urls says which. */
static struct sv addresses_of(enum shape shape, const struct edit_line *line, bool *in_urls)
{
    struct sv value = line->text, key;
    bool goes_on = line->whole.p[0] == ' ' || line->whole.p[0] == '\t';

    if (line->text.n == 0 || line->text.p[0] == '#' || line->text.p[0] == ';')
        return (struct sv){0};
    if (*in_urls && goes_on)
        return value;
    if (shape == SHAPE_PARAGRAPHS) {
        key = sv_trim(sv_cut(&value, ':'));
        *in_urls = sv_eq_nocase(key, SV("URIs"));
    } else if (sv_find(line->text, SV("://")) < sv_find(line->text, SV("="))) {
        return *in_urls ? value : (struct sv){0}; // a second address alone on its line
    } else {
        key = sv_trim(sv_cut(&value, '='));
        *in_urls = sv_eq(key, SV("baseurl")) || sv_eq(key, SV("mirrorlist")) ||
                   sv_eq(key, SV("metalink")) || sv_eq(key, SV("Server"));
    }
    return *in_urls ? sv_trim(value) : (struct sv){0};
}

/* Whether a group begins with this line, or an empty one ends it. */
static bool begins(enum shape shape, const struct edit_line *line)
{
    return shape == SHAPE_SECTIONS ? sv_starts(line->text, SV("[")) : line->text.n == 0;
}

/* pacman: more addresses are in another file. */
static bool is_include(enum shape shape, const struct edit_line *line)
{
    struct sv rest = line->text;

    return shape == SHAPE_SECTIONS && sv_eq(sv_trim(sv_cut(&rest, '=')), SV("Include"));
}

static struct group next_group(enum shape shape, struct sv *rest, struct sv host)
{
    struct group g = {.text = *rest};
    struct sv ahead = *rest;
    struct edit_line line;
    bool in_urls = false;

    while (edit_next_line(&ahead, &line)) {
        if (begins(shape, &line) && line.whole.p != g.text.p)
            break;
        if (begins(shape, &line))
            g.named = shape == SHAPE_SECTIONS;
        count(addresses_of(shape, &line, &in_urls), host, &g.addresses);
        g.addresses.other += is_include(shape, &line);
        *rest = ahead;
    }
    g.text.n -= rest->n;
    return g;
}

/* Comments behind a section's last line may belong to the next one, and stay. */
static struct sv without_last_comments(struct sv text)
{
    struct sv rest = text, kept = text;
    struct edit_line line;
    bool comment = false;

    while (edit_next_line(&rest, &line)) {
        bool is_comment = sv_starts(line.text, SV("#")) || sv_starts(line.text, SV(";"));

        if (line.text.n && !is_comment)
            comment = false;
        else if (is_comment && !comment)
            kept.n = (size_t)(line.whole.p - text.p);
        comment = comment || is_comment;
    }
    return comment ? kept : text;
}

/* Whether the next line goes on with the addresses of this one. */
static bool goes_on(enum shape shape, struct sv rest)
{
    struct edit_line next;
    bool in_urls = true;

    return edit_next_line(&rest, &next) && next.text.n &&
           addresses_of(shape, &next, &in_urls).p == next.text.p;
}

/* A value that keeps others loses words; a line that has only the host's goes. */
static void cut_in_group(struct edit_run *run, enum shape shape, struct sv text)
{
    bool in_urls = false;
    struct edit_line line;

    while (edit_next_line(&text, &line)) {
        struct addresses a = {0};
        struct sv value = addresses_of(shape, &line, &in_urls);
        bool is_more = value.n && value.p == line.text.p;

        count(value, run->key, &a);
        if (a.mine && a.other == 0 &&
            (is_more || (shape == SHAPE_SECTIONS && !goes_on(shape, text))))
            edit_cut(run, line.whole);
        else if (a.mine)
            cut_addresses(run, value);
    }
}

static int find_in_groups(struct edit_run *run, enum shape shape)
{
    struct sv rest = run->text;

    while (rest.n) {
        struct group g = next_group(shape, &rest, run->key);

        if (g.addresses.mine == 0)
            continue;
        if (g.addresses.other || (shape == SHAPE_SECTIONS && !g.named))
            cut_in_group(run, shape, g.text);
        else
            edit_cut(run, shape == SHAPE_SECTIONS ? without_last_comments(g.text) : g.text);
    }
    return 0;
}

/* ---- the file ---- */

static enum shape shape_of(struct sv text)
{
    struct edit_line line;

    while (edit_next_line(&text, &line)) {
        struct sv key = line.text;

        if (line.text.n == 0 || line.text.p[0] == '#' || line.text.p[0] == ';')
            continue;
        if (line.text.p[0] == '[')
            return SHAPE_SECTIONS;
        key = sv_cut(&key, ':');
        return sv_eq_nocase(key, SV("Types")) || sv_eq_nocase(key, SV("URIs")) ||
                       sv_eq_nocase(key, SV("Suites")) || sv_eq_nocase(key, SV("Enabled")) ||
                       sv_eq_nocase(key, SV("Signed-By")) || sv_eq_nocase(key, SV("Components")) ||
                       sv_eq_nocase(key, SV("Architectures")) || sv_starts(key, SV("X-"))
                   ? SHAPE_PARAGRAPHS
                   : SHAPE_LINES;
    }
    return SHAPE_LINES;
}

static int find(struct edit_run *run, struct err *err)
{
    enum shape shape = shape_of(run->text);

    if (sv_find(run->key, SV("/")) != SIZE_MAX)
        return ERR(err, ERR_USAGE, "the key has to be a host, not an address");
    TRY(edit_check_text(run, "a list of package sources", err));
    if (shape != SHAPE_LINES)
        return find_in_groups(run, shape);
    find_in_lines(run);
    return 0;
}

const struct edit edit_drop_source = {
    .name = "drop-source",
    .summary = "the package sources on one host, of apt, dnf, yum, zypper, apk or pacman",
    .key = "the host",
    .find = find,
};
