// SPDX-License-Identifier: Apache-2.0
#include "scan/owners_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/file.h"
#include "walk/walk.h"

/* Where the databases are; the gates say what of it they are. */
static const char *const folders[] = {
    "var/lib/dpkg", "var/lib/rpm",    "usr/lib/sysimage/rpm", "usr/share/rpm",
    "lib/apk/db",   "usr/lib/apk/db", "var/lib/pacman/local",
};

enum {
    ARENA_MAX = DISSECT_ARENA_ONLY, /* for what one database answers */
};

/* A database that is parsed elsewhere. */
struct database {
    struct parser_job job; /* first */
    struct database *next; /* that is free */
    struct buf path;       /* within the root */
};

struct reading {
    struct owners *owners;
    const struct dissect_context *context;
    struct parser *parser;       /* or: */
    struct dissector *dissector; /* parse here */
    struct database *free;
    size_t root_n;  /* of each path */
    struct sv path; /* of the one that is told of */
    struct arena arena;
    struct err failure;
    int failed;
};

static void fail(struct reading *r, int result, const struct err *err)
{
    if (result >= 0 || r->failed)
        return;
    r->failed = result;
    r->failure = *err;
}

/* ---- what a database says ---- */

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

static void on_begin(void *to, const struct dissect_begin *b)
{
    struct reading *r = to;

    (void)b;
    arena_reset(&r->arena);
}

static void on_seen(void *to, const struct field *field)
{
    (void)to;
    (void)field;
}

/* What a database says before it turns out to be damaged is as true as the rest. */
static void on_told(void *to, const struct dissect_answer *answer)
{
    struct reading *r = to;
    struct reader message = reader_over(answer->message);
    struct captures captures = {0};
    struct component c;
    struct err err;
    int result = 0;

    if (answer->gate->path && !gate_path_matches(answer->gate->path, r->path, &captures))
        return;
    while (result == 0 && (result = message_next(&message, &r->arena, &c, &err)) == 0)
        result = add_all(r, &c, &captures, &err);
    if (result == -ERR_NOMEM)
        fail(r, result, &err);
}

static void on_told_all(void *to, bool read)
{
    (void)to;
    (void)read;
}

static void on_end(void *to, int result, const struct err *why)
{
    (void)to;
    (void)result;
    (void)why;
}

static const struct dissect_events telling = {on_begin, on_seen, on_told, on_told_all, on_end};

/* ---- parsed elsewhere ---- */

static void on_start(void *to, struct parser_job *job)
{
    struct reading *r = to;

    r->path = job->wire.path;
}

/* A database that is lost is accounted for when the walk comes to it. */
static void on_done(void *to, struct parser_job *job, const struct parser_outcome *outcome)
{
    struct reading *r = to;
    struct database *d = (struct database *)job;

    (void)outcome;
    (void)close(job->fd);
    d->next = r->free;
    r->free = d;
}

static const struct parser_events parsing = {on_start, &telling, on_done};

static int hand_over(struct reading *r, const struct chosen *chosen, struct sv path, uint64_t size,
                     int fd, struct err *err)
{
    struct database *d = r->free;

    if (d)
        r->free = d->next;
    else
        d = calloc(1, sizeof(*d));
    if (!d) {
        (void)close(fd);
        return ERR(err, ERR_NOMEM, "no memory");
    }
    buf_reset(&d->path);
    buf_sv(&d->path, path);
    d->job = (struct parser_job){
        .fd = fd,
        .wire = {.path = buf_view(&d->path),
                 .size = size,
                 .head = -1,
                 .recogniser = (int)classifier_index(r->context->classifier, chosen->recogniser),
                 .gate = (int)(chosen->gate - chosen->recogniser->gates)}};
    return parser_submit(r->parser, &d->job, err);
}

static void databases_free(struct database *list)
{
    while (list) {
        struct database *d = list;

        list = d->next;
        buf_clear(&d->path);
        free(d);
    }
}

/* ---- the walk ---- */

static void on_file(void *to, unsigned worker, const struct walk_entry *e)
{
    struct reading *r = to;
    uint8_t head[SOURCE_HEAD];
    struct file_source file;
    struct file_facts facts;
    struct chosen chosen;
    auto_fd int fd = -1;
    struct err err;
    int given;

    (void)worker;
    if (e->kind != FILE_REGULAR || r->failed ||
        !classify_first(r->context->classifier, sv_from(e->path, r->root_n), &chosen))
        return;
    if (file_open(e->dir_fd, e->name, &fd, &err) < 0 || file_facts(fd, "", &facts, &err) < 0 ||
        facts.kind != FILE_REGULAR)
        return;
    r->path = sv_from(e->path, r->root_n);
    if (r->parser) {
        given = fd;
        fd = -1;
        fail(r, hand_over(r, &chosen, r->path, facts.size, given, &err), &err);
    } else if (file_source_init(&file, fd, facts.size, head, &err) == 0) {
        struct dissect_file whole = {.source = &file.source, .path = r->path};

        if (dissect_only(r->dissector, &whole, chosen.recogniser, chosen.gate, &telling, r, &err) ==
            -ERR_NOMEM)
            fail(r, -ERR_NOMEM, &err);
    }
}

static void on_failed(void *to, unsigned worker, struct sv path, const struct err *why)
{
    (void)to;
    (void)worker;
    (void)path;
    (void)why;
}

static int open_reading(struct reading *r, struct parsers *parsers, struct err *err)
{
    if (parsers)
        return parser_new(parsers, 0, &parsing, r, &r->parser, err);
    return dissector_new(r->context, &r->dissector, err);
}

int owners_read(struct owners *owners, const struct dissect_context *context,
                struct parsers *parsers, const char *root, struct err *err)
{
    static const struct walk_events events = {.file = on_file, .failed = on_failed};
    struct reading r = {.owners = owners, .context = context};
    struct walk_options walking = {.threads = 1, .events = &events, .to = &r};

    TRY(open_reading(&r, parsers, err));
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
    if (r.parser)
        fail(&r, parser_drain(r.parser, err), err);
    parser_free(r.parser);
    dissector_free(r.dissector);
    databases_free(r.free);
    arena_clear(&r.arena);
    if (r.failed)
        *err = r.failure;
    return r.failed;
}
