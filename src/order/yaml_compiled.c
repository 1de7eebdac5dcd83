// SPDX-License-Identifier: Apache-2.0
#include "order/yaml_compiled.h"

#include <xxhash.h>

enum {
    KIND = 3, /* of the first byte */
    PLAIN = 4,
    CHECK_SIZE = 8,
};

/* ---- writing ---- */

static void put_text(struct buf *to, struct sv text)
{
    buf_uvarint(to, text.n);
    buf_sv(to, text);
    buf_char(to, '\0');
}

/* Returns how many nodes it wrote; a tree is no deeper than YAML_DEPTH_MAX. */
static uint32_t put_node(struct buf *to, const struct yaml *node, bool member)
{
    uint32_t count = 1;

    buf_char(to, (char)((unsigned)node->kind | (node->plain ? PLAIN : 0)));
    buf_uvarint(to, node->line);
    if (member) {
        buf_uvarint(to, node->key_line);
        put_text(to, node->key);
    }
    if (node->kind == YAML_TEXT) {
        put_text(to, node->text);
        return count;
    }
    buf_uvarint(to, node->count);
    for (const struct yaml *child = node->first; child; child = child->next)
        count += put_node(to, child, node->kind == YAML_MAP);
    return count;
}

static void put_le(uint8_t *to, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

void yaml_compile(const struct yaml *root, struct buf *to)
{
    static const uint8_t room[CHECK_SIZE + 4];
    uint32_t count;
    uint8_t *head;

    buf_bytes(to, room, sizeof(room));
    count = put_node(to, root, false);
    if (!buf_ok(to))
        return;
    head = (uint8_t *)to->p;
    put_le(head + CHECK_SIZE, count, 4);
    put_le(head, XXH3_64bits(head + CHECK_SIZE, to->n - CHECK_SIZE), CHECK_SIZE);
}

/* ---- reading ---- */

struct loading {
    struct reader reader;
    struct yaml *nodes;
    size_t used, count;
};

static struct sv take_text(struct reader *r)
{
    struct span text = reader_counted(r);

    if (reader_u8(r) != 0)
        r->overrun = true;
    return sv_of(text);
}

static struct yaml *take_node(struct loading *l, const struct yaml *parent, unsigned depth)
{
    struct reader *r = &l->reader;
    struct yaml *node, *last = NULL;
    uint64_t count;
    uint8_t first = reader_u8(r);

    if (l->used == l->count || depth > YAML_DEPTH_MAX || (first & KIND) > YAML_MAP)
        return NULL;
    node = &l->nodes[l->used++];
    node->kind = (enum yaml_kind)(first & KIND);
    node->plain = (first & PLAIN) != 0;
    node->line = (unsigned)reader_uvarint(r);
    if (parent && parent->kind == YAML_MAP) {
        node->key_line = (unsigned)reader_uvarint(r);
        node->key = take_text(r);
    } else if (parent) {
        node->key = parent->key;
        node->in_list = true;
    }
    if (node->kind == YAML_TEXT) {
        node->text = take_text(r);
        return reader_ok(r) ? node : NULL;
    }
    for (count = reader_uvarint(r); node->count < count; node->count++) {
        struct yaml *child = take_node(l, node, depth + 1);

        if (!child)
            return NULL;
        *(last ? &last->next : &node->first) = child;
        last = child;
    }
    return reader_ok(r) ? node : NULL;
}

const struct yaml *yaml_compiled(struct span bytes, struct arena *arena)
{
    struct loading l = {.reader = reader_over(bytes)};
    uint64_t check = reader_u64le(&l.reader);
    const struct yaml *root;

    if (!reader_ok(&l.reader) || check != XXH3_64bits(l.reader.rest.p, l.reader.rest.n))
        return NULL;
    l.count = reader_u32le(&l.reader);
    // A node is at least three bytes long.
    if (!reader_ok(&l.reader) || l.count > l.reader.rest.n / 3)
        return NULL;
    l.nodes = arena_take_array(arena, l.count, sizeof(*l.nodes));
    root = l.nodes ? take_node(&l, NULL, 0) : NULL;
    return root && l.used == l.count && l.reader.rest.n == 0 ? root : NULL;
}
