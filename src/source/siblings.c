// SPDX-License-Identifier: Apache-2.0
#include "source/siblings.h"

#include <string.h>

bool sibling_name_is_beneath(struct sv name)
{
    if (name.n == 0 || name.n > SIBLING_NAME_MAX || name.p[0] == '/' ||
        memchr(name.p, '\0', name.n) || memchr(name.p, '\\', name.n))
        return false;
    while (name.n)
        if (sv_eq(sv_cut(&name, '/'), SV("..")))
            return false;
    return true;
}

int siblings_get(struct siblings *s, struct sv name, struct source **ret, struct err *err)
{
    int shown = (int)(name.n < SIBLING_NAME_MAX ? name.n : SIBLING_NAME_MAX);

    while (sv_starts(name, SV("./")))
        name = sv_from(name, 2);
    if (!s)
        return ERR(err, ERR_UNSUPPORTED,
                   "it needs '%.*s', and files beside it are not opened inside something else",
                   shown, name.p);
    if (!sibling_name_is_beneath(name))
        return ERR(err, ERR_UNSUPPORTED, "it needs '%.*s', which is not beneath its folder", shown,
                   name.p);
    return s->get(s, name, ret, err);
}
