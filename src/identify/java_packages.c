// SPDX-License-Identifier: Apache-2.0
#include "identify/java_packages.h"

enum { SHORT_PARTS = 4 };

void java_packages_init(struct java_packages *p, struct arena *arena, bool shorter)
{
    *p = (struct java_packages){.shorter = shorter};
    name_set_init(&p->folders, arena, JAVA_PACKAGES_MAX);
}

static struct sv first_parts(struct sv folder, unsigned parts)
{
    for (size_t i = 0; i < folder.n; i++) {
        if (folder.p[i] == '/' && --parts == 0)
            return (struct sv){folder.p, i};
    }
    return folder;
}

void java_packages_add(struct java_packages *p, struct sv folder)
{
    size_t number;

    if (p->shorter)
        folder = first_parts(folder, SHORT_PARTS);
    if (folder.n == 0 || sv_eq(folder, p->last))
        return;
    if (name_set_add(&p->folders, folder, &number) == NAME_NO_ROOM)
        p->full = true;
    else
        p->last = p->folders.names[number];
}

int java_packages_emit(const struct job *job, const struct java_packages *p, struct err *err)
{
    if (p->folders.count)
        emit_component(job->out, TYPE_LIBRARY);
    for (size_t i = 0; i < p->folders.count; i++) {
        struct sv folder = p->folders.names[i];
        char *name = arena_take(job->arena, folder.n + 1);

        if (!name)
            return arena_error(job->arena, err);
        for (size_t k = 0; k < folder.n; k++)
            name[k] = folder.p[k] == '/' ? '.' : folder.p[k];
        emit_field(job->out, FIELD_JAVA_PACKAGE, (struct sv){name, folder.n});
    }
    if (arena_failed(job->arena))
        return arena_error(job->arena, err);
    if (p->full)
        return ERR(err, ERR_LIMIT, "more than %d Java packages", JAVA_PACKAGES_MAX);
    return p->folders.count ? 0 : RECOG_NOT_MINE;
}
