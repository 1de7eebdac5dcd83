// SPDX-License-Identifier: Apache-2.0
#include "identify/package.h"

#include <string.h>

enum {
    NAME_MAX_BYTES = 512,
};

/* How a type's names are read. */
struct spelling {
    const char *type;
    char separator;  /* the last one parts the namespace from the name; 0: there is none */
    bool purl_lower; /* the purl is in lower case */
    bool is_pypi;    /* there '_' is '-' and case says nothing: `package` is respelt too */
    bool no_purl;    /* a purl would need to say which distribution */
};

static const struct spelling spellings[] = {
    {"npm", '/', false, false},   {"pypi", 0, true, true},         {"maven", ':', false, false},
    {"golang", '/', true, false}, {"composer", '/', true, false},  {"swift", '/', false, false},
    {"deb", .no_purl = true},     {"rpm", .no_purl = true},        {"apk", .no_purl = true},
    {"pacman", .no_purl = true},  {"snap", .no_purl = true},       {"flatpak", .no_purl = true},
    {"brew", .no_purl = true},    {"chocolatey", .no_purl = true}, {"winget", .no_purl = true},
    {"pub", 0, true, false},      {"github", '/', true, false},
};

static const struct spelling *spelling_of(const char *type)
{
    static const struct spelling plain = {0};

    for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
        if (strcmp(spellings[i].type, type) == 0)
            return &spellings[i];
    }
    return &plain;
}

/* False for what no registry accepts, so that damaged files do not fill an inventory. */
static bool name_is_possible(struct sv name)
{
    if (name.n == 0 || name.n > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];

        if (c <= ' ' || c == 0x7f || strchr("\"'<>{}|\\^`", c))
            return false;
    }
    return true;
}

static void respell(struct sv name, const struct spelling *spelling, char to[NAME_MAX_BYTES])
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (spelling->purl_lower && c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        to[i] = spelling->is_pypi && c == '_' ? '-' : c;
    }
}

static bool emit(struct emit *out, const struct package *p, bool begin)
{
    const struct spelling *spelling = spelling_of(p->type);
    char purl_text[NAME_MAX_BYTES];
    struct sv purl_name, name_space = {0};

    if (!name_is_possible(p->name))
        return false;
    respell(p->name, spelling, purl_text);
    purl_name = (struct sv){purl_text, p->name.n};

    if (begin)
        emit_component_as(out, TYPE_LIBRARY, p->state, p->ceiling);
    emit_field_at(out, FIELD_PACKAGE, spelling->is_pypi ? purl_name : p->name, p->at.offset,
                  p->at.length);
    emit_field(out, FIELD_NAME, p->name);
    emit_field(out, FIELD_PACKAGE_TYPE, sv_str(p->type));
    emit_field(out, FIELD_VERSION, p->version.n ? p->version : p->constraint);

    size_t cut = spelling->separator ? sv_find_last(purl_name, spelling->separator) : SIZE_MAX;

    if (cut != SIZE_MAX && cut > 0 && cut + 1 < purl_name.n) {
        name_space = (struct sv){purl_name.p, cut};
        purl_name = sv_from(purl_name, cut + 1);
    }
    if (!spelling->no_purl)
        emit_purl(out, p->type, name_space, purl_name, p->version);
    return true;
}

bool package_emit(struct emit *out, const struct package *p)
{
    return emit(out, p, true);
}

bool package_emit_fields(struct emit *out, const struct package *p)
{
    return emit(out, p, false);
}

struct range range_of(struct sv whole, struct sv part)
{
    if (!part.p || part.p < whole.p || part.p > whole.p + whole.n)
        return (struct range){0};
    return (struct range){(uint64_t)(part.p - whole.p), part.n};
}

void people_emit(struct emit *out, enum field_key key, struct sv people)
{
    bool quoted = false;
    size_t from = 0;

    for (size_t i = 0; i < people.n; i++) {
        if (people.p[i] == '"')
            quoted = !quoted;
        if (people.p[i] == ',' && !quoted) {
            person_emit(out, key, (struct sv){people.p + from, i - from});
            from = i + 1;
        }
    }
    person_emit(out, key, sv_from(people, from));
}

void person_emit(struct emit *out, enum field_key key, struct sv text)
{
    struct sv rest = text;
    struct sv name = sv_trim(sv_cut(&rest, '<'));
    struct sv mail = sv_trim(sv_cut(&rest, '>'));
    size_t url = sv_find(name, SV("("));

    if (url != SIZE_MAX && sv_ends(name, SV(")")))
        name = sv_trim((struct sv){name.p, url});
    if (name.n >= 2 && name.p[0] == '"' && name.p[name.n - 1] == '"')
        name = (struct sv){name.p + 1, name.n - 2};
    emit_field(out, key, name);
    if (!sv_eq(mail, name))
        emit_field(out, key, mail);
}
