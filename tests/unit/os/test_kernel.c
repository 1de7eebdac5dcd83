// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "os/kernel.h"
#include "support/made_tree.h"

static int write_module(void *to, const struct kernel_module *m, struct err *err)
{
    (void)err;
    buf_printf(to, "%.*s version '%.*s' size %llu%s\n", (int)m->name.n, m->name.p,
               (int)m->version.n, m->version.p, (unsigned long long)m->size,
               m->out_of_tree ? " foreign" : "");
    return 0;
}

static void lists_loaded_modules(void **state)
{
    struct made_tree tree;
    auto_buf answer = {0}, sys = {0};
    (void)state;

    made_tree_init(&tree);
    made_file(&tree, "modules",
              "ext4 983040 1 - Live 0xffffffffc0000000\n"
              "acme_filter 20480 2 acme_net,acme_fs, Live 0x0000000000000000 (OE)\n"
              "leaving 4096 0 - Unloading 0x0 (P-)\n"
              "../evil 1 0 - Live 0x0\n"
              "short\n");
    made_file(&tree, "sys/module/acme_filter/version", "12.1.0\n");
    buf_printf(&sys, "%s/sys", tree.path);
    assert_int_equal(kernel_modules_each(tree.path, sys.p, write_module, &answer, NULL), 0);

    assert_string_equal(answer.p, "ext4 version '' size 983040\n"
                                  "acme_filter version '12.1.0' size 20480 foreign\n"
                                  "leaving version '' size 4096\n"
                                  "short version '' size 0\n");
    made_tree_clear(&tree);
}

static void a_kernel_without_modules_has_none(void **state)
{
    struct made_tree tree;
    auto_buf answer = {0};
    (void)state;

    made_tree_init(&tree);
    assert_int_equal(kernel_modules_each(tree.path, tree.path, write_module, &answer, NULL), 0);
    assert_int_equal(answer.n, 0);
    made_tree_clear(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_loaded_modules),
        cmocka_unit_test(a_kernel_without_modules_has_none),
    };
    return cmocka_run_group_tests_name("kernel", tests, NULL, NULL);
}
