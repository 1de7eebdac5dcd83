// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "os/mount.h"
#include "support/made_tree.h"

/* What a scan would do: one line for each mount, and the aliases. */
static void describe(const char *mountinfo, const struct made_tree *tree, struct buf *to)
{
    auto_buf sys = {0};
    auto_arena arena;
    struct mounts mounts;
    struct err err = {0};

    arena_init(&arena, 16 << 20);
    if (tree)
        buf_printf(&sys, "%s/sys", tree->path);
    if (mounts_parse(sv_str(mountinfo),
                     &(struct mounts_options){NULL, sys.p, tree ? tree->path : NULL}, &arena,
                     &mounts, &err) < 0)
        fail_msg("%s", err.text);
    buf_str(to, "");
    for (size_t i = 0; i < mounts.count; i++) {
        const struct mount *m = &mounts.all[i];

        buf_printf(to, "%.*s %s%s%s\n", (int)m->point.n, m->point.p, mount_class_text(m->class),
                   m->hidden ? " hidden" : "", m->covered ? " covered" : "");
    }
    for (size_t i = 0; i < mounts.alias_count; i++) {
        buf_printf(to, "alias %.*s\n", (int)mounts.aliases[i].n, mounts.aliases[i].p);
        assert_true(mounts_is_alias(&mounts, mounts.aliases[i]));
    }
    assert_false(mounts_is_alias(&mounts, SV("/no/alias")));
}

#define ROOT "20 1 8:1 / / rw - ext4 /dev/sda1 rw\n"

static void tells_kinds_of_file_systems_apart(void **state)
{
    const struct {
        const char *type, *class;
    } cases[] = {
        {"ext4", "local"},          {"btrfs", "local"},
        {"xfs", "local"},           {"zfs", "local"},
        {"vfat", "local"},          {"overlay", "local"},
        {"squashfs", "local"},      {"fuseblk", "local"},
        {"fuse.mergerfs", "local"}, {"newfs2040", "local"},
        {"tmpfs", "memory"},        {"ramfs", "memory"},
        {"proc", "pseudo"},         {"sysfs", "pseudo"},
        {"cgroup2", "pseudo"},      {"devtmpfs", "pseudo"},
        {"devpts", "pseudo"},       {"tracefs", "pseudo"},
        {"bpf", "pseudo"},          {"autofs", "pseudo"},
        {"fusectl", "pseudo"},      {"fuse.portal", "pseudo"},
        {"nfs", "network"},         {"nfs4", "network"},
        {"cifs", "network"},        {"9p", "network"},
        {"virtiofs", "network"},    {"ceph", "network"},
        {"fuse.sshfs", "network"},  {"fuse", "network"},
        {"fuse.rclone", "network"}, {"fuse.onedriver", "network"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf text = {0}, expected = {0}, answer = {0};

        buf_printf(&text, ROOT "21 20 0:40 / /srv rw - %s source rw\n", cases[i].type);
        buf_printf(&expected, "/ local\n/srv %s\n", cases[i].class);
        describe(text.p, NULL, &answer);
        if (strcmp(answer.p, expected.p) != 0)
            fail_msg("%s: %s", cases[i].type, answer.p);
    }
}

static void plans_each_tree_once(void **state)
{
    const struct {
        const char *why, *mountinfo, *expected;
    } cases[] = {
        {"the root is examined, whatever it is on", "20 1 0:20 / / rw - nfs4 server:/root rw\n",
         "/ local\n"},
        {"a bind mount of a folder", ROOT "21 20 8:1 /srv/data /data rw - ext4 /dev/sda1 rw\n",
         "/ local\n/data local covered\n"},
        {"a bind mount of a file",
         ROOT "21 20 8:1 /etc/hosts /opt/jail/hosts rw - ext4 /dev/sda1 rw\n",
         "/ local\n/opt/jail/hosts local covered\n"},
        {"a bind mount onto itself is the only way to the folder",
         ROOT "21 20 8:1 /srv /srv rw - ext4 /dev/sda1 rw\n", "/ local\n/srv local\n"},
        {"a folder with a like name is no folder below",
         ROOT "21 20 8:2 /a /a rw - ext4 /dev/sda2 rw\n22 20 8:2 /ab /ab rw - ext4 /dev/sda2 rw\n",
         "/ local\n/a local\n/ab local\n"},
        {"the same disk twice",
         ROOT "21 20 8:2 / /home rw - xfs /dev/sda2 rw\n22 20 8:2 / /srv/chroot/home rw - xfs "
              "/dev/sda2 rw\n",
         "/ local\n/home local\n/srv/chroot/home local covered\n"},
        {"the bind mount of what another disk hides",
         ROOT "21 20 8:2 / /home rw - xfs /dev/sda2 rw\n22 20 8:1 /home /old-home rw - ext4 "
              "/dev/sda1 rw\n",
         "/ local\n/home local\n/old-home local\n"},
        {"subvolumes that do not hold each other",
         "20 1 0:30 /@ / rw - btrfs /dev/sda1 rw,subvol=/@\n"
         "21 20 0:30 /@home /home rw - btrfs /dev/sda1 rw,subvol=/@home\n",
         "/ local\n/home local\n"},
        {"subvolumes, and all of the disk beside them",
         "20 1 0:30 /@ / rw - btrfs /dev/sda1 rw\n21 20 0:30 /@home /home rw - btrfs /dev/sda1 rw\n"
         "22 20 0:30 / /mnt/all rw - btrfs /dev/sda1 rw\n",
         "/ local\n/home local\n/mnt/all local\nalias /mnt/all/@\nalias /mnt/all/@home\n"},
        {"one over the other at the same place",
         ROOT "21 20 0:40 / /tmp rw - tmpfs a rw\n22 21 0:41 / /tmp rw - tmpfs b rw\n",
         "/ local\n/tmp memory hidden\n/tmp memory\n"},
        {"one over a folder that has mounts below",
         ROOT "21 20 8:2 / /srv/a/b rw - ext4 /dev/sda2 rw\n22 21 8:3 / /srv/a/b/c rw - ext4 "
              "/dev/sda3 rw\n"
              "23 20 8:4 / /srv rw - ext4 /dev/sda4 rw\n",
         "/ local\n/srv/a/b local hidden\n/srv/a/b/c local hidden\n/srv local\n"},
        {"below one that was mounted over",
         ROOT "21 20 8:2 / /a rw - ext4 /dev/sda2 rw\n22 21 8:3 / /a/b rw - ext4 /dev/sda3 rw\n"
              "23 21 8:4 / /a rw - ext4 /dev/sda4 rw\n",
         "/ local\n/a local hidden\n/a/b local hidden\n/a local\n"},
        {"names with a space and a newline, and optional words",
         ROOT "21 20 8:2 / /my\\040disk\\012x rw shared:1 master:2 - ext4 /dev/sda2 rw\n",
         "/ local\n/my disk\nx local\n"},
        {"no bind mount covers by way of a hidden one",
         ROOT "21 20 8:2 / /a rw - ext4 /dev/sda2 rw\n22 21 8:3 / /a rw - ext4 /dev/sda3 rw\n"
              "23 20 8:2 /x /b rw - ext4 /dev/sda2 rw\n",
         "/ local\n/a local hidden\n/a local\n/b local\n"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        auto_buf answer = {0};

        describe(cases[i].mountinfo, NULL, &answer);
        if (strcmp(answer.p, cases[i].expected) != 0)
            fail_msg("%s: got\n%s", cases[i].why, answer.p);
    }
}

static void leaves_an_overlay_to_its_layers_where_they_are_seen(void **state)
{
    struct made_tree tree;
    auto_buf answer = {0};
    (void)state;

    made_tree_init(&tree);
    made_folder(&tree, "var/lib/x/1/diff");
    made_folder(&tree, "var/lib/x/2/diff");
    describe("20 1 0:50 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/u,workdir=/w\n"
             "21 20 0:51 / /both rw - overlay overlay "
             "rw,lowerdir=/var/lib/x/1/diff:/var/lib/x/2/diff,upperdir=/var/lib/x/1/diff\n"
             "22 20 0:52 / /gone rw - overlay overlay "
             "rw,lowerdir=/var/lib/x/1/diff:/var/lib/x/3/diff\n"
             "23 20 0:53 / /relative rw - overlay overlay rw,lowerdir=l/A:l/B\n"
             "24 20 0:54 / /far rw - nfs4 s:/ rw\n"
             "25 20 0:55 / /on-far rw - overlay overlay rw,lowerdir=/far/a\n",
             &tree, &answer);

    assert_string_equal(answer.p, "/ local\n"
                                  "/both local covered\n"
                                  "/gone local\n"
                                  "/relative local\n"
                                  "/far network\n"
                                  "/on-far local\n");
    made_tree_clear(&tree);
}

static void asks_sysfs_whether_a_disk_can_be_taken_out(void **state)
{
    struct made_tree tree;
    auto_buf answer = {0};
    (void)state;

    made_tree_init(&tree);
    made_file(&tree, "sys/devices/usb/block/sdb/removable", "1\n");
    made_folder(&tree, "sys/devices/usb/block/sdb/sdb1");
    made_file(&tree, "sys/devices/ata/block/sda/removable", "0\n");
    made_folder(&tree, "sys/devices/ata/block/sda/sda1");
    made_file(&tree, "sys/devices/ata/block/sr0/removable", "1\n");
    made_link(&tree, "sys/class/block/sdb1", "../../devices/usb/block/sdb/sdb1");
    made_link(&tree, "sys/class/block/sda1", "../../devices/ata/block/sda/sda1");
    made_link(&tree, "sys/class/block/sr0", "../../devices/ata/block/sr0");
    describe(ROOT "21 20 8:17 / /media/stick rw - vfat /dev/sdb1 rw\n"
                  "22 20 11:0 / /media/cd ro - iso9660 /dev/sr0 ro\n"
                  "23 20 7:0 / /snap/x/1 ro - squashfs /dev/loop0 ro\n",
             &tree, &answer);
    assert_string_equal(answer.p, "/ local\n"
                                  "/media/stick removable\n"
                                  "/media/cd removable\n"
                                  "/snap/x/1 local\n");

    // A machine that runs from a stick.
    buf_reset(&answer);
    describe("20 1 8:17 / / rw - ext4 /dev/sdb1 rw\n"
             "21 20 8:17 /srv /srv rw - ext4 /dev/sdb1 rw\n",
             &tree, &answer);
    assert_string_equal(answer.p, "/ local\n/srv local\n");
    made_tree_clear(&tree);
}

static void refuses_what_is_no_mountinfo(void **state)
{
    const char *cases[] = {"hello\n", "20 1 8:1 / / rw - ext4\n20\n", "20 1 8 / / rw - ext4 a rw\n",
                           "20 1 8:1 / tmp rw - ext4 a rw\n", "20 1 8:1 / / rw\n"};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct mounts mounts = {0};
        auto_arena arena;

        arena_init(&arena, 1 << 20);
        assert_int_equal(
            mounts_parse(sv_str(cases[i]), &(struct mounts_options){0}, &arena, &mounts, NULL),
            -ERR_FORMAT);
    }
}

static void finds_the_mounts_of_this_machine(void **state)
{
    struct mounts mounts = {0};
    const struct mount *root;
    struct err err = {0};
    auto_arena arena;
    (void)state;

    arena_init(&arena, 64 << 20);
    if (mounts_read(&(struct mounts_options){"/proc", "/sys", ""}, &arena, &mounts, &err) < 0)
        fail_msg("%s", err.text);

    root = mounts_above(&mounts, SV("/"));
    assert_non_null(root);
    assert_int_equal(root->class, MOUNT_LOCAL);
    assert_false(root->covered);
    assert_int_equal(mounts_above(&mounts, SV("/proc/1/maps"))->class, MOUNT_PSEUDO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_kinds_of_file_systems_apart),
        cmocka_unit_test(plans_each_tree_once),
        cmocka_unit_test(leaves_an_overlay_to_its_layers_where_they_are_seen),
        cmocka_unit_test(asks_sysfs_whether_a_disk_can_be_taken_out),
        cmocka_unit_test(refuses_what_is_no_mountinfo),
        cmocka_unit_test(finds_the_mounts_of_this_machine),
    };
    return cmocka_run_group_tests_name("mount", tests, NULL, NULL);
}
