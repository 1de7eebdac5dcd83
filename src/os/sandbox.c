// SPDX-License-Identifier: Apache-2.0
#include "os/sandbox.h"

void sandbox_features_write(unsigned features, struct buf *to)
{
    static const struct {
        enum sandbox_feature feature;
        const char *name;
    } names[] = {
        {SANDBOX_PRIVILEGES, "dropping privileges"},
        {SANDBOX_FILES, "Landlock"},
        {SANDBOX_CALLS, "seccomp"},
        {SANDBOX_NAMESPACES, "namespaces"},
    };

    for (size_t i = 0, n = 0; i < ARRAY_LEN(names); i++)
        if (features & names[i].feature)
            buf_printf(to, "%s%s", n++ ? ", " : "", names[i].name);
}
