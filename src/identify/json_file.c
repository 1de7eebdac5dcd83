// SPDX-License-Identifier: Apache-2.0
#include "identify/json_file.h"

#include <string.h>

/* Past a string literal that begins at `at`. */
static size_t past_string(struct sv s, size_t at)
{
    for (at++; at < s.n && s.p[at] != '"'; at++) {
        if (s.p[at] == '\\')
            at++;
    }
    return at < s.n ? at + 1 : s.n;
}

/* Past white space and comments. */
static size_t past_gap(struct sv s, size_t at)
{
    while (at < s.n) {
        struct sv rest = sv_from(s, at);

        if (strchr(" \t\r\n", s.p[at]) && s.p[at]) {
            at++;
        } else if (sv_starts(rest, SV("//"))) {
            size_t end = sv_find(rest, SV("\n"));

            at = end == SIZE_MAX ? s.n : at + end;
        } else if (sv_starts(rest, SV("/*"))) {
            size_t end = sv_find(sv_from(rest, 2), SV("*/"));

            at = end == SIZE_MAX ? s.n : at + 2 + end + 2;
        } else {
            break;
        }
    }
    return at;
}

/* Comments and trailing commas become spaces, so that everything else stays where it is. */
static int make_strict(struct arena *arena, struct sv *text, struct err *err)
{
    struct sv in = *text;
    char *to = arena_take(arena, in.n + 1);

    if (!to)
        return arena_error(arena, err);
    memcpy(to, in.p, in.n);
    for (size_t at = 0; at < in.n;) {
        size_t next = at + 1;

        if (in.p[at] == '"') {
            next = past_string(in, at);
        } else if (in.p[at] == ',') {
            size_t after = past_gap(in, next);

            if (after < in.n && (in.p[after] == '}' || in.p[after] == ']'))
                to[at] = ' ';
        } else if (in.p[at] == '/') {
            next = past_gap(in, at);
            if (next == at)
                next = at + 1;
            else
                memset(to + at, ' ', next - at);
        }
        at = next;
    }
    *text = (struct sv){to, in.n};
    return 0;
}

static bool begins_like_mine(struct sv text, enum json_dialect dialect)
{
    text = sv_trim(text);
    if (dialect == JSON_OR_ARRAY && sv_starts(text, SV("["))) {
        text = sv_trim(sv_from(text, 1));
        return sv_starts(text, SV("{")) || sv_starts(text, SV("]"));
    }
    if (!sv_starts(text, SV("{")))
        return false;
    text = sv_trim(sv_from(text, 1));
    return sv_starts(text, SV("\"")) || sv_starts(text, SV("}"));
}

int json_file_read(const struct job *job, enum json_dialect dialect, struct json_file *ret,
                   struct err *err)
{
    struct json_file f = {0};
    struct span all;

    *ret = f;
    TRY(source_read_all(job->bytes, MANIFEST_MAX, job->arena, &all, err));
    f.text = sv_of(all);
    if (dialect == JSON_RELAXED && f.text.n)
        TRY(make_strict(job->arena, &f.text, err));
    struct sv start = sv_starts(f.text, SV("\xef\xbb\xbf")) ? sv_from(f.text, 3) : f.text;

    if (!begins_like_mine(start, dialect))
        return RECOG_NOT_MINE;
    TRY(json_parse(f.text, &f.root, err));
    *ret = f;
    return 0;
}

void json_file_clear(struct json_file *f)
{
    json_free(f->root);
    f->root = NULL;
}

/* Whether what follows a name at `at` is ':' and, unless `opener` is 0, a value that begins so. */
static bool is_member(struct sv text, size_t at, char opener)
{
    at = past_gap(text, at);
    if (!sv_starts(sv_from(text, at), SV(":")))
        return false;
    at = past_gap(text, at + 1);
    return opener == 0 || (at < text.n && text.p[at] == opener);
}

static struct range find(struct json_file *f, struct sv text, bool member, char opener)
{
    size_t at = f->at;

    if (text.n == 0)
        return (struct range){0};
    while (at < f->text.n) {
        struct sv rest = sv_from(f->text, at);
        size_t found = sv_find(rest, text);

        if (found == SIZE_MAX)
            break;
        at += found + text.n;
        if (found && rest.p[found - 1] == '"' && at < f->text.n && f->text.p[at] == '"' &&
            (!member || is_member(f->text, at + 1, opener))) {
            f->at = at + 1;
            return (struct range){at - text.n - 1, text.n + 2};
        }
    }
    f->at = SIZE_MAX;
    return (struct range){0};
}

struct range json_file_find(struct json_file *f, struct sv text)
{
    return find(f, text, false, 0);
}

struct range json_file_find_member(struct json_file *f, struct sv name, char opener)
{
    return find(f, name, true, opener);
}
