// SPDX-License-Identifier: Apache-2.0
#include "identify/toml.h"

#include <string.h>

struct toml toml_over(struct sv text)
{
    if (sv_starts(text, SV("\xef\xbb\xbf")))
        text = sv_from(text, 3);
    return (struct toml){.rest = text};
}

static struct sv until(struct sv s, size_t n)
{
    return (struct sv){s.p, n < s.n ? n : s.n};
}

/* The length of the string literal at the start of `s`, with its quotes. */
static size_t string_length(struct sv s)
{
    char quote = s.p[0];
    struct sv three = quote == '"' ? SV("\"\"\"") : SV("'''");
    bool is_long = sv_starts(s, three);
    size_t at = is_long ? 3 : 1;

    while (at < s.n) {
        if (s.p[at] == '\\' && quote == '"') {
            at += 2;
        } else if (is_long && sv_starts(sv_from(s, at), three)) {
            return at + 3;
        } else if (!is_long && s.p[at] == quote) {
            return at + 1;
        } else if (!is_long && s.p[at] == '\n') {
            return at; // it was not closed: the line ends it
        } else {
            at++;
        }
    }
    return s.n;
}

static size_t line_length(struct sv s)
{
    size_t end = sv_find(s, SV("\n"));

    return end == SIZE_MAX ? s.n : end;
}

/* The length of a value: up to a comment or one of `stops`, outside of strings and brackets. */
static size_t value_length(struct sv s, const char *stops)
{
    size_t at = 0, depth = 0;

    while (at < s.n) {
        char c = s.p[at];

        if (depth == 0 && c && (c == '#' || strchr(stops, c)))
            break;
        if (c == '"' || c == '\'') {
            at += string_length(sv_from(s, at));
        } else if (c == '#') {
            at += line_length(sv_from(s, at));
        } else {
            if (c == '[' || c == '{')
                depth++;
            else if ((c == ']' || c == '}') && depth)
                depth--;
            at++;
        }
    }
    return at < s.n ? at : s.n;
}

/* Past white space, line ends and comments. */
static struct sv past_gap(struct sv s)
{
    for (size_t at = 0;;) {
        while (at < s.n && (s.p[at] == ' ' || (s.p[at] >= '\t' && s.p[at] <= '\r')))
            at++;
        if (at >= s.n || s.p[at] != '#')
            return sv_from(s, at);
        at += line_length(sv_from(s, at));
    }
}

/* Cut "key =" off; false when there is no '=' in what is left of the line. */
static bool cut_key(struct sv *rest, struct sv *ret_key)
{
    struct sv s = until(*rest, line_length(*rest)); // a key stands on one line
    size_t at = 0;

    while (at < s.n && s.p[at] != '=' && s.p[at] != ',')
        at += s.p[at] == '"' || s.p[at] == '\'' ? string_length(sv_from(s, at)) : 1;
    if (at >= s.n || s.p[at] != '=')
        return false;
    *ret_key = sv_trim(until(s, at));
    *rest = sv_from(*rest, at + 1);
    return true;
}

bool toml_next(struct toml *t, struct toml_item *ret_item)
{
    for (;;) {
        struct sv key;

        t->rest = past_gap(t->rest);
        if (t->rest.n == 0)
            return false;
        if (t->rest.p[0] == '[') {
            struct sv line = sv_line(&t->rest);

            while (sv_starts(line, SV("[")))
                line = sv_from(line, 1);
            t->table = sv_trim(sv_cut(&line, ']'));
            *ret_item = (struct toml_item){.table = t->table, .is_header = true};
            return true;
        }
        if (cut_key(&t->rest, &key)) {
            size_t n = value_length(t->rest, "\n");

            *ret_item = (struct toml_item){
                .table = t->table, .key = key, .value = sv_trim(until(t->rest, n))};
            t->rest = sv_from(t->rest, n);
            return true;
        }
        (void)sv_line(&t->rest);
    }
}

struct sv toml_string(struct sv value)
{
    size_t quotes = 1;

    value = sv_trim(value);
    if (!sv_starts(value, SV("\"")) && !sv_starts(value, SV("'")))
        return (struct sv){0};
    value = until(value, string_length(value));
    if (sv_starts(value, SV("\"\"\"")) || sv_starts(value, SV("'''")))
        quotes = 3;
    if (value.n < 2 * quotes || value.p[value.n - 1] != value.p[0])
        return (struct sv){0};
    return (struct sv){value.p + quotes, value.n - 2 * quotes};
}

/* Go to the next element: past the opening bracket the first time, then past a comma. */
static bool go_to_next(struct sv *rest, const char *opener, const char *closer)
{
    struct sv s = past_gap(*rest);

    if (!sv_starts(s, sv_str(opener)) && !sv_starts(s, SV(",")))
        return false;
    *rest = past_gap(sv_from(s, 1));
    return rest->n > 0 && !sv_starts(*rest, sv_str(closer));
}

bool toml_element(struct sv *rest, struct sv *ret_element)
{
    size_t n;

    if (!go_to_next(rest, "[", "]"))
        return false;
    n = value_length(*rest, ",]");
    *ret_element = sv_trim(until(*rest, n));
    *rest = sv_from(*rest, n);
    return ret_element->n > 0;
}

bool toml_member(struct sv *rest, struct sv *ret_key, struct sv *ret_value)
{
    size_t n;

    if (!go_to_next(rest, "{", "}") || !cut_key(rest, ret_key))
        return false;
    n = value_length(*rest, ",}");
    *ret_value = sv_trim(until(*rest, n));
    *rest = sv_from(*rest, n);
    return true;
}

struct sv toml_get(struct sv inline_table, struct sv key)
{
    struct sv name, value;

    while (toml_member(&inline_table, &name, &value)) {
        if (sv_eq(toml_key(name), key))
            return value;
    }
    return (struct sv){0};
}

struct sv toml_key(struct sv key)
{
    struct sv text = toml_string(key);

    return text.n ? text : key;
}
