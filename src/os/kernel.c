// SPDX-License-Identifier: Apache-2.0
/*
 * A line of /proc/modules: "name size references users, state address (taints)". Format:
 * proc_modules(5); the letters of taints: Documentation/admin-guide/tainted-kernels.rst.
 */
#include "os/kernel.h"

#include <fcntl.h>

#include "base/buf.h"
#include "os/system_file.h"

enum {
    MODULES_MAX = 16 << 20,
};

static bool out_of_tree(struct sv taints)
{
    return sv_starts(taints, SV("(")) && sv_find(taints, SV("O")) != SIZE_MAX;
}

int kernel_modules_each(const char *proc, const char *sys,
                        int (*each)(void *to, const struct kernel_module *m, struct err *err),
                        void *to, struct err *err)
{
    auto_buf path = BUF_INIT(4096), text = BUF_INIT(0), version = BUF_INIT(0);
    struct sv rest;
    int result;

    buf_printf(&path, "%s/modules", proc);
    if (!buf_ok(&path))
        return ERR(err, ERR_LIMIT, "the path of procfs is too long");
    result = system_read(AT_FDCWD, path.p, MODULES_MAX, &text, err);
    if (result < 0)
        return result == -ERR_GONE ? 0 : result;
    rest = buf_view(&text);
    while (rest.n) {
        struct sv line = sv_line(&rest);
        struct kernel_module m = {.name = sv_cut(&line, ' ')};

        (void)sv_to_u64(sv_cut(&line, ' '), &m.size);
        for (int word = 0; word < 4; word++) // references, users, state, address
            (void)sv_cut(&line, ' ');
        m.out_of_tree = out_of_tree(line);
        if (m.name.n == 0 || sv_find(m.name, SV("/")) != SIZE_MAX)
            continue;
        buf_reset(&path);
        buf_printf(&path, "%s/module/%.*s/version", sys, (int)m.name.n, m.name.p);
        if (buf_ok(&path))
            m.version = system_line(AT_FDCWD, path.p, &version);
        TRY(each(to, &m, err));
    }
    return 0;
}
