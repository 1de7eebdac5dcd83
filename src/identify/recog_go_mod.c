// SPDX-License-Identifier: Apache-2.0
/*
 * Reads what Go's module files name: go.mod, go.sum and vendor/modules.txt.
 *
 *     module example.org/x                       example.org/a v1.2.3 h1:…
 *     require (                                  example.org/a v1.2.3/go.mod h1:…
 *         example.org/a v1.2.3 // indirect
 *     )                                          # example.org/a v1.2.3 => example.org/b v1.0.0
 *     replace example.org/a => example.org/b v1.0.0
 *
 * Lines of go.sum with "/go.mod" are modules that were only weighed, not taken. A go.mod in the
 * module cache is that of a dependency: present, and what it asks for is its affair.
 * Format: https://go.dev/ref/mod
 */
#include "identify/json_file.h"
#include "identify/package.h"

enum {
    TAG_MOD,
    TAG_CACHED,
    TAG_SUM,
    TAG_VENDOR,
};

/* The next word of a line, without quotes. */
static struct sv cut_word(struct sv *line)
{
    struct sv s = sv_trim(*line);
    size_t n = 0;

    while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
        n++;

    struct sv word = {s.p, n};

    *line = sv_from(s, n);
    if (word.n >= 2 && (word.p[0] == '"' || word.p[0] == '`') && word.p[word.n - 1] == word.p[0])
        word = (struct sv){word.p + 1, word.n - 2};
    return word;
}

static bool emit_module(const struct job *job, struct sv text, struct sv path, struct sv version,
                        enum component_state state)
{
    const struct package p = {
        .type = "golang",
        .name = path,
        .version = version,
        .at = range_of(text, path),
        .state = state,
        .ceiling = job->gate->ceiling,
    };

    return package_emit(job->out, &p);
}

static bool is_version(struct sv word)
{
    return word.n > 1 && word.p[0] == 'v' && word.p[1] >= '0' && word.p[1] <= '9';
}

/* The module behind "=>", unless it is a folder. */
static bool emit_replacement(const struct job *job, struct sv text, struct sv line)
{
    size_t arrow = sv_find(line, SV("=>"));
    struct sv rest = arrow == SIZE_MAX ? (struct sv){0} : sv_from(line, arrow + 2);
    struct sv path = cut_word(&rest), version = cut_word(&rest);

    return is_version(version) && emit_module(job, text, path, version, STATE_REFERENCED);
}

static bool read_mod_line(const struct job *job, struct sv text, struct sv verb, struct sv line)
{
    struct sv rest = line;

    if (sv_eq(verb, SV("module")))
        return emit_module(job, text, cut_word(&rest), (struct sv){0}, job->gate->state);
    if (job->gate->tag == TAG_CACHED)
        return false;
    if (sv_eq(verb, SV("require"))) {
        struct sv path = cut_word(&rest), version = cut_word(&rest);

        return is_version(version) && emit_module(job, text, path, version, STATE_REFERENCED);
    }
    return sv_eq(verb, SV("replace")) && emit_replacement(job, text, line);
}

static bool identify_mod(const struct job *job, struct sv text)
{
    struct sv rest = text, block = {0};
    bool any = false;

    while (rest.n) {
        struct sv line = sv_line(&rest);
        size_t comment = sv_find(line, SV("//"));

        // An address has no space before its slashes; a comment has.
        if (comment != SIZE_MAX &&
            (comment == 0 || line.p[comment - 1] == ' ' || line.p[comment - 1] == '\t'))
            line.n = comment;
        line = sv_trim(line);
        if (line.n == 0)
            continue;
        if (sv_eq(line, SV(")"))) {
            block = (struct sv){0};
        } else if (block.n) {
            any |= read_mod_line(job, text, block, line);
        } else {
            struct sv verb = cut_word(&line);

            if (sv_eq(sv_trim(line), SV("(")))
                block = verb;
            else
                any |= read_mod_line(job, text, verb, line);
        }
    }
    return any;
}

static bool identify_sum(const struct job *job, struct sv text)
{
    struct sv rest = text;
    bool any = false;

    while (rest.n) {
        struct sv line = sv_line(&rest);
        struct sv path = cut_word(&line), version = cut_word(&line);

        if (is_version(version) && sv_starts(sv_trim(line), SV("h1:")) &&
            !sv_ends(version, SV("/go.mod")))
            any |= emit_module(job, text, path, version, STATE_REFERENCED);
    }
    return any;
}

static bool identify_vendor(const struct job *job, struct sv text)
{
    struct sv rest = text;
    bool any = false;

    while (rest.n) {
        struct sv line = sv_line(&rest);

        if (!sv_starts(line, SV("# ")))
            continue;
        line = sv_from(line, 2);
        any |= emit_replacement(job, text, line);

        struct sv path = cut_word(&line), version = cut_word(&line);

        if (is_version(version))
            any |= emit_module(job, text, path, version, STATE_REFERENCED);
    }
    return any;
}

static int identify_go_mod(const struct job *job, struct err *err)
{
    struct span all;
    struct sv text;
    bool any;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    text = sv_of(all);
    any = job->gate->tag == TAG_SUM      ? identify_sum(job, text)
          : job->gate->tag == TAG_VENDOR ? identify_vendor(job, text)
                                         : identify_mod(job, text);
    return any ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "pkg/mod/**/go.mod", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_CACHED},
    {.path = "go.mod", .state = STATE_PRESENT, .anchor_up = 1, .tag = TAG_MOD},
    {.path = "go.sum", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_SUM},
    {.path = "vendor/modules.txt", .state = STATE_REFERENCED, .anchor_up = 2, .tag = TAG_VENDOR},
    {0},
};

const struct recogniser recog_go_mod = {
    .name = "go_mod",
    .summary = "Go modules that projects are, require and vendor",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_go_mod,
};
