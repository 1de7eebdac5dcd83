// SPDX-License-Identifier: Apache-2.0
#include "identify/claims.h"

#include <string.h>

#include "identify/purl.h"

void claim_in_group(struct claims *c, enum field_key key, struct sv value, uint16_t group)
{
    struct claim_field *field;

    value = sv_trim(value);
    if (value.n == 0 || c->count == CLAIMS_MAX)
        return;
    field = arena_take(c->arena, sizeof(*field));
    if (!field)
        return;
    *field = (struct claim_field){.key = key, .group = group, .value = value};
    if (c->last)
        c->last->next = field;
    else
        c->first = field;
    c->last = field;
    c->count++;
}

void claim(struct claims *c, enum field_key key, struct sv value)
{
    claim_in_group(c, key, value, 0);
}

bool claims_have(const struct claims *c, enum field_key key)
{
    for (const struct claim_field *f = c->first; f; f = f->next)
        if (f->key == key)
            return true;
    return false;
}

struct sv claimed_party(struct sv text)
{
    static const char *const words[] = {"Organization:", "Person:", "Tool:"};
    size_t at;

    text = sv_trim(text);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (sv_starts(text, sv_str(words[i])))
            text = sv_trim(sv_from(text, strlen(words[i])));
    if (sv_eq(text, SV("NOASSERTION")) || sv_eq(text, SV("NONE")) || sv_eq(text, SV("n/a")))
        return (struct sv){0};
    at = sv_find_last(text, '(');
    // "Acme (ops@acme.test)" and "Acme ()", but "Acme (Europe)".
    if (at != SIZE_MAX && at > 0 && sv_ends(text, SV(")")) &&
        (sv_find(sv_from(text, at), SV("@")) != SIZE_MAX || text.n - at == 2))
        text.n = at;
    at = sv_find(text, SV("<"));
    if (at != SIZE_MAX && at > 0 && sv_ends(text, SV(">")))
        text.n = at;
    return sv_trim(text);
}

struct sv claimed_path(struct sv text, struct arena *arena)
{
    bool drive;
    char *to;

    text = sv_trim(text);
    if (text.n && text.p[0] == '"') {
        text = sv_from(text, 1);
        text = sv_cut(&text, '"');
    }
    drive = text.n > 3 && text.p[1] == ':' && (text.p[2] == '\\' || text.p[2] == '/');
    if (!drive)
        return sv_starts(text, SV("/")) && !sv_starts(text, SV("//")) && text.n > 1
                   ? text
                   : (struct sv){0};
    text = sv_from(text, 2);
    to = arena_take(arena, text.n + 1);
    for (size_t i = 0; to && i < text.n; i++)
        to[i] = text.p[i] == '\\' ? '/' : text.p[i];
    while (to && text.n > 1 && to[text.n - 1] == '/')
        text.n--;
    return to ? (struct sv){to, text.n} : (struct sv){0};
}

/* A product's name is what people call it; a library's is what its ecosystem calls it. */
static bool has_product_name(enum component_type type)
{
    return type == TYPE_APPLICATION || type == TYPE_OPERATING_SYSTEM || type == TYPE_DEVICE ||
           type == TYPE_FIRMWARE || type == TYPE_PLATFORM || type == TYPE_DEVICE_DRIVER;
}

/* Where no purl says what the group is: a scope of npm, a reversed domain, or somebody's name. */
static void emit_group_name(struct emit *out, const struct claims *c)
{
    if (c->group.n == 0)
        return;
    if (c->group.p[0] == '@')
        emit_fieldf(out, FIELD_PACKAGE, "%.*s/%.*s", (int)c->group.n, c->group.p, (int)c->name.n,
                    c->name.p);
    else if (sv_find(c->group, SV(".")) != SIZE_MAX)
        emit_fieldf(out, FIELD_PACKAGE, "%.*s:%.*s", (int)c->group.n, c->group.p, (int)c->name.n,
                    c->name.p);
    else
        emit_field(out, FIELD_PUBLISHER, c->group);
}

static void emit_purl_of(struct emit *out, const struct claims *c, const struct purl *purl)
{
    emit_field(out, FIELD_PURL, c->purl);
    if (!claims_have(c, FIELD_PACKAGE) && !claims_have(c, FIELD_IMAGE))
        purl_emit_package(out, purl, c->arena);
}

static void emit_fields(struct emit *out, const struct claims *c)
{
    uint16_t group = 0;

    for (const struct claim_field *f = c->first; f; f = f->next) {
        if (f->group != group) {
            if (f->group)
                emit_group(out);
            else
                emit_group_end(out);
        }
        group = f->group;
        emit_field(out, f->key, f->value);
    }
    if (group)
        emit_group_end(out);
}

bool claims_emit_as(const struct job *job, const struct claims *c, enum component_state state)
{
    struct emit *out = job->out;
    struct purl purl = {0};
    bool has_purl = c->purl.n && purl_read(c->purl, c->arena, &purl);
    struct sv name = c->name.n ? c->name : purl.name;
    struct sv version = c->version.n ? c->version : purl.version;

    if (name.n == 0 && c->count == 0)
        return false;
    emit_component_as(out, c->type, state, job->gate->ceiling);
    emit_field_at(out, FIELD_NAME, name, c->at.offset, c->at.length);
    if (has_product_name(c->type) && !claims_have(c, FIELD_PRODUCT))
        emit_field_at(out, FIELD_PRODUCT, name, c->at.offset, c->at.length);
    emit_field(out, FIELD_VERSION, version);
    if (has_purl)
        emit_purl_of(out, c, &purl);
    else
        emit_group_name(out, c);
    emit_fields(out, c);
    emit_field(out, FIELD_ROW, c->row);
    return true;
}

bool claims_emit(const struct job *job, const struct claims *c)
{
    return claims_emit_as(job, c, job->gate->state);
}

int claims_end(const struct job *job, int result, struct err *err)
{
    return result >= 0 && arena_failed(job->arena) ? arena_error(job->arena, err) : result;
}
