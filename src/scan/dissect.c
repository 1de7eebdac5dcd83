// SPDX-License-Identifier: Apache-2.0
#include "scan/dissect_internal.h"

#include <stdlib.h>
#include <string.h>

#include "model/place.h"
#include "trust/digest.h"

enum {
    CHUNK = 256 * 1024,
    WHOLE_MAX_GIB = 8, /* of a program, which is read to its end */
};

int dissector_new(const struct dissect_context *context, struct dissector **ret, struct err *err)
{
    struct dissector *d = calloc(1, sizeof(*d));

    if (!d)
        return ERR(err, ERR_NOMEM, "no memory");
    d->context = context;
    arena_init(&d->arena, DISSECT_ARENA);
    spill_init(&d->spill, context->spill_folder);
    d->chunk = malloc(CHUNK);
    if (!d->chunk || matcher_scratch_new(context->matcher, &d->scratch, err) < 0) {
        dissector_free(d);
        return ERR(err, ERR_NOMEM, "no memory");
    }
    *ret = d;
    return 0;
}

void dissector_free(struct dissector *d)
{
    if (!d)
        return;
    matcher_scratch_free(d->scratch);
    arena_clear(&d->arena);
    buf_clear(&d->path);
    buf_clear(&d->place);
    buf_clear(&d->hit_place);
    spill_clear(&d->spill);
    free(d->chunk);
    free(d);
}

void dissector_spill_to(struct dissector *d, int fd)
{
    d->spill.fd = fd;
}

/* The recognisers for an object that have something to say. */
static size_t choose(struct dissector *d, struct sv path, struct span head, struct chosen chosen[])
{
    size_t n = classify(d->context->classifier, &d->folder, path, head, chosen), kept = 0;
    int imports = -1; // not known yet

    for (size_t i = 0; i < n; i++) {
        d->imports = d->imports || chosen[i].gate->on_hit;
        if (chosen[i].gate->on_hit && imports < 0)
            imports = matcher_may_import(d->context->matcher, d->scratch, head);
        if (!chosen[i].gate->on_hit || imports)
            chosen[kept++] = chosen[i];
    }
    return kept;
}

static enum container_kind kind_for(struct sv path, struct span head, uint64_t size)
{
    enum container_kind kind = kind_of(head, size);

    return kind == KIND_NONE ? kind_by_name(path) : kind;
}

bool dissector_looked_for_imports(const struct dissector *d)
{
    return d->imports;
}

bool dissect_parses(struct dissector *d, struct sv path, struct span head, uint64_t size)
{
    struct chosen chosen[CHOSEN_MAX];

    d->asked = kind_for(path, head, size);
    d->imports = d->asked != KIND_NONE && d->asked != KIND_CLOSED; // what is in it may be
    return d->imports || choose(d, path, head, chosen) > 0;
}

void dissect_enter(struct buf *path, struct buf *place, const struct dissect_begin *entry)
{
    if (entry->only) {
        size_t slash = sv_find_last(buf_view(path), '/');

        path->n = slash == SIZE_MAX ? 0 : slash + 1;
    } else {
        buf_str(path, "!/");
    }
    buf_sv(path, entry->entry);
    buf_str(place, entry->joined ? "/" : "!/");
    place_append_name(place, entry->entry);
}

static bool is_cancelled(const struct dissector *d)
{
    return d->context->cancel && atomic_load_explicit(d->context->cancel, memory_order_relaxed);
}

void dissect_prepare(const struct dissect_context *context)
{
    if (!context->keep_closed)
        container_prepare();
    recognisers_prepare();
}

void dissect_id(struct buf *to)
{
    container_id(to);
}

/* ---- bytes ---- */

static void bytes_seen(void *to, const struct matcher_seen *seen)
{
    struct dissector *d = to;
    struct field field = {
        .key = seen->field, .value = seen->value, .offset = seen->offset, .length = seen->length};

    d->events->seen(d->to, &field);
}

static int ends_early(struct source *source, uint64_t at, struct err *err)
{
    return ERR(err, ERR_IO, "it ends at byte %llu of %llu", (unsigned long long)at,
               (unsigned long long)source->size);
}

/* What comes next: where it is, or read into the chunk. Empty at the end. */
static int next_piece(struct dissector *d, struct source *source, uint64_t at,
                      struct span *ret_piece, struct err *err)
{
    size_t got = 0;

    if (source->piece_at)
        return source->piece_at(source, at, ret_piece, err);
    TRY(source->read_at(source, at, d->chunk, CHUNK, &got, err));
    *ret_piece = (struct span){d->chunk, got};
    return 0;
}

static int feed(struct dissector *d, struct source *source, struct digest *digest, struct err *err)
{
    const struct matcher *m = d->context->matcher;
    struct span piece;

    TRY(matcher_bytes_begin(m, d->scratch, err));
    for (uint64_t at = 0; at < source->size; at += piece.n) {
        TRY(next_piece(d, source, at, &piece, err));
        if (piece.n == 0 && at >= source->size)
            break; // its size is known only now
        if (piece.n == 0)
            return ends_early(source, at, err);
        if (is_cancelled(d))
            return ERR(err, ERR_CANCELLED, "stopped");
        TRY(matcher_bytes_add(m, d->scratch, piece, bytes_seen, d, err));
        if (digest)
            digest_update(digest, piece);
    }
    return matcher_bytes_end(m, d->scratch, bytes_seen, d, err);
}

/* Every byte of a program, once: matched, and hashed when no package answers for it. */
static int read_whole(struct dissector *d, struct source *source, struct err *err)
{
    uint8_t sum[DIGEST_SHA256_SIZE];
    char hex[2 * DIGEST_SHA256_SIZE + 1];
    struct field field = {.key = FIELD_SHA256};
    auto_digest digest = {0};

    if (!d->file->hash)
        return feed(d, source, NULL, err);
    digest_init(&digest, DIGEST_SHA256);
    TRY(feed(d, source, &digest, err));
    TRY(digest_finish(&digest, sum, err));
    digest_hex((struct span){sum, sizeof(sum)}, hex);
    field.value = sv_str(hex);
    d->events->seen(d->to, &field);
    return 0;
}

/* Every byte of what is no program: matched, in one piece where it is small. */
static int match_whole(struct dissector *d, struct source *source, struct err *err)
{
    const struct matcher *m = d->context->matcher;
    size_t n = source->head.n, got = 0;

    if (source->size <= n)
        return matcher_probe_bytes(m, d->scratch, source->head, bytes_seen, d, err);
    if (source->size > CHUNK || source->piece_at)
        return feed(d, source, NULL, err);
    memcpy(d->chunk, source->head.p, n);
    TRY(source->read_at(source, n, d->chunk + n, (size_t)source->size - n, &got, err));
    if (n + got < source->size)
        return ends_early(source, n + got, err);
    return matcher_probe_bytes(m, d->scratch, (struct span){d->chunk, n + got}, bytes_seen, d, err);
}

static int too_large(const struct dissector *d, const struct source *source, struct err *err)
{
    return ERR(err, ERR_LIMIT, "a %s of %llu bytes; %d GiB are the most that is read",
               d->whole ? "program" : "file", (unsigned long long)source->size, WHOLE_MAX_GIB);
}

static bool is_too_large(const struct source *source)
{
    return source->size != (uint64_t)FLOW_SIZE_UNKNOWN && source->size > (uint64_t)WHOLE_MAX_GIB
                                                                             << 30;
}

/* What stands in its bytes, by comparing alone; `all`: in every one of what is no program. */
static int probe(struct dissector *d, struct source *source, bool all, bool *ret_read,
                 struct err *err)
{
    // Outside programs a literal is a mention: only what begins a file tells what the file is.
    if (!d->whole && !all) {
        matcher_probe_magic(d->context->matcher, source->head, bytes_seen, d);
        return 0;
    }
    if (!d->whole)
        return is_too_large(source) ? too_large(d, source, err) : match_whole(d, source, err);
    if (d->depth == 0 && d->file->known)
        return 0;
    TRY(read_whole(d, source, err));
    *ret_read = true;
    return 0;
}

/* ---- recognisers ---- */

/* The components of a message that an indicator asks for, as bytes of the message. */
static int only_hits(struct dissector *d, struct span message, struct buf *to, bool *ret_cut,
                     struct err *err)
{
    struct reader r = reader_over(message);
    struct span at = r.rest;
    struct component c;
    int more;

    for (; (more = message_next(&r, &d->arena, &c, err)) == 0; at = r.rest) {
        const struct matcher_hit *hits;
        size_t n = 0;

        if (matcher_find(d->context->matcher, d->scratch, &c, buf_view(&d->place), &hits, &n,
                         err) == 0 &&
            n)
            buf_bytes(to, at.p, at.n - r.rest.n);
        else if (at.p == message.p)
            *ret_cut = true;
    }
    return buf_ok(to) ? more < 0 ? more : 0 : ERR(err, ERR_NOMEM, "no memory");
}

static int tell(struct dissector *d, const struct chosen *chosen, struct span message,
                struct err *err)
{
    struct dissect_answer answer = {chosen->recogniser, chosen->gate, message, false};
    auto_buf hits = {0};
    int r = 0;

    if (chosen->gate->on_hit) {
        r = only_hits(d, message, &hits, &answer.cut, err);
        answer.message = (struct span){(const uint8_t *)hits.p, hits.n};
    }
    if (answer.message.n)
        d->events->told(d->to, &answer);
    return r;
}

/* 0, RECOG_NOT_MINE, or a failure. */
static int recognise(struct dissector *d, struct source *source, const struct chosen *chosen,
                     struct err *err)
{
    const struct gate *gate = chosen->gate;
    struct job job = {.bytes = source,
                      .gate = gate,
                      .arena = &d->arena,
                      .roots = d->context->roots,
                      .columns = d->context->columns};
    struct emit out;
    struct err wrong;
    int r, told;

    emit_init(&out, gate->state, gate->ceiling);
    job.out = &out;
    r = recogniser_identify(chosen->recogniser, &job, err);
    told = emit_finish(&out, &wrong);
    // What was emitted before a failure stands.
    if (told == 0 && r != RECOG_NOT_MINE)
        told = tell(d, chosen, (struct span){(const uint8_t *)out.bytes.p, out.bytes.n}, &wrong);
    emit_clear(&out);
    if (r < 0)
        return err_wrap(err, r, "%s", chosen->recogniser->name);
    if (told < 0)
        *err = wrong;
    return told < 0 ? told : r;
}

/* ---- one object ---- */

/* The first failure is the one that is told. */
static void note(int *result, struct err *err, int r, const struct err *wrong)
{
    if (r < 0 && *result == 0) {
        *result = r;
        *err = *wrong;
    }
}

/* Whether it is left out by rule, as far as can be seen now. */
static int is_closed(struct dissector *d, struct source *source, bool once,
                     enum container_kind *kind, bool *ret, struct err *err)
{
    if (d->context->keep_closed && *kind != KIND_NONE && !once)
        TRY(entries_settle(d, source, kind, err));
    *ret = *kind == KIND_CLOSED || (d->context->keep_closed && *kind != KIND_NONE);
    if (*ret)
        *kind = KIND_NONE;
    return 0;
}

/* Who reads what is in an archive has nothing to do with one that is left closed. */
static size_t without_insiders(struct chosen chosen[], size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (!chosen[i].gate->inside)
            chosen[kept++] = chosen[i];
    return kept;
}

/* What is in it: bytes that indicators name, components, entries. It was begun. */
static int look_inside(struct dissector *d, struct source *source, struct flow *flow,
                       enum container_kind kind, const struct chosen chosen[], size_t n,
                       struct err *err)
{
    struct err wrong;
    bool read = false, all;
    int result = 0;

    if (flow)
        result = entries_keep(d, n > 0, &kind, &flow, err);
    // What could not be kept has its name and its head.
    if (result < 0) {
        n = 0;
        kind = KIND_NONE;
        d->whole = false;
    }
    if (d->whole && is_too_large(source))
        return too_large(d, source, err);
    // What comes once, and is taken apart as it comes, is matched where its entries are.
    all = d->context->every_byte && result == 0 && !(flow && kind != KIND_NONE);
    note(&result, err, probe(d, source, all, &read, &wrong), &wrong);
    for (size_t i = 0; i < n; i++) {
        int r = recognise(d, source, &chosen[i], &wrong);

        if (r == 0 && chosen[i].gate->inside)
            kind = KIND_NONE;
        note(&result, err, r, &wrong);
    }
    d->events->told_all(d->to, read);
    if (kind != KIND_NONE)
        note(&result, err, entries_dissect(d, source, flow != NULL, kind, &wrong), &wrong);
    return result;
}

int dissect_object(struct dissector *d, struct source *source, struct flow *flow,
                   const struct dissect_begin *entry, struct err *err)
{
    struct chosen chosen[CHOSEN_MAX];
    bool plain = d->depth == 0 && d->file->plain;
    size_t n = plain ? 0 : choose(d, buf_view(&d->path), source->head, chosen);
    enum container_kind kind =
        plain ? d->asked : kind_for(buf_view(&d->path), source->head, source->size);
    struct dissect_begin begin = *entry;
    struct err wrong;
    int result = is_closed(d, source, flow != NULL, &kind, &begin.closed, err);

    if (begin.closed)
        n = without_insiders(chosen, n);
    arena_reset(&d->arena);
    begin.script = d->file->executable && d->depth == 0 && sv_starts(sv_of(source->head), SV("#!"));
    begin.empty = source->size == 0;
    for (size_t i = 0; i < n; i++)
        begin.whole = begin.whole || chosen[i].gate->whole;
    d->whole = begin.whole;
    d->events->begin(d->to, &begin);
    note(&result, err, look_inside(d, source, flow, kind, chosen, n, &wrong), &wrong);
    return result;
}

static int begin_file(struct dissector *d, const struct dissect_file *file,
                      const struct dissect_events *events, void *to, struct err *err)
{
    d->events = events;
    d->to = to;
    d->file = file;
    d->depth = 0;
    buf_reset(&d->path);
    buf_sv(&d->path, file->path);
    buf_reset(&d->place);
    buf_sv(&d->place, file->place);
    buf_reset(&d->hit_place);
    // A plain file is not unpacked.
    if (!file->plain)
        budget_begin(&d->budget, d->context->limits, file->source->size, d->context->cancel,
                     d->context->beats);
    return buf_ok(&d->path) && buf_ok(&d->place) ? 0 : ERR(err, ERR_NOMEM, "no memory");
}

int dissect_only(struct dissector *d, const struct dissect_file *file,
                 const struct recogniser *recogniser, const struct gate *gate,
                 const struct dissect_events *events, void *to, struct err *err)
{
    const struct dissect_begin begin = {.empty = file->source->size == 0};
    const struct chosen chosen = {.recogniser = recogniser, .gate = gate};
    int r;

    TRY(begin_file(d, file, events, to, err));
    arena_reset(&d->arena);
    d->arena.max = DISSECT_ARENA_ONLY;
    events->begin(to, &begin);
    r = recognise(d, file->source, &chosen, err);
    events->told_all(to, false);
    d->arena.max = DISSECT_ARENA;
    return r;
}

int dissect(struct dissector *d, const struct dissect_file *file,
            const struct dissect_events *events, void *to, struct err *err)
{
    TRY(begin_file(d, file, events, to, err));
    d->volume = false;
    d->imports = d->imports && file->plain; // of which dissect_parses() was asked
    return dissect_object(d, file->source, NULL, &(struct dissect_begin){0}, err);
}
