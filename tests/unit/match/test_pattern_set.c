// SPDX-License-Identifier: Apache-2.0
#include "match/pattern_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "support/made_tree.h"
#include "support/spy.h"

static struct made_tree tree;
static const char *path;

static int set_up(void **state)
{
    (void)state;
    made_tree_init(&tree);
    path = made_path(&tree, "compiled");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    made_tree_clear(&tree);
    return 0;
}

static int note(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                void *seen)
{
    (void)from;
    (void)to;
    (void)flags;
    *(unsigned *)seen |= 1u << id;
    return 0;
}

static unsigned seen_in(const hs_database_t *database, const char *text)
{
    hs_scratch_t *scratch = NULL;
    unsigned seen = 0;

    assert_int_equal(hs_alloc_scratch(database, &scratch), HS_SUCCESS);
    assert_int_equal(hs_scan(database, text, (unsigned)strlen(text), 0, scratch, note, &seen),
                     HS_SUCCESS);
    (void)hs_free_scratch(scratch);
    return seen;
}

/* Compile the two, use them, and say whether they lay in the file. */
static bool compile_and_use(const char *first)
{
    const char *expressions[] = {first, "^two[0-9]+$"};
    const unsigned flags[] = {HS_FLAG_CASELESS, 0}, ids[] = {1, 2};
    const struct pattern_set set = {
        .expressions = expressions, .flags = flags, .ids = ids, .count = 2, .mode = HS_MODE_BLOCK};
    struct compiled_file *file = compiled_file_open(path);
    hs_database_t *database = NULL;
    bool kept;
    int wrong;

    assert_int_equal(pattern_set_compile(&set, file, &database, &wrong, NULL), 0);
    kept = compiled_file_holds(file, database);
    assert_int_equal(seen_in(database, "the ONE"), strcmp(first, "one") == 0 ? 2 : 0);
    assert_int_equal(seen_in(database, "two22"), 4);
    compiled_file_save(file);
    pattern_set_free(file, database);
    compiled_file_close(file);
    return kept;
}

static void what_was_compiled_is_used_where_it_lies(void **state)
{
    (void)state;
    assert_false(compile_and_use("one"));
    assert_true(compile_and_use("one"));
    assert_false(compile_and_use("other"));
    assert_true(compile_and_use("other"));
}

static void says_which_expression_is_wrong(void **state)
{
    const unsigned flags[] = {0, 0}, ids[] = {1, 2};
    const struct pattern_set set = {.expressions = (const char *const[]){"one", "(two"},
                                    .flags = flags,
                                    .ids = ids,
                                    .count = 2,
                                    .mode = HS_MODE_BLOCK};
    hs_database_t *database = NULL;
    struct err err;
    int wrong;
    (void)state;

    assert_int_equal(pattern_set_compile(&set, NULL, &database, &wrong, &err), -ERR_FORMAT);

    assert_int_equal(wrong, 1);
    assert_string_equal(err.text, "Missing close parenthesis for group started at index 0.");
    assert_null(database);
}

static void read_all(struct buf *to)
{
    FILE *f = fopen(path, "r");
    char piece[4096];
    size_t n;

    assert_non_null(f);
    while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
        buf_bytes(to, piece, n);
    (void)fclose(f);
}

static void what_is_damaged_is_compiled_anew(void **state)
{
    auto_buf whole = {0};
    (void)state;

    assert_false(compile_and_use("one"));
    read_all(&whole);
    // The key and the check, the head of the database and what stands in it.
    for (size_t at = COMPILED_ALIGN; at < whole.n; at += at < (size_t)5 * COMPILED_ALIGN ? 5 : 61) {
        bool kept;

        whole.p[at] ^= 1;
        made_bytes(&tree, "compiled", whole.p, whole.n);
        kept = compile_and_use("one");
        whole.p[at] ^= 1;
        made_bytes(&tree, "compiled", whole.p, whole.n);
        // What only fills up means nothing.
        assert_true(!kept || compile_and_use("one"));
        if (at >= (size_t)3 * COMPILED_ALIGN)
            assert_false(kept);
    }
    for (size_t n = 0; n < whole.n - COMPILED_ALIGN; n += 97) {
        made_bytes(&tree, "compiled", whole.p, n);
        assert_false(compile_and_use("one"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_compiled_is_used_where_it_lies, set_up, tear_down),
        cmocka_unit_test(says_which_expression_is_wrong),
        cmocka_unit_test_setup_teardown(what_is_damaged_is_compiled_anew, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("pattern_set", tests, NULL, NULL);
}
