// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one value out of a JSON text. The key is a JSON pointer (RFC 6901), and "=text" behind it
 * for those elements of the list there that are this string:
 *
 *     /policies/Certificates/Install=acme.crt      /3rdparty/extensions/abc
 */
#include "remedy/json_text.h"

/* "~1" is '/', "~0" '~'. */
static bool is_part(struct sv part, struct sv name)
{
    size_t at = 0;

    for (size_t i = 0; i < part.n; i++, at++) {
        char c = part.p[i];

        if (c == '~' && i + 1 < part.n)
            c = part.p[++i] == '1' ? '/' : '~';
        if (at >= name.n || name.p[at] != c)
            return false;
    }
    return at == name.n;
}

static size_t member(const struct json_text *t, size_t of, struct sv part)
{
    for (size_t i = of + 1; i < t->count; i++)
        if (t->nodes[i].parent == of && t->nodes[of].kind == '{' && is_part(part, t->nodes[i].name))
            return i;
    return 0;
}

static int find(struct edit_run *run, struct err *err)
{
    struct sv text = run->key, pointer = sv_cut(&text, '=');
    bool elements = pointer.n < run->key.n;
    struct json_text t;
    size_t at = 0;

    if (!sv_starts(pointer, SV("/")))
        return ERR(err, ERR_USAGE, "the key has to begin with '/'");
    TRY(json_text_parse(run, &t, err));
    pointer = sv_from(pointer, 1);
    while (pointer.n) {
        at = member(&t, at, sv_cut(&pointer, '/'));
        if (at == 0)
            return 0;
    }
    t.nodes[at].gone = !elements && at;
    for (size_t i = at + 1; elements && i < t.count; i++)
        if (t.nodes[i].parent == at && t.nodes[at].kind == '[')
            t.nodes[i].gone = sv_eq(json_string_of(run, &t.nodes[i]), text);
    json_text_cut(run, &t);
    return 0;
}

const struct edit edit_drop_json = {
    .name = "drop-json",
    .summary = "one member, or the elements of a list that are one string, out of a JSON text",
    .key = "a JSON pointer, and =TEXT behind it for elements",
    .find = find,
};
