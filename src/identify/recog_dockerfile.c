// SPDX-License-Identifier: Apache-2.0
/*
 * Reads Dockerfiles: the images that stages begin with or copy from, and what their commands
 * download and install.
 *
 *     ARG BASE=registry.test/base:1
 *     FROM --platform=linux/amd64 ${BASE} AS build
 *     RUN apt-get update && \
 *         apt-get install -y name          "\" at the end of a line continues it,
 *     RUN ["pip", "install", "name"]       also past lines of comment
 *     ADD https://… /opt/
 *     COPY --from=registry.test/tool /x /x
 *
 * An image is a reference like that of a Compose file. What commands would do is a trace.
 * Format: https://docs.docker.com/reference/dockerfile/
 */
#include "identify/image.h"
#include "identify/shell.h"
#include "identify/toml.h"
#include "identify/url.h"

enum {
    TEXT_MAX = 4 << 20,
    STAGES_MAX = 64,
    ARGUMENTS_MAX = 64,
};

struct dockerfile {
    const struct job *job;
    struct sv text;
    struct sv stages[STAGES_MAX];
    struct {
        struct sv name, value;
    } arguments[ARGUMENTS_MAX];
    size_t stage_count, argument_count;
    char escape; /* what continues a line */
    bool any, known;
};

static struct sv past_blanks(struct sv s)
{
    size_t n = 0;

    while (n < s.n && (s.p[n] == ' ' || (s.p[n] >= '\t' && s.p[n] <= '\r')))
        n++;
    return sv_from(s, n);
}

static struct sv cut_word(struct sv *rest)
{
    struct sv s = past_blanks(*rest);
    size_t n = 0;

    while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t' && s.p[n] != '\n')
        n++;
    *rest = sv_from(s, n);
    return (struct sv){s.p, n};
}

static struct sv unquoted(struct sv s)
{
    if (s.n >= 2 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
        return (struct sv){s.p + 1, s.n - 2};
    return s;
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* $NAME and ${NAME} at the start of `s`: its length, 0 when it is none. */
static size_t variable_length(struct sv s, struct sv *ret_name)
{
    bool braces = sv_starts(s, SV("${"));
    size_t from = braces ? 2 : 1, n = from;

    if (!sv_starts(s, SV("$")))
        return 0;
    while (n < s.n && is_name_byte(s.p[n]))
        n++;
    *ret_name = (struct sv){s.p + from, n - from};
    if (ret_name->n == 0 || (braces && (n == s.n || s.p[n] != '}')))
        return 0;
    return braces ? n + 1 : n;
}

/* A reference with the defaults of ARG in place of variables that have one. */
static struct sv substituted(const struct dockerfile *d, struct sv reference)
{
    struct sv made = {"", 0}, rest = reference;

    while (rest.n) {
        struct sv name, value = {rest.p, 1};
        size_t length = variable_length(rest, &name);

        if (length) {
            value = (struct sv){rest.p, length};
            for (size_t i = 0; i < d->argument_count; i++) {
                if (sv_eq(d->arguments[i].name, name))
                    value = d->arguments[i].value;
            }
        } else {
            length = 1;
            while (length < rest.n && rest.p[length] != '$')
                length++;
            value.n = length;
        }
        made = arena_printf(d->job->arena, "%.*s%.*s", (int)made.n, made.p, (int)value.n, value.p);
        if (!made.p || made.n > 1024)
            return (struct sv){0};
        rest = sv_from(rest, length);
    }
    return made;
}

static bool is_stage(const struct dockerfile *d, struct sv name)
{
    uint64_t number;

    for (size_t i = 0; i < d->stage_count; i++) {
        if (sv_eq_nocase(d->stages[i], name))
            return true;
    }
    return sv_eq(name, SV("scratch")) || sv_to_u64(name, &number);
}

static void emit_image(struct dockerfile *d, struct sv reference)
{
    if (reference.n == 0 || reference.n > 1024 || is_stage(d, reference))
        return;
    d->any |= image_emit(d->job, substituted(d, reference), range_of(d->text, reference),
                         STATE_REFERENCED, CONFIDENCE_NONE);
}

static void read_from(struct dockerfile *d, struct sv body)
{
    struct sv word = cut_word(&body);

    while (sv_starts(word, SV("--")))
        word = cut_word(&body);
    d->known = true;
    emit_image(d, word);
    if (sv_eq_nocase(cut_word(&body), SV("AS")) && d->stage_count < STAGES_MAX)
        d->stages[d->stage_count++] = cut_word(&body);
}

static void read_argument(struct dockerfile *d, struct sv body)
{
    struct sv value = cut_word(&body), name = sv_cut(&value, '=');

    if (value.n && d->argument_count < ARGUMENTS_MAX) {
        d->arguments[d->argument_count].name = name;
        d->arguments[d->argument_count++].value = unquoted(value);
    }
}

static void read_copy(struct dockerfile *d, struct sv body)
{
    while ((body = past_blanks(body)).n) {
        struct sv word = cut_word(&body), plain = unquoted(word);

        if (sv_starts(word, SV("--from=")))
            emit_image(d, sv_from(word, sizeof("--from=") - 1));
        else if (sv_find(plain, SV("://")) != SIZE_MAX)
            d->any |= url_emit(d->job, plain, range_of(d->text, plain));
    }
}

static void read_run(struct dockerfile *d, struct sv body)
{
    struct shell shell = shell_for(d->job, d->text);
    struct sv rest = sv_trim(body), element;

    if (!sv_starts(rest, SV("["))) {
        d->any |= shell_emit(d->job, d->text, body, SHELL_COMMENTS_JOIN);
        return;
    }
    while (toml_element(&rest, &element)) {
        struct sv word = toml_string(element);

        shell_word(&shell, word, range_of(d->text, word));
    }
    d->any |= shell.any;
}

static void read_instruction(struct dockerfile *d, struct sv instruction, struct sv body)
{
    if (sv_eq_nocase(instruction, SV("FROM")))
        read_from(d, body);
    else if (sv_eq_nocase(instruction, SV("ARG")) || sv_eq_nocase(instruction, SV("ENV")))
        read_argument(d, body);
    else if (sv_eq_nocase(instruction, SV("RUN")) || sv_eq_nocase(instruction, SV("CMD")) ||
             sv_eq_nocase(instruction, SV("ENTRYPOINT")))
        read_run(d, body);
    else if (sv_eq_nocase(instruction, SV("ADD")) || sv_eq_nocase(instruction, SV("COPY")))
        read_copy(d, body);
    else if (sv_eq_nocase(instruction, SV("ONBUILD")))
        read_instruction(d, cut_word(&body), body);
}

/* The word of "<<EOF", "<<-'EOF'" in a line; empty when there is none. */
static struct sv here_document(struct sv line)
{
    size_t at = sv_find(line, SV("<<"));
    struct sv rest = at == SIZE_MAX ? (struct sv){0} : sv_from(line, at + 2);

    if (sv_starts(rest, SV("-")))
        rest = sv_from(rest, 1);
    return unquoted(cut_word(&rest));
}

/* Cut off an instruction with all its lines. */
static struct sv cut_instruction(struct dockerfile *d, struct sv *rest)
{
    const char *start = rest->p;
    struct sv line = sv_line(rest), end = here_document(line), trimmed = sv_trim(line);
    const char *stop = line.p + line.n;

    while (rest->n && trimmed.n && trimmed.p[trimmed.n - 1] == d->escape) {
        struct sv peek = sv_trim(line = sv_line(rest));

        stop = line.p ? line.p + line.n : stop;
        // Lines of comment and empty lines do not end what is continued.
        if (peek.n && peek.p[0] != '#')
            trimmed = peek;
    }
    while (rest->n && end.n) {
        line = sv_line(rest);
        stop = line.p ? line.p + line.n : stop;
        if (sv_eq(sv_trim(line), end))
            break;
    }
    return (struct sv){start, (size_t)(stop - start)};
}

static int identify_dockerfile(const struct job *job, struct err *err)
{
    struct dockerfile *d = arena_take(job->arena, sizeof(*d));
    struct span all;
    struct sv rest;

    if (!d)
        return arena_error(job->arena, err);
    TRY(source_read_all(job->bytes, TEXT_MAX, job->arena, &all, err));
    d->job = job;
    rest = d->text = sv_of(all);
    d->escape = sv_find(sv_of(job->bytes->head), SV("escape=`")) == SIZE_MAX ? '\\' : '`';
    while (rest.n) {
        struct sv peek = rest, line = sv_trim(sv_line(&peek)), body;

        if (line.n == 0 || line.p[0] == '#') {
            rest = peek;
            continue;
        }
        body = cut_instruction(d, &rest);

        struct sv instruction = cut_word(&body);

        read_instruction(d, instruction, body);
    }
    return d->any || d->known ? 0 : RECOG_NOT_MINE;
}

#define DOCKERFILE .state = STATE_REFERENCED, .ceiling = CONFIDENCE_TRACE

static const struct gate gates[] = {
    {.path = "Dockerfile", DOCKERFILE},
    {.path = "Containerfile", DOCKERFILE},
    {.path = "*.Dockerfile", DOCKERFILE},
    {.path = "*.Containerfile", DOCKERFILE},
    {.path = "Dockerfile.*", DOCKERFILE},
    {.path = "Containerfile.*", DOCKERFILE},
    {0},
};

const struct recogniser recog_dockerfile = {
    .name = "dockerfile",
    .summary = "images that Dockerfiles build on, and what they download and install",
    .epoch = 1,
    .gates = gates,
    .identify = identify_dockerfile,
};
