// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/closer.h"

enum {
    MANY = 3 * CLOSER_ROOM + 5,
    ROUNDS = 2000,
};

static int open_one(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    return fd;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

static void what_is_given_is_closed_and_nothing_else(void **state)
{
    struct closer c;
    int files[MANY];
    unsigned open = 0;
    (void)state;

    closer_init(&c);
    for (int i = 0; i < MANY; i++)
        files[i] = open_one();
    // Every third is still in use, and the others come in another order than they were opened in.
    for (int i = MANY - 1; i >= 0; i--)
        if (i % 3)
            closer_close(&c, files[i]);
    for (int i = 0; i < MANY; i++)
        open += is_open(files[i]);
    assert_true(open <= MANY / 3 + 1 + CLOSER_ROOM);
    closer_clear(&c);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(is_open(files[i]), i % 3 == 0);
        if (i % 3 == 0)
            assert_int_equal(close(files[i]), 0);
    }
}

static void without_a_closer_a_file_is_closed_at_once(void **state)
{
    int fd = open_one();
    (void)state;

    closer_close(NULL, fd);
    assert_false(is_open(fd));
}

static void who_may_have_few_files_open_does_not_collect_them(void **state)
{
    struct rlimit limit, few;
    struct closer c;
    int fd;
    (void)state;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    few = (struct rlimit){10, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    closer_init(&c);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    fd = open_one();
    closer_close(&c, fd);
    assert_false(is_open(fd));
    closer_clear(&c);
}

/* Opens and closes; what it holds open is its own all the time. */
static void *work(void *closer)
{
    int kept = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    char byte = 1;

    for (int i = 0; i < ROUNDS; i++) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

        if (fd < 0 || read(fd, &byte, 1) != 0 || read(kept, &byte, 1) != 1)
            return closer;
        closer_close(closer, fd);
    }
    return close(kept) == 0 ? NULL : closer;
}

static void threads_do_not_close_the_files_of_each_other(void **state)
{
    pthread_t threads[4];
    struct closer c;
    void *failed;
    (void)state;

    closer_init(&c);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &c), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    closer_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_is_closed_and_nothing_else),
        cmocka_unit_test(without_a_closer_a_file_is_closed_at_once),
        cmocka_unit_test(who_may_have_few_files_open_does_not_collect_them),
        cmocka_unit_test(threads_do_not_close_the_files_of_each_other),
    };
    return cmocka_run_group_tests_name("closer", tests, NULL, NULL);
}
