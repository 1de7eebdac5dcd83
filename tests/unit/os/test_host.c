// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/utsname.h>

#include <cmocka.h>

#include "os/host.h"
#include "support/made_tree.h"

static void write_value(struct buf *b, const char *name, struct sv value)
{
    if (value.n)
        buf_printf(b, "%s='%.*s'\n", name, (int)value.n, value.p);
}

static void describe(const char *root, const char *sys, bool live, struct buf *to)
{
    struct host_facts h = {0};
    struct err err = {0};
    auto_arena arena;

    arena_init(&arena, 4 << 20);
    if (host_read(&(struct host_options){root, sys, live}, &arena, &h, &err) < 0)
        fail_msg("%s", err.text);
    buf_str(to, "");
    write_value(to, "machine-id", h.machine_id);
    write_value(to, "name", h.name);
    write_value(to, "os", h.os);
    write_value(to, "id", h.os_id);
    write_value(to, "version", h.os_version);
    write_value(to, "kernel", h.kernel);
    write_value(to, "architecture", h.architecture);
    write_value(to, "uuid", h.dmi_uuid);
}

static void reads_another_root(void **state)
{
    struct made_tree t;
    auto_buf answer = {0};
    (void)state;

    made_tree_init(&t);
    made_file(&t, "etc/machine-id", "0123456789ABCDEF0123456789abcdef\n");
    made_file(&t, "etc/hostname", "# a comment\nserver-7\n");
    made_file(&t, "usr/lib/os-release",
              "NAME=\"Acme OS\"\nPRETTY_NAME=\"Acme \\\"OS\\\" 9\"\nID=acme\nVERSION_ID='9'\n");
    made_link(&t, "etc/os-release", "../usr/lib/os-release");
    made_bytes(&t, "usr/bin/dash",
               "\x7f"
               "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\xb7\0",
               20);
    made_link(&t, "bin/sh", "/usr/bin/dash");
    describe(t.path, "/nowhere", false, &answer);

    assert_string_equal(answer.p, "machine-id='0123456789abcdef0123456789abcdef'\n"
                                  "name='server-7'\n"
                                  "os='Acme \"OS\" 9'\n"
                                  "id='acme'\n"
                                  "version='9'\n"
                                  "architecture='aarch64'\n");
    made_tree_clear(&t);
}

static void links_do_not_lead_out_of_the_root(void **state)
{
    struct made_tree t;
    auto_buf answer = {0};
    (void)state;

    made_tree_init(&t);
    made_file(&t, "outside", "ID=outside\n");
    made_link(&t, "root/etc/os-release", "../../../outside");
    made_link(&t, "root/etc/hostname", made_path(&t, "outside"));
    describe(made_path(&t, "root"), "/nowhere", false, &answer);

    assert_string_equal(answer.p, "");
    made_tree_clear(&t);
}

static void an_image_without_identity_has_none(void **state)
{
    const char *cases[] = {"", "uninitialized\n", "0123\n", "0123456789abcdef-123456789abcdef\n"};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct made_tree t;
        auto_buf answer = {0};

        made_tree_init(&t);
        made_file(&t, "etc/machine-id", cases[i]);
        describe(t.path, "/nowhere", false, &answer);
        assert_string_equal(answer.p, "");
        made_tree_clear(&t);
    }
}

static void asks_the_kernel_of_the_running_machine(void **state)
{
    auto_buf answer = {0}, expected = {0};
    struct utsname names;
    struct made_tree t;
    (void)state;

    made_tree_init(&t);
    made_file(&t, "etc/hostname", "not-asked\n");
    made_file(&t, "sys/class/dmi/id/product_uuid", "4C4C4544-0032-3010-8057-B3C04F4D4B33\n");
    assert_int_equal(uname(&names), 0);
    buf_printf(&expected, "name='%s'\nkernel='%s'\narchitecture='%s'\n", names.nodename,
               names.release, names.machine);
    buf_str(&expected, "uuid='4c4c4544-0032-3010-8057-b3c04f4d4b33'\n");
    auto_buf sys = {0};
    buf_printf(&sys, "%s/sys", t.path);
    describe(t.path, sys.p, true, &answer);

    assert_string_equal(answer.p, expected.p);
    made_tree_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_another_root),
        cmocka_unit_test(links_do_not_lead_out_of_the_root),
        cmocka_unit_test(an_image_without_identity_has_none),
        cmocka_unit_test(asks_the_kernel_of_the_running_machine),
    };
    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
