// SPDX-License-Identifier: Apache-2.0
#include "order/yaml.h"

#include <stdlib.h>

#include "support/spy.h"

static void write_node(const struct yaml *node, struct buf *to)
{
    if (node->kind == YAML_TEXT) {
        buf_printf(to, "%s%.*s@%u", node->plain ? "" : "'", (int)node->text.n, node->text.p,
                   node->line);
        return;
    }
    buf_char(to, node->kind == YAML_LIST ? '[' : '{');
    for (const struct yaml *child = node->first; child; child = child->next) {
        if (node->kind == YAML_MAP)
            buf_printf(to, "%.*s@%u: ", (int)child->key.n, child->key.p, child->key_line);
        write_node(child, to);
        buf_str(to, child->next ? ", " : "");
    }
    buf_char(to, node->kind == YAML_LIST ? ']' : '}');
}

static void a_document_becomes_a_tree_with_its_lines(void **state)
{
    struct yaml *root = NULL;
    auto_buf text = BUF_INIT(0);
    auto_arena arena;
    unsigned line;
    (void)state;
    arena_init(&arena, 1 << 20);

    assert_int_equal(yaml_parse(SV("# a comment\n"
                                   "id: one\n"
                                   "list:\n"
                                   "  - \"two\"\n"
                                   "  - {a: 3, b: []}\n"
                                   "folded: >-\n"
                                   "  four\n"
                                   "  five\n"),
                                &arena, &root, &line, NULL),
                     0);
    write_node(root, &text);

    assert_string_equal(text.p, "{id@2: one@2, list@3: ['two@4, {a@5: 3@5, b@5: []}], "
                                "folded@6: 'four five@6}");
}

static void what_is_more_than_maps_lists_and_scalars_is_refused(void **state)
{
    const struct {
        const char *why;
        struct sv text;
        unsigned line;
        const char *reason;
    } cases[] = {
        {"nothing", SV(""), 1, "the file is empty"},
        {"only a comment", SV("# nothing\n"), 2, "the file is empty"},
        {"a key twice", SV("a: 1\nb: 2\na: 3\n"), 3,
         "key 'a' is there twice; it was first on line 1"},
        {"an anchor", SV("a: &x 1\n"), 1, "anchors are not allowed here; write the value out"},
        {"an alias", SV("a: 1\nb: *x\n"), 2, "aliases are not allowed here; write the value out"},
        {"a merge of a thousand", SV("a: &a [x,x]\nb: &b [*a,*a]\n"), 1,
         "anchors are not allowed here; write the value out"},
        {"a tag", SV("a: !!binary aGk=\n"), 1, "tags are not allowed here; write the plain value"},
        {"a second document", SV("a: 1\n---\nb: 2\n"), 2,
         "a second document begins; expected one in a file"},
        {"a list as key", SV("? [a]\n: 1\n"), 1,
         "a key of a map is a map or list itself; expected text"},
        {"too deep", SV("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"), 1, "nested deeper than 16 levels"},
        {"a tab to indent", SV("a:\n\tb: 1\n"), 2,
         "this is not YAML: found character that cannot start any token while scanning for the "
         "next "
         "token"},
        {"an open quote", SV("a: \"b\n"), 2,
         "this is not YAML: found unexpected end of stream while scanning a quoted scalar"},
        {"not UTF-8", SV("a: \xff\n"), 1, "this is not YAML: invalid leading UTF-8 octet"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct yaml *root = NULL;
        struct err err;
        unsigned line = 0;
        auto_arena arena;

        arena_init(&arena, 1 << 20);
        if (yaml_parse(cases[i].text, &arena, &root, &line, &err) >= 0)
            fail_msg("%s: was taken", cases[i].why);
        if (line != cases[i].line || strcmp(err.text, cases[i].reason) != 0)
            fail_msg("%s: line %u '%s'", cases[i].why, line, err.text);
    }
}

static void a_map_of_very_many_keys_is_refused(void **state)
{
    auto_buf text = BUF_INIT(0);
    struct yaml *root = NULL;
    struct err err;
    unsigned line = 0;
    auto_arena arena;
    (void)state;
    arena_init(&arena, 64 << 20);

    for (int i = 0; i < 100000; i++)
        buf_printf(&text, "k%d: 1\n", i);

    assert_int_equal(yaml_parse(buf_view(&text), &arena, &root, &line, &err), -ERR_LIMIT);
    assert_int_equal(line, YAML_KEYS_MAX + 1);
    assert_string_equal(err.text, "more than 256 keys in one map");
}

static void a_tree_that_does_not_fit_its_arena_is_refused(void **state)
{
    auto_buf text = BUF_INIT(0);
    struct yaml *root = NULL;
    struct err err;
    unsigned line = 0;
    auto_arena arena;
    (void)state;
    arena_init(&arena, 64 << 10);

    for (int i = 0; i < 10000; i++)
        buf_str(&text, "- x\n");

    assert_int_equal(yaml_parse(buf_view(&text), &arena, &root, &line, &err), -ERR_LIMIT);
    assert_string_equal(err.text, "needs more than the 0 MiB of memory that one file may use");
}

static void a_list_of_very_many_items_is_refused(void **state)
{
    auto_buf text = BUF_INIT(0);
    struct yaml *root = NULL;
    struct err err;
    unsigned line = 0;
    auto_arena arena;
    (void)state;
    arena_init(&arena, 64 << 20);

    for (int i = 0; i < 100000; i++)
        buf_str(&text, "- x\n");

    assert_int_equal(yaml_parse(buf_view(&text), &arena, &root, &line, &err), -ERR_LIMIT);
    assert_int_equal(line, YAML_ITEMS_MAX + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_becomes_a_tree_with_its_lines),
        cmocka_unit_test(what_is_more_than_maps_lists_and_scalars_is_refused),
        cmocka_unit_test(a_map_of_very_many_keys_is_refused),
        cmocka_unit_test(a_list_of_very_many_items_is_refused),
        cmocka_unit_test(a_tree_that_does_not_fit_its_arena_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
