// SPDX-License-Identifier: Apache-2.0
#include "identify/yaml_tree.h"

#include <yaml.h>

enum {
    DIRECTIVES_MAX = 64,
};

struct building {
    struct sv text;
    struct arena *arena;
    struct yaml_node *open[YAML_NESTING_MAX + 1]; // open[0] is the list of documents
    bool wants_key[YAML_NESTING_MAX + 1];
    struct sv key[YAML_NESTING_MAX + 1]; // the key whose value comes next
    struct range key_at[YAML_NESTING_MAX + 1];
    size_t depth;
    size_t nodes;
    size_t characters, bytes; // libyaml counts characters: how many of them how many bytes are
    bool has_places;          // false for UTF-16
};

/* The place of what libyaml found between two marks. Marks come in the order of the text. */
static struct range range_between(struct building *b, yaml_mark_t from, yaml_mark_t to)
{
    struct range range = {0};

    if (!b->has_places)
        return range;
    while (b->bytes < b->text.n && b->characters < to.index) {
        if (b->characters == from.index)
            range.offset = b->bytes;
        b->bytes++;
        while (b->bytes < b->text.n && ((unsigned char)b->text.p[b->bytes] & 0xc0) == 0x80)
            b->bytes++;
        b->characters++;
    }
    if (to.index > from.index && b->bytes > range.offset)
        range.length = b->bytes - range.offset;
    return range;
}

static struct yaml_node *add_node(struct building *b, enum yaml_node_kind kind)
{
    struct yaml_node *parent = b->open[b->depth];
    struct yaml_node *node = arena_take(b->arena, sizeof(*node));

    if (!node)
        return NULL;
    b->nodes++;
    node->kind = kind;
    // A list or map that stands where a key belongs is not linked: it only has to be passed.
    if (b->wants_key[b->depth]) {
        b->key[b->depth] = (struct sv){0};
        b->key_at[b->depth] = (struct range){0};
    } else {
        if (parent->kind == NODE_MAP) {
            node->key = b->key[b->depth];
            node->key_at = b->key_at[b->depth];
        }
        *(parent->last ? &parent->last->next : &parent->first) = node;
        parent->last = node;
    }
    if (parent->kind == NODE_MAP)
        b->wants_key[b->depth] = !b->wants_key[b->depth];
    return node;
}

static int on_scalar(struct building *b, const yaml_event_t *event, struct err *err)
{
    struct sv text = arena_copy(
        b->arena, (struct sv){(const char *)event->data.scalar.value, event->data.scalar.length});
    struct range at = range_between(b, event->start_mark, event->end_mark);
    struct yaml_node *node;

    if (!text.p)
        return arena_error(b->arena, err);
    if (b->wants_key[b->depth]) {
        b->key[b->depth] = text;
        b->key_at[b->depth] = at;
        b->wants_key[b->depth] = false;
        return 0;
    }
    node = add_node(b, NODE_TEXT);
    if (!node)
        return arena_error(b->arena, err);
    node->text = text;
    node->at = at;
    return 0;
}

static int on_start(struct building *b, enum yaml_node_kind kind, struct err *err)
{
    struct yaml_node *node;

    if (b->depth == YAML_NESTING_MAX)
        return ERR(err, ERR_LIMIT, "YAML nested deeper than %d", YAML_NESTING_MAX);
    node = add_node(b, kind);
    if (!node)
        return arena_error(b->arena, err);
    b->depth++;
    b->open[b->depth] = node;
    b->wants_key[b->depth] = kind == NODE_MAP;
    return 0;
}

static int on_event(struct building *b, const yaml_event_t *event, struct err *err)
{
    if (b->nodes > YAML_NODES_MAX)
        return ERR(err, ERR_LIMIT, "YAML with more than %d values", YAML_NODES_MAX);
    switch ((int)event->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(b, event, err);
    case YAML_SEQUENCE_START_EVENT:
        return on_start(b, NODE_LIST, err);
    case YAML_MAPPING_START_EVENT:
        return on_start(b, NODE_MAP, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->depth--;
        return 0;
    case YAML_ALIAS_EVENT:
        return add_node(b, NODE_ALIAS) ? 0 : arena_error(b->arena, err);
    default:
        return 0;
    }
}

static int read_events(yaml_parser_t *parser, struct building *b, struct err *err)
{
    for (;;) {
        yaml_event_t event;
        bool end;
        int result;

        if (!yaml_parser_parse(parser, &event))
            return parser->error == YAML_MEMORY_ERROR
                       ? ERR(err, ERR_NOMEM, "out of memory")
                       : ERR(err, ERR_FORMAT, "not valid YAML (line %zu)",
                             parser->problem_mark.line + 1);
        end = event.type == YAML_STREAM_END_EVENT;
        result = on_event(b, &event, err);
        yaml_event_delete(&event);
        if (result < 0 || end)
            return result;
    }
}

/* libyaml compares each directive with all others, so a file of nothing else would never end. */
static bool has_many_directives(struct sv text)
{
    unsigned directives = 0;

    while (text.n) {
        struct sv line = sv_line(&text);

        directives += sv_starts(line, SV("%"));
    }
    return directives > DIRECTIVES_MAX;
}

int yaml_tree_read(struct sv text, struct arena *arena, struct yaml_node **ret_documents,
                   struct err *err)
{
    struct building *b = arena_take(arena, sizeof(*b));
    struct yaml_node *documents = arena_take(arena, sizeof(*documents));
    yaml_parser_t parser;
    int result;

    *ret_documents = documents;
    if (!b || !documents)
        return arena_error(arena, err);
    documents->kind = NODE_LIST;
    b->text = text;
    b->arena = arena;
    b->open[0] = documents;
    b->has_places = !sv_starts(text, SV("\xff\xfe")) && !sv_starts(text, SV("\xfe\xff"));
    b->bytes = sv_starts(text, SV("\xef\xbb\xbf")) ? 3 : 0;
    if (text.n == 0) // libyaml takes no NULL
        return 0;
    if (has_many_directives(text))
        return ERR(err, ERR_FORMAT, "not YAML: more than %d directives", DIRECTIVES_MAX);
    if (!yaml_parser_initialize(&parser))
        return ERR(err, ERR_NOMEM, "out of memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
    result = read_events(&parser, b, err);
    yaml_parser_delete(&parser);
    return result;
}

const struct yaml_node *yaml_get(const struct yaml_node *v, const char *key)
{
    if (!v || v->kind != NODE_MAP)
        return NULL;
    for (const struct yaml_node *one = v->first; one; one = one->next) {
        if (sv_eq(one->key, sv_str(key)))
            return one;
    }
    return NULL;
}

struct sv yaml_get_text(const struct yaml_node *v, const char *key)
{
    const struct yaml_node *one = yaml_get(v, key);

    return one && one->kind == NODE_TEXT ? one->text : (struct sv){0};
}

struct sv yaml_written(struct sv file, const struct yaml_node *v)
{
    struct sv raw = sv_from(file, (size_t)v->at.offset);

    raw.n = raw.n < v->at.length ? raw.n : (size_t)v->at.length;
    if (raw.n >= 2 && (raw.p[0] == '"' || raw.p[0] == '\''))
        raw = (struct sv){raw.p + 1, raw.n - 2};
    return sv_eq(raw, v->text) ? raw : v->text;
}
