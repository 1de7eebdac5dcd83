// SPDX-License-Identifier: Apache-2.0
/*
 * How one file goes through:
 *
 *     open ─► head ─► dissect: literals, SHA-256, recognisers ─► message ─► occurrence ─► collector
 *                        └─► entries, each the same way
 *
 * What the dissector tells is checked like any other input. What the place says (path indicators,
 * captures of the gate, the place of installation, the owner) is added here.
 */
#include "scan/examine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/glob.h"
#include "identify/command.h"
#include "model/place.h"
#include "scan/dissect.h"
#include "scan/machine.h"

enum {
    ARENA_MAX = DISSECT_ARENA, /* for reading what the recognisers of one object answered */
    EXTRA_MAX = 64,            /* fields added to one component by probes */
    PROGRAMS_MAX = 8,          /* paths that one service runs and indicators name */
};

/* One thing to examine: a file of the disk or an entry inside one. */
struct object {
    struct sv path;  /* raw, within the root; entries continue with "!/name" */
    struct sv place; /* encoded, on the scanning machine */
    struct sv owner;
    bool is_entry;
    bool running;
    uint64_t pid;

    struct dissect_begin begin;     /* without the name */
    struct field extra[EXTRA_MAX];  /* what the probes saw; values in the arena */
    size_t extra_count, from_bytes; /* those of the bytes begin there */
    bool wanted_path;               /* a path indicator spells out where it lies in a root */
    size_t root_n;                  /* then: the length of that root in `path` */
    bool emitted;                   /* a component has taken `extra` */
};

/* An object that was begun and not ended: entries in it follow. */
struct level {
    size_t path_n, place_n; /* where its own path and place end */
    bool closed;            /* an archive whose entries are not looked at */
    bool failed;            /* to take what was told of it, because of `why` */
    struct err why;
};

struct examiner {
    const struct examine_context *context;
    struct matcher_scratch *scratch;
    struct dissector *dissector;
    struct coverage coverage;
    struct arena arena;
    struct buf path, place, anchor;
    struct file_facts file; /* that was begun */
    bool known;             /* its bytes were read under another name */
    struct object object;
    struct level levels[DISSECT_DEPTH_MAX + 1];
    unsigned depth, shown;
};

int examiner_new(const struct examine_context *context, struct examiner **ret, struct err *err)
{
    struct examiner *x = calloc(1, sizeof(*x));
    int r;

    if (!x)
        return ERR(err, ERR_NOMEM, "no memory");
    x->context = context;
    arena_init(&x->arena, ARENA_MAX);
    r = matcher_scratch_new(context->dissect.matcher, &x->scratch, err);
    if (r == 0)
        r = dissector_new(&context->dissect, &x->dissector, err);
    if (r < 0)
        examiner_free(x);
    else
        *ret = x;
    return r;
}

void examiner_free(struct examiner *x)
{
    if (!x)
        return;
    collector_count(x->context->collector, &x->coverage);
    matcher_scratch_free(x->scratch);
    dissector_free(x->dissector);
    arena_clear(&x->arena);
    buf_clear(&x->path);
    buf_clear(&x->place);
    buf_clear(&x->anchor);
    free(x);
}

/* ---- accounting ---- */

static void count_progress(struct examiner *x, uint64_t bytes)
{
    struct scan_progress *p = x->context->collector->progress;

    atomic_fetch_add_explicit(&p->objects, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&p->bytes, bytes, memory_order_relaxed);
    x->coverage.bytes += bytes;
}

/* Now and then, so that nobody waits for the one who looks. */
static void show_place(struct examiner *x, struct sv place)
{
    struct scan_progress *p = x->context->collector->progress;

    if (++x->shown % 64 || pthread_mutex_trylock(&p->lock) != 0)
        return;
    (void)snprintf(p->place, sizeof(p->place), "%.*s", (int)(place.n < 1024 ? place.n : 1024),
                   place.p);
    (void)pthread_mutex_unlock(&p->lock);
}

static void skipped(struct examiner *x, enum coverage_rule rule)
{
    x->coverage.skipped[rule]++;
    count_progress(x, 0);
}

static struct sv place_of(struct examiner *x, struct sv raw_path)
{
    buf_reset(&x->place);
    place_append(&x->place, raw_path);
    return buf_view(&x->place);
}

void examine_failed(struct examiner *x, struct sv raw_path, const struct err *why)
{
    collector_unexamined(x->context->collector, place_of(x, raw_path), reason_of(why), why->text);
    count_progress(x, 0);
}

/* ---- probes ---- */

static void add_extra(struct examiner *x, struct object *o, enum field_key key, struct sv value,
                      uint64_t offset, uint64_t length)
{
    for (size_t i = 0; i < o->extra_count; i++)
        if (o->extra[i].key == key && sv_eq(o->extra[i].value, value))
            return;
    if (o->extra_count == EXTRA_MAX)
        return;
    o->extra[o->extra_count++] = (struct field){
        .key = key, .value = arena_copy(&x->arena, value), .offset = offset, .length = length};
}

struct probing {
    struct examiner *x;
    struct object *o;
};

/* Whether the folder that ends a path's first `n` bytes is the top of a system. */
static bool is_root(const struct examine_context *context, struct sv path, size_t n)
{
    static const char *const signs[] = {"etc/os-release", "usr/lib/os-release", "var/lib/dpkg",
                                        "Windows/System32", "System/Library/CoreServices"};
    struct err err;

    if (n == 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        auto_buf at = BUF_INIT(8192);
        struct file_facts facts;

        buf_sv(&at, (struct sv){path.p, n});
        buf_printf(&at, "/%s", signs[i]);
        // Relative to the root, so that a link in it cannot lead out.
        if (buf_ok(&at) && file_facts(context->root_fd, at.p + 1, &facts, &err) == 0)
            return true;
    }
    return false;
}

static void path_wanted(void *to, const struct matcher_path *wanted)
{
    struct probing *p = to;

    if (wanted->field == FIELD_PATH) {
        if (p->o->is_entry || !is_root(p->x->context, p->o->path, wanted->prefix))
            return;
        // A pattern for any folder says nothing of where its product is installed.
        if (wanted->folder) {
            p->o->wanted_path = true;
            p->o->root_n = wanted->prefix;
        }
    }
    add_extra(p->x, p->o, wanted->field, wanted->value, 0, 0);
}

static int probe_path(struct examiner *x, struct object *o, struct err *err)
{
    struct probing p = {x, o};

    return matcher_probe_path(x->context->dissect.matcher, x->scratch, o->path, path_wanted, &p,
                              err);
}

/* ---- components ---- */

/* The encoded place of installation: `up` names up from the file, or the root a path hit named. */
static struct sv anchor_of(struct examiner *x, const struct object *o, unsigned up)
{
    struct sv anchor = o->place;

    if (o->wanted_path) {
        buf_reset(&x->anchor);
        place_append(&x->anchor, x->context->root);
        place_append(&x->anchor, (struct sv){o->path.p, o->root_n});
        anchor = buf_view(&x->anchor);
    }
    for (; up && !o->wanted_path && anchor.n; up--) {
        size_t slash = sv_find_last(anchor, '/');

        anchor.n = slash == SIZE_MAX ? 0 : slash;
    }
    // "x.jar!" is left of "x.jar!/META-INF/MANIFEST.MF": the archive itself.
    if (o->is_entry && sv_ends(anchor, SV("!")))
        anchor.n--;
    return anchor.n ? anchor : SV("/");
}

static bool is_hit(struct examiner *x, const struct component *c, struct sv place)
{
    const struct matcher_hit *hits;
    struct err err;
    size_t n = 0;

    return matcher_find(x->context->dissect.matcher, x->scratch, c, place, &hits, &n, &err) == 0 &&
           n;
}

/* A service or job whose program is gone does nothing any more: that is what is left of one. */
static bool is_orphan(const struct examiner *x, const struct object *o, const struct component *c,
                      unsigned up)
{
    struct sv folder = o->path, program;
    auto_buf path = BUF_INIT(16384);

    if (c->type != TYPE_SERVICE || c->state != STATE_INSTALLED || o->is_entry ||
        !command_program(component_get(c, FIELD_COMMAND), &program))
        return false;
    for (; up && folder.n; up--)
        folder.n = sv_find_last(folder, '/');
    buf_sv(&path, folder);
    buf_sv(&path, program);
    return buf_ok(&path) && !file_exists_in(x->context->root_fd, path.p);
}

/* The program that a service or job runs, where an indicator names its path. */
struct runs {
    struct arena *arena;
    const struct field *command;
    struct field *fields;
    size_t count;
};

static void runs_wanted(void *to, const struct matcher_path *wanted)
{
    struct runs *r = to;

    if (wanted->field == FIELD_PATH && wanted->prefix == 0 && r->count < PROGRAMS_MAX)
        r->fields[r->count++] = (struct field){.key = FIELD_PATH,
                                               .value = arena_copy(r->arena, wanted->value),
                                               .offset = r->command->offset,
                                               .length = r->command->length};
}

static size_t programs_of(struct examiner *x, const struct component *c, struct field *ret_fields)
{
    struct runs runs = {.arena = &x->arena, .fields = ret_fields};
    struct sv program;
    struct err err;

    for (size_t i = 0; i < c->field_count && c->type == TYPE_SERVICE; i++) {
        runs.command = &c->fields[i];
        // Without memory the walk meets the program itself all the same.
        if (c->fields[i].key == FIELD_COMMAND && command_program(c->fields[i].value, &program) &&
            matcher_probe_path(x->context->dissect.matcher, x->scratch, program, runs_wanted, &runs,
                               &err) < 0)
            break;
    }
    return runs.count;
}

static void keep(struct examiner *x, struct object *o, const struct component *c, unsigned up,
                 const struct captures *captures, const char *recogniser, bool takes_extra)
{
    size_t room = c->field_count + CAPTURES_MAX + EXTRA_MAX + PROGRAMS_MAX + 1, n = 0;
    struct field *fields = arena_take_array(&x->arena, room, sizeof(*fields));
    struct component whole = *c;
    char pid[24];

    if (!fields)
        return;
    for (size_t i = 0; i < c->field_count; i++)
        if (c->fields[i].key != FIELD_OWNS)
            fields[n++] = c->fields[i];
    for (size_t i = 0; captures && i < captures->count; i++)
        if (component_get(c, captures->at[i].key).n == 0)
            fields[n++] =
                (struct field){.key = captures->at[i].key, .value = captures->at[i].value};
    if (takes_extra) {
        for (size_t i = 0; i < o->extra_count; i++)
            fields[n++] = o->extra[i];
        if (o->running) {
            whole.state = STATE_RUNNING;
            (void)snprintf(pid, sizeof(pid), "%llu", (unsigned long long)o->pid);
            fields[n++] = (struct field){.key = FIELD_PID, .value = sv_str(pid)};
        }
        o->emitted = true;
    }
    if (!o->is_entry)
        n += programs_of(x, c, fields + n);
    if (o->is_entry && whole.state < STATE_CONTAINED)
        whole.state = STATE_CONTAINED;
    else if (is_orphan(x, o, c, up))
        whole.state = STATE_RESIDUE;
    whole.fields = fields;
    whole.field_count = n;

    struct occurrence occurrence = {.component = whole,
                                    .place = o->place,
                                    .anchor = anchor_of(x, o, up),
                                    .owner = o->owner,
                                    .recogniser = sv_str(recogniser)};

    if (is_hit(x, &whole, o->place)) // for the person who watches
        atomic_fetch_add_explicit(&x->context->collector->progress->hits, 1, memory_order_relaxed);
    collector_add(x->context->collector, &occurrence);
}

/* What a probe saw in a file that no recogniser made a component of. */
static void keep_probed(struct examiner *x, struct object *o)
{
    struct component c = {.type = TYPE_FILE, .ceiling = CONFIDENCE_CONFIRMED};
    bool magic = false;

    for (size_t i = 0; i < o->extra_count; i++)
        magic = magic || o->extra[i].key == FIELD_MAGIC;
    // Names alone are residue unless a program stands behind them; content is there.
    c.state = o->begin.whole || o->begin.script || magic ? STATE_PRESENT : STATE_RESIDUE;
    if (o->begin.empty)
        c.ceiling = CONFIDENCE_TRACE;
    keep(x, o, &c, 1, NULL, "probe", true);
}

/* ---- files with several names ---- */

/* Whether its bytes were read under another name. */
static bool is_known(struct examiner *x)
{
    struct field fields[EXTRA_MAX / 2]; // the other half is for what its path says
    size_t count;

    return x->file.links > 1 && links_get(x->context->links, &x->file, x->object.owner.n == 0,
                                          &x->arena, fields, ARRAY_LEN(fields), &count);
}

static void add_known(struct examiner *x, struct object *o)
{
    size_t count;

    if (links_get(x->context->links, &x->file, o->owner.n == 0, &x->arena,
                  o->extra + o->extra_count, EXTRA_MAX - o->extra_count, &count))
        o->extra_count += count;
}

static void remember(struct examiner *x, const struct object *o)
{
    if (x->file.links > 1 && !o->is_entry)
        links_put(x->context->links, &x->file, o->owner.n == 0, o->extra + o->from_bytes,
                  o->extra_count - o->from_bytes);
}

/* ---- what the dissector tells ---- */

static void fail(struct examiner *x, const struct err *why)
{
    struct level *level = &x->levels[x->depth];

    if (!level->failed)
        level->why = *why;
    level->failed = true;
}

static void on_begin(void *to, const struct dissect_begin *b)
{
    struct examiner *x = to;
    struct object *o = &x->object;
    struct err err;
    int r;

    arena_reset(&x->arena);
    if (b->is_entry) {
        bug_if(x->depth == DISSECT_DEPTH_MAX);
        x->depth++;
        buf_str(&x->path, "!/");
        buf_sv(&x->path, b->entry);
        place_append_entry(&x->place, b->entry);
        *o = (struct object){.owner = o->owner, .is_entry = true};
    }
    o->path = buf_view(&x->path);
    o->place = buf_view(&x->place);
    o->begin = *b;
    o->begin.entry = (struct sv){0};
    x->levels[x->depth] =
        (struct level){.path_n = o->path.n, .place_n = o->place.n, .closed = b->closed};
    r = buf_ok(&x->path) && buf_ok(&x->place) ? probe_path(x, o, &err)
                                              : ERR(&err, ERR_NOMEM, "no memory");
    if (r < 0)
        fail(x, &err);
    o->from_bytes = o->extra_count;
    if (b->whole && x->known && !b->is_entry)
        add_known(x, o);
}

static void on_seen(void *to, const struct field *field)
{
    struct examiner *x = to;

    add_extra(x, &x->object, field->key, field->value, field->offset, field->length);
}

static int keep_message(struct examiner *x, const struct dissect_answer *answer, struct err *err)
{
    const struct gate *gate = answer->gate;
    struct object *o = &x->object;
    struct reader message = reader_over(answer->message);
    struct captures captures = {0};
    struct component c;
    bool first = !answer->cut;
    int r;

    if (gate->path && !gate_path_matches(gate->path, o->path, &captures))
        return ERR(err, ERR_FORMAT, "%s was not asked about this file", answer->recogniser->name);
    while ((r = message_next(&message, &x->arena, &c, err)) == 0) {
        bool only_owns = true;

        if (c.ceiling == CONFIDENCE_NONE)
            c.ceiling = CONFIDENCE_CONFIRMED;
        for (size_t i = 0; i < c.field_count; i++)
            only_owns = only_owns &&
                        (c.fields[i].key == FIELD_OWNS || c.fields[i].key == FIELD_PACKAGE_TYPE);
        // The list of a package's files says nothing that its package does not.
        if (!only_owns)
            keep(x, o, &c, gate->anchor_up, &captures, answer->recogniser->name,
                 first && !o->emitted && (gate->whole || !o->begin.whole));
        first = false;
    }
    return r == MESSAGE_END ? 0 : r;
}

static void on_told(void *to, const struct dissect_answer *answer)
{
    struct examiner *x = to;
    struct err err;

    if (keep_message(x, answer, &err) < 0)
        fail(x, &err);
}

static void on_told_all(void *to, bool read)
{
    struct examiner *x = to;

    if (read)
        remember(x, &x->object);
    if (x->object.extra_count && !x->object.emitted)
        keep_probed(x, &x->object);
}

static void account(struct examiner *x, enum coverage_reason reason, const char *detail)
{
    struct sv place = {x->place.p, x->levels[x->depth].place_n};

    collector_unexamined(x->context->collector, place, reason, detail);
}

/* Exactly one line of the account for the object that was begun last and not ended. */
static void account_result(struct examiner *x, int result, const struct err *why)
{
    const struct level *level = &x->levels[x->depth];

    if (result == 0 && level->failed) {
        why = &level->why;
        result = -(int)why->code;
    }
    if (result < 0)
        account(x, reason_of(why), why->text);
    else if (level->closed)
        x->coverage.skipped[RULE_ARCHIVE]++;
    else
        x->coverage.examined++;
}

static void on_end(void *to, int result, const struct err *why)
{
    struct examiner *x = to;
    const struct level *outer;

    bug_if(x->depth == 0);
    account_result(x, result, why);
    count_progress(x, 0);
    outer = &x->levels[--x->depth];
    x->path.n = outer->path_n;
    x->place.n = outer->place_n;
}

static const struct dissect_events events = {on_begin, on_seen, on_told, on_told_all, on_end};

/* ---- one file ---- */

/* From here on it is about the file with this raw path, of which `root_n` bytes are the root's. */
static struct object *begin_file(struct examiner *x, struct sv raw_path, size_t root_n)
{
    struct object *o = &x->object;

    arena_reset(&x->arena);
    buf_reset(&x->path);
    buf_sv(&x->path, sv_from(raw_path, root_n));
    *o = (struct object){.path = buf_view(&x->path), .place = place_of(x, raw_path)};
    x->depth = 0;
    x->levels[0] = (struct level){.path_n = o->path.n, .place_n = o->place.n};
    return o;
}

/* The file that was begun, open, or the failure to open it. */
static void examine_open(struct examiner *x, int fd, int r, struct err *err)
{
    struct object *o = &x->object;
    uint8_t head[SOURCE_HEAD];
    struct file_source file = {0};
    struct file_facts after;

    if (r == 0)
        r = file_facts(fd, "", &x->file, err);
    if (r == 0 && x->file.kind != FILE_REGULAR)
        r = ERR(err, ERR_GONE, "it became something else while it was opened");
    if (r == 0)
        r = file_source_init(&file, fd, x->file.size, head, err);
    if (r == 0) {
        struct dissect_file whole = {.source = &file.source,
                                     .path = o->path,
                                     .place = o->place,
                                     .executable = x->file.mode & 0111,
                                     .hash = o->owner.n == 0};

        x->known = is_known(x);
        whole.known = x->known;
        if (!o->running && x->context->running)
            o->running = running_pid(x->context->running, &x->file, &o->pid);
        r = dissect(x->dissector, &whole, &events, x, err);
    }
    if (file.short_read && file_facts(fd, "", &after, err) == 0 && after.size != x->file.size)
        account(x, REASON_CHANGED, "it shrank while it was read");
    else
        account_result(x, r, err);
    count_progress(x, file.bytes_read);
}

static void examine_file(struct examiner *x, const struct walk_entry *e)
{
    auto_fd int fd = -1;
    struct err err;
    int r = file_open(e->dir_fd, e->name, &fd, &err);

    x->object.owner = owners_get(x->context->owners, x->object.path);
    examine_open(x, fd, r, &err);
}

void examine_deleted(struct examiner *x, uint64_t pid)
{
    auto_fd int fd = -1;
    struct object *o;
    char path[64];
    struct err err;
    int r;

    (void)snprintf(path, sizeof(path), "/proc/%llu/exe", (unsigned long long)pid);
    o = begin_file(x, sv_str(path), 0);
    o->running = true;
    o->pid = pid;
    r = file_open_program(path, &fd, &err);
    // Once the process has ended there is nothing left that could be examined.
    if (r != -ERR_GONE)
        examine_open(x, fd, r, &err);
}

/* A pattern with a slash is for the whole path, one without for any name in it. */
static bool excluded(const struct examine_context *c, struct sv path)
{
    struct sv name = sv_from(path, sv_find_last(path, '/') + 1);

    for (size_t i = 0; i < c->exclude_count; i++) {
        struct sv pattern = sv_str(c->excludes[i]);

        if (glob_match(pattern, sv_find(pattern, SV("/")) == SIZE_MAX ? name : path))
            return true;
    }
    return false;
}

static bool is_below(struct sv path, struct sv folder)
{
    return folder.n && sv_starts(path, folder) && (path.n == folder.n || path.p[folder.n] == '/');
}

bool examine_enter(struct examiner *x, const struct walk_entry *e)
{
    if (excluded(x->context, e->path)) {
        skipped(x, RULE_EXCLUDED);
        return false;
    }
    // What another start walks anyway is nothing left out.
    return !mounts_is_alias(x->context->mounts, e->path);
}

/* A link or socket has no bytes, but its name may be all that is left of a product. */
static void examine_name(struct examiner *x, enum file_kind kind)
{
    struct object *o = &x->object;
    struct err err;

    o->begin.empty = true;
    if (probe_path(x, o, &err) < 0) {
        account(x, reason_of(&err), err.text);
        count_progress(x, 0);
        return;
    }
    if (o->extra_count)
        keep_probed(x, o);
    skipped(x, kind == FILE_SYMLINK ? RULE_SYMLINK : RULE_SPECIAL);
}

void examine(struct examiner *x, const struct walk_entry *e)
{
    struct object *o = begin_file(x, e->path, x->context->root.n);

    show_place(x, o->place);
    if (excluded(x->context, e->path))
        skipped(x, RULE_EXCLUDED);
    else if (is_below(e->path, x->context->own_state))
        skipped(x, RULE_OWN_STATE);
    else if (e->kind == FILE_REGULAR)
        examine_file(x, e);
    else
        examine_name(x, e->kind);
}
