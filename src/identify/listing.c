// SPDX-License-Identifier: Apache-2.0
#include "identify/listing.h"

bool listing_line(struct listing *l, struct sv *ret_line)
{
    if (l->rest.n == 0)
        return false;
    *ret_line = sv_line(&l->rest);
    while (ret_line->n && ret_line->p[ret_line->n - 1] == '\r')
        ret_line->n--;
    l->number++;
    return true;
}

bool listing_text_line(struct listing *l, struct sv *ret_line)
{
    while (listing_line(l, ret_line))
        if (sv_trim(*ret_line).n)
            return true;
    return false;
}

struct sv listing_word(struct sv *line)
{
    struct sv word = *line = sv_trim(*line);

    for (size_t i = 0; i < line->n; i++) {
        if (line->p[i] == ' ' || line->p[i] == '\t') {
            word.n = i;
            break;
        }
    }
    *line = sv_trim(sv_from(*line, word.n));
    return word;
}

struct claims listing_claims(const struct listing *l, enum component_type type, struct sv name)
{
    struct claims c = {.arena = l->job->arena, .type = type, .name = sv_trim(name)};

    c.at.offset = decoded_text_offset(&l->file, c.name, &c.at.length);
    return c;
}

void listing_emit_as(struct listing *l, struct claims *c, enum component_state state)
{
    if (c->row.n == 0)
        c->row = arena_printf(l->job->arena, "line %zu", l->number);
    l->any |= claims_emit_as(l->job, c, state);
}

void listing_emit(struct listing *l, struct claims *c)
{
    listing_emit_as(l, c, l->job->gate->state);
}

void listing_emit_package(struct listing *l, const char *type, struct sv name, struct sv version,
                          struct sv architecture, enum component_state state)
{
    struct claims c = listing_claims(l, TYPE_LIBRARY, name);

    c.version = version;
    claim(&c, FIELD_PACKAGE, name);
    claim(&c, FIELD_PACKAGE_TYPE, sv_str(type));
    claim(&c, FIELD_ARCHITECTURE, architecture);
    listing_emit_as(l, &c, state);
}
