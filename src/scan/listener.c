// SPDX-License-Identifier: Apache-2.0
#include "scan/listener.h"

#include <stdlib.h>
#include <string.h>

#include "identify/layer_folder.h"
#include "model/place.h"
#include "scan/cache.h"
#include "scan/examine.h"
#include "scan/keep.h"

enum {
    ARENA_MAX = DISSECT_ARENA,       /* for reading what the recognisers of one object answered */
    LOOKUP_NAMES = 20 * 1000 * 1000, /* some seconds of reading folders for one file */
    UNSHOWN_OBJECTS = 64,
    UNSHOWN_BYTES = 16 * 1024 * 1024,
};

int listener_init(struct listener *l, const struct examine_context *context, struct err *err)
{
    *l = (struct listener){.context = context};
    arena_init(&l->arena, ARENA_MAX);
    l->levels = malloc((DISSECT_DEPTH_MAX + 1) * sizeof(*l->levels));
    if (!l->levels)
        return ERR(err, ERR_NOMEM, "no memory");
    return matcher_scratch_new(context->dissect.matcher, &l->scratch, err);
}

static void show(struct listener *l)
{
    struct scan_progress *p = l->context->collector->progress;

    atomic_fetch_add_explicit(&p->objects, l->unshown.objects, memory_order_relaxed);
    atomic_fetch_add_explicit(&p->files, l->unshown.files, memory_order_relaxed);
    atomic_fetch_add_explicit(&p->bytes, l->unshown.bytes, memory_order_relaxed);
    memset(&l->unshown, 0, sizeof(l->unshown));
}

void listener_clear(struct listener *l)
{
    if (l->context)
        show(l);
    matcher_scratch_free(l->scratch);
    free(l->levels);
    arena_clear(&l->arena);
    buf_clear(&l->path);
    buf_clear(&l->place);
    buf_clear(&l->anchor);
}

/* All but `why`, which is large and says something only when it failed. */
static void begin_level(struct level *level, const struct object *o, const struct dissect_begin *b)
{
    level->path_n = o->path.n;
    level->place_n = o->place.n;
    level->closed = b->closed;
    level->link = b->link;
    level->special = b->special;
    level->on_disk = o->on_disk;
    level->failed = false;
}

static struct object *begin(struct listener *l)
{
    struct object *o = &l->object;

    arena_reset(&l->arena);
    *o = (struct object){
        .path = buf_view(&l->path), .place = buf_view(&l->place), .names_left = LOOKUP_NAMES};
    l->fd = -1;
    l->digest_tried = false;
    l->sha256[0] = '\0';
    l->origin = STORE_NOWHERE;
    l->tally = (struct tally){0};
    l->depth = 0;
    begin_level(&l->levels[0], o, &(struct dissect_begin){0});
    return o;
}

struct object *listener_begin(struct listener *l, struct sv raw_path, size_t root_n)
{
    buf_reset(&l->path);
    buf_sv(&l->path, sv_from(raw_path, root_n));
    buf_reset(&l->place);
    place_append(&l->place, raw_path);
    return begin(l);
}

struct object *listener_resume(struct listener *l, struct sv path, struct sv place)
{
    buf_reset(&l->path);
    buf_sv(&l->path, path);
    buf_reset(&l->place);
    buf_sv(&l->place, place);
    return begin(l);
}

struct sv listener_owner(struct listener *l)
{
    struct object *o = &l->object;

    if (o->owner_unknown)
        o->owner = owners_get(l->context->owners, o->path);
    o->owner_unknown = false;
    return o->owner;
}

void listener_count(struct listener *l, uint64_t bytes)
{
    l->unshown.objects++;
    l->unshown.files += l->depth == 0;
    l->unshown.bytes += bytes;
    l->coverage.bytes += bytes;
    if (l->unshown.objects >= UNSHOWN_OBJECTS || l->unshown.bytes >= UNSHOWN_BYTES)
        show(l);
}

/* ---- probes ---- */

/* Once each, and as many as there is room for. */
static void add_field(struct listener *l, struct field fields[LISTENER_EXTRA], size_t *count,
                      const struct field *field)
{
    for (size_t i = 0; i < *count; i++)
        if (fields[i].key == field->key && sv_eq(fields[i].value, field->value))
            return;
    if (*count == LISTENER_EXTRA)
        return;
    fields[*count] = (struct field){.key = field->key,
                                    .value = arena_copy(&l->arena, field->value),
                                    .offset = field->offset,
                                    .length = field->length};
    ++*count;
}

static void add_extra(struct listener *l, struct object *o, const struct field *field)
{
    add_field(l, l->extra, &o->extra_count, field);
}

struct probing {
    struct listener *l;
    struct object *o;
};

/* Whether the folder that ends a path's first `n` bytes is the top of a system. */
static bool is_root(struct listener *l, struct sv path, size_t n)
{
    static const char *const signs[] = {"etc/os-release", "usr/lib/os-release", "var/lib/dpkg",
                                        "Windows/System32", "System/Library/CoreServices"};
    struct err err;

    if (n == 0 || layer_folder((struct sv){path.p, n}) == n)
        return true;
    l->tally.flags |= CACHE_RECHECK; // other files say so
    for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
        auto_buf at = BUF_INIT(8192);
        struct file_facts facts;

        buf_sv(&at, (struct sv){path.p, n});
        buf_printf(&at, "/%s", signs[i]);
        // Relative to the root, so that a link in it cannot lead out.
        if (buf_ok(&at) && file_facts(l->context->root_fd, at.p + 1, &facts, &err) == 0)
            return true;
    }
    return false;
}

static void path_wanted(void *to, const struct matcher_path *wanted)
{
    struct probing *p = to;

    if (wanted->field == FIELD_PATH) {
        if (p->o->is_entry ? !p->o->on_disk || wanted->prefix != p->o->top_n
                           : !is_root(p->l, p->o->path, wanted->prefix))
            return;
        // A pattern for any folder says nothing of where its product is installed.
        if (wanted->folder) {
            p->o->wanted_path = true;
            p->o->root_n = wanted->prefix;
        }
    }
    add_extra(p->l, p->o, &(struct field){.key = wanted->field, .value = wanted->value});
}

static int probe_path(struct listener *l, struct object *o, struct err *err)
{
    struct probing p = {l, o};

    return matcher_probe_path(l->context->dissect.matcher, l->scratch, o->path, path_wanted, &p,
                              err);
}

/* ---- files with several names ---- */

bool listener_knows(struct listener *l, const struct file_facts *file, bool hashed)
{
    struct field fields[LISTENER_EXTRA / 2]; // the other half is for what its path says
    size_t count;

    return file->links > 1 &&
           links_get(l->context->links, file, hashed, &l->arena, fields, ARRAY_LEN(fields), &count);
}

static void add_known(struct listener *l, struct object *o)
{
    size_t count;

    if (links_get(l->context->links, &l->file, listener_owner(l).n == 0, &l->arena,
                  l->extra + o->extra_count, LISTENER_EXTRA - o->extra_count, &count))
        o->extra_count += count;
}

static void remember(struct listener *l, const struct object *o)
{
    if (l->file.links > 1 && !o->is_entry)
        links_put(l->context->links, &l->file, listener_owner(l).n == 0, l->extra + o->from_bytes,
                  o->extra_count - o->from_bytes);
}

/* ---- what the dissector tells ---- */

static void fail(struct listener *l, const struct err *why)
{
    struct level *level = &l->levels[l->depth];

    if (!level->failed)
        level->why = *why;
    level->failed = true;
}

static void on_begin(void *to, const struct dissect_begin *b)
{
    struct listener *l = to;
    struct object *o = &l->object;
    struct err err;
    int r;

    arena_reset(&l->arena);
    if (b->whole)
        l->tally.flags |= CACHE_WHOLE;
    if (b->is_entry) {
        l->tally.flags |= CACHE_ENTRIES;
        bug_if(l->depth == DISSECT_DEPTH_MAX);
        l->depth++;
        dissect_enter(&l->path, &l->place, b);
        *o = (struct object){
            .owner = o->owner,
            .is_entry = true,
            .on_disk = b->on_disk && (l->depth == 1 || l->levels[l->depth - 1].on_disk),
            .top_n = l->levels[l->depth - 1].path_n + 1, // with its "!"
        };
    }
    o->path = buf_view(&l->path);
    o->place = buf_view(&l->place);
    o->begin = *b;
    o->begin.entry = (struct sv){0};
    begin_level(&l->levels[l->depth], o, b);
    r = buf_ok(&l->path) && buf_ok(&l->place) ? probe_path(l, o, &err)
                                              : ERR(&err, ERR_NOMEM, "no memory");
    if (r < 0)
        fail(l, &err);
    o->from_bytes = o->extra_count;
    if (b->whole && l->known && !b->is_entry)
        add_known(l, o);
}

static void on_seen(void *to, const struct field *field)
{
    struct listener *l = to;
    struct object *o = &l->object;

    if (field->key == FIELD_LITERAL && !o->begin.whole)
        add_field(l, l->mentions, &o->mention_count, field);
    else
        add_extra(l, o, field);
}

static int keep_message(struct listener *l, const struct dissect_answer *answer, struct err *err)
{
    const struct gate *gate = answer->gate;
    struct object *o = &l->object;
    struct reader message = reader_over(answer->message);
    struct captures captures = {0};
    struct component c;
    bool first = !answer->cut;
    int r;

    if (gate->path && !gate_path_matches(gate->path, o->path, &captures))
        return ERR(err, ERR_FORMAT, "%s was not asked about this file", answer->recogniser->name);
    while ((r = message_next(&message, &l->arena, &c, err)) == 0) {
        bool only_owns = true;

        if (c.ceiling == CONFIDENCE_NONE)
            c.ceiling = CONFIDENCE_CONFIRMED;
        for (size_t i = 0; i < c.field_count; i++)
            only_owns = only_owns &&
                        (c.fields[i].key == FIELD_OWNS || c.fields[i].key == FIELD_PACKAGE_TYPE);
        // The list of a package's files says nothing that its package does not.
        if (!only_owns)
            keep_component(l, o, &c, gate->anchor_up, &captures, answer->recogniser->name,
                           first && !o->emitted && (gate->whole || !o->begin.whole));
        first = false;
    }
    return r == MESSAGE_END ? 0 : r;
}

static void on_told(void *to, const struct dissect_answer *answer)
{
    struct listener *l = to;
    struct err err;

    if (keep_message(l, answer, &err) < 0)
        fail(l, &err);
}

static void on_told_all(void *to, bool read)
{
    struct listener *l = to;

    if (read)
        remember(l, &l->object);
    if (l->object.extra_count && !l->object.emitted)
        keep_probed(l, &l->object);
    if (l->object.mention_count)
        keep_mentions(l, &l->object);
}

/* Every byte of the file that was begun; without a digest when it cannot be read. */
static void digest_file(struct listener *l)
{
    const atomic_bool *cancel = l->context->dissect.cancel;
    uint8_t head[SOURCE_HEAD], piece[64 * 1024], sum[DIGEST_SHA256_SIZE];
    auto_digest digest = {0};
    struct file_source file;
    uint64_t at = 0;
    struct err err;
    size_t got = 1;

    l->digest_tried = true;
    if (l->fd < 0 || file_source_init(&file, l->fd, l->file.size, head, &err) < 0)
        return;
    digest_init(&digest, DIGEST_SHA256);
    while (got && !(cancel && atomic_load_explicit(cancel, memory_order_relaxed))) {
        if (file.source.read_at(&file.source, at, piece, sizeof(piece), &got, &err) < 0)
            return;
        digest_update(&digest, (struct span){piece, got});
        at += got;
    }
    if (got == 0 && at == l->file.size && digest_finish(&digest, sum, &err) == 0)
        digest_hex((struct span){sum, sizeof(sum)}, l->sha256);
}

/* Whether the same file may be examined another time; what it is stays. */
static bool is_passing(enum coverage_reason reason)
{
    static const enum coverage_reason lasting[] = {
        REASON_ENCRYPTED,   REASON_DAMAGED,     REASON_UNSUPPORTED,   REASON_LIMIT_DEPTH,
        REASON_LIMIT_BYTES, REASON_LIMIT_RATIO, REASON_LIMIT_ENTRIES,
    };

    for (size_t i = 0; i < ARRAY_LEN(lasting); i++)
        if (reason == lasting[i])
            return false;
    return true;
}

static void count_examined(struct listener *l)
{
    l->coverage.examined++;
    l->tally.counts[TALLY_EXAMINED]++;
}

void listener_skip(struct listener *l, enum coverage_rule rule)
{
    l->coverage.skipped[rule]++;
    l->tally.counts[TALLY_RULES + rule]++;
}

void listener_account(struct listener *l, enum coverage_reason reason, const char *detail)
{
    const struct unexamined gap = {.place = {l->place.p, l->levels[l->depth].place_n},
                                   .reason = reason,
                                   .detail = sv_str(detail)};

    if (!l->digest_tried && collector_asks_digest(l->context->collector, &gap))
        digest_file(l);
    l->tally.flags |= CACHE_GAP | (is_passing(reason) ? CACHE_RECHECK : 0);
    if (collector_gap(l->context->collector, &gap, sv_str(l->sha256), l->origin)) {
        l->tally.counts[TALLY_RULES + RULE_ACCEPTED]++;
        return;
    }
    l->tally.flags |= CACHE_ROWS;
    l->tally.counts[TALLY_REASONS + reason]++;
}

void listener_end(struct listener *l, int result, const struct err *why)
{
    const struct level *level = &l->levels[l->depth];

    if (result == 0 && level->failed) {
        why = &level->why;
        result = -(int)why->code;
    }
    if (result < 0)
        listener_account(l, reason_of(why), why->text);
    else if (level->closed)
        listener_skip(l, RULE_ARCHIVE);
    else if (level->link || level->special)
        listener_skip(l, level->link ? RULE_SYMLINK : RULE_SPECIAL);
    else
        count_examined(l);
}

/* Back to what the entry that was begun last is in. */
static void leave_entry(struct listener *l)
{
    const struct level *outer;

    if (l->depth == 0)
        return;
    outer = &l->levels[--l->depth];
    l->path.n = outer->path_n;
    l->place.n = outer->place_n;
}

void listener_lost(struct listener *l, enum coverage_reason reason, const char *detail)
{
    for (bool more = true; more; leave_entry(l)) {
        more = l->depth > 0;
        listener_account(l, reason, detail);
        listener_count(l, 0);
    }
}

static void on_end(void *to, int result, const struct err *why)
{
    struct listener *l = to;

    bug_if(l->depth == 0);
    if (result != DISSECT_UNCOUNTED) {
        listener_end(l, result, why);
        listener_count(l, 0);
    }
    leave_entry(l);
}

const struct dissect_events listener_events = {on_begin, on_seen, on_told, on_told_all, on_end};

void listener_whiteout(struct listener *l, bool opaque)
{
    struct object *o = &l->object;
    struct sv name = sv_from(o->path, sv_find_last(o->path, '/') + 1);
    const struct field field = {.key = FIELD_WHITEOUT, .value = opaque ? SV(".wh..opq") : name};
    const struct component c = {.type = TYPE_DATA,
                                .state = STATE_CONTAINED,
                                .ceiling = CONFIDENCE_CONFIRMED,
                                .fields = &field,
                                .field_count = 1};

    keep_component(l, o, &c, 1, NULL, "whiteout", false);
}

int listener_name(struct listener *l, struct err *err)
{
    struct object *o = &l->object;

    o->begin.empty = true;
    TRY(probe_path(l, o, err));
    if (o->extra_count)
        keep_probed(l, o);
    return 0;
}
