// SPDX-License-Identifier: Apache-2.0
#include "identify/purl.h"

#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct sv decoded(struct sv text, struct arena *arena)
{
    char *to = sv_find(text, SV("%")) == SIZE_MAX ? NULL : arena_take(arena, text.n + 1);
    size_t n = 0;

    if (!to)
        return text;
    for (size_t i = 0; i < text.n; i++) {
        int high = i + 2 < text.n ? hex_digit(text.p[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text.p[i + 2]) : -1;

        if (text.p[i] == '%' && low >= 0) {
            to[n++] = (char)(high << 4 | low);
            i += 2;
        } else {
            to[n++] = text.p[i];
        }
    }
    return (struct sv){to, n};
}

static struct sv lower_case(struct sv text, struct arena *arena)
{
    char *to = arena_take(arena, text.n + 1);

    for (size_t i = 0; to && i < text.n; i++)
        to[i] = text.p[i] >= 'A' && text.p[i] <= 'Z' ? (char)(text.p[i] + 32) : text.p[i];
    return to ? (struct sv){to, text.n} : text;
}

static struct sv without(struct sv text, char edge)
{
    while (text.n && text.p[0] == edge)
        text = sv_from(text, 1);
    while (text.n && text.p[text.n - 1] == edge)
        text.n--;
    return text;
}

bool purl_read(struct sv text, struct arena *arena, struct purl *ret)
{
    struct sv rest = sv_trim(text), name;
    size_t at;

    if (rest.n < 5 || !sv_eq_nocase((struct sv){rest.p, 4}, SV("pkg:")))
        return false;
    rest = sv_from(rest, 4);
    *ret = (struct purl){.qualifiers = rest};
    rest = sv_cut(&ret->qualifiers, '?');
    ret->qualifiers = sv_cut(&ret->qualifiers, '#');
    rest = without(sv_cut(&rest, '#'), '/');
    ret->type = lower_case(sv_cut(&rest, '/'), arena);
    // The version begins at the last '@', unless that begins an unencoded scope of npm.
    at = sv_find_last(rest, '@');
    if (at != SIZE_MAX && at > 0 && rest.p[at - 1] != '/') {
        ret->version = decoded(sv_from(rest, at + 1), arena);
        rest.n = at;
    }
    at = sv_find_last(rest, '/');
    name = at == SIZE_MAX ? rest : sv_from(rest, at + 1);
    if (at != SIZE_MAX)
        ret->name_space = decoded((struct sv){rest.p, at}, arena);
    ret->name = decoded(name, arena);
    return ret->type.n && ret->name.n;
}

struct sv purl_qualifier(const struct purl *p, struct sv key, struct arena *arena)
{
    struct sv rest = p->qualifiers;

    while (rest.n) {
        struct sv value = sv_cut(&rest, '&'), name = sv_cut(&value, '=');

        if (sv_eq_nocase(name, key))
            return decoded(value, arena);
    }
    return (struct sv){0};
}

/* "registry/name:tag" or "registry/name@sha256:…". */
static void emit_image(struct emit *out, const struct purl *p, struct arena *arena)
{
    struct sv from = purl_qualifier(p, SV("repository_url"), arena);
    struct sv tag = purl_qualifier(p, SV("tag"), arena), version = tag.n ? tag : p->version;
    auto_buf image = BUF_INIT(4096);

    from = without(from, '/');
    if (from.n && sv_find(from, SV("://")) != SIZE_MAX)
        from = sv_from(from, sv_find(from, SV("://")) + 3);
    buf_sv(&image, from);
    // Of an OCI purl the address has the name already.
    if (!sv_ends(from, p->name)) {
        if (from.n)
            buf_char(&image, '/');
        buf_sv(&image, p->name_space);
        if (p->name_space.n)
            buf_char(&image, '/');
        buf_sv(&image, p->name);
    }
    if (version.n)
        buf_char(&image, sv_find(version, SV(":")) == SIZE_MAX ? ':' : '@');
    buf_sv(&image, version);
    if (buf_ok(&image))
        emit_field(out, FIELD_IMAGE, buf_view(&image));
    else if (image.n < image.max / 2)
        arena->failed = true;
}

/* What stands between namespace and name where the namespace is a part of the name; 0: it is not.
 */
static char separator_of(struct sv type)
{
    static const struct {
        const char *type;
        char separator;
    } types[] = {
        {"npm", '/'},   {"maven", ':'},  {"golang", '/'},    {"composer", '/'},
        {"swift", '/'}, {"github", '/'}, {"bitbucket", '/'}, {"huggingface", '/'},
    };

    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (sv_eq(type, sv_str(types[i].type)))
            return types[i].separator;
    return 0;
}

void purl_emit_package(struct emit *out, const struct purl *p, struct arena *arena)
{
    char separator = separator_of(p->type);
    struct sv name = p->name;
    char *to;

    if (sv_eq(p->type, SV("docker")) || sv_eq(p->type, SV("oci"))) {
        emit_image(out, p, arena);
        return;
    }
    if (sv_eq(p->type, SV("generic")) || sv_eq(p->type, SV("swid")))
        return;
    if (separator && p->name_space.n)
        name = arena_printf(arena, "%.*s%c%.*s", (int)p->name_space.n, p->name_space.p, separator,
                            (int)name.n, name.p);
    if (sv_eq(p->type, SV("pypi")) && (to = arena_take(arena, name.n + 1)) != NULL) {
        name = lower_case(name, arena);
        for (size_t i = 0; i < name.n; i++)
            to[i] = name.p[i] == '_' ? '-' : name.p[i];
        name = (struct sv){to, name.n};
    }
    emit_field(out, FIELD_PACKAGE, name);
    emit_field(out, FIELD_PACKAGE_TYPE, sv_eq(p->type, SV("alpm")) ? SV("pacman") : p->type);
}
