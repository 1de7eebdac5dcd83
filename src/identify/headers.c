// SPDX-License-Identifier: Apache-2.0
#include "identify/headers.h"

#include <string.h>

static bool continues(struct sv rest)
{
    return rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t');
}

/* `value` with the continuation lines in `more` behind it. */
static struct sv joined(struct sv value, struct sv more, struct arena *arena)
{
    char *to = arena_take(arena, value.n + more.n + 1);
    size_t n = value.n;

    if (!to)
        return value;
    if (n)
        memcpy(to, value.p, n);
    while (more.n) {
        struct sv line = sv_from(sv_line(&more), 1);

        if (line.n)
            memcpy(to + n, line.p, line.n);
        n += line.n;
    }
    return (struct sv){to, n};
}

bool header_next(struct headers *h, enum header_folding folding, struct arena *arena,
                 struct header *ret)
{
    while (h->rest.n) {
        struct sv line = sv_line(&h->rest), value = line, more = h->rest;
        struct sv name = sv_cut(&value, ':');

        if (sv_trim(line).n == 0)
            return false;
        while (continues(h->rest))
            (void)sv_line(&h->rest);
        if (continues(line) || name.n == line.n)
            continue;
        more.n -= h->rest.n;
        if (folding == HEADERS_JOIN && more.n)
            value = joined(value, more, arena);
        *ret = (struct header){.name = sv_trim(name), .value = sv_trim(value), .line = line};
        return true;
    }
    return false;
}
