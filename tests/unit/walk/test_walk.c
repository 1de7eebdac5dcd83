// SPDX-License-Identifier: Apache-2.0
#include "walk/walk.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/spy.h"

struct seen {
    pthread_mutex_t lock;
    size_t files, links, special, failed;
    size_t longest; /* bytes of the longest path */
    char last[64];
    atomic_bool cancel;
    size_t cancel_after; /* files; 0: never */
};

static void on_file(void *to, unsigned worker, const struct walk_entry *e)
{
    struct seen *s = to;

    (void)worker;
    (void)pthread_mutex_lock(&s->lock);
    s->files += e->kind == FILE_REGULAR;
    s->links += e->kind == FILE_SYMLINK;
    s->special += e->kind == FILE_SPECIAL;
    if (e->path.n > s->longest)
        s->longest = e->path.n;
    (void)snprintf(s->last, sizeof(s->last), "%s", e->name);
    if (s->cancel_after && s->files >= s->cancel_after)
        atomic_store(&s->cancel, true);
    (void)pthread_mutex_unlock(&s->lock);
}

static void on_failed(void *to, unsigned worker, struct sv path, const struct err *why)
{
    (void)worker;
    (void)path;
    (void)why;
    ((struct seen *)to)->failed++;
}

static const struct walk_events events = {.file = on_file, .failed = on_failed};

static int make_tree(void **state)
{
    char *folder = strdup("/tmp/debar-walk-XXXXXX");

    if (!folder || !mkdtemp(folder))
        return -1;
    *state = folder;
    return chdir(folder);
}

static int remove_tree(void **state)
{
    auto_free char *command = NULL;
    int r = asprintf(&command, "rm -rf '%s'", (char *)*state) < 0 ? -1 : system(command);

    free(*state);
    return r || chdir("/");
}

static void touch(const char *name)
{
    int fd = open(name, O_CREAT | O_WRONLY, 0600);

    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
}

static struct seen walk_it(const char *start, unsigned threads, size_t cancel_after)
{
    struct seen s = {.lock = PTHREAD_MUTEX_INITIALIZER, .cancel_after = cancel_after};
    struct walk_options o = {.threads = threads, .events = &events, .to = &s, .cancel = &s.cancel};

    assert_int_equal(walk(&start, 1, &o, NULL), 0);
    return s;
}

static void sees_each_name_once_and_follows_no_link(void **state)
{
    assert_int_equal(mkdir("d", 0700), 0);
    touch("a");
    touch("d/new\nline");
    touch("d/\xff");
    assert_int_equal(symlink("..", "d/up"), 0);
    assert_int_equal(symlink("/", "root"), 0);
    assert_int_equal(mkfifo("fifo", 0600), 0);

    struct seen s = walk_it(*state, 4, 0);

    assert_int_equal(s.files, 3);
    assert_int_equal(s.links, 2);
    assert_int_equal(s.special, 1);
    assert_int_equal(s.failed, 0);
}

static void goes_deeper_than_a_path_may_be_long(void **state)
{
    enum { DEPTH = 700 };
    int fd = open(".", O_RDONLY | O_DIRECTORY);

    for (int i = 0; i < DEPTH; i++) {
        int next;

        assert_int_equal(mkdirat(fd, "deeper-and-deeper", 0700), 0);
        next = openat(fd, "deeper-and-deeper", O_RDONLY | O_DIRECTORY);
        assert_true(next >= 0);
        assert_int_equal(close(fd), 0);
        fd = next;
    }
    int file = openat(fd, "bottom", O_CREAT | O_WRONLY, 0600);
    assert_true(file >= 0);
    assert_int_equal(close(file), 0);
    assert_int_equal(close(fd), 0);
    touch("top");

    struct seen s = walk_it(*state, 2, 0);

    assert_int_equal(s.files, 2);
    assert_int_equal(s.failed, 0);
    assert_true(s.longest > 12000);
}

static void shares_many_folders_between_threads(void **state)
{
    for (int i = 0; i < 500; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "f%d", i);
        assert_int_equal(mkdir(name, 0700), 0);
        (void)snprintf(name, sizeof(name), "f%d/x", i);
        touch(name);
    }

    assert_int_equal(walk_it(*state, 8, 0).files, 500);
    assert_int_equal(walk_it(*state, 1, 0).files, 500);
}

static void stops_when_told(void **state)
{
    for (int i = 0; i < 200; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "x%d", i);
        touch(name);
    }

    assert_int_equal(walk_it(*state, 1, 10).files, 10);
}

static void takes_a_file_as_a_start(void **state)
{
    char start[128];

    (void)snprintf(start, sizeof(start), "%s/only", (char *)*state);
    touch("only");
    touch("other");

    struct seen s = walk_it(start, 2, 0);

    assert_int_equal(s.files, 1);
    assert_string_equal(s.last, "only");
}

static void says_that_a_start_is_not_there(void **state)
{
    struct seen s = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct walk_options o = {.threads = 1, .events = &events, .to = &s};
    const char *start = "/nonexistent/start";
    struct err err;
    (void)state;

    assert_int_equal(walk(&start, 1, &o, &err), -ERR_GONE);
    assert_non_null(strstr(err.text, start));
}

int main(void)
{
#define IN_TREE(name) cmocka_unit_test_setup_teardown(name, make_tree, remove_tree)
    const struct CMUnitTest tests[] = {
        IN_TREE(sees_each_name_once_and_follows_no_link),
        IN_TREE(goes_deeper_than_a_path_may_be_long),
        IN_TREE(shares_many_folders_between_threads),
        IN_TREE(stops_when_told),
        IN_TREE(takes_a_file_as_a_start),
        cmocka_unit_test(says_that_a_start_is_not_there),
    };
    return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
