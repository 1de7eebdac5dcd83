// SPDX-License-Identifier: Apache-2.0
#include "identify/registry.h"

enum {
    GUID_SIZE = 38,
    PACKED_SIZE = 32,
};

void registry_emit(struct registry *r, enum component_type type, bool has_place)
{
    emit_component_as(r->out, type, has_place ? r->gate->state : STATE_RESIDUE, r->gate->ceiling);
}

void registry_emit_key(struct registry *r, struct sv path)
{
    emit_field(r->out, FIELD_REGISTRY_KEY, path);
    emit_field(r->out, FIELD_ROW, path);
}

struct sv registry_emit_value(struct registry *r, const struct hive_key *key, const char *value,
                              enum field_key field)
{
    struct hive_text text = hive_get(r->h, key, value);

    emit_field_at(r->out, field, text.text, text.offset, text.length);
    return text.text;
}

bool registry_find(struct registry *r, const char *view, const char *path, struct hive_key *ret)
{
    struct sv whole = arena_printf(r->arena, "%s%s", view, path);

    return whole.n && hive_find(r->h, &r->top, whole, ret);
}

const char *registry_text(struct sv text)
{
    return text.p ? text.p : "";
}

struct sv registry_join(const struct registry *r, struct sv path, struct sv name)
{
    return arena_printf(r->arena, "%.*s\\%.*s", (int)path.n, path.p, (int)name.n, name.p);
}

struct sv registry_path(const struct registry *r, const char *view, const char *path)
{
    return arena_printf(r->arena, "%.*s\\%s%s", (int)r->name.n, r->name.p, view, path);
}

void registry_each(struct registry *r, const char *view, const char *path,
                   void (*each)(struct registry *r, const struct hive_key *key, struct sv path))
{
    struct sv above = registry_path(r, view, path);
    struct hive_key parent, key;
    struct hive_keys keys;

    if (!registry_find(r, view, path, &parent))
        return;
    keys = hive_keys(r->h, &parent);
    while (hive_next_key(r->h, &keys, &key))
        each(r, &key, registry_join(r, above, key.name));
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool guid_is(struct sv text)
{
    static const char shape[] = "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";

    for (size_t i = 0; text.n == GUID_SIZE && i < GUID_SIZE; i++)
        if (shape[i] == 'x' ? !is_hex(text.p[i]) : text.p[i] != shape[i])
            return false;
    return text.n == GUID_SIZE;
}

struct sv guid_unpack(struct sv packed, struct arena *arena)
{
    // How long each piece is that was turned around.
    static const unsigned char pieces[] = {8, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2};
    char guid[GUID_SIZE];
    size_t n = 0, at = 0;

    for (size_t i = 0; i < packed.n; i++)
        if (!is_hex(packed.p[i]))
            return (struct sv){0};
    if (packed.n != PACKED_SIZE)
        return (struct sv){0};
    guid[n++] = '{';
    for (size_t i = 0; i < sizeof(pieces); i++) {
        for (unsigned k = pieces[i]; k-- > 0;)
            guid[n++] = packed.p[at + k];
        at += pieces[i];
        if (i < 3 || i == 4)
            guid[n++] = '-';
    }
    guid[n++] = '}';
    return arena_copy(arena, (struct sv){guid, n});
}

/* The digits of a GUID without what stands between them. */
static struct sv digits_of(struct sv guid, char ret_digits[PACKED_SIZE])
{
    size_t n = 0;

    for (size_t i = 0; i < guid.n && n < PACKED_SIZE; i++)
        if (is_hex(guid.p[i]))
            ret_digits[n++] = guid.p[i];
    return (struct sv){ret_digits, n};
}

struct sv guid_pack(struct sv guid, struct arena *arena)
{
    char digits[PACKED_SIZE];

    if (!guid_is(guid))
        return (struct sv){0};
    // Turned around twice, each piece is as it was.
    guid = guid_unpack(digits_of(guid, digits), arena);
    return arena_copy(arena, digits_of(guid, digits));
}
