// SPDX-License-Identifier: Apache-2.0
/*
 * How one file goes through:
 *
 *     open ─► head ─► classify ─► recognisers ─► message ─► occurrence ─► collector
 *               │                                   ▲
 *               └─► probes: path, magic, and for programs literals and SHA-256 over every byte
 *
 * Recognisers answer with bytes that are checked like any other input. What the place says
 * (captures of the gate, the place of installation) and what the probes saw is added here.
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
#include "scan/machine.h"
#include "source/archive.h"
#include "trust/digest.h"

enum {
    CHUNK = 256 * 1024,
    ARENA_MAX = 192 << 20, /* bytes that the recognisers of one file may take */
    EXTRA_MAX = 64,        /* fields added to one component by probes */
    WHOLE_MAX_GIB = 8,     /* of a program, which is read to its end */
    DEPTH_MAX = 16,        /* archives in archives */
};

struct examiner {
    const struct examine_context *context;
    struct matcher_scratch *scratch;
    struct coverage coverage;
    struct arena arena;
    struct buf place, anchor;
    uint8_t *chunk;
    struct examiner *inner; /* for the entries of an archive */
    unsigned depth, shown;
};

/* One thing to examine: a file of the disk or an entry of an archive. */
struct object {
    struct source *source;
    const struct file_facts *file; /* NULL for an entry */
    struct sv path;                /* raw, within the root; entries continue with "!/name" */
    struct sv place;               /* encoded, on the scanning machine */
    struct sv owner;
    uint32_t mode;
    bool is_entry;
    bool running;
    uint64_t pid;

    struct field extra[EXTRA_MAX]; /* what the probes saw; values in the arena */
    size_t extra_count;
    bool wanted_path; /* a path indicator names it, from a real root */
    size_t root_n;    /* then: the length of that root in `path` */
    bool whole;       /* a program */
    bool emitted;     /* a component has taken `extra` */
};

int examiner_new(const struct examine_context *context, struct examiner **ret, struct err *err)
{
    struct examiner *x = calloc(1, sizeof(*x));

    if (!x)
        return ERR(err, ERR_NOMEM, "no memory");
    x->context = context;
    arena_init(&x->arena, ARENA_MAX);
    x->chunk = malloc(CHUNK);
    if (!x->chunk || matcher_scratch_new(context->matcher, &x->scratch, err) < 0) {
        examiner_free(x);
        return ERR(err, ERR_NOMEM, "no memory");
    }
    *ret = x;
    return 0;
}

void examiner_free(struct examiner *x)
{
    if (!x)
        return;
    examiner_free(x->inner);
    collector_count(x->context->collector, &x->coverage);
    matcher_scratch_free(x->scratch);
    arena_clear(&x->arena);
    buf_clear(&x->place);
    buf_clear(&x->anchor);
    free(x->chunk);
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

static void bytes_seen(void *to, const struct matcher_seen *seen)
{
    struct probing *p = to;

    // Outside programs a literal is a mention: only what begins a file tells what the file is.
    if (p->o->whole || seen->field == FIELD_MAGIC)
        add_extra(p->x, p->o, seen->field, seen->value, seen->offset, seen->length);
}

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
        p->o->wanted_path = true;
        p->o->root_n = wanted->prefix;
    }
    add_extra(p->x, p->o, wanted->field, wanted->value, 0, 0);
}

static int probe_path(struct examiner *x, struct object *o, struct err *err)
{
    struct probing p = {x, o};

    return matcher_probe_path(x->context->matcher, x->scratch, o->path, path_wanted, &p, err);
}

static int feed(struct examiner *x, struct object *o, struct digest *digest, struct err *err)
{
    const struct matcher *m = x->context->matcher;
    struct probing p = {x, o};

    TRY(matcher_bytes_begin(m, x->scratch, err));
    for (uint64_t at = 0; at < o->source->size;) {
        size_t got = 0;

        TRY(o->source->read_at(o->source, at, x->chunk, CHUNK, &got, err));
        if (got == 0)
            return ERR(err, ERR_IO, "it ends at byte %llu of %llu", (unsigned long long)at,
                       (unsigned long long)o->source->size);
        if (atomic_load_explicit(x->context->collector->cancel, memory_order_relaxed))
            return ERR(err, ERR_CANCELLED, "stopped");

        struct span piece = {x->chunk, got};

        TRY(matcher_bytes_add(m, x->scratch, piece, bytes_seen, &p, err));
        if (digest)
            digest_update(digest, piece);
        at += got;
    }
    return matcher_bytes_end(m, x->scratch, bytes_seen, &p, err);
}

static int read_and_hash(struct examiner *x, struct object *o, struct err *err)
{
    uint8_t sum[DIGEST_SHA256_SIZE];
    char hex[2 * DIGEST_SHA256_SIZE + 1];
    auto_digest digest = {0};

    digest_init(&digest, DIGEST_SHA256);
    TRY(feed(x, o, &digest, err));
    TRY(digest_finish(&digest, sum, err));
    digest_hex((struct span){sum, sizeof(sum)}, hex);
    add_extra(x, o, FIELD_SHA256, sv_str(hex), 0, 0);
    return 0;
}

/* Every byte of a program, once: matched, and hashed when no package answers for it. */
static int read_whole(struct examiner *x, struct object *o, struct err *err)
{
    bool linked = o->file && o->file->links > 1, hashed = o->owner.n == 0;
    struct links *links = x->context->links;
    struct field *fields = o->extra + o->extra_count;
    size_t count = 0;

    if (linked &&
        links_get(links, o->file, hashed, &x->arena, fields, EXTRA_MAX - o->extra_count, &count)) {
        o->extra_count += count;
        return 0;
    }
    TRY(hashed ? read_and_hash(x, o, err) : feed(x, o, NULL, err));
    if (linked)
        links_put(links, o->file, hashed, fields, (size_t)(o->extra + o->extra_count - fields));
    return 0;
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

    return matcher_find(x->context->matcher, x->scratch, c, place, &hits, &n, &err) == 0 && n;
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

static void keep(struct examiner *x, struct object *o, const struct component *c, unsigned up,
                 const struct captures *captures, const char *recogniser, bool takes_extra)
{
    size_t room = c->field_count + CAPTURES_MAX + EXTRA_MAX + 1, n = 0;
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

static int keep_message(struct examiner *x, struct object *o, const struct chosen *chosen,
                        const struct emit *out, struct err *err)
{
    struct reader message = reader_over((struct span){(const uint8_t *)out->bytes.p, out->bytes.n});
    struct component c;
    bool first = true;
    int r;

    while ((r = message_next(&message, &x->arena, &c, err)) == 0) {
        bool only_owns = true;

        if (c.ceiling == CONFIDENCE_NONE)
            c.ceiling = CONFIDENCE_CONFIRMED;
        for (size_t i = 0; i < c.field_count; i++)
            only_owns = only_owns &&
                        (c.fields[i].key == FIELD_OWNS || c.fields[i].key == FIELD_PACKAGE_TYPE);
        // The list of a package's files says nothing that its package does not.
        if (!only_owns && (!chosen->gate->on_hit || is_hit(x, &c, o->place)))
            keep(x, o, &c, chosen->gate->anchor_up, &chosen->captures, chosen->recogniser->name,
                 first && !o->emitted && (chosen->gate->whole || !o->whole));
        first = false;
    }
    return r == MESSAGE_END ? 0 : r;
}

static int recognise(struct examiner *x, struct object *o, const struct chosen *chosen,
                     struct err *err)
{
    const struct gate *gate = chosen->gate;
    struct job job = {
        .bytes = o->source, .gate = gate, .arena = &x->arena, .roots = x->context->roots};
    struct emit out;
    struct err wrong;
    int r, written, kept;

    emit_init(&out, gate->state, gate->ceiling);
    job.out = &out;
    r = chosen->recogniser->identify(&job, err);
    written = emit_finish(&out, &wrong);
    // What was emitted before a failure stands.
    kept = written < 0 || r == RECOG_NOT_MINE ? written : keep_message(x, o, chosen, &out, &wrong);
    emit_clear(&out);
    if (r < 0)
        return err_wrap(err, r, "%s", chosen->recogniser->name);
    if (kept < 0)
        *err = wrong;
    return kept;
}

/* What a probe saw in a file that no recogniser made a component of. */
static void keep_probed(struct examiner *x, struct object *o)
{
    bool script = o->source && sv_starts(sv_of(o->source->head), SV("#!")) && (o->mode & 0111);
    struct component c = {.type = TYPE_FILE, .ceiling = CONFIDENCE_CONFIRMED};
    bool magic = false;

    for (size_t i = 0; i < o->extra_count; i++)
        magic = magic || o->extra[i].key == FIELD_MAGIC;
    // Names alone are residue unless a program stands behind them; content is there.
    c.state = o->whole || script || magic ? STATE_PRESENT : STATE_RESIDUE;
    if (!o->source || o->source->size == 0)
        c.ceiling = CONFIDENCE_TRACE;
    keep(x, o, &c, 1, NULL, "probe", true);
}

/* Read as far as anybody asked; what is inside an archive of other kinds was not looked at. */
static void count_done(struct examiner *x, const struct object *o)
{
    if (archive_kind(o->path, o->source->head) == ARCHIVE_CLOSED)
        x->coverage.skipped[RULE_ARCHIVE]++;
    else
        x->coverage.examined++;
}

/* ---- archives ---- */

static int examine_source(struct examiner *x, struct object *o, struct err *err);

struct opening {
    struct examiner *inner;
    const struct object *outer;
};

static int examine_entry(void *to, const struct archive_file *file, struct err *err)
{
    const struct opening *opening = to;
    struct examiner *x = opening->inner;
    auto_buf path = {0};
    struct object o = {.source = file->source, .owner = opening->outer->owner, .is_entry = true};
    struct err why;
    int r;

    arena_reset(&x->arena);
    buf_sv(&path, opening->outer->path);
    buf_str(&path, "!/");
    buf_sv(&path, file->name);
    o.path = buf_view(&path);
    buf_reset(&x->place);
    buf_sv(&x->place, opening->outer->place);
    place_append_entry(&x->place, file->name);
    o.place = buf_view(&x->place);
    if (!buf_ok(&path) || !buf_ok(&x->place))
        return ERR(err, ERR_NOMEM, "no memory");
    if (file->why)
        why = *file->why;
    r = file->why ? -(int)why.code : examine_source(x, &o, &why);
    if (r < 0)
        collector_unexamined(x->context->collector, o.place, reason_of(&why), why.text);
    else
        count_done(x, &o);
    count_progress(x, 0);
    if (atomic_load_explicit(x->context->collector->cancel, memory_order_relaxed))
        return ERR(err, ERR_CANCELLED, "stopped");
    return 0;
}

static int open_archive(struct examiner *x, const struct object *o, struct err *err)
{
    static const struct archive_limits limits = {
        .entry_bytes = UINT64_C(256) << 20, .bytes = UINT64_C(4) << 30, .entries = 1000000};
    struct opening opening = {.outer = o};

    if (x->depth + 1 == DEPTH_MAX)
        return ERR(err, ERR_LIMIT, "archives in archives, more than %d deep", DEPTH_MAX);
    if (!x->inner) {
        TRY(examiner_new(x->context, &x->inner, err));
        x->inner->depth = x->depth + 1;
    }
    opening.inner = x->inner;
    return archive_each(o->source, &limits, examine_entry, &opening, err);
}

/* ---- one object ---- */

static int examine_source(struct examiner *x, struct object *o, struct err *err)
{
    struct chosen chosen[CHOSEN_MAX];
    size_t n = classify(x->context->classifier, o->path, o->source->head, chosen);
    struct probing p = {x, o};
    struct err wrong;
    int result;

    for (size_t i = 0; i < n; i++)
        o->whole = o->whole || chosen[i].gate->whole;
    result = probe_path(x, o, err);
    if (result == 0 && o->whole && o->source->size > (uint64_t)WHOLE_MAX_GIB << 30)
        return ERR(err, ERR_LIMIT, "a program of %llu bytes; %d GiB are the most that is read",
                   (unsigned long long)o->source->size, WHOLE_MAX_GIB);
    if (result == 0)
        result = o->whole ? read_whole(x, o, err)
                          : matcher_probe_bytes(x->context->matcher, x->scratch, o->source->head,
                                                bytes_seen, &p, err);
    for (size_t i = 0; i < n; i++) {
        int r = recognise(x, o, &chosen[i], &wrong);

        if (r < 0 && result == 0) {
            result = r;
            *err = wrong;
        }
    }
    if (o->extra_count && !o->emitted)
        keep_probed(x, o);
    if (archive_kind(o->path, o->source->head) == ARCHIVE_JAVA) {
        int r = open_archive(x, o, &wrong);

        if (r < 0 && result == 0) {
            result = r;
            *err = wrong;
        }
    }
    return result;
}

/* An open file, or the failure to open it: exactly one line of the account. */
static void examine_open(struct examiner *x, struct object *o, int fd, int r, struct err *err)
{
    uint8_t head[SOURCE_HEAD];
    struct file_facts facts, after;
    struct file_source file = {0};

    if (r == 0)
        r = file_facts(fd, "", &facts, err);
    if (r == 0 && facts.kind != FILE_REGULAR)
        r = ERR(err, ERR_GONE, "it became something else while it was opened");
    if (r == 0)
        r = file_source_init(&file, fd, facts.size, head, err);
    if (r == 0) {
        o->source = &file.source;
        o->file = &facts;
        o->mode = facts.mode;
        if (!o->running && x->context->running)
            o->running = running_pid(x->context->running, &facts, &o->pid);
        r = examine_source(x, o, err);
    }
    if (file.short_read && file_facts(fd, "", &after, err) == 0 && after.size != facts.size)
        collector_unexamined(x->context->collector, o->place, REASON_CHANGED,
                             "it shrank while it was read");
    else if (r < 0)
        collector_unexamined(x->context->collector, o->place, reason_of(err), err->text);
    else
        count_done(x, o);
    count_progress(x, file.bytes_read);
}

static void examine_file(struct examiner *x, struct object *o, const struct walk_entry *e)
{
    auto_fd int fd = -1;
    struct err err;
    int r = file_open(e->dir_fd, e->name, &fd, &err);

    o->owner = owners_get(x->context->owners, o->path);
    examine_open(x, o, fd, r, &err);
}

void examine_deleted(struct examiner *x, uint64_t pid)
{
    struct object o = {.running = true, .pid = pid};
    auto_fd int fd = -1;
    char path[64];
    struct err err;
    int r;

    (void)snprintf(path, sizeof(path), "/proc/%llu/exe", (unsigned long long)pid);
    arena_reset(&x->arena);
    o.path = sv_str(path);
    o.place = place_of(x, o.path);
    r = file_open_program(path, &fd, &err);
    // Once the process has ended there is nothing left that could be examined.
    if (r == -ERR_GONE)
        return;
    examine_open(x, &o, fd, r, &err);
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

void examine(struct examiner *x, const struct walk_entry *e)
{
    struct object o = {.path = sv_from(e->path, x->context->root.n), .place = place_of(x, e->path)};

    arena_reset(&x->arena);
    show_place(x, o.place);
    if (excluded(x->context, e->path)) {
        skipped(x, RULE_EXCLUDED);
    } else if (is_below(e->path, x->context->own_state)) {
        skipped(x, RULE_OWN_STATE);
    } else if (e->kind == FILE_REGULAR) {
        examine_file(x, &o, e);
    } else {
        struct err err;

        // A link or socket has no bytes, but its name may be all that is left of a product.
        if (probe_path(x, &o, &err) < 0) {
            examine_failed(x, e->path, &err);
            return;
        }
        if (o.extra_count)
            keep_probed(x, &o);
        skipped(x, e->kind == FILE_SYMLINK ? RULE_SYMLINK : RULE_SPECIAL);
    }
}
