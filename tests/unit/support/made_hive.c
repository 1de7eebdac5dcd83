// SPDX-License-Identifier: Apache-2.0
#include "support/made_hive.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/compiler.h"

enum {
    BASE = 4096,
    BIN_HEADER = 32,
    PIECE = 16344,
    CHILDREN = 256,
};

struct made_value {
    struct made_value *next;
    struct sv name;
    uint32_t type;
    struct sv data;
};

struct made_key {
    struct sv name;
    struct made_key *children[CHILDREN];
    uint16_t count;
    struct made_value *values;
    uint32_t value_count;
};

struct maker {
    const struct made_hive *how;
    struct arena *arena;
    struct buf cells; /* of the one bin, behind its header */
};

static void put16(struct buf *b, uint32_t n)
{
    buf_char(b, (char)n);
    buf_char(b, (char)(n >> 8));
}

static void put32(struct buf *b, uint32_t n)
{
    put16(b, n & 0xffff);
    put16(b, n >> 16);
}

static uint32_t add_cell(struct maker *m, struct sv content)
{
    uint32_t at = BIN_HEADER + (uint32_t)m->cells.n;
    size_t size = (content.n + 4 + 7) / 8 * 8;

    put32(&m->cells, (uint32_t) - (int32_t)size);
    buf_sv(&m->cells, content);
    for (size_t i = content.n + 4; i < size; i++)
        buf_char(&m->cells, 0);
    return at;
}

static void put_wide(struct buf *b, struct sv text)
{
    for (size_t i = 0; i < text.n; i++)
        put16(b, (unsigned char)text.p[i]);
}

static uint32_t add_data(struct maker *m, struct sv data)
{
    auto_buf list = {0}, head = {0};
    uint32_t count = 0, at;

    if (data.n <= PIECE)
        return add_cell(m, data);
    while (data.n) {
        struct sv piece = {data.p, data.n < PIECE ? data.n : PIECE};

        put32(&list, add_cell(m, piece));
        data = sv_from(data, piece.n);
        count++;
    }
    buf_str(&head, "db");
    put16(&head, count);
    at = add_cell(m, buf_view(&list));
    put32(&head, at);
    return add_cell(m, buf_view(&head));
}

static uint32_t add_value(struct maker *m, const struct made_value *v)
{
    auto_buf b = {0};
    bool is_inline = v->data.n <= 4;
    uint32_t at = is_inline ? 0 : add_data(m, v->data);

    for (size_t i = 0; is_inline && i < v->data.n; i++)
        at |= (uint32_t)(unsigned char)v->data.p[i] << 8 * i;
    buf_str(&b, "vk");
    put16(&b, (uint32_t)v->name.n * (m->how->wide_names ? 2 : 1));
    put32(&b, (uint32_t)v->data.n | (is_inline ? UINT32_C(1) << 31 : 0));
    put32(&b, at);
    put32(&b, v->type);
    put16(&b, m->how->wide_names ? 0 : 1);
    put16(&b, 0);
    if (m->how->wide_names)
        put_wide(&b, v->name);
    else
        buf_sv(&b, v->name);
    return add_cell(m, buf_view(&b));
}

static uint32_t add_list(struct maker *m, const uint32_t *at, uint32_t count)
{
    static const char *const kinds[] = {"lh", "lf", "li", "li"};
    auto_buf b = {0};

    buf_str(&b, kinds[m->how->lists]);
    put16(&b, count);
    for (uint32_t i = 0; i < count; i++) {
        put32(&b, at[i]);
        if (m->how->lists == MADE_LH || m->how->lists == MADE_LF)
            put32(&b, 0);
    }
    return add_cell(m, buf_view(&b));
}

static uint32_t add_lists(struct maker *m, const uint32_t *at, uint32_t count)
{
    auto_buf b = {0};

    if (count == 0)
        return UINT32_MAX;
    if (m->how->lists != MADE_RI)
        return add_list(m, at, count);
    buf_str(&b, "ri");
    put16(&b, (count + 1) / 2);
    for (uint32_t i = 0; i < count; i += 2)
        put32(&b, add_list(m, at + i, count - i < 2 ? count - i : 2));
    return add_cell(m, buf_view(&b));
}

static uint32_t add_key(struct maker *m, const struct made_key *key)
{
    auto_buf b = {0}, values = {0};
    uint32_t at[CHILDREN], list, value_list = UINT32_MAX;

    for (unsigned i = 0; i < key->count; i++)
        at[i] = add_key(m, key->children[i]);
    list = add_lists(m, at, key->count);
    for (const struct made_value *v = key->values; v; v = v->next)
        put32(&values, add_value(m, v));
    if (key->value_count)
        value_list = add_cell(m, buf_view(&values));
    buf_str(&b, "nk");
    put16(&b, m->how->wide_names ? 0 : 0x20);
    for (unsigned i = 0; i < 4; i++)
        put32(&b, 0);
    put32(&b, key->count);
    put32(&b, 0);
    put32(&b, list);
    put32(&b, UINT32_MAX);
    put32(&b, key->value_count);
    put32(&b, value_list);
    put32(&b, UINT32_MAX);
    put32(&b, UINT32_MAX);
    for (unsigned i = 0; i < 5; i++)
        put32(&b, 0);
    put16(&b, (uint32_t)key->name.n * (m->how->wide_names ? 2 : 1));
    put16(&b, 0);
    if (m->how->wide_names)
        put_wide(&b, key->name);
    else
        buf_sv(&b, key->name);
    return add_cell(m, buf_view(&b));
}

static struct made_key *child(struct made_key *parent, struct sv name, struct arena *arena)
{
    for (unsigned i = 0; i < parent->count; i++)
        if (sv_eq(parent->children[i]->name, name))
            return parent->children[i];
    bug_if(parent->count == CHILDREN);

    struct made_key *key = arena_take(arena, sizeof(*key));

    bug_if(!key);
    key->name = name;
    parent->children[parent->count++] = key;
    return key;
}

static void set(struct made_key *key, struct sv line, struct arena *arena)
{
    struct sv text = line, name = sv_cut(&text, '='), kind = name;
    struct made_value *v = arena_take(arena, sizeof(*v)), **end = &key->values;
    auto_buf data = {0};

    bug_if(!v);
    v->name = sv_cut(&kind, ':');
    if (sv_eq(kind, SV("dword"))) {
        v->type = 4;
        put32(&data, (uint32_t)strtoul(text.p, NULL, 0));
    } else if (sv_eq(kind, SV("hex"))) {
        v->type = 3;
        for (size_t i = 0; i + 1 < text.n; i += 2) {
            char digits[3] = {text.p[i], text.p[i + 1], 0};

            buf_char(&data, (char)strtoul(digits, NULL, 16));
        }
    } else if (sv_eq(kind, SV("multi"))) {
        v->type = 7;
        while (text.n) {
            put_wide(&data, sv_cut(&text, '|'));
            put16(&data, 0);
        }
        put16(&data, 0);
    } else {
        v->type = 1;
        put_wide(&data, text);
        put16(&data, 0);
    }
    v->data = arena_copy(arena, buf_view(&data));
    while (*end)
        end = &(*end)->next;
    *end = v;
    key->value_count++;
}

void made_hive_seal(struct span hive)
{
    uint8_t *p = (uint8_t *)(uintptr_t)hive.p;

    for (size_t i = 0; i < 4; i++) {
        p[508 + i] = 0;
        for (size_t at = i; at < 508; at += 4)
            p[508 + i] ^= p[at];
    }
}

struct span made_hive(const char *text, const struct made_hive *how, struct arena *arena)
{
    static const struct made_hive plain;
    struct maker m = {.how = how ? how : &plain, .arena = arena};
    struct made_key root = {.name = SV("root")}, *key = &root;
    struct sv rest = arena_copy(arena, sv_str(text));
    auto_buf file = {0};
    uint32_t root_at;
    size_t bin;

    while (rest.n) {
        struct sv line = sv_line(&rest);

        if (sv_starts(line, SV("["))) {
            struct sv path = {line.p + 1, line.n - 2};

            for (key = &root; path.n;)
                key = child(key, sv_cut(&path, '\\'), arena);
        } else if (line.n) {
            set(key, line, arena);
        }
    }
    root_at = add_key(&m, &root);
    bin = (BIN_HEADER + m.cells.n + BASE - 1) / BASE * BASE;

    buf_str(&file, "regf");
    put32(&file, 7);
    put32(&file, m.how->dirty ? 6 : 7);
    for (unsigned i = 0; i < 2; i++)
        put32(&file, 0);
    put32(&file, 1);
    put32(&file, 5);
    put32(&file, 0);
    put32(&file, 1);
    put32(&file, root_at);
    put32(&file, (uint32_t)bin);
    while (file.n < BASE)
        buf_char(&file, 0);
    buf_str(&file, "hbin");
    put32(&file, 0);
    put32(&file, (uint32_t)bin);
    while (file.n < BASE + BIN_HEADER)
        buf_char(&file, 0);
    buf_sv(&file, buf_view(&m.cells));
    if (file.n < BASE + bin) // one cell that is free
        put32(&file, (uint32_t)(BASE + bin - file.n));
    while (file.n < BASE + bin)
        buf_char(&file, 0);
    buf_clear(&m.cells);

    struct sv copy = arena_copy(arena, buf_view(&file));
    struct span hive = {(const uint8_t *)copy.p, copy.n};

    made_hive_seal(hive);
    return hive;
}
