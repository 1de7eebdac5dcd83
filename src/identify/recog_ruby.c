// SPDX-License-Identifier: Apache-2.0
/*
 * Reads Ruby's gems: specifications/<name>-<version>.gemspec of an installed gem, Gemfile.lock, and
 * the lines of Gemfile and *.gemspec that ask for a gem.
 *
 *     Gem::Specification.new do |s|           GEM
 *       s.name = "rake".freeze                  remote: https://rubygems.org/
 *       s.version = "13.0.6"                    specs:
 *       s.authors = ["A".freeze, "B"]             rake (13.0.6)
 *                                                   needed-by-rake (~> 1)
 *     gem "rake", "~> 13"                       (Gemfile)
 *     s.add_dependency "rake", "~> 13"          (*.gemspec)
 *
 * Ruby is not run: what a line computes is not seen.
 */
#include <ctype.h>

#include <unistr.h>

#include "identify/json_file.h"
#include "identify/package.h"

enum {
    TAG_INSTALLED,
    TAG_LOCK,
    TAG_WANTED,
};

static bool emit_gem(const struct job *job, struct sv text, struct sv name, struct sv version,
                     struct sv constraint, enum component_state state)
{
    const struct package p = {
        .type = "gem",
        .name = name,
        .version = version,
        .constraint = constraint,
        .at = range_of(text, name),
        .state = state,
        .ceiling = job->gate->ceiling,
    };

    return package_emit(job->out, &p);
}

/* Cut the next "text" or 'text' out of a line; false when there is none. */
static bool cut_string(struct sv *line, struct sv *ret_text)
{
    size_t at = 0;

    while (at < line->n && line->p[at] != '"' && line->p[at] != '\'')
        at++;
    if (at >= line->n)
        return false;

    char quote = line->p[at];
    struct sv rest = sv_from(*line, at + 1);

    if (rest.n == 0)
        return false;
    *ret_text = sv_cut(&rest, quote);
    *line = rest;
    return true;
}

/* What stands behind "s.<name> =", whatever the variable is called. */
static struct sv assigned(struct sv line, struct sv name)
{
    struct sv rest = sv_trim(line);

    (void)sv_cut(&rest, '.');
    if (!sv_starts(rest, name))
        return (struct sv){0};
    rest = sv_trim(sv_from(rest, name.n));
    return sv_starts(rest, SV("=")) ? rest : (struct sv){0};
}

/* "\\u00e7" and "\\u{1f600}" as the characters they stand for. */
static struct sv unescaped(struct sv text, struct arena *arena)
{
    char *to = sv_find(text, SV("\\u")) == SIZE_MAX ? NULL : arena_take(arena, text.n + 1);
    size_t n = 0;

    if (!to)
        return text;
    for (size_t at = 0; at < text.n;) {
        struct sv rest = sv_from(text, at);
        bool braces = sv_starts(rest, SV("\\u{"));
        size_t from = braces ? 3 : 2, end = from;
        ucs4_t c = 0;
        int bytes = 0;

        while (end < rest.n && end - from < (braces ? 6u : 4u) && isxdigit((uint8_t)rest.p[end])) {
            char d = rest.p[end++];

            c = c * 16 + (ucs4_t)(d <= '9' ? d - '0' : (d | 0x20) - 'a' + 10);
        }
        // A character is never longer than its escape.
        if (sv_starts(rest, SV("\\u")) && end - from >= (braces ? 1u : 4u))
            bytes = u8_uctomb((uint8_t *)to + n, c, (ptrdiff_t)(text.n - n));
        if (bytes > 0) {
            n += (size_t)bytes;
            at += end + (braces && end < rest.n && rest.p[end] == '}');
        } else {
            to[n++] = text.p[at++];
        }
    }
    return (struct sv){to, n};
}

static bool identify_installed(const struct job *job, struct sv text)
{
    struct sv rest = text, name = {0}, version = {0};

    while (rest.n && (name.n == 0 || version.n == 0)) {
        struct sv line = sv_line(&rest), value;

        value = assigned(line, SV("name"));
        if (name.n == 0)
            (void)cut_string(&value, &name);
        value = assigned(line, SV("version"));
        if (version.n == 0)
            (void)cut_string(&value, &version);
    }
    if (version.n == 0 || !emit_gem(job, text, name, version, (struct sv){0}, job->gate->state))
        return false;
    for (rest = text; rest.n;) {
        const struct {
            struct sv name;
            enum field_key key;
        } wanted[] = {
            {SV("authors"), FIELD_AUTHOR},   {SV("author"), FIELD_AUTHOR},
            {SV("email"), FIELD_AUTHOR},     {SV("homepage"), FIELD_HOMEPAGE},
            {SV("licenses"), FIELD_LICENCE}, {SV("summary"), FIELD_DESCRIPTION},
        };
        struct sv line = sv_line(&rest), string;

        for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
            struct sv value = assigned(line, wanted[i].name);

            while (cut_string(&value, &string))
                emit_field(job->out, wanted[i].key, unescaped(string, job->arena));
        }
    }
    return true;
}

static bool identify_lock(const struct job *job, struct sv text)
{
    struct sv rest = text, section = {0}, remote = {0};
    bool any = false, known = false, pins = false;

    while (rest.n) {
        struct sv line = sv_line(&rest);

        if (line.n && line.p[0] != ' ') {
            section = sv_trim(line);
            pins = sv_eq(section, SV("GEM")) || sv_eq(section, SV("GIT")) ||
                   sv_eq(section, SV("PLUGIN SOURCE"));
            known |= sv_eq(section, SV("GEM"));
            remote = (struct sv){0};
        } else if (sv_starts(line, SV("  remote: "))) {
            remote = sv_trim(sv_from(line, sizeof("  remote: ") - 1));
        } else if (pins && sv_starts(line, SV("    ")) && line.n > 4 && line.p[4] != ' ') {
            struct sv version = sv_trim(line);
            struct sv name = sv_cut(&version, ' ');

            if (!sv_starts(version, SV("(")))
                continue;
            version = sv_from(version, 1);
            if (!emit_gem(job, text, name, sv_cut(&version, ')'), (struct sv){0}, STATE_REFERENCED))
                continue;
            if (!sv_starts(remote, SV("https://rubygems.org")))
                emit_field(job->out, FIELD_URL, remote);
            any = true;
        }
    }
    return any || known;
}

static bool identify_wanted(const struct job *job, struct sv text)
{
    const struct sv verbs[] = {SV("gem"), SV("add_dependency"), SV("add_runtime_dependency"),
                               SV("add_development_dependency")};
    struct sv rest = text;
    bool any = false;

    while (rest.n) {
        struct sv line = sv_trim(sv_line(&rest)), call = line, name, constraint = {0};
        size_t n = 0;

        if (sv_starts(line, SV("#")))
            continue;
        // "s.add_dependency": the receiver is a short word.
        while (n < call.n && call.p[n] != '.' && call.p[n] != ' ' && call.p[n] != '(')
            n++;
        if (n < call.n && call.p[n] == '.')
            call = sv_from(call, n + 1);
        for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
            struct sv arguments = sv_from(call, verbs[i].n);

            if (!sv_starts(call, verbs[i]) || arguments.n == 0 ||
                (arguments.p[0] != ' ' && arguments.p[0] != '('))
                continue;
            if (!cut_string(&arguments, &name))
                break;
            if (sv_starts(sv_trim(arguments), SV(", \"")) ||
                sv_starts(sv_trim(arguments), SV(", '")))
                (void)cut_string(&arguments, &constraint);
            any |= emit_gem(job, text, name, (struct sv){0}, constraint, STATE_REFERENCED);
            break;
        }
    }
    return any;
}

static int identify_ruby(const struct job *job, struct err *err)
{
    struct span all;
    struct sv text;
    bool any;

    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    text = sv_of(all);
    any = job->gate->tag == TAG_INSTALLED ? identify_installed(job, text)
          : job->gate->tag == TAG_LOCK    ? identify_lock(job, text)
                                          : identify_wanted(job, text);
    return any ? 0 : RECOG_NOT_MINE;
}

static const struct gate gates[] = {
    {.path = "specifications/*.gemspec",
     .state = STATE_INSTALLED,
     .anchor_up = 0,
     .tag = TAG_INSTALLED},
    {.path = "specifications/default/*.gemspec", .state = STATE_INSTALLED, .tag = TAG_INSTALLED},
    {.path = "Gemfile.lock", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_LOCK},
    {.path = "gems.locked", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_LOCK},
    {.path = "*.gemfile.lock", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_LOCK},
    {.path = "Gemfile", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_WANTED},
    {.path = "gems.rb", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_WANTED},
    {.path = "*.gemfile", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_WANTED},
    {.path = "*.gemspec", .state = STATE_REFERENCED, .anchor_up = 1, .tag = TAG_WANTED},
    {0},
};

const struct recogniser recog_ruby = {
    .name = "ruby",
    .summary = "Ruby gems that are installed, pinned or asked for",
    .packages = true,
    .epoch = 1,
    .gates = gates,
    .identify = identify_ruby,
};
