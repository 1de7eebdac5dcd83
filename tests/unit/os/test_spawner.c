// SPDX-License-Identifier: Apache-2.0
#include "os/spawner.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/channel.h"
#include "support/spy.h"

/* What the processes tell this one. */
struct told {
    atomic_int inherited, prepared; /* how often */
    atomic_int spawner;             /* its pid */
    bool fails;                     /* preparing does */
    int began[2];                   /* a pipe: the spawner waits for requests, or nearly */
};

static int inherit(void *to, struct err *err)
{
    struct told *told = to;

    atomic_fetch_add(&told->inherited, 1);
    atomic_store(&told->spawner, getpid());
    return write(told->began[1], "", 1) == 1 ? 0 : ERR_SYS(err, "telling");
}

static int prepare(void *to, struct err *err)
{
    struct told *told = to;

    atomic_fetch_add(&told->prepared, 1);
    return told->fails ? ERR(err, ERR_LIMIT, "no room for tables") : 0;
}

/* Says its number, and ends with the other side; by no calls but those of a parser. */
static void work(void *to, unsigned number, int channel, int file, unsigned features,
                 const struct err *why)
{
    char c = (char)('0' + number);
    struct err err;

    (void)to;
    (void)file;
    (void)features;
    (void)why;
    if (channel_send(channel, &c, 1, NULL, 0, -1, &err) == 0 && read(channel, &c, 1) == 1)
        _exit(1);
}

static const struct spawner_options options = {.name = "test-spawner",
                                               .worker_name = "test-worker",
                                               .limits = {.files = 16},
                                               .inherit = inherit,
                                               .prepare = prepare,
                                               .work = work};

static struct spawner *started(struct told **ret_told, bool jail)
{
    struct spawner_options o = options;
    struct spawner *s;
    struct told *told;
    struct err err;
    char c;

    told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(told != MAP_FAILED);
    assert_int_equal(pipe(told->began), 0);
    o.jail = jail;
    o.to = told;
    assert_int_equal(spawner_start(&o, &s, &err), 0);
    assert_int_equal(read(told->began[0], &c, 1), 1);
    *ret_told = told;
    return s;
}

static void stopped(struct spawner *s, struct told *told)
{
    spawner_stop(s);
    (void)close(told->began[0]);
    (void)close(told->began[1]);
    (void)munmap(told, sizeof(*told));
}

static void check_worker(struct spawner *s, unsigned number)
{
    int pid, channel, status;
    struct err err;
    char c = 0;

    assert_int_equal(spawner_worker(s, number, -1, &pid, &channel, &err), 0);
    assert_int_equal(read(channel, &c, 1), 1);
    assert_int_equal(c, '0' + number);
    assert_int_equal(spawner_reap(s, pid, &status, &err), 0);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    (void)close(channel);
}

static void nothing_is_prepared_before_the_first_worker(void **state)
{
    struct told *told;
    struct spawner *s = started(&told, false);
    (void)state;

    assert_int_equal(atomic_load(&told->inherited), 1);
    assert_int_equal(atomic_load(&told->prepared), 0);
    check_worker(s, 1);
    check_worker(s, 2);
    assert_int_equal(atomic_load(&told->prepared), 1);
    assert_int_equal(atomic_load(&told->inherited), 1);
    stopped(s, told);
}

static void a_run_without_workers_prepares_nothing(void **state)
{
    struct told *told;
    struct spawner *s = started(&told, false);
    int before;
    (void)state;

    spawner_stop(s);
    before = atomic_load(&told->prepared);
    stopped(NULL, told);
    assert_int_equal(before, 0);
}

static void what_fails_in_preparing_is_told_each_time(void **state)
{
    struct told *told;
    struct spawner *s = started(&told, false);
    int pid, channel;
    (void)state;

    told->fails = true;
    for (int i = 0; i < 2; i++) {
        struct err err = {0};

        assert_int_equal(spawner_worker(s, 0, -1, &pid, &channel, &err), -ERR_LIMIT);
        assert_string_equal(err.text, "no room for tables");
    }
    assert_int_equal(atomic_load(&told->prepared), 1);
    stopped(s, told);
}

/* Whoever asks it may have fewer rights than it has itself. */
static void it_ends_nobody_but_its_workers(void **state)
{
    pid_t other = fork();
    struct told *told;
    struct spawner *s;
    int status;
    struct err err;
    (void)state;

    if (other == 0) {
        (void)pause();
        _exit(0);
    }
    s = started(&told, false);
    assert_int_equal(spawner_reap(s, other, &status, &err), -ERR_GONE);
    check_worker(s, 1);
    assert_int_equal(spawner_reap(s, other, &status, &err), -ERR_GONE);
    assert_int_equal(spawner_reap(s, -1, &status, &err), -ERR_GONE);
    assert_int_equal(waitpid(other, NULL, WNOHANG), 0);
    stopped(s, told);
    (void)kill(other, SIGKILL);
    (void)waitpid(other, NULL, 0);
}

/* An owner that ends, while somebody else holds its end of the channel. */
static void own_and_end(int keeper[2], int tell[2], bool with_worker)
{
    struct told *told;
    struct spawner *s = started(&told, true);
    int pid;
    char c;

    if (with_worker)
        check_worker(s, 1);
    pid = fork();
    if (pid == 0) {
        (void)close(keeper[1]);
        _exit((int)read(keeper[0], &c, 1));
    }
    pid = atomic_load(&told->spawner);
    _exit(write(tell[1], &pid, sizeof(pid)) == sizeof(pid) ? 0 : 1);
}

static void it_ends_with_its_owner(void **state)
{
    (void)state;

    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    for (int with_worker = 0; with_worker < 2; with_worker++) {
        int keeper[2], tell[2], spawner, status = 0;

        assert_int_equal(pipe(keeper), 0);
        assert_int_equal(pipe(tell), 0);
        if (fork() == 0)
            own_and_end(keeper, tell, with_worker);
        (void)close(keeper[0]);
        (void)close(tell[1]);
        assert_int_equal(read(tell[0], &spawner, sizeof(spawner)), sizeof(spawner));
        while (waitpid(spawner, &status, 0) < 0)
            assert_true(errno == EINTR || errno == ECHILD); // it is not ours yet
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        (void)close(keeper[1]);
        (void)close(tell[0]);
        while (wait(NULL) > 0)
            continue;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_prepared_before_the_first_worker),
        cmocka_unit_test(a_run_without_workers_prepares_nothing),
        cmocka_unit_test(what_fails_in_preparing_is_told_each_time),
        cmocka_unit_test(it_ends_nobody_but_its_workers),
        cmocka_unit_test(it_ends_with_its_owner),
    };
    return cmocka_run_group_tests_name("spawner", tests, NULL, NULL);
}
