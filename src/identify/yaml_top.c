// SPDX-License-Identifier: Apache-2.0
#include "identify/yaml_top.h"

#include <yaml.h>

enum {
    DEPTH_TOP = 1,
    EVENTS_MAX = 1 << 20,
};

struct reading {
    struct sv text;
    struct yaml_member *members;
    size_t count;
    struct arena *arena;
    unsigned depth;
    struct yaml_member *wanted; // the member whose value comes next
    bool is_key;                // at the top: whether a name comes next
};

/* Where `value` stands in a line of the text: libyaml counts characters and not bytes. */
static void locate(const struct reading *r, size_t line_number, struct yaml_member *m)
{
    struct sv rest = r->text, line = {0};
    size_t at;

    for (size_t i = 0; i <= line_number; i++)
        line = sv_cut(&rest, '\n');
    at = sv_find(line, m->value);
    if (m->value.n == 0 || line.n == 0 || at == SIZE_MAX)
        return;
    m->offset = (uint64_t)(line.p - r->text.p) + at;
    m->length = m->value.n;
}

static void on_scalar(struct reading *r, const yaml_event_t *event)
{
    struct sv text = {(const char *)event->data.scalar.value, event->data.scalar.length};

    if (r->depth != DEPTH_TOP)
        return;
    if (r->is_key) {
        r->wanted = NULL;
        for (size_t i = 0; i < r->count; i++) {
            if (sv_eq(text, sv_str(r->members[i].name)))
                r->wanted = &r->members[i];
        }
    } else if (r->wanted && r->wanted->value.n == 0) {
        r->wanted->value = arena_copy(r->arena, text);
        locate(r, event->start_mark.line, r->wanted);
    }
    r->is_key = !r->is_key;
}

/* True at the end of the first document. */
static bool on_event(struct reading *r, const yaml_event_t *event)
{
    if (event->type == YAML_DOCUMENT_END_EVENT || event->type == YAML_STREAM_END_EVENT)
        return true;
    if (event->type == YAML_SCALAR_EVENT)
        on_scalar(r, event);
    if (event->type == YAML_ALIAS_EVENT && r->depth == DEPTH_TOP)
        r->is_key = !r->is_key;
    if (event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT) {
        r->depth++;
        if (r->depth == DEPTH_TOP)
            r->is_key = event->type == YAML_MAPPING_START_EVENT;
    }
    if (event->type == YAML_MAPPING_END_EVENT || event->type == YAML_SEQUENCE_END_EVENT) {
        r->depth--;
        if (r->depth == DEPTH_TOP)
            r->is_key = !r->is_key;
    }
    return false;
}

int yaml_top_read(struct sv text, struct yaml_member *members, size_t count, struct arena *arena,
                  struct err *err)
{
    struct reading r = {.text = text, .members = members, .count = count, .arena = arena};
    yaml_parser_t parser;
    bool done = false;
    int result = 0;

    if (text.n == 0)
        return 0;
    if (!yaml_parser_initialize(&parser))
        return ERR(err, ERR_NOMEM, "out of memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
    for (unsigned events = 0; !done && result == 0; events++) {
        yaml_event_t event;

        if (events == EVENTS_MAX) {
            result = ERR(err, ERR_LIMIT, "YAML: more than %d events", EVENTS_MAX);
        } else if (!yaml_parser_parse(&parser, &event)) {
            result = ERR(err, ERR_FORMAT, "YAML: line %zu: %s", parser.problem_mark.line + 1,
                         parser.problem ? parser.problem : "cannot be read");
        } else {
            done = on_event(&r, &event);
            yaml_event_delete(&event);
        }
    }
    yaml_parser_delete(&parser);
    return result;
}
