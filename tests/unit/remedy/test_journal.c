// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "remedy/journal.h"
#include "support/made_tree.h"

static struct made_tree tree;
static struct journal *journal;
static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    made_tree_init(&tree);
    arena_init(&arena, 8 << 20);
    return journal_open(tree.path, true, &journal, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    journal_close(journal);
    arena_clear(&arena);
    made_tree_clear(&tree);
    return 0;
}

static void add_plan(const char *id, enum journal_state plan_state, int64_t kept_until_ns)
{
    const struct journal_plan p = {.id = sv_str(id),
                                   .root = SV("/mnt"),
                                   .body = SV("{}"),
                                   .state = plan_state,
                                   .began_ns = 5,
                                   .kept_until_ns = kept_until_ns,
                                   .user = SV("ann")};

    assert_int_equal(journal_add_plan(journal, &p, NULL), 0);
}

/* One file that goes, whose content is thirty-two times the byte `fill`. */
static void add_change(const char *plan, uint64_t step, uint8_t fill)
{
    struct journal_change c = {.number = 1,
                               .path = SV("/a/\xff"),
                               .before = {.type = PATH_FILE, .size = 9, .mode = 0100644},
                               .others = {"/b\0/c\0", 6}};
    const struct journal_folder f = {.path = SV("/a"), .atime_ns = -3, .mtime_ns = 4};

    memset(c.before.sha256, fill, 32);
    assert_int_equal(journal_set_changes(journal, sv_str(plan), step, &c, 1, &f, 1, NULL), 0);
}

static void changes_are_read_as_they_were_written(void **state)
{
    struct journal_change *changes;
    struct journal_folder *folders;
    size_t count, folder_count;
    (void)state;

    add_plan("p-1", JOURNAL_ACTING, 10);
    add_change("p-1", 2, 1);
    add_change("p-1", 2, 7); // a second try takes the place of the first

    assert_int_equal(journal_get_changes(journal, SV("p-1"), 2, &arena, &changes, &count, &folders,
                                         &folder_count, NULL),
                     0);

    assert_int_equal(count, 1);
    assert_true(sv_eq(changes[0].path, SV("/a/\xff")) && changes[0].path.p[4] == '\0');
    assert_int_equal(changes[0].before.sha256[31], 7);
    assert_int_equal(changes[0].after.type, PATH_ABSENT);
    assert_true(sv_eq(changes[0].others, (struct sv){"/b\0/c\0", 6}));
    assert_int_equal(folder_count, 1);
    assert_true(folders[0].atime_ns == -3 && folders[0].mtime_ns == 4 && !folders[0].undo_known);
    assert_true(journal_has_change(journal, SV("p-1"), SV("/a/\xff")));
    assert_false(journal_has_change(journal, SV("p-1"), SV("/b")));
}

static void a_plan_is_found_by_its_beginning_or_because_it_waits(void **state)
{
    struct journal_plan p;
    (void)state;

    add_plan("p-abc1", JOURNAL_REMOVED, 10);
    add_plan("p-abc2", JOURNAL_UNDONE, 10);

    assert_int_equal(journal_get_plan(journal, SV(""), &arena, &p, NULL), -ERR_GONE);
    assert_int_equal(journal_get_plan(journal, SV("p-abc1"), &arena, &p, NULL), 0);
    assert_true(sv_eq(p.id, SV("p-abc1")) && p.state == JOURNAL_REMOVED && p.began_ns == 5);
    assert_int_equal(journal_get_plan(journal, SV("p-abc"), &arena, &p, NULL), -ERR_CONFLICT);
    assert_int_equal(journal_get_plan(journal, SV("p-x%_"), &arena, &p, NULL), -ERR_GONE);
    assert_int_equal(journal_get_plan(journal, SV("p-"), &arena, &p, NULL), -ERR_USAGE);

    assert_int_equal(journal_set_plan(journal, SV("p-abc1"), JOURNAL_REBOOT, 0, SV("later"), NULL),
                     0);
    assert_int_equal(journal_get_plan(journal, SV(""), &arena, &p, NULL), 0);
    assert_true(sv_eq(p.id, SV("p-abc1")) && sv_eq(p.note, SV("later")));
}

static void an_object_is_needed_as_long_as_a_plan_that_can_be_undone_has_it(void **state)
{
    struct journal_object *objects;
    size_t count;
    (void)state;

    add_plan("p-1", JOURNAL_REMOVED, 10);
    add_plan("p-2", JOURNAL_REMAINING, 20);
    add_plan("p-3", JOURNAL_REMOVED, 30);
    add_change("p-1", 1, 1);
    add_change("p-2", 1, 1);
    add_change("p-3", 1, 3);

    assert_int_equal(journal_objects(journal, &arena, &objects, &count, NULL), 0);
    assert_int_equal(count, 2);
    assert_true(objects[0].sha256[0] == 1 && objects[0].kept_until_ns == 20 &&
                sv_eq(objects[0].plan, SV("p-2")));

    assert_int_equal(journal_set_plan(journal, SV("p-2"), JOURNAL_UNDONE, 1, SV(""), NULL), 0);
    assert_int_equal(journal_keep_until(journal, SV("p-3"), 0, NULL), 0);
    assert_int_equal(journal_objects(journal, &arena, &objects, &count, NULL), 0);
    assert_int_equal(count, 1);
    assert_true(sv_eq(objects[0].plan, SV("p-1")) && objects[0].kept_until_ns == 10);
}

static void nothing_of_a_transaction_that_was_cut_short_is_there(void **state)
{
    struct journal_step step;
    pid_t pid;
    int status;
    (void)state;

    add_plan("p-1", JOURNAL_ACTING, 10);
    journal_close(journal);
    journal = NULL;
    pid = fork();
    if (pid == 0) {
        struct journal *mine;

        if (journal_open(tree.path, true, &mine, NULL) < 0 || journal_begin(mine, NULL) < 0 ||
            journal_set_step(mine, SV("p-1"), 1, STEP_STAGED, 1, SV(""), NULL) < 0)
            _exit(1);
        _exit(7);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 7);

    assert_int_equal(journal_open(tree.path, true, &journal, NULL), 0);
    assert_int_equal(journal_get_step(journal, SV("p-1"), 1, &arena, &step, NULL), 0);
    assert_int_equal(step.state, STEP_PLANNED);
}

static void there_is_one_writer(void **state)
{
    struct journal *other = NULL;
    struct err err = {0};
    (void)state;

    assert_int_equal(journal_open(tree.path, true, &other, &err), -ERR_CONFLICT);
    assert_non_null(strstr(err.text, "another debar"));
    assert_int_equal(journal_open(tree.path, false, &other, NULL), 0);
    journal_close(other);
}

static void what_is_due_comes_in_the_order_of_its_days(void **state)
{
    struct journal_due *dues;
    size_t count;
    (void)state;

    for (int64_t day = 3; day > 0; day--)
        assert_int_equal(journal_add_due(journal,
                                         &(struct journal_due){.plan = SV("p-1"),
                                                               .what = SV("verify"),
                                                               .at_ns = day,
                                                               .after_boot = day == 1},
                                         NULL),
                         0);
    assert_int_equal(journal_dues(journal, &arena, &dues, &count, NULL), 0);
    assert_true(count == 3 && dues[0].at_ns == 1 && dues[0].after_boot && dues[2].at_ns == 3);

    assert_int_equal(journal_set_due_done(journal, dues[0].id, 9, NULL), 0);
    assert_int_equal(journal_dues(journal, &arena, &dues, &count, NULL), 0);
    assert_true(count == 2 && dues[0].at_ns == 2);
}

static void a_unit_that_ran_before_the_first_try_ran(void **state)
{
    struct journal_unit *units;
    size_t count;
    (void)state;

    assert_int_equal(
        journal_add_unit(journal, SV("p-1"),
                         &(struct journal_unit){.step = 1, .name = SV("k"), .active = true}, NULL),
        0);
    assert_int_equal(
        journal_add_unit(journal, SV("p-1"),
                         &(struct journal_unit){.step = 1, .name = SV("k"), .active = false}, NULL),
        0);

    assert_int_equal(journal_units(journal, SV("p-1"), 1, &arena, &units, &count, NULL), 0);
    assert_true(count == 1 && units[0].active);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(changes_are_read_as_they_were_written),
        TEST(a_plan_is_found_by_its_beginning_or_because_it_waits),
        TEST(an_object_is_needed_as_long_as_a_plan_that_can_be_undone_has_it),
        TEST(nothing_of_a_transaction_that_was_cut_short_is_there),
        TEST(there_is_one_writer),
        TEST(what_is_due_comes_in_the_order_of_its_days),
        TEST(a_unit_that_ran_before_the_first_try_ran),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
