// SPDX-License-Identifier: Apache-2.0
#include "scan/owners_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xxhash.h>

#include "base/clock.h"
#include "os/file.h"
#include "walk/walk.h"

/* Where the databases are; the gates say what of it they are. `text`: names of files stand in them
 * as they are. */
static const struct {
    const char *path;
    bool text;
} folders[] = {
    {"var/lib/dpkg", true},         {"var/lib/rpm", false}, {"usr/lib/sysimage/rpm", false},
    {"usr/share/rpm", false},       {"lib/apk/db", true},   {"usr/lib/apk/db", true},
    {"var/lib/pacman/local", true},
};

enum {
    TEXT_MAX = 4 << 20,             /* a longer list is parsed, whatever it is about */
    YOUNG_S = 60,                   /* as in visits.c */
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
    struct parsers *parsers; /* NULL: none */
    const struct owners_wanted *wanted;
    bool text;                   /* names stand as they are in the databases at hand */
    struct buf list;             /* one of them */
    struct parser *parser;       /* or: */
    struct dissector *dissector; /* parse here; neither before the first database */
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

/* ---- what is wanted ---- */

static bool is_below(struct sv path, struct sv folder)
{
    return folder.n <= 1 ||
           (sv_starts(path, folder) && (path.n == folder.n || path.p[folder.n] == '/'));
}

/* A database may have "/lib/x" for what is "/usr/lib/x", and the other way round (scan/owners.h).
 */
bool owners_wants(const struct owners_wanted *wanted, struct sv path)
{
    const struct sv usr = SV("/usr");

    for (size_t i = 0; i < wanted->count; i++) {
        struct sv folder = wanted->below[i];

        if (is_below(path, folder) ||
            (is_below(folder, usr) && is_below(path, sv_from(folder, usr.n))) ||
            (is_below(path, usr) && is_below(sv_from(path, usr.n), folder)))
            return true;
    }
    return wanted->count == 0;
}

/*
 * Whether a list of names may have one that is wanted: then the last name of what it is to be below
 * stands in it. That spares most lists the way to a parser when one folder is scanned.
 */
static bool may_be_wanted(struct reading *r, int fd, uint64_t size)
{
    const struct owners_wanted *wanted = r->wanted;
    struct err err;

    if (!r->text || wanted->count == 0 || size > TEXT_MAX ||
        file_read_all(fd, (size_t)size, &r->list, &err) < 0)
        return true;
    for (size_t i = 0; i < wanted->count; i++) {
        size_t slash = sv_find_last(wanted->below[i], '/');

        // "/usr" need not stand in the name of what is below it.
        if (slash == 0 || slash == SIZE_MAX ||
            sv_find(buf_view(&r->list), sv_from(wanted->below[i], slash + 1)) != SIZE_MAX)
            return true;
    }
    return false;
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
        if (c->fields[i].key == FIELD_OWNS && owners_wants(r->wanted, c->fields[i].value))
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

/* With the first database: in a folder there is none. */
static int open_reading(struct reading *r, struct err *err)
{
    if (r->parser || r->dissector)
        return 0;
    if (r->parsers)
        return parser_new(r->parsers, 0, &parsing, r, &r->parser, err);
    return dissector_new(r->context, &r->dissector, err);
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
    int given;

    (void)worker;
    if (e->kind != FILE_REGULAR || r->failed ||
        !classify_first(r->context->classifier, sv_from(e->path, r->root_n), &chosen))
        return;
    if (file_open(e->dir_fd, e->name, &fd, &err) < 0 || file_facts(fd, "", &facts, &err) < 0 ||
        facts.kind != FILE_REGULAR || !may_be_wanted(r, fd, facts.size))
        return;
    fail(r, open_reading(r, &err), &err);
    if (r->failed)
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

/* ---- whether they have changed ---- */

struct comparing {
    const struct dissect_context *context;
    size_t root_n;
    int64_t young_ns;
    uint64_t sums[2];
    bool young;
};

static void compare_file(void *to, unsigned worker, const struct walk_entry *e)
{
    struct comparing *c = to;
    struct sv path = sv_from(e->path, c->root_n);
    struct file_facts f;
    struct chosen chosen;
    struct err err;
    XXH128_hash_t sum;

    (void)worker;
    if (e->kind != FILE_REGULAR || !classify_first(c->context->classifier, path, &chosen) ||
        file_facts(e->dir_fd, e->name, &f, &err) < 0)
        return;
    const uint64_t facts[] = {f.device,
                              f.inode,
                              f.size,
                              (uint64_t)f.mtime_ns,
                              (uint64_t)f.ctime_ns,
                              XXH3_64bits(e->path.p, e->path.n)};

    sum = XXH3_128bits(facts, sizeof(facts));
    c->sums[0] += sum.low64; // in whatever order the folders are listed
    c->sums[1] += sum.high64;
    c->young = c->young || f.ctime_ns > c->young_ns || f.mtime_ns > c->young_ns;
}

void owners_digest(const struct dissect_context *context, const char *root,
                   const struct owners_wanted *wanted, uint8_t ret_digest[16], bool *ret_young)
{
    static const struct walk_events events = {.file = compare_file, .failed = on_failed};
    struct comparing c = {.context = context,
                          .root_n = root[1] ? sv_str(root).n : 0,
                          .young_ns = clock_now_ns() - YOUNG_S * NS_PER_S};
    struct walk_options walking = {.threads = 1, .events = &events, .to = &c};

    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        auto_buf folder = {0};
        const char *start;
        struct err none;

        buf_printf(&folder, "%s/%s", root[1] ? root : "", folders[i].path);
        start = folder.p;
        if (start && walk(&start, 1, &walking, &none) < 0)
            continue; // a database that is not there owns nothing
    }
    for (size_t i = 0; i < wanted->count; i++)
        c.sums[0] += XXH3_64bits_withSeed(wanted->below[i].p, wanted->below[i].n, wanted->count);
    memcpy(ret_digest, c.sums, sizeof(c.sums));
    *ret_young = c.young;
}

/* ---- all of it ---- */

int owners_read(struct owners *owners, const struct dissect_context *context,
                struct parsers *parsers, const char *root, const struct owners_wanted *wanted,
                struct err *err)
{
    static const struct walk_events events = {.file = on_file, .failed = on_failed};
    struct reading r = {.owners = owners, .context = context, .parsers = parsers, .wanted = wanted};
    struct walk_options walking = {.threads = 1, .events = &events, .to = &r};

    r.root_n = root[1] ? sv_str(root).n : 0;
    arena_init(&r.arena, ARENA_MAX);
    for (size_t i = 0; i < ARRAY_LEN(folders) && !r.failed; i++) {
        auto_buf folder = {0};
        const char *start;
        struct err none;

        buf_printf(&folder, "%s/%s", root[1] ? root : "", folders[i].path);
        r.text = folders[i].text;
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
    buf_clear(&r.list);
    if (r.failed)
        *err = r.failure;
    return r.failed;
}
