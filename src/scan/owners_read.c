// SPDX-License-Identifier: Apache-2.0
#include "scan/owners_read.h"

#include <stdio.h>
#include <unistd.h>

#include "os/file.h"
#include "walk/walk.h"

/* Where the databases are; the gates say what of it they are. */
static const char *const folders[] = {
    "var/lib/dpkg", "var/lib/rpm",    "usr/lib/sysimage/rpm", "usr/share/rpm",
    "lib/apk/db",   "usr/lib/apk/db", "var/lib/pacman/local",
};

enum {
    ARENA_MAX = 512 << 20, /* one database, read whole */
};

struct reading {
    struct owners *owners;
    const struct classifier *classifier;
    size_t root_n; /* of each path */
    struct arena arena;
    struct err failure;
    int failed;
};

static int add_all(struct reading *r, const struct component *c, const struct captures *captures,
                   struct err *err)
{
    struct sv package = component_get(c, FIELD_PACKAGE);
    struct sv type = component_get(c, FIELD_PACKAGE_TYPE), owner;

    for (size_t i = 0; i < captures->count && package.n == 0; i++)
        if (captures->at[i].key == FIELD_PACKAGE)
            package = captures->at[i].value;
    package = sv_cut(&package, ':'); // "libc6:amd64.list"
    if (package.n == 0 || c->state == STATE_RESIDUE)
        return 0;
    owner = arena_printf(&r->arena, "%.*s:%.*s", (int)type.n, type.p, (int)package.n, package.p);
    for (size_t i = 0; i < c->field_count; i++)
        if (c->fields[i].key == FIELD_OWNS)
            TRY(owners_add(r->owners, c->fields[i].value, owner, err));
    return arena_failed(&r->arena) ? arena_error(&r->arena, err) : 0;
}

static int read_database(struct reading *r, const struct chosen *chosen, struct source *source,
                         struct err *err)
{
    struct job job = {.bytes = source, .gate = chosen->gate, .arena = &r->arena};
    struct component c;
    struct emit out;
    int result;

    emit_init(&out, chosen->gate->state, chosen->gate->ceiling);
    job.out = &out;
    // What a database says before it turns out to be damaged is as true as the rest.
    (void)chosen->recogniser->identify(&job, err);
    result = emit_finish(&out, err);
    if (result == 0) {
        struct reader m = reader_over((struct span){(const uint8_t *)out.bytes.p, out.bytes.n});

        while (result == 0 && (result = message_next(&m, &r->arena, &c, err)) == 0)
            result = add_all(r, &c, &chosen->captures, err);
    }
    emit_clear(&out);
    return result < 0 ? result : 0;
}

static void on_file(void *to, unsigned worker, const struct walk_entry *e)
{
    struct reading *r = to;
    uint8_t head[SOURCE_HEAD];
    struct file_source file;
    struct file_facts facts;
    struct chosen chosen;
    auto_fd int fd = -1;
    struct err err;

    (void)worker;
    if (e->kind != FILE_REGULAR || r->failed ||
        !classify_first(r->classifier, sv_from(e->path, r->root_n), &chosen))
        return;
    arena_reset(&r->arena);
    if (file_open(e->dir_fd, e->name, &fd, &err) < 0 || file_facts(fd, "", &facts, &err) < 0 ||
        facts.kind != FILE_REGULAR || file_source_init(&file, fd, facts.size, head, &err) < 0)
        return;
    if (read_database(r, &chosen, &file.source, &err) == -ERR_NOMEM) {
        r->failed = -ERR_NOMEM;
        r->failure = err;
    }
}

static void on_failed(void *to, unsigned worker, struct sv path, const struct err *why)
{
    (void)to;
    (void)worker;
    (void)path;
    (void)why;
}

int owners_read(struct owners *owners, const struct classifier *classifier, const char *root,
                struct err *err)
{
    static const struct walk_events events = {.file = on_file, .failed = on_failed};
    struct reading r = {.owners = owners, .classifier = classifier};
    struct walk_options walking = {.threads = 1, .events = &events, .to = &r};

    r.root_n = root[1] ? sv_str(root).n : 0;
    arena_init(&r.arena, ARENA_MAX);
    for (size_t i = 0; i < ARRAY_LEN(folders) && !r.failed; i++) {
        auto_buf folder = {0};
        const char *start;
        struct err none;

        buf_printf(&folder, "%s/%s", root[1] ? root : "", folders[i]);
        start = folder.p;
        if (walk(&start, 1, &walking, &none) < 0)
            continue; // a database that is not there owns nothing
    }
    arena_clear(&r.arena);
    if (r.failed)
        *err = r.failure;
    return r.failed;
}
