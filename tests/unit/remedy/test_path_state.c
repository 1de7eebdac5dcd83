// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "os/below.h"
#include "remedy/path_make.h"
#include "support/made_tree.h"

enum {
    HOLED = 1 << 20,
};

static const int64_t LONG_AGO = INT64_C(987654321) * NS_PER_S + 123456789;

/* Bytes in memory as content. */
struct bytes_content {
    struct content content;
    struct span rest;
    size_t at_once;
};

static int bytes_read(struct content *c, void *to, size_t room, size_t *ret_n, struct err *err)
{
    struct bytes_content *b = (struct bytes_content *)c;
    size_t n = b->rest.n < room ? b->rest.n : room;

    (void)err;
    n = n < b->at_once ? n : b->at_once;
    if (n)
        memcpy(to, b->rest.p, n);
    b->rest = span_from(b->rest, n);
    *ret_n = n;
    return 0;
}

/* What a test may do that only root may. */
static bool is_root(void)
{
    return geteuid() == 0;
}

static struct span read_whole(int folder, const char *name, struct arena *arena, size_t size)
{
    uint8_t *bytes = arena_take(arena, size + 1);
    int fd = openat(folder, name, O_RDONLY | O_NOATIME | O_CLOEXEC);

    assert_true(fd >= 0 && read(fd, bytes, size) == (ssize_t)size);
    close(fd);
    return (struct span){bytes, size};
}

/* The kinds of names that there are; each leaves `x` in the folder. */
static void make_plain(int d, const char *path)
{
    int fd = openat(d, "x", O_WRONLY | O_CREAT | O_CLOEXEC, 0640);

    (void)path;
    assert_int_equal(write(fd, "some bytes\n", 11), 11);
    close(fd);
}

static void make_empty(int d, const char *path)
{
    (void)path;
    close(openat(d, "x", O_WRONLY | O_CREAT | O_CLOEXEC, 0400));
}

static void make_holed(int d, const char *path)
{
    int fd = openat(d, "x", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

    (void)path;
    assert_int_equal(pwrite(fd, "first", 5, 0), 5);
    assert_int_equal(pwrite(fd, "middle", 6, 300000), 6);
    assert_int_equal(ftruncate(fd, HOLED), 0);
    close(fd);
}

static void make_rich(int d, const char *path)
{
    make_plain(d, path);
    assert_int_equal(setxattr(path, "user.one", "1", 1, 0), 0);
    assert_int_equal(setxattr(path, "user.empty", "", 0, 0), 0);
    if (is_root()) {
        /* cap_net_raw=ep, version 2 */
        const uint8_t capability[20] = {1, 0, 0, 2, 0, 0x20};
        /* u::rw-,u:7:r--,g::r--,m::r--,o::--- */
        const uint8_t acl[4 + 5 * 8] = {
            2, 0, 0,    0,    1,    0,    6,    0, 0xff, 0xff, 0xff, 0xff, 2,    0,    4,
            0, 7, 0,    0,    0,    4,    0,    4, 0,    0xff, 0xff, 0xff, 0xff, 0x10, 0,
            4, 0, 0xff, 0xff, 0xff, 0xff, 0x20, 0, 0,    0,    0xff, 0xff, 0xff, 0xff};

        assert_int_equal(setxattr(path, "trusted.note", "t", 1, 0), 0);
        assert_int_equal(fchownat(d, "x", 1234, 4321, AT_SYMLINK_NOFOLLOW), 0);
        assert_int_equal(setxattr(path, "security.capability", capability, 20, 0), 0);
        assert_int_equal(setxattr(path, "system.posix_acl_access", acl, sizeof(acl), 0), 0);
    }
}

static void make_setuid(int d, const char *path)
{
    make_plain(d, path);
    if (is_root())
        assert_int_equal(fchownat(d, "x", 99, 98, 0), 0);
    assert_int_equal(fchmodat(d, "x", 06755, 0), 0);
}

static void make_folder(int d, const char *path)
{
    assert_int_equal(mkdirat(d, "x", 0700), 0);
    assert_int_equal(fchmodat(d, "x", 03751, 0), 0);
    assert_int_equal(setxattr(path, "user.of", "folder", 6, 0), 0);
}

static void make_link(int d, const char *path)
{
    (void)path;
    assert_int_equal(symlinkat("../no/such/thing", d, "x"), 0);
    if (is_root()) {
        assert_int_equal(lsetxattr(path, "trusted.link", "y", 1, 0), 0);
        assert_int_equal(fchownat(d, "x", 7, 8, AT_SYMLINK_NOFOLLOW), 0);
    }
}

static void make_fifo(int d, const char *path)
{
    (void)path;
    assert_int_equal(mkfifoat(d, "x", 0600), 0);
    assert_int_equal(fchmodat(d, "x", 0622, 0), 0);
}

static void make_device(int d, const char *path)
{
    (void)path;
    if (is_root())
        assert_int_equal(mknodat(d, "x", S_IFCHR | 0660, makedev(1, 3)), 0);
    else
        assert_int_equal(mkfifoat(d, "x", 0600), 0);
}

static void make_socket(int d, const char *path)
{
    (void)path;
    assert_int_equal(mknodat(d, "x", S_IFSOCK | 0750, 0), 0);
}

static const struct {
    const char *what;
    void (*make)(int folder, const char *path);
} kinds[] = {
    {"a plain file", make_plain},      {"an empty file", make_empty},
    {"a file with holes", make_holed}, {"a file with all attributes", make_rich},
    {"a setuid program", make_setuid}, {"a folder", make_folder},
    {"a symbolic link", make_link},    {"a FIFO", make_fifo},
    {"a device", make_device},         {"a socket", make_socket},
};

static void check_same_layout(const char *what, const struct path_state *a,
                              const struct path_state *b)
{
    if (a->extent_count != b->extent_count)
        fail_msg("%s: %zu extents became %zu", what, a->extent_count, b->extent_count);
    for (size_t i = 0; i < a->extent_count; i++)
        if (a->extents[i].offset != b->extents[i].offset ||
            a->extents[i].length != b->extents[i].length)
            fail_msg("%s: extent %zu lies elsewhere", what, i);
}

static void what_is_taken_away_can_be_made_again_as_it_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct path_state before, kept, after;
        struct bytes_content content = {.content.read = bytes_read, .at_once = 1000};
        struct err err = {0};
        struct made_tree tree;
        auto_buf record = {0};
        auto_arena arena;
        int d;

        arena_init(&arena, 64 << 20);
        made_tree_init(&tree);
        assert_int_equal(below_open_root(tree.path, &d, NULL), 0);
        kinds[i].make(d, made_path(&tree, "x"));
        assert_int_equal(below_set_times(d, "x", LONG_AGO + 5, LONG_AGO, NULL), 0);
        assert_int_equal(path_state_get(d, "/x", &arena, &before, NULL), 0);
        if (before.type == PATH_FILE)
            content.rest = read_whole(d, "x", &arena, before.size);
        path_state_write(&before, &record);
        assert_int_equal(path_unmake(d, "x", before.type, NULL), 0);

        assert_int_equal(
            path_state_read((struct span){(uint8_t *)record.p, record.n}, &arena, &kept, NULL), 0);
        if (path_make(d, "x", &kept, &content.content, &err) != 0)
            fail_msg("%s: %s", kinds[i].what, err.text);

        assert_int_equal(path_state_get(d, "x", &arena, &after, NULL), 0);
        if (!path_state_same(&before, &after) || before.mtime_ns != after.mtime_ns)
            fail_msg("%s is not what it was", kinds[i].what);
        // Reading a link moves its access time.
        if (before.type != PATH_LINK)
            assert_int_equal(after.atime_ns, LONG_AGO + 5);
        check_same_layout(kinds[i].what, &before, &after);
        if (kinds[i].make == make_holed)
            assert_true(after.extent_count == 2);
        close(d);
        made_tree_clear(&tree);
    }
}

static void any_change_but_a_harmless_one_is_seen(void **state)
{
    const struct {
        const char *why;
        bool seen;
        const char *change; /* a command in the folder */
    } cases[] = {
        {"nothing", false, "true"},
        {"content of the same size and time", true,
         "printf 'other bytes' >y; touch -r x y; cat y >x; touch -r y x"},
        {"mode", true, "chmod o+x x"},
        {"time of the last change", true, "touch -m -d 2001-01-01 x"},
        {"access time", false, "touch -a -d 2001-01-01 x"},
        {"an attribute's value", true, "setfattr -n user.one -v 2 x"},
        {"an attribute that came", true, "setfattr -n user.two -v 2 x"},
        {"an attribute that went", true, "setfattr -x user.one x"},
        {"another name of the same file", false, "ln x z"},
        {"the same file made anew", false, "cp --preserve=all x y; mv y x"},
        {"it became a folder", true, "rm x; mkdir x"},
        {"it became a link", true, "mv x y; ln -s y x"},
        {"it went", true, "rm x"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct path_state before, after;
        struct made_tree tree;
        auto_buf command = {0};
        auto_arena arena;
        char a[PATH_DIGEST_HEX], b[PATH_DIGEST_HEX];
        int d;

        arena_init(&arena, 1 << 20);
        made_tree_init(&tree);
        assert_int_equal(below_open_root(tree.path, &d, NULL), 0);
        made_file(&tree, "x", "some bytes");
        assert_int_equal(setxattr(made_path(&tree, "x"), "user.one", "1", 1, 0), 0);
        assert_int_equal(path_state_get(d, "x", &arena, &before, NULL), 0);

        buf_printf(&command, "cd '%s' && { %s; }", tree.path, cases[i].change);
        assert_int_equal(system(command.p), 0);

        assert_int_equal(path_state_get(d, "x", &arena, &after, NULL), 0);
        path_state_digest(&before, a);
        path_state_digest(&after, b);
        if ((strcmp(a, b) != 0) != cases[i].seen ||
            path_state_same(&before, &after) == cases[i].seen)
            fail_msg("%s: %s", cases[i].why, cases[i].seen ? "not seen" : "seen");
        close(d);
        made_tree_clear(&tree);
    }
}

static void no_symbolic_link_is_followed_on_the_way(void **state)
{
    struct path_state s;
    struct err err = {0};
    struct made_tree tree;
    auto_arena arena;
    int d;
    (void)state;

    arena_init(&arena, 1 << 20);
    made_tree_init(&tree);
    assert_int_equal(below_open_root(tree.path, &d, NULL), 0);
    made_file(&tree, "real/file", "text");
    made_link(&tree, "way", "real");

    assert_int_equal(path_state_get(d, "way/file", &arena, &s, &err), -ERR_CONFLICT);
    assert_non_null(strstr(err.text, "symbolic link"));
    assert_int_equal(path_state_get(d, "way", &arena, &s, NULL), 0);
    assert_int_equal(s.type, PATH_LINK);
    assert_int_equal(path_state_get(d, "no/such/file", &arena, &s, NULL), 0);
    assert_int_equal(s.type, PATH_ABSENT);
    assert_int_equal(path_state_get(d, "../etc", &arena, &s, NULL), -ERR_CONFLICT);
    close(d);
    made_tree_clear(&tree);
}

static void a_change_cut_short_lies_between(void **state)
{
    struct attribute one[] = {{SV("user.a"), SV("1")}, {SV("user.k"), SV("k")}};
    struct attribute two[] = {{SV("user.b"), SV("2")}, {SV("user.k"), SV("k")}};
    struct attribute foreign[] = {{SV("user.b"), SV("3")}, {SV("user.k"), SV("k")}};
    const struct path_state a = {
        .type = PATH_FOLDER, .mode = 040755, .uid = 1, .attributes = one, .attribute_count = 2};
    const struct path_state b = {
        .type = PATH_FOLDER, .mode = 040700, .uid = 2, .attributes = two, .attribute_count = 2};
    const struct path_state file = {.type = PATH_FILE, .mode = 0100644};
    const struct path_state other = {.type = PATH_FILE, .mode = 0100600};
    const struct path_state absent = {0};
    struct path_state now = a;
    (void)state;

    assert_true(path_state_between(&a, &a, &b) && path_state_between(&b, &a, &b));
    now.uid = 2;
    assert_true(path_state_between(&now, &a, &b));
    now.attributes = two;
    assert_true(path_state_between(&now, &a, &b));
    now.attributes = foreign;
    assert_false(path_state_between(&now, &a, &b));
    now = a;
    now.uid = 3;
    assert_false(path_state_between(&now, &a, &b));
    now = a;
    now.attribute_count = 0;
    assert_false(path_state_between(&now, &a, &b));
    assert_true(path_state_between(&absent, &a, &file));
    assert_false(path_state_between(&absent, &a, &b));
    assert_false(path_state_between(&absent, &file, &other));
    assert_false(path_state_between(&(struct path_state){.type = PATH_FILE, .mode = 0100640}, &file,
                                    &other));
}

static void a_damaged_record_is_an_error(void **state)
{
    struct attribute one[] = {{SV("user.a"), SV("1")}};
    struct extent extents[] = {{0, 5}};
    const struct path_state s = {.type = PATH_FILE,
                                 .size = 5,
                                 .attributes = one,
                                 .attribute_count = 1,
                                 .extents = extents,
                                 .extent_count = 1};
    struct path_state back;
    auto_buf record = {0};
    (void)state;

    path_state_write(&s, &record);
    for (size_t n = 0; n < record.n; n++) {
        uint8_t *cut = malloc(n + 1);
        auto_arena arena;

        arena_init(&arena, 1 << 20);
        memcpy(cut, record.p, n);
        assert_int_equal(path_state_read((struct span){cut, n}, &arena, &back, NULL), -ERR_FORMAT);
        free(cut);
    }
}

static void says_which_flag_stops_a_removal(void **state)
{
    struct made_tree tree;
    struct err err = {0};
    auto_buf command = {0};
    int d;
    (void)state;

    made_tree_init(&tree);
    made_file(&tree, "locked", "x");
    assert_int_equal(below_open_root(tree.path, &d, NULL), 0);
    buf_printf(&command, "chattr +i '%s/locked' 2>&-", tree.path);
    if (system(command.p) != 0) {
        close(d);
        made_tree_clear(&tree);
        skip();
    }

    assert_int_equal(path_changeable(d, "locked", &err), -ERR_DENIED);
    assert_non_null(strstr(err.text, "chattr -i"));
    assert_int_equal(path_unmake(d, "locked", PATH_FILE, &err), -ERR_DENIED);
    assert_non_null(strstr(err.text, "chattr -i"));

    buf_reset(&command);
    buf_printf(&command, "chattr -i '%s/locked'", tree.path);
    assert_int_equal(system(command.p), 0);
    assert_int_equal(path_changeable(d, "locked", &err), 0);
    assert_int_equal(path_unmake(d, "locked", PATH_FILE, &err), 0);
    close(d);
    made_tree_clear(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_away_can_be_made_again_as_it_was),
        cmocka_unit_test(any_change_but_a_harmless_one_is_seen),
        cmocka_unit_test(no_symbolic_link_is_followed_on_the_way),
        cmocka_unit_test(a_change_cut_short_lies_between),
        cmocka_unit_test(a_damaged_record_is_an_error),
        cmocka_unit_test(says_which_flag_stops_a_removal),
    };

    umask(022);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
