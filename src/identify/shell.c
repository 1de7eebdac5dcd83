// SPDX-License-Identifier: Apache-2.0
#include "identify/shell.h"

#include <string.h>

#include "identify/image.h"
#include "identify/npm.h"
#include "identify/pypi.h"
#include "identify/url.h"

enum {
    DEPTH_MAX = 4, /* of commands inside of words */
    SUBCOMMANDS_MAX = 6,
};

enum {
    PHASE_PREFIX,     /* before the name of the program */
    PHASE_SUBCOMMAND, /* before the word that says install */
    PHASE_OPERANDS,
    PHASE_IGNORED,
};

enum program_kind {
    KIND_PREFIX,   /* another program follows: sudo, env, then */
    KIND_FETCHES,  /* its words with "://" are fetched or added */
    KIND_PRINTS,   /* prints what may be a line for a list of package sources */
    KIND_RUNS,     /* its words with spaces are commands */
    KIND_INSTALLS, /* packages follow the subcommand */
    KIND_IMAGES,   /* an image follows the subcommand */
};

struct shell_program {
    const char *name;
    enum program_kind kind;
    const char *type; /* of the packages */
    const char *subcommands[SUBCOMMANDS_MAX];
    bool nests; /* other words may stand before the subcommand: docker image pull */
};

static const struct shell_program programs[] = {
    {"sudo", KIND_PREFIX},
    {"doas", KIND_PREFIX},
    {"env", KIND_PREFIX},
    {"exec", KIND_PREFIX},
    {"nohup", KIND_PREFIX},
    {"time", KIND_PREFIX},
    {"command", KIND_PREFIX},
    {"then", KIND_PREFIX},
    {"do", KIND_PREFIX},
    {"else", KIND_PREFIX},
    {"if", KIND_PREFIX},
    {"elif", KIND_PREFIX},
    {"while", KIND_PREFIX},
    {"until", KIND_PREFIX},
    {"!", KIND_PREFIX},
    {"{", KIND_PREFIX},
    {"retry", KIND_PREFIX},
    {"curl", KIND_FETCHES},
    {"wget", KIND_FETCHES},
    {"aria2c", KIND_FETCHES},
    {"axel", KIND_FETCHES},
    {"lftp", KIND_FETCHES},
    {"fetch", KIND_FETCHES},
    {"http", KIND_FETCHES},
    {"git", KIND_FETCHES},
    {"svn", KIND_FETCHES},
    {"hg", KIND_FETCHES},
    {"rpm", KIND_FETCHES},
    {"dpkg", KIND_FETCHES},
    {"msiexec", KIND_FETCHES},
    {"certutil", KIND_FETCHES},
    {"bitsadmin", KIND_FETCHES},
    {"invoke-webrequest", KIND_FETCHES},
    {"invoke-restmethod", KIND_FETCHES},
    {"iwr", KIND_FETCHES},
    {"irm", KIND_FETCHES},
    {"start-bitstransfer", KIND_FETCHES},
    {"kubectl", KIND_FETCHES},
    {"oc", KIND_FETCHES},
    {"helm", KIND_FETCHES},
    {"add-apt-repository", KIND_FETCHES},
    {"apt-add-repository", KIND_FETCHES},
    {"yum-config-manager", KIND_FETCHES},
    {"url", KIND_FETCHES},  // of a kickstart file
    {"repo", KIND_FETCHES}, // the same
    {"deb", KIND_FETCHES},  // a line of sources.list, in a here-document
    {"deb-src", KIND_FETCHES},
    {"echo", KIND_PRINTS},
    {"printf", KIND_PRINTS},
    {"tee", KIND_PRINTS},
    {"sh", KIND_RUNS},
    {"bash", KIND_RUNS},
    {"dash", KIND_RUNS},
    {"zsh", KIND_RUNS},
    {"su", KIND_RUNS},
    {"eval", KIND_RUNS},
    {"ssh", KIND_RUNS},
    {"chroot", KIND_RUNS},
    {"powershell", KIND_RUNS},
    {"pwsh", KIND_RUNS},
    {"cmd", KIND_RUNS},
    {"apt-get", KIND_INSTALLS, "deb", {"install"}},
    {"apt", KIND_INSTALLS, "deb", {"install"}},
    {"aptitude", KIND_INSTALLS, "deb", {"install"}},
    {"yum", KIND_INSTALLS, "rpm", {"install", "localinstall", "reinstall"}},
    {"dnf", KIND_INSTALLS, "rpm", {"install", "localinstall", "reinstall"}},
    {"microdnf", KIND_INSTALLS, "rpm", {"install"}},
    {"tdnf", KIND_INSTALLS, "rpm", {"install"}},
    {"zypper", KIND_INSTALLS, "rpm", {"install", "in"}},
    {"rpm-ostree", KIND_INSTALLS, "rpm", {"install"}},
    {"apk", KIND_INSTALLS, "apk", {"add"}},
    {"pacman", KIND_INSTALLS, "pacman", {"-S", "-Sy", "-Syu", "-U", "--sync"}},
    {"pip", KIND_INSTALLS, "pypi", {"install", "download", "wheel"}},
    {"pip2", KIND_INSTALLS, "pypi", {"install"}},
    {"pip3", KIND_INSTALLS, "pypi", {"install", "download", "wheel"}},
    {"pipx", KIND_INSTALLS, "pypi", {"install", "run"}},
    {"uv", KIND_INSTALLS, "pypi", {"install", "add"}, true},
    {"poetry", KIND_INSTALLS, "pypi", {"add"}},
    {"pipenv", KIND_INSTALLS, "pypi", {"install"}},
    {"easy_install", KIND_INSTALLS, "pypi", {NULL}},
    {"conda", KIND_INSTALLS, "conda", {"install", "create"}, true},
    {"mamba", KIND_INSTALLS, "conda", {"install", "create"}, true},
    {"npm", KIND_INSTALLS, "npm", {"install", "i", "add"}},
    {"yarn", KIND_INSTALLS, "npm", {"add"}, true},
    {"pnpm", KIND_INSTALLS, "npm", {"add", "install", "i"}},
    {"bun", KIND_INSTALLS, "npm", {"add", "install", "i"}},
    {"npx", KIND_INSTALLS, "npm", {NULL}},
    {"gem", KIND_INSTALLS, "gem", {"install"}},
    {"go", KIND_INSTALLS, "golang", {"install", "get"}},
    {"cargo", KIND_INSTALLS, "cargo", {"install", "add"}},
    {"composer", KIND_INSTALLS, "composer", {"require"}, true},
    {"dotnet", KIND_INSTALLS, "nuget", {"package"}, true},
    {"nuget", KIND_INSTALLS, "nuget", {"install"}},
    {"snap", KIND_INSTALLS, "snap", {"install"}},
    {"flatpak", KIND_INSTALLS, "flatpak", {"install"}},
    {"brew", KIND_INSTALLS, "brew", {"install"}},
    {"choco", KIND_INSTALLS, "chocolatey", {"install"}},
    {"winget", KIND_INSTALLS, "winget", {"install"}},
    {"docker", KIND_IMAGES, NULL, {"pull", "run", "create"}, true},
    {"podman", KIND_IMAGES, NULL, {"pull", "run", "create"}, true},
    {"nerdctl", KIND_IMAGES, NULL, {"pull", "run", "create"}, true},
    {"crictl", KIND_IMAGES, NULL, {"pull"}},
    {"ctr", KIND_IMAGES, NULL, {"pull"}, true},
    {"buildah", KIND_IMAGES, NULL, {"pull", "from"}},
    {"skopeo", KIND_IMAGES, NULL, {"copy", "inspect"}},
};

/* Long options that take the next word with them, wherever they are met. */
static const char *const value_options[] = {
    "--add-host",     "--cap-add", "--channel",    "--constraint",      "--device",
    "--entrypoint",   "--env",     "--env-file",   "--extra-index-url", "--features",
    "--find-links",   "--git",     "--hostname",   "--index-url",       "--label",
    "--log-driver",   "--log-opt", "--memory",     "--mount",           "--name",
    "--net",          "--network", "--platform",   "--prefix",          "--publish",
    "--registry",     "--repo",    "--repository", "--requirement",     "--restart",
    "--root",         "--source",  "--tag",        "--target",          "--target-release",
    "--trusted-host", "--user",    "--version",    "--virtual",         "--volume",
    "--volumes-from", "--workdir",
};

/* The letters of the short ones, by what is installed. */
static const struct {
    const char *type, *letters;
} short_value_options[] = {
    {"deb", "otc"}, {"pypi", "rcift"}, {"apk", "tXp"}, {"gem", "vins"}, {"conda", "cnp"},
};

static bool takes_value(const struct shell_program *p, struct sv option)
{
    const char *letters = p->kind == KIND_IMAGES ? "aehlmpuvwc" : "";

    // Of several letters in one word the last may take a value: -Ur.
    if (option.n >= 2 && !sv_starts(option, SV("--"))) {
        char last = option.p[option.n - 1];

        for (size_t i = 0; i < ARRAY_LEN(short_value_options) && p->type; i++) {
            if (strcmp(p->type, short_value_options[i].type) == 0)
                letters = short_value_options[i].letters;
        }
        return last && strchr(letters, last);
    }
    for (size_t i = 0; i < ARRAY_LEN(value_options); i++) {
        if (sv_eq(option, sv_str(value_options[i])))
            return true;
    }
    return false;
}

static bool emit_address_in(struct shell *s, struct sv word, struct range at)
{
    return url_emit_in(s->job, word, at, &s->any);
}

static struct sv until_any(struct sv s, const char *stops)
{
    size_t n = 0;

    while (n < s.n && (s.p[n] == 0 || !strchr(stops, s.p[n])))
        n++;
    return (struct sv){s.p, n};
}

static struct sv past_any(struct sv s, const char *skips)
{
    while (s.n && s.p[0] && strchr(skips, s.p[0]))
        s = sv_from(s, 1);
    return s;
}

static void emit_named(struct shell *s, const char *type, struct sv word, const char *separators,
                       struct range at)
{
    struct sv name = until_any(word, separators);
    const struct package p = {
        .type = type,
        .name = name,
        .version = past_any(sv_from(word, name.n), separators),
        .at = at,
        .state = STATE_REFERENCED,
        .ceiling = s->job->gate->ceiling,
    };

    s->any |= package_emit(s->job->out, &p);
}

static void emit_operand(struct shell *s, struct sv word, struct range at)
{
    const char *type = s->program->type;
    struct sv name, version;

    if (emit_address_in(s, word, at))
        return;
    // A folder, a file or something that only the run will know.
    if (word.n == 0 || strchr("./~$%<>&*", word.p[0]) || sv_find(word, SV("$")) != SIZE_MAX)
        return;
    if (strcmp(type, "pypi") == 0) {
        s->any |= pypi_emit_requirement(s->job, s->whole, word);
    } else if (strcmp(type, "npm") == 0) {
        npm_split(word, &name, &version);
        s->any |= npm_emit_locked(s->job, name, version, (struct sv){0}, at);
    } else if (strcmp(type, "golang") == 0) {
        if (sv_find(word, SV(".")) != SIZE_MAX)
            emit_named(s, type, word, "@", at);
    } else if (strcmp(type, "composer") == 0) {
        emit_named(s, type, word, ":", at);
    } else if (strcmp(type, "cargo") == 0) {
        emit_named(s, type, word, "@", at);
    } else if (strcmp(type, "conda") == 0 || strcmp(type, "apk") == 0) {
        emit_named(s, type, word, "=<>~!@", at);
    } else if (strcmp(type, "deb") == 0) {
        emit_named(s, type, until_any(word, "/"), "=", at);
    } else {
        emit_named(s, type, word, "=", at);
    }
}

static const struct shell_program *program_of(struct sv word)
{
    size_t slash = sv_find_last(word, '/');

    if (slash != SIZE_MAX)
        word = sv_from(word, slash + 1);
    if (word.n > 4 && sv_eq_nocase(sv_from(word, word.n - 4), SV(".exe")))
        word.n -= 4;
    if (word.n == 0)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(programs); i++) {
        // The first letter rules out most of them without a look at the rest.
        if ((programs[i].name[0] | 0x20) == (word.p[0] | 0x20) &&
            sv_eq_nocase(word, sv_str(programs[i].name)))
            return &programs[i];
    }
    return NULL;
}

/* NAME=value before a command, or a line "baseurl=https://…" of a list of package sources. */
static bool is_assignment(struct sv word)
{
    size_t equals = sv_find(word, SV("="));

    if (equals == SIZE_MAX || equals == 0)
        return false;
    for (size_t i = 0; i < equals; i++) {
        char c = word.p[i];

        if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_')
            return false;
    }
    return true;
}

static void read_prefix(struct shell *s, struct sv word, struct range at)
{
    const struct shell_program *p;

    if (word.n == 0 || word.p[0] == '-') {
        s->skips_value = sv_eq(word, SV("-u")) || sv_eq(word, SV("-g")); // of sudo
        return;
    }
    if (sv_starts(word, SV("baseurl=")) || sv_starts(word, SV("mirrorlist="))) {
        (void)emit_address_in(s, word, at);
        s->phase = PHASE_IGNORED;
        return;
    }
    if (is_assignment(word))
        return;
    // x.DownloadFile("https://…")
    if (sv_ends(s->last, SV("DownloadFile")) || sv_ends(s->last, SV("DownloadString")))
        (void)emit_address_in(s, word, at);
    p = program_of(word);
    s->program = p;
    if (!p) {
        // python -m pip install
        bool python = sv_starts(word, SV("python"));

        s->phase = python ? PHASE_PREFIX : PHASE_IGNORED;
    } else if (p->kind == KIND_PREFIX) {
        s->program = NULL;
    } else {
        s->phase = p->subcommands[0] ? PHASE_SUBCOMMAND : PHASE_OPERANDS;
    }
}

static void read_subcommand(struct shell *s, struct sv word, struct range at)
{
    for (size_t i = 0; i < SUBCOMMANDS_MAX && s->program->subcommands[i]; i++) {
        if (sv_eq(word, sv_str(s->program->subcommands[i]))) {
            s->phase = PHASE_OPERANDS;
            return;
        }
    }
    // What it is told to use or to add is of interest, whatever it does.
    if (!emit_address_in(s, word, at) && sv_starts(word, SV("-")))
        s->skips_value = takes_value(s->program, word);
    else if (!s->program->nests)
        s->phase = PHASE_IGNORED;
}

static bool emit_script(struct shell *s, struct sv script, unsigned flags);

/* A quoted word as it stands in the file, so that places in it are known. */
static struct sv as_written(const struct shell *s, struct sv word, struct range at)
{
    struct sv raw = sv_from(s->whole, (size_t)at.offset);

    if (at.length < 2 || raw.n < at.length || (raw.p[0] != '"' && raw.p[0] != '\''))
        return word;
    return (struct sv){raw.p + 1, (size_t)at.length - 2};
}

static void read_operand(struct shell *s, struct sv word, struct range at)
{
    bool is_option = sv_starts(word, SV("-"));

    switch (s->program->kind) {
    case KIND_FETCHES:
        (void)emit_address_in(s, word, at);
        break;
    case KIND_PRINTS:
        if (sv_eq(s->last, SV("deb")) || sv_find(word, SV("deb ")) != SIZE_MAX ||
            sv_find(word, SV("baseurl=")) != SIZE_MAX)
            (void)emit_address_in(s, word, at);
        s->last = word;
        break;
    case KIND_RUNS:
        // What is in "$( )" is read wherever it stands.
        word = as_written(s, word, at);
        if (sv_find(word, SV("$(")) != SIZE_MAX)
            word.n = sv_find(word, SV("$("));
        if (sv_find(word, SV(" ")) != SIZE_MAX)
            (void)emit_script(s, word, 0);
        break;
    case KIND_INSTALLS:
        if (is_option && sv_find(word, SV("://")) != SIZE_MAX)
            (void)emit_address_in(s, word, at);
        else if (is_option)
            s->skips_value = takes_value(s->program, word);
        else
            emit_operand(s, word, at);
        break;
    case KIND_IMAGES:
        if (is_option) {
            s->skips_value = takes_value(s->program, word);
        } else {
            // Behind the image stands what runs in it.
            s->any |= image_emit(s->job, word, at, STATE_REFERENCED, s->job->gate->ceiling);
            s->phase = PHASE_IGNORED;
        }
        break;
    case KIND_PREFIX:
        break;
    }
}

struct shell shell_for(const struct job *job, struct sv whole)
{
    return (struct shell){.job = job, .whole = whole};
}

void shell_word(struct shell *s, struct sv word, struct range at)
{
    if (s->skips_value) {
        s->skips_value = false;
        (void)emit_address_in(s, word, at);
        return;
    }
    if (s->phase == PHASE_PREFIX)
        read_prefix(s, word, at);
    else if (s->phase == PHASE_SUBCOMMAND)
        read_subcommand(s, word, at);
    else if (s->phase == PHASE_OPERANDS)
        read_operand(s, word, at);
    else if (s->program && s->program->kind == KIND_INSTALLS)
        (void)emit_address_in(s, word, at);
    if (s->phase == PHASE_IGNORED || s->phase == PHASE_PREFIX)
        s->last = word;
}

void shell_end_command(struct shell *s)
{
    s->phase = PHASE_PREFIX;
    s->program = NULL;
    s->skips_value = false;
}

/* ---- cutting text into words ---- */

/* The length of the word at the start of `s`, with its quotes. */
static size_t word_length(struct sv s, bool *ret_plain)
{
    size_t at = 0;
    char quote = 0;

    *ret_plain = true;
    while (at < s.n) {
        char c = s.p[at];

        if (c == '\\' && quote != '\'') {
            *ret_plain = false;
            at += at + 1 < s.n ? 2 : 1;
            continue;
        }
        if (quote) {
            quote = c == quote ? 0 : quote;
        } else if (c == '"' || c == '\'') {
            *ret_plain = false;
            quote = c;
        } else if (c == 0 || strchr(" \t\r\n;&|()<>`", c)) {
            break;
        }
        at++;
    }
    return at;
}

static struct sv without_quotes(struct sv raw, struct arena *arena)
{
    char *to = arena_take(arena, raw.n + 1), quote = 0;
    size_t n = 0;

    if (!to)
        return (struct sv){0};
    for (size_t at = 0; at < raw.n; at++) {
        char c = raw.p[at];

        if (c == '\\' && quote != '\'' && at + 1 < raw.n) {
            c = raw.p[++at];
            if (c != '\n')
                to[n++] = c;
        } else if (quote ? c == quote : c == '"' || c == '\'') {
            quote = quote ? 0 : c;
        } else {
            to[n++] = c;
        }
    }
    return (struct sv){to, n};
}

/* Past blanks and the ends of lines that are continued; with SHELL_COMMENTS_JOIN also past empty
 * lines behind those. */
static struct sv past_blanks(struct sv s, unsigned flags)
{
    bool continued = false;

    for (;;) {
        size_t n = 0;

        if (s.n && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\r'))
            n = 1;
        else if (continued && sv_starts(s, SV("\n")) && flags & SHELL_COMMENTS_JOIN)
            n = 1;
        else if (sv_starts(s, SV("\\\n")))
            n = 2;
        else if (sv_starts(s, SV("\\\r\n")))
            n = 3;
        else
            return s;
        continued = continued || n > 1;
        s = sv_from(s, n);
    }
}

/* Commands inside of a word: "$(curl …)". They are read where they stand. */
static void read_inside(struct shell *s, struct sv raw)
{
    size_t at = sv_find(raw, SV("$("));

    if (at != SIZE_MAX)
        (void)emit_script(s, sv_from(raw, at + 2), 0);
}

static bool emit_script(struct shell *outer, struct sv script, unsigned flags)
{
    struct shell s = shell_for(outer->job, outer->whole);
    struct sv rest = script;

    s.depth = outer->depth + 1;
    if (s.depth > DEPTH_MAX)
        return false;
    while (rest.n) {
        bool plain;
        size_t n;

        rest = past_blanks(rest, flags);
        if (rest.n == 0)
            break;
        if (rest.p[0] == '#') {
            (void)sv_line(&rest);
            if (!(flags & SHELL_COMMENTS_JOIN))
                shell_end_command(&s);
            continue;
        }
        n = word_length(rest, &plain);
        if (n == 0) {
            // "<" and ">" go on with a name of a file, everything else ends the command.
            if (rest.p[0] != '<' && rest.p[0] != '>')
                shell_end_command(&s);
            rest = sv_from(rest, 1);
            continue;
        }

        struct sv raw = {rest.p, n};
        struct sv word = plain ? raw : without_quotes(raw, s.job->arena);

        rest = sv_from(rest, n);
        if (!plain)
            read_inside(&s, raw);
        shell_word(&s, word, range_of(s.whole, raw));
    }
    outer->any |= s.any;
    return s.any;
}

bool shell_emit(const struct job *job, struct sv whole, struct sv script, unsigned flags)
{
    struct shell s = shell_for(job, whole);

    return emit_script(&s, script, flags);
}
