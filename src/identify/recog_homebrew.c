// SPDX-License-Identifier: Apache-2.0
/*
 * Reads Homebrew's casks and formulae:
 *
 *     cask "name" do                          class Name < Formula
 *       version "1.2"                           url "https://…"
 *       url "https://…/#{version}.dmg"          homepage "https://…"
 *       name "The Product"
 *       uninstall launchctl: "test.acme.agent",
 *                 pkgutil:   ["test.acme.*", "test.acme.pkg"]
 *
 * Ruby is not run: lines are read for words that are known, comments are passed over. An installed
 * cask has its recipe below Caskroom/<name>/.metadata.
 */
#include "identify/claims.h"
#include "identify/text_file.h"

/* Cut the next text in quotes out of a line; false when there is none. */
static bool cut_string(struct sv *line, struct sv *ret)
{
    for (size_t i = 0; i < line->n; i++) {
        struct sv rest;

        if (line->p[i] != '"' && line->p[i] != '\'')
            continue;
        rest = sv_from(*line, i + 1);
        if (rest.n == 0 || sv_find(rest, (struct sv){&line->p[i], 1}) == SIZE_MAX)
            return false;
        *ret = sv_cut(&rest, line->p[i]);
        *line = rest;
        return true;
    }
    return false;
}

/* The key of a list that runs over several lines: "pkgutil:" or "launchctl:". */
static bool key_of(struct sv line, enum field_key *ret_key)
{
    static const struct {
        const char *word;
        enum field_key key;
    } words[] = {
        {"pkgutil:", FIELD_RECEIPT},
        {"launchctl:", FIELD_LAUNCHD},
        {"quit:", FIELD_BUNDLE_ID},
    };

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t at = sv_find(line, sv_str(words[i].word));

        // Not within a text.
        if (at == SIZE_MAX || sv_find((struct sv){line.p, at}, SV("\"")) != SIZE_MAX)
            continue;
        *ret_key = words[i].key;
        return true;
    }
    return false;
}

static void read_word(struct claims *c, struct sv word, struct sv rest, bool first)
{
    struct sv text;
    size_t computed;

    if (!cut_string(&rest, &text))
        return;
    computed = sv_find(text, SV("#{"));
    if (computed != SIZE_MAX)
        text.n = computed;
    if (sv_eq(word, SV("version")) && first)
        c->version = text;
    else if (sv_eq(word, SV("url")))
        claim(c, FIELD_URL, text);
    else if (sv_eq(word, SV("name")))
        claim(c, FIELD_PRODUCT, text);
    else if (sv_eq(word, SV("homepage")))
        claim(c, FIELD_HOMEPAGE, text);
}

/* Whether the first line that says something is that of a cask or formula. */
static bool read_first(struct text_file *f, struct claims *c)
{
    struct sv line = f->line, word = text_word(&line);

    if (sv_eq(word, SV("cask")))
        return cut_string(&line, &c->name);
    if (!sv_eq(word, SV("class")))
        return false;
    c->name = text_word(&line);
    return sv_starts(line, SV("<")) && sv_ends(line, SV("Formula"));
}

static int identify_homebrew(const struct job *job, struct err *err)
{
    struct claims c = {.arena = job->arena, .type = TYPE_APPLICATION};
    enum field_key key = FIELD_COUNT_;
    struct text_file f;
    bool begun = false;
    int r = text_file_read(job, &f, err);

    if (r != 0)
        return r;
    claim(&c, FIELD_PACKAGE_TYPE, SV("brew"));
    while (text_file_next(&f, '#')) {
        struct sv rest = f.line, word, text;

        if (!begun) {
            begun = read_first(&f, &c);
            if (begun)
                c.at = range_of(f.all, c.name);
            continue;
        }
        // A list goes on as long as its lines end in a comma or have its texts alone.
        if (!key_of(f.line, &key) && f.line.p[0] != '"' && f.line.p[0] != ']')
            key = FIELD_COUNT_;
        while (key != FIELD_COUNT_ && cut_string(&rest, &text))
            claim(&c, key, text);
        rest = f.line;
        word = text_word(&rest);
        read_word(&c, word, rest, c.version.n == 0);
    }
    return claims_end(job, begun && claims_emit(job, &c) ? 0 : RECOG_NOT_MINE, err);
}

#define RECIPE .state = STATE_REFERENCED, .ceiling = CONFIDENCE_PROBABLE

static const struct gate gates[] = {
    {.path = "Caskroom/{package}/.metadata/**/*.rb", .state = STATE_INSTALLED, .anchor_up = 5},
    {.path = "Casks/**/{package}.rb", RECIPE},
    {.path = "Formula/**/{package}.rb", RECIPE},
    {.path = "{package}.rb", .magic = {"cask \"", 6}, RECIPE},
    {0},
};

const struct recogniser recog_homebrew = {
    .name = "homebrew",
    .summary = "casks and formulae of Homebrew",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_homebrew,
};
