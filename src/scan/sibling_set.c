// SPDX-License-Identifier: Apache-2.0
#include "scan/sibling_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int sibling_open(int folder, const char *name, uint64_t *ret_size)
{
    struct file_facts facts;
    struct err err;
    int fd = -1;

    *ret_size = 0;
    if (file_open_below(folder, name, false, &fd, &err) < 0)
        return -1;
    if (file_facts(fd, "", &facts, &err) < 0 || facts.kind != FILE_REGULAR) {
        (void)close(fd);
        return -1;
    }
    *ret_size = facts.size;
    return fd;
}

int sibling_set_add(struct sibling_set *s, struct sv name, int fd, uint64_t size, struct err *err)
{
    struct sibling *n = s->count < SIBLINGS_MAX ? calloc(1, sizeof(*n)) : NULL;

    if (!n) {
        if (fd >= 0)
            (void)close(fd);
        return ERR(err, ERR_LIMIT, "it needs more than %d other files", SIBLINGS_MAX);
    }
    s->all[s->count++] = n;
    (void)snprintf(n->name, sizeof(n->name), "%.*s", (int)name.n, name.p);
    n->fd = fd;
    return fd < 0 ? 0 : file_source_init(&n->file, fd, size, n->head, err);
}

static int get(struct siblings *siblings, struct sv name, struct source **ret, struct err *err)
{
    struct sibling_set *s = (struct sibling_set *)siblings;
    struct sibling *found = NULL;
    uint64_t size = 0;
    int fd;

    for (unsigned i = 0; i < s->count && !found; i++)
        if (sv_eq(sv_str(s->all[i]->name), name))
            found = s->all[i];
    if (!found && s->folder >= 0) {
        char text[SIBLING_NAME_MAX + 1];

        (void)snprintf(text, sizeof(text), "%.*s", (int)name.n, name.p);
        fd = s->count < SIBLINGS_MAX ? sibling_open(s->folder, text, &size) : -1;
        TRY(sibling_set_add(s, name, fd, size, err));
        found = s->all[s->count - 1];
    }
    if (!found && s->count == SIBLINGS_MAX)
        return ERR(err, ERR_LIMIT, "it needs more than %d other files", SIBLINGS_MAX);
    if (!found) {
        s->siblings.wanted = true;
        (void)snprintf(s->wants, sizeof(s->wants), "%.*s", (int)name.n, name.p);
    }
    if (!found || found->fd < 0)
        return ERR(err, ERR_UNSUPPORTED, "it needs '%.*s', which is not there", (int)name.n,
                   name.p);
    *ret = &found->file.source;
    return 0;
}

void sibling_set_init(struct sibling_set *s, int folder)
{
    *s = (struct sibling_set){.siblings = {.get = get}, .folder = folder};
}

void sibling_set_clear(struct sibling_set *s)
{
    for (unsigned i = 0; i < s->count; i++) {
        if (s->all[i]->fd >= 0)
            (void)close(s->all[i]->fd);
        free(s->all[i]);
    }
    s->count = 0;
}
