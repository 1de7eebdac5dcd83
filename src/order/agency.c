// SPDX-License-Identifier: Apache-2.0
#include "order/agency.h"

#include <stdio.h>

#include "order/check.h"
#include "os/own_files.h"

enum {
    COMMENT_WIDTH = 90,
};

static bool is_nothing(const struct yaml *node)
{
    return node->kind == YAML_TEXT && !sv_trim(node->text).n;
}

/* With a NUL, as the names of keys are. */
static const char *c_text(struct check *c, struct sv text)
{
    struct sv copy = arena_copy(c->arena, text);

    return copy.p ? copy.p : "";
}

/* ---- one answer ---- */

/* A map with the element's parts, each of them there. */
static void read_parts(struct check *c, const struct yaml *node, const struct order_element *e,
                       struct agency_answer *to)
{
    const struct yaml *v[ORDER_PARTS_MAX];
    struct check_key keys[ORDER_PARTS_MAX];
    char what[80];

    for (size_t i = 0; i < e->part_count; i++)
        keys[i] = (struct check_key){.name = c_text(c, e->parts[i]), .optional = true};
    (void)snprintf(what, sizeof(what), "'%.*s'", (int)e->key.n, e->key.p);
    if (!check_map(c, node, what, keys, e->part_count, v))
        return;
    to->lines = arena_take_array(c->arena, e->part_count, sizeof(*to->lines));
    for (size_t i = 0; i < e->part_count && to->lines; i++) {
        // One part is missing: so is the answer.
        if (!v[i] || is_nothing(v[i])) {
            to->count = 0;
            return;
        }
        to->lines[to->count++] = (struct agency_line){e->parts[i], check_prose(c, v[i])};
    }
}

static void read_list(struct check *c, const struct yaml *node, struct agency_answer *to)
{
    const struct yaml *item = node->kind == YAML_LIST ? node->first : node;

    if (node->kind == YAML_MAP) {
        check_problem(c, node->line, "'%.*s' is a map; expected text or a list of texts",
                      (int)node->key.n, node->key.p);
        return;
    }
    to->lines = arena_take_array(c->arena, node->count + 1, sizeof(*to->lines));
    for (; item && to->lines; item = node->kind == YAML_LIST ? item->next : NULL)
        to->lines[to->count++].text = check_prose(c, item);
}

/* ---- the file ---- */

static void check_order(struct check *c, const struct yaml *node, const struct order *o)
{
    struct sv id = check_text(c, node);

    if (id.n && !sv_eq(id, o->id))
        check_problem(c, node->line, "the answers are for order '%.*s'; expected '%.*s'", (int)id.n,
                      id.p, (int)o->id.n, o->id.p);
}

static int read_answers(struct check *c, const struct yaml *root, const struct order *o,
                        struct agency *ret)
{
    const struct yaml *v[2 + ORDER_ELEMENTS_MAX];
    struct check_key keys[2 + ORDER_ELEMENTS_MAX] = {{"schema"}, {"order"}};
    size_t at[ORDER_ELEMENTS_MAX], count = 2;

    if (!check_schema(c, root, "debar.agency/1"))
        return 0;
    for (size_t i = 0; i < o->element_count; i++) {
        at[i] = count;
        if (o->elements[i].key.n)
            keys[count++] =
                (struct check_key){.name = c_text(c, o->elements[i].key), .optional = true};
    }
    if (!check_map(c, root, "an agency's answers", keys, count, v))
        return 0;
    check_order(c, v[1], o);
    ret->answers = arena_take_array(c->arena, o->element_count + 1, sizeof(*ret->answers));
    if (!ret->answers)
        return arena_error(c->arena, c->err);
    for (size_t i = 0; i < o->element_count; i++) {
        const struct yaml *node = o->elements[i].key.n ? v[at[i]] : NULL;

        if (!node || is_nothing(node))
            continue;
        if (o->elements[i].part_count)
            read_parts(c, node, &o->elements[i], &ret->answers[i]);
        else
            read_list(c, node, &ret->answers[i]);
    }
    return 0;
}

int agency_read(const char *file, const struct order *o, struct arena *arena, struct buf *problems,
                struct agency *ret, struct err *err)
{
    struct check c = {.arena = arena, .file = sv_str(file), .problems = problems, .err = err};
    auto_buf text = BUF_INIT(YAML_SIZE_MAX);
    struct yaml *root = NULL;
    unsigned line = 1;
    int r;

    *ret = (struct agency){0};
    TRY(own_file_read(file, &text, err));
    r = yaml_parse(buf_view(&text), arena, &root, &line, err);
    if (r < 0)
        return err_wrap(err, r, "%s:%u", file, line);
    TRY(read_answers(&c, root, o, ret));
    return check_result(&c);
}

/* ---- a file to fill in ---- */

static void comment(struct buf *to, struct sv text)
{
    while (text.n) {
        size_t n = text.n;

        if (n > COMMENT_WIDTH) {
            n = COMMENT_WIDTH;
            while (n && text.p[n] != ' ')
                n--;
            n = n ? n : COMMENT_WIDTH;
        }
        buf_printf(to, "# %.*s\n", (int)n, text.p);
        text = sv_trim(sv_from(text, n));
    }
}

void agency_write_template(const struct order *o, struct buf *to)
{
    buf_printf(to,
               "# What only people know for the plan under %.*s.\n"
               "# An answer is a text or a list of texts; say so where an element does not apply, "
               "and why.\n"
               "schema: debar.agency/1\n"
               "order: %.*s\n",
               (int)o->citation.n, o->citation.p, (int)o->id.n, o->id.p);
    for (size_t i = 0; i < o->element_count; i++) {
        const struct order_element *e = &o->elements[i];

        if (!e->key.n)
            continue;
        buf_printf(to, "\n# %.*s: %.*s.\n", (int)e->id.n, e->id.p, (int)e->title.n, e->title.p);
        comment(to, e->text);
        buf_printf(to, "%.*s:\n", (int)e->key.n, e->key.p);
        for (size_t k = 0; k < e->part_count; k++)
            buf_printf(to, "  %.*s:\n", (int)e->parts[k].n, e->parts[k].p);
    }
}
