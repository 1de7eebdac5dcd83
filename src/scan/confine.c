// SPDX-License-Identifier: Apache-2.0
#include "scan/confine.h"

#include <fcntl.h>
#include <stdlib.h>

#include "os/file.h"
#include "os/sandbox.h"

/* Above a file that is scanned by itself: the walk opens the folder that it is in. */
static void add_folder_of(struct sandbox_path *list, size_t *count, const char *file,
                          struct arena *arena)
{
    size_t slash = sv_find_last(sv_str(file), '/');
    struct file_facts facts;
    struct err err;

    if (slash == SIZE_MAX || file_facts(AT_FDCWD, file, &facts, &err) < 0 ||
        facts.kind == FILE_DIRECTORY)
        return;
    list[*count].path = arena_copy(arena, (struct sv){file, slash ? slash : 1}).p;
    if (list[*count].path)
        list[(*count)++].access = SANDBOX_LIST;
}

static size_t list_paths(const struct scan_options *o, struct sandbox_path *list,
                         struct arena *arena)
{
    size_t n = 0;

    for (size_t i = 0; i < o->target_count; i++) {
        list[n++] = (struct sandbox_path){o->targets[i], SANDBOX_READ};
        add_folder_of(list, &n, o->targets[i], arena);
    }
    if (!o->target_count)
        list[n++] = (struct sandbox_path){o->root ? o->root : "/", SANDBOX_READ};
    for (size_t i = 0; i < o->writable_count; i++)
        list[n++] = (struct sandbox_path){o->writable[i], SANDBOX_WRITE};
    return n;
}

static void tell(const struct scan_options *o, const char *what)
{
    if (o->note)
        o->note(what);
}

void confine(const struct scan_options *o)
{
    size_t room = 2 * o->target_count + o->writable_count + 1;
    struct sandbox_path *list = calloc(room, sizeof(*list));
    auto_buf text = BUF_INIT(1024);
    unsigned features = 0;
    auto_arena arena;
    struct err err;

    arena_init(&arena, (size_t)16 << 20);
    if (!list) {
        tell(o, "the process that opens files keeps its rights: no memory");
        return;
    }
    if (sandbox_confine(list, list_paths(o, list, &arena), o->root ? SANDBOX_LISTS : SANDBOX_WRITES,
                        &features, &err) < 0) {
        buf_printf(&text, "the process that opens files keeps its rights: %s", err.text);
    } else if (SANDBOX_NEEDED & ~features) {
        buf_str(&text, "the process that opens files keeps some rights; this system lacks: ");
        sandbox_features_write(SANDBOX_NEEDED & ~features, &text);
    }
    if (text.n && buf_ok(&text))
        tell(o, text.p);
    free(list);
}
