// SPDX-License-Identifier: Apache-2.0
#include "order/yaml.h"

#include <string.h>
#include <yaml.h>

struct builder {
    struct arena *arena;
    struct err *err;
    unsigned line; // of the event
    struct yaml *root;
    struct {
        struct yaml *node, *last;
        bool has_key;
        struct sv key;
        unsigned key_line;
    } open[YAML_DEPTH_MAX];
    size_t depth;
    bool had_document;
};

static int refuse_duplicate(struct builder *b, const struct yaml *map, struct sv key)
{
    for (const struct yaml *m = map->first; m; m = m->next)
        if (sv_eq(m->key, key))
            return ERR(b->err, ERR_FORMAT, "key '%.*s' is there twice; it was first on line %u",
                       (int)key.n, key.p, m->key_line);
    return 0;
}

static int take_key(struct builder *b, struct sv key)
{
    struct yaml *map = b->open[b->depth - 1].node;

    if (map->count == YAML_KEYS_MAX)
        return ERR(b->err, ERR_LIMIT, "more than %d keys in one map", YAML_KEYS_MAX);
    if (key.n > 256)
        return ERR(b->err, ERR_LIMIT, "a key of more than 256 bytes");
    TRY(refuse_duplicate(b, map, key));
    b->open[b->depth - 1].key = key;
    b->open[b->depth - 1].key_line = b->line;
    b->open[b->depth - 1].has_key = true;
    return 0;
}

static int add_node(struct builder *b, struct yaml *node)
{
    struct yaml *parent;

    node->line = b->line;
    if (!b->depth) {
        b->root = node;
        return 0;
    }
    parent = b->open[b->depth - 1].node;
    if (parent->kind == YAML_MAP) {
        if (!b->open[b->depth - 1].has_key)
            return ERR(b->err, ERR_FORMAT, "a key of a map is a map or list itself; expected text");
        node->key = b->open[b->depth - 1].key;
        node->key_line = b->open[b->depth - 1].key_line;
        b->open[b->depth - 1].has_key = false;
    } else {
        if (parent->count == YAML_ITEMS_MAX)
            return ERR(b->err, ERR_LIMIT, "more than %d items in one list", YAML_ITEMS_MAX);
        node->key = parent->key;
        node->in_list = true;
    }
    if (b->open[b->depth - 1].last)
        b->open[b->depth - 1].last->next = node;
    else
        parent->first = node;
    b->open[b->depth - 1].last = node;
    parent->count++;
    return 0;
}

static int open_node(struct builder *b, enum yaml_kind kind)
{
    struct yaml *node = arena_take(b->arena, sizeof(*node));

    if (!node)
        return arena_error(b->arena, b->err);
    node->kind = kind;
    TRY(add_node(b, node));
    if (b->depth == YAML_DEPTH_MAX)
        return ERR(b->err, ERR_LIMIT, "nested deeper than %d levels", YAML_DEPTH_MAX);
    b->open[b->depth].node = node;
    b->open[b->depth].last = NULL;
    b->open[b->depth].has_key = false;
    b->depth++;
    return 0;
}

static int add_scalar(struct builder *b, const yaml_event_t *e)
{
    struct sv text = arena_copy(
        b->arena, (struct sv){(const char *)e->data.scalar.value, e->data.scalar.length});
    struct yaml *node;

    if (!text.p)
        return arena_error(b->arena, b->err);
    if (b->depth && b->open[b->depth - 1].node->kind == YAML_MAP && !b->open[b->depth - 1].has_key)
        return take_key(b, text);
    node = arena_take(b->arena, sizeof(*node));
    if (!node)
        return arena_error(b->arena, b->err);
    node->kind = YAML_TEXT;
    node->text = text;
    node->plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return add_node(b, node);
}

static int refuse_extras(struct builder *b, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor)
        return ERR(b->err, ERR_FORMAT, "anchors are not allowed here; write the value out");
    if (tag)
        return ERR(b->err, ERR_FORMAT, "tags are not allowed here; write the plain value");
    return 0;
}

static int take_event(struct builder *b, const yaml_event_t *e)
{
    b->line = e->start_mark.line < 0xFFFFFFFFu ? (unsigned)e->start_mark.line + 1 : 0;
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (b->had_document)
            return ERR(b->err, ERR_FORMAT, "a second document begins; expected one in a file");
        b->had_document = true;
        return 0;
    case YAML_ALIAS_EVENT:
        return ERR(b->err, ERR_FORMAT, "aliases are not allowed here; write the value out");
    case YAML_SCALAR_EVENT:
        TRY(refuse_extras(b, e->data.scalar.anchor, e->data.scalar.tag));
        return add_scalar(b, e);
    case YAML_SEQUENCE_START_EVENT:
        TRY(refuse_extras(b, e->data.sequence_start.anchor, e->data.sequence_start.tag));
        return open_node(b, YAML_LIST);
    case YAML_MAPPING_START_EVENT:
        TRY(refuse_extras(b, e->data.mapping_start.anchor, e->data.mapping_start.tag));
        return open_node(b, YAML_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->depth--;
        return 0;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return 0;
    }
    return 0;
}

static int parser_problem(struct builder *b, const yaml_parser_t *p)
{
    // A mark says nothing about bytes that are no text: the reader stops before the scanner.
    size_t line = p->error == YAML_READER_ERROR ? p->mark.line : p->problem_mark.line;

    b->line = line < 0xFFFFFFFFu ? (unsigned)line + 1 : 0;
    if (p->error == YAML_MEMORY_ERROR)
        return ERR(b->err, ERR_NOMEM, "out of memory");
    return ERR(b->err, ERR_FORMAT, "this is not YAML: %s%s%s",
               p->problem ? p->problem : "it cannot be read", p->context ? " " : "",
               p->context ? p->context : "");
}

static int run(struct builder *b, yaml_parser_t *p)
{
    for (;;) {
        yaml_event_t e;
        yaml_event_type_t type;
        int result;

        if (!yaml_parser_parse(p, &e))
            return parser_problem(b, p);
        type = e.type;
        result = take_event(b, &e);
        yaml_event_delete(&e);
        TRY(result);
        if (type == YAML_STREAM_END_EVENT)
            break;
    }
    if (!b->root)
        return ERR(b->err, ERR_FORMAT, "the file is empty");
    return 0;
}

int yaml_parse(struct sv text, struct arena *arena, struct yaml **ret_root, unsigned *ret_line,
               struct err *err)
{
    struct builder b = {.arena = arena, .err = err};
    yaml_parser_t parser;
    int result;

    *ret_line = 1;
    if (text.n > YAML_SIZE_MAX)
        return ERR(err, ERR_LIMIT, "larger than the %d MiB that such a file may have",
                   YAML_SIZE_MAX >> 20);
    if (!yaml_parser_initialize(&parser))
        return ERR(err, ERR_NOMEM, "out of memory");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)(text.n ? text.p : ""), text.n);
    result = run(&b, &parser);
    yaml_parser_delete(&parser);
    if (result == 0)
        *ret_root = b.root;
    *ret_line = b.line ? b.line : 1;
    return result;
}
