// SPDX-License-Identifier: Apache-2.0
/* Needs root, as what it tests does; without, every test is skipped. */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "remedy/rehearsal.h"
#include "support/made_tree.h"

/* A root with a shell, a few programs and the libraries that they need. */
static const char MAKE_ROOT[] =
    "set -e; cd \"$ROOT\"; mkdir -p bin lib lib64 proc dev run tmp\n"
    "for p in sh rm ls mv ln touch chmod mkdir mknod mount unshare sleep chroot cat ps; "
    "do\n"
    "  from=$(command -v $p); cp -L \"$from\" bin/; for l in $(ldd \"$from\" | grep -o '/[^ ]*'); "
    "do\n"
    "    mkdir -p \".${l%/*}\"; [ -e \".$l\" ] || cp -L \"$l\" \".$l\"; done; done\n";

/* One root for all; what is tried in it never reaches it. */
struct rehearsed {
    struct made_tree root;
    struct rehearsal *rehearsal;
};

static struct rehearsed the;

static void must(int r, const struct err *err)
{
    if (r < 0)
        fail_msg("%s", err->text);
}

static int make_root(void **state)
{
    (void)state;
    made_tree_init(&the.root);
    if (geteuid() != 0)
        return 0;
    (void)setenv("ROOT", the.root.path, 1);
    made_file(&the.root, "etc/a", "a\n");
    made_file(&the.root, "etc/b", "b\n");
    made_file(&the.root, "opt/x/lib/deep", "1\n");
    made_file(&the.root, "opt/x/bin", "2\n");
    made_file(&the.root, "opt/y", "3\n");
    made_link(&the.root, "opt/link", "y");
    made_folder(&the.root, "var");
    return system(MAKE_ROOT);
}

static int remove_root(void **state)
{
    (void)state;
    made_tree_clear(&the.root);
    return 0;
}

static int set_up(void **state)
{
    struct err err;

    *state = &the;
    if (geteuid() == 0)
        must(rehearsal_new(the.root.path, &the.rehearsal, &err), &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    rehearsal_free(the.rehearsal);
    the.rehearsal = NULL;
    return 0;
}

static int run(struct rehearsed *t, const char *script, struct buf *output, struct err *err)
{
    const struct sv argv[] = {SV("sh"), SV("-c"), sv_str(script)};
    int code = -1, r = rehearsal_run(t->rehearsal, argv, 3, &code, output, err);

    return r < 0 ? r : code;
}

static int write_change(void *to, const struct rehearsal_change *c, struct err *err)
{
    (void)err;
    buf_printf(to, "%s %.*s\n", touch_change_text(c->change), (int)c->path.n, c->path.p);
    return 0;
}

static void changes(struct rehearsed *t, struct buf *to)
{
    struct err err;

    must(rehearsal_changes(t->rehearsal, write_change, to, &err), &err);
    buf_str(to, "");
}

/* The changes of a script, as text. */
static void expect_changes(struct rehearsed *t, const char *script, const char *expected)
{
    auto_buf output = {0}, told = {0};
    struct err err;

    if (run(t, script, &output, &err) != 0)
        fail_msg("%s: %s", script, output.p ? output.p : "failed");
    changes(t, &told);
    if (strcmp(told.p ? told.p : "", expected) != 0)
        fail_msg("%s:\n%s", script, told.p);
}

#define NEEDS_ROOT \
    if (geteuid() != 0) \
    skip()

static void says_what_a_program_changes_since_the_last_time(void **state)
{
    static const struct {
        const char *script, *changes;
    } cases[] = {
        {"cat /etc/a >/dev/null", ""},
        {"touch -r /etc/a /etc/a; chmod 644 /etc/b; chmod 600 /etc/b", "changed /etc/b\n"},
        {"echo x >>/etc/a", "changed /etc/a\n"},
        {"true", ""},
        {"mkdir /etc/new; echo n >/etc/new/n", "created /etc/new\ncreated /etc/new/n\n"},
        {"rm -r /etc/new", "removed /etc/new\nremoved /etc/new/n\n"},
        {"rm -r /opt/x",
         "removed /opt/x\nremoved /opt/x/bin\nremoved /opt/x/lib\nremoved /opt/x/lib/deep\n"},
        {"mkdir -p /opt/x/lib; echo again >/opt/x/lib/other",
         "created /opt/x\ncreated /opt/x/lib\ncreated /opt/x/lib/other\n"},
        {"mv /opt/y /opt/z; rm /opt/link; ln -s z /opt/link",
         "changed /opt/link\nremoved /opt/y\ncreated /opt/z\n"},
        {"echo t >/tmp/t; echo r >/run/r; test ! -e /sys", ""},
    };
    struct rehearsed *t = *state;

    NEEDS_ROOT;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect_changes(t, cases[i].script, cases[i].changes);
    assert_int_equal(access(made_path(&t->root, "opt/x/bin"), F_OK), 0);
    assert_int_equal(access(made_path(&t->root, "opt/z"), F_OK), -1);
}

static void a_folder_that_is_made_again_hides_what_it_held(void **state)
{
    NEEDS_ROOT;
    expect_changes(*state, "rm -r /opt/x; mkdir /opt/x; echo 2 >/opt/x/bin",
                   "changed /opt/x/bin\nremoved /opt/x/lib\nremoved /opt/x/lib/deep\n");
}

static void a_file_in_the_place_of_a_folder_hides_it(void **state)
{
    NEEDS_ROOT;
    expect_changes(
        *state, "rm -r /opt/x; echo f >/opt/x",
        "changed /opt/x\nremoved /opt/x/bin\nremoved /opt/x/lib\nremoved /opt/x/lib/deep\n");
}

static void steps_of_ours_are_rehearsed_through_its_root(void **state)
{
    struct rehearsed *t = *state;
    auto_buf told = {0};

    NEEDS_ROOT;
    assert_int_equal(unlinkat(rehearsal_root(t->rehearsal), "opt/x/lib/deep", 0), 0);
    changes(t, &told);
    assert_string_equal(told.p, "removed /opt/x/lib/deep\n");
    expect_changes(t, "test ! -e /opt/x/lib/deep", "");
    assert_int_equal(access(made_path(&t->root, "opt/x/lib/deep"), F_OK), 0);
}

static void gives_exit_code_and_output(void **state)
{
    struct rehearsed *t = *state;
    const struct sv missing[] = {SV("no-such-program")};
    auto_buf output = {0};
    struct err err;
    int code;

    NEEDS_ROOT;
    assert_int_equal(run(t, "echo out; echo err >&2; exit 7", &output, &err), 7);
    assert_string_equal(output.p, "out\nerr\n");
    assert_int_equal(run(t, "kill -KILL $$", &output, &err), 128 + 9);
    buf_reset(&output);
    assert_int_equal(rehearsal_run(t->rehearsal, missing, 1, &code, &output, &err), 0);
    assert_int_equal(code, 127);
    assert_non_null(strstr(output.p, "no-such-program: No such file"));
}

static void ends_what_takes_too_long_and_all_it_started(void **state)
{
    struct rehearsed *t = *state;
    auto_buf output = {0};
    struct err err;

    NEEDS_ROOT;
    assert_int_equal(run(t, "sleep 1000 & echo left", &output, &err), 0);
    rehearsal_limit(t->rehearsal, 0);
    assert_int_equal(run(t, "sleep 1000", &output, &err), -ERR_LIMIT_TIME);
    assert_non_null(strstr(err.text, "was ended"));
    rehearsal_limit(t->rehearsal, 60);
    buf_reset(&output);
    assert_int_equal(run(t, "ps ax -o comm=", &output, &err), 0);
    assert_null(strstr(output.p, "sleep"));
}

static void a_hostile_program_stays_inside(void **state)
{
    static const char *const attempts[] = {
        "mount -t tmpfs none /opt",
        "unshare -m true",
        "unshare -U true",
        "mknod /opt/disk b 254 0",
        "echo '|/opt/x' >/proc/sys/kernel/core_pattern",
        "echo b >/proc/sysrq-trigger",
        "test -e /dev/vda -o -e /dev/kmsg -o -e /dev/mem",
        "test -e /run/systemd -o -e /sys/kernel",
        "ls /proc/1/root/home/*",
    };
    struct rehearsed *t = *state;

    NEEDS_ROOT;
    expect_changes(t, "chroot / chmod u+s /bin/rm", "changed /bin/rm\n"); // what it may
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        auto_buf output = {0};
        struct err err;

        if (run(t, attempts[i], &output, &err) == 0)
            fail_msg("%s: %s", attempts[i], output.p ? output.p : "it could");
    }
}

static void each_file_system_below_the_root_is_copied(void **state)
{
    struct rehearsed *t = *state;
    struct rehearsal *second;
    struct err err;

    NEEDS_ROOT;
    assert_int_equal(unshare(CLONE_NEWNS), 0);
    assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
    made_file(&t->root, "disk/data", "d\n");
    {
        char disk[128];

        (void)snprintf(disk, sizeof(disk), "%s", made_path(&t->root, "disk"));
        assert_int_equal(mount(disk, made_path(&t->root, "var"), NULL, MS_BIND, NULL), 0);
    }
    must(rehearsal_new(t->root.path, &second, &err), &err);
    rehearsal_free(t->rehearsal);
    t->rehearsal = second;

    expect_changes(t, "rm /var/data; echo n >/var/new", "removed /var/data\ncreated /var/new\n");
    assert_int_equal(access(made_path(&t->root, "var/data"), F_OK), 0);
    assert_int_equal(access(made_path(&t->root, "disk/new"), F_OK), -1);
    assert_int_equal(umount(made_path(&t->root, "var")), 0);
}

static void says_what_is_wrong_with_a_root(void **state)
{
    struct rehearsal *r;
    struct err err;
    (void)state;

    NEEDS_ROOT;
    assert_true(rehearsal_new("/no/such/root", &r, &err) < 0);
    assert_non_null(strstr(err.text, "/no/such/root"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(says_what_a_program_changes_since_the_last_time),
        TEST(a_folder_that_is_made_again_hides_what_it_held),
        TEST(a_file_in_the_place_of_a_folder_hides_it),
        TEST(steps_of_ours_are_rehearsed_through_its_root),
        TEST(gives_exit_code_and_output),
        TEST(ends_what_takes_too_long_and_all_it_started),
        TEST(a_hostile_program_stays_inside),
        TEST(each_file_system_below_the_root_is_copied),
        TEST(says_what_is_wrong_with_a_root),
    };
    return cmocka_run_group_tests_name("rehearsal", tests, make_root, remove_root);
}
