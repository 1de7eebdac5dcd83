// SPDX-License-Identifier: Apache-2.0
#include "identify/cyclonedx.h"

#include "model/place.h"

enum component_type cyclonedx_type(struct sv text)
{
    enum component_type type = TYPE_LIBRARY;

    (void)component_type_from_text(text, &type);
    return type;
}

void cyclonedx_hash(struct claims *c, struct sv algorithm, struct sv content)
{
    if (sv_eq_nocase(algorithm, SV("SHA-256")))
        claim(c, FIELD_SHA256, content);
}

void cyclonedx_reference(struct claims *c, struct sv type, struct sv url)
{
    if (sv_eq(type, SV("website")))
        claim(c, FIELD_HOMEPAGE, url);
    else if (sv_starts(type, SV("distribution")) || sv_eq(type, SV("vcs")))
        claim(c, FIELD_URL, url);
}

static struct sv from_hex(struct sv hex, struct arena *arena)
{
    char *to = hex.n % 2 ? NULL : arena_take(arena, hex.n / 2 + 1);

    for (size_t i = 0; to && i < hex.n; i++) {
        char c = hex.p[i], low = (char)(c | 0x20);
        int digit = c >= '0' && c <= '9' ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;

        if (digit < 0)
            return (struct sv){0};
        to[i / 2] = (char)((unsigned char)to[i / 2] << 4 | digit);
    }
    return to ? (struct sv){to, hex.n / 2} : (struct sv){0};
}

void cyclonedx_property(struct claims *c, struct sv name, struct sv value)
{
    uint64_t group = 0;
    enum field_key key;
    struct sv word;

    if (!sv_starts(name, SV("debar:")))
        return;
    name = sv_from(name, sizeof("debar:") - 1);
    word = sv_cut(&name, ':');
    if (sv_to_u64(word, &group))
        word = sv_cut(&name, ':');
    if (group > INT16_MAX)
        return;
    if (sv_eq(name, SV("hex")))
        value = from_hex(value, c->arena);
    if (sv_eq(word, SV("place")))
        cyclonedx_place(c, value);
    else if (sv_eq(word, SV("state")))
        claim(c, FIELD_STATUS, value);
    else if (field_from_text(word, &key) && field_is_identity(key))
        claim_in_group(c, key, value, (uint16_t)group);
}

void cyclonedx_place(struct claims *c, struct sv place)
{
    auto_buf path = BUF_INIT(EMIT_VALUE_MAX);
    size_t places = 0;

    for (const struct claim_field *f = c->first; f; f = f->next)
        places += f->key == FIELD_PATH;
    if (places == CYCLONEDX_PLACES_MAX || place.n >= EMIT_VALUE_MAX || !sv_starts(place, SV("/")) ||
        place_decode(place, &path, NULL) < 0)
        return;
    if (!buf_ok(&path))
        c->arena->failed = true;
    claim(c, FIELD_PATH, arena_copy(c->arena, buf_view(&path)));
}
