// SPDX-License-Identifier: Apache-2.0
/*
 * Both files are chunks in chunks; every chunk begins with u16 type, u16 bytes of its header, u32
 * bytes of all of it. All little-endian.
 *
 *     XML    { string pool, resource ids of attributes' names, element … end … }
 *     TABLE  { string pool of values,
 *              PACKAGE { string pools of type and key names, TYPE_SPEC, TYPE { entries }… }… }
 */
#include "identify/android_manifest.h"

#include <string.h>

#include "base/utf16.h"

enum {
    CHUNK_STRINGS = 0x0001,
    CHUNK_TABLE = 0x0002,
    CHUNK_XML = 0x0003,
    CHUNK_ELEMENT = 0x0102,
    CHUNK_END = 0x0103,
    CHUNK_RESOURCE_IDS = 0x0180,
    CHUNK_PACKAGE = 0x0200,
    CHUNK_TYPE = 0x0201,
    CHUNK_HEADER = 8,
    STRINGS_UTF8 = 0x100,
    TYPE_SPARSE = 1,
    TYPE_SHORT_OFFSETS = 2,
    ENTRY_COMPLEX = 1,
    ENTRY_COMPACT = 8,
    VALUE_REFERENCE = 1,
    VALUE_STRING = 3,
    ATTRIBUTES_MAX = 4096,
    HOPS_MAX = 8, /* from reference to reference */
};

#define NO_STRING UINT32_MAX
#define ID_LABEL UINT32_C(0x01010001)
#define ID_VERSION_CODE UINT32_C(0x0101021b)
#define ID_VERSION_NAME UINT32_C(0x0101021c)

struct chunk {
    uint16_t type;
    struct span header; /* behind type and sizes */
    struct span body;
};

/* False at the end, and for one that says that it is longer than what it is in. */
static bool next_chunk(struct span *rest, struct chunk *ret)
{
    struct reader r = reader_over(*rest);
    uint16_t header;
    uint32_t all;

    ret->type = reader_u16le(&r);
    header = reader_u16le(&r);
    all = reader_u32le(&r);
    if (!reader_ok(&r) || header < CHUNK_HEADER || all < header || all > rest->n)
        return false;
    ret->header = (struct span){rest->p + CHUNK_HEADER, (size_t)header - CHUNK_HEADER};
    ret->body = (struct span){rest->p + header, all - header};
    *rest = span_from(*rest, all);
    return true;
}

/* ---- string pools ---- */

struct strings {
    struct span body;
    uint32_t count, data; /* data: offset in the body */
    bool utf8;
};

static struct strings strings_of(const struct chunk *c)
{
    struct reader r = reader_over(c->header);
    struct strings s = {.body = c->body};
    uint32_t start;

    s.count = reader_u32le(&r);
    reader_skip(&r, 4);
    s.utf8 = reader_u32le(&r) & STRINGS_UTF8;
    start = reader_u32le(&r);
    if (!reader_ok(&r) || start < c->header.n + CHUNK_HEADER)
        return (struct strings){0};
    s.data = start - (uint32_t)c->header.n - CHUNK_HEADER;
    return s;
}

static uint32_t length8(struct reader *r)
{
    uint32_t n = reader_u8(r);

    return n & 0x80 ? (n & 0x7f) << 8 | reader_u8(r) : n;
}

static uint32_t length16(struct reader *r)
{
    uint32_t n = reader_u16le(r);

    return n & 0x8000 ? (n & 0x7fff) << 16 | reader_u16le(r) : n;
}

static struct sv string_at(const struct strings *s, uint32_t i, struct arena *arena)
{
    struct reader r = reader_over(span_from(s->body, 4 * (size_t)i));
    uint64_t offset = (uint64_t)s->data + reader_u32le(&r);
    struct span bytes;

    if (i >= s->count || !reader_ok(&r) || offset >= s->body.n)
        return (struct sv){0};
    r = reader_over(span_from(s->body, (size_t)offset));
    if (!s->utf8) {
        bytes = reader_take(&r, 2 * (size_t)length16(&r));
        return utf16le_text(bytes, arena);
    }
    (void)length8(&r); // in characters
    bytes = reader_take(&r, length8(&r));
    return arena_copy(arena, sv_of(bytes));
}

/* ---- the manifest ---- */

struct manifest {
    struct arena *arena;
    struct android_manifest *to;
    struct strings strings;
    struct span ids;
    unsigned depth;
    bool done;
};

struct value {
    uint32_t text; /* as it was written; NO_STRING when it was no text */
    uint8_t type;
    uint32_t data;
};

static void set_text(const struct manifest *m, const struct value *v, struct sv *text,
                     uint32_t *resource)
{
    if (v->type == VALUE_REFERENCE && resource)
        *resource = v->data;
    else if (v->type == VALUE_STRING)
        *text = sv_trim(string_at(&m->strings, v->data, m->arena));
    else if (v->text != NO_STRING)
        *text = sv_trim(string_at(&m->strings, v->text, m->arena));
}

/* Android goes by the id of an attribute's name; the name itself may be anything. */
static void read_attribute(struct manifest *m, struct sv element, uint32_t name,
                           const struct value *v)
{
    struct reader r = reader_over(span_from(m->ids, 4 * (size_t)name));
    uint32_t id = name < m->ids.n / 4 ? reader_u32le(&r) : 0;
    struct sv text = id ? (struct sv){0} : string_at(&m->strings, name, m->arena);

    if (sv_eq(element, SV("manifest"))) {
        if (sv_eq(text, SV("package")))
            set_text(m, v, &m->to->package, NULL);
        else if (sv_eq(text, SV("split")))
            set_text(m, v, &m->to->split, NULL);
        else if (id == ID_VERSION_NAME || sv_eq(text, SV("versionName")))
            set_text(m, v, &m->to->version_name, &m->to->version_resource);
        else if (id == ID_VERSION_CODE || sv_eq(text, SV("versionCode")))
            m->to->version_code = v->data;
    } else if (id == ID_LABEL || sv_eq(text, SV("label"))) {
        set_text(m, v, &m->to->label, &m->to->label_resource);
    }
}

static void read_element(struct manifest *m, const struct chunk *c)
{
    struct reader r = reader_over(c->body), attributes;
    uint16_t start, size, count;
    struct sv name;

    reader_skip(&r, 4);
    name = string_at(&m->strings, reader_u32le(&r), m->arena);
    start = reader_u16le(&r);
    size = reader_u16le(&r);
    count = reader_u16le(&r);
    m->depth++;
    if ((m->depth != 1 || !sv_eq(name, SV("manifest"))) &&
        (m->depth != 2 || !sv_eq(name, SV("application"))))
        return;
    m->done = m->depth == 2;
    attributes = reader_over(span_from(c->body, start));
    for (unsigned i = 0; i < count && i < ATTRIBUTES_MAX && size >= 20; i++) {
        struct reader one = reader_over(reader_take(&attributes, size));
        struct value v;
        uint32_t key;

        reader_skip(&one, 4);
        key = reader_u32le(&one);
        v.text = reader_u32le(&one);
        reader_skip(&one, 3);
        v.type = reader_u8(&one);
        v.data = reader_u32le(&one);
        if (!reader_ok(&one))
            return;
        read_attribute(m, name, key, &v);
    }
}

bool android_manifest_is(struct span bytes)
{
    struct reader r = reader_over(bytes);

    return reader_u16le(&r) == CHUNK_XML && reader_u16le(&r) >= CHUNK_HEADER && reader_ok(&r);
}

int android_manifest_read(struct span bytes, struct arena *arena, struct android_manifest *ret,
                          struct err *err)
{
    struct manifest m = {.arena = arena, .to = ret};
    struct reader r = reader_over(bytes);
    struct chunk c;
    uint16_t header;

    *ret = (struct android_manifest){0};
    reader_skip(&r, 2);
    header = reader_u16le(&r);
    bytes = span_from(bytes, header);
    while (!m.done && next_chunk(&bytes, &c)) {
        if (c.type == CHUNK_STRINGS && m.strings.count == 0)
            m.strings = strings_of(&c);
        else if (c.type == CHUNK_RESOURCE_IDS)
            m.ids = c.body;
        else if (c.type == CHUNK_ELEMENT)
            read_element(&m, &c);
        else if (c.type == CHUNK_END && m.depth)
            m.depth--;
    }
    if (arena_failed(arena))
        return arena_error(arena, err);
    return ret->package.n ? 0 : ERR(err, ERR_FORMAT, "the manifest names no package");
}

/* ---- resources ---- */

struct wanted {
    uint8_t type;
    uint16_t entry;
    struct value value;
    bool found, is_default;
};

static uint64_t entry_offset(struct span body, uint8_t flags, uint32_t count, uint16_t wanted)
{
    struct reader r;

    if (flags & TYPE_SPARSE) {
        r = reader_over(body);
        for (uint32_t i = 0; i < count && reader_ok(&r); i++) {
            uint16_t index = reader_u16le(&r), offset = reader_u16le(&r);

            if (index == wanted)
                return 4 * (uint64_t)offset;
        }
        return UINT64_MAX;
    }
    if (wanted >= count)
        return UINT64_MAX;
    if (flags & TYPE_SHORT_OFFSETS) {
        r = reader_over(span_from(body, 2 * (size_t)wanted));

        uint16_t offset = reader_u16le(&r);

        return offset == UINT16_MAX ? UINT64_MAX : 4 * (uint64_t)offset;
    }
    r = reader_over(span_from(body, 4 * (size_t)wanted));

    uint32_t offset = reader_u32le(&r);

    return offset == UINT32_MAX ? UINT64_MAX : offset;
}

/* The entries of one type in one language; the first one without a language is taken. */
static void read_type(const struct chunk *c, struct wanted *w)
{
    static const uint8_t nothing[64];
    struct reader r = reader_over(c->header);
    uint8_t type = reader_u8(&r), flags = reader_u8(&r);
    uint32_t count, start, config;
    uint64_t offset;
    struct span rest;
    bool is_default;
    uint16_t size, entry_flags;

    reader_skip(&r, 2);
    count = reader_u32le(&r);
    start = reader_u32le(&r);
    config = reader_u32le(&r);
    rest = reader_take(&r, config > 4 && config <= sizeof(nothing) ? config - 4 : 0);
    is_default = rest.n && memcmp(rest.p, nothing, rest.n) == 0;
    offset = entry_offset(c->body, flags, count, w->entry);
    if (!reader_ok(&r) || type != w->type || offset == UINT64_MAX || (w->found && !is_default) ||
        w->is_default || start < c->header.n + CHUNK_HEADER)
        return;
    offset += start - c->header.n - CHUNK_HEADER;
    if (offset >= c->body.n)
        return;
    r = reader_over(span_from(c->body, (size_t)offset));
    size = reader_u16le(&r);
    entry_flags = reader_u16le(&r);
    if (entry_flags & ENTRY_COMPACT) {
        w->value.type = (uint8_t)(entry_flags >> 8);
    } else {
        reader_skip(&r, size >= 4 ? (size_t)size - 4 + 3 : 0);
        w->value.type = reader_u8(&r);
    }
    w->value.data = reader_u32le(&r);
    if (!reader_ok(&r) || (entry_flags & ENTRY_COMPLEX))
        return;
    w->found = true;
    w->is_default = is_default;
}

static struct wanted find_resource(struct span packages, uint32_t id)
{
    struct wanted w = {.type = (uint8_t)(id >> 16), .entry = (uint16_t)id};
    struct chunk package, c;

    while (next_chunk(&packages, &package)) {
        struct reader r = reader_over(package.header);

        if (package.type != CHUNK_PACKAGE || reader_u32le(&r) != id >> 24)
            continue;
        for (struct span rest = package.body; next_chunk(&rest, &c);)
            if (c.type == CHUNK_TYPE)
                read_type(&c, &w);
    }
    return w;
}

struct sv android_resource_text(struct span table, uint32_t id, struct arena *arena)
{
    struct strings strings = {0};
    struct chunk all, c;

    if (!next_chunk(&table, &all) || all.type != CHUNK_TABLE)
        return (struct sv){0};
    for (struct span rest = all.body; strings.count == 0 && next_chunk(&rest, &c);)
        if (c.type == CHUNK_STRINGS)
            strings = strings_of(&c);
    for (unsigned hop = 0; hop < HOPS_MAX; hop++) {
        struct wanted w = find_resource(all.body, id);

        if (w.found && w.value.type == VALUE_STRING)
            return sv_trim(string_at(&strings, w.value.data, arena));
        if (!w.found || w.value.type != VALUE_REFERENCE)
            break;
        id = w.value.data;
    }
    return (struct sv){0};
}
