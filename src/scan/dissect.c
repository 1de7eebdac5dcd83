// SPDX-License-Identifier: Apache-2.0
#include "scan/dissect.h"

#include <stdlib.h>

#include "model/place.h"
#include "source/archive.h"
#include "trust/digest.h"

enum {
    CHUNK = 256 * 1024,
    WHOLE_MAX_GIB = 8, /* of a program, which is read to its end */
};

struct dissector {
    const struct dissect_context *context;
    const struct dissect_events *events;
    void *to;
    struct matcher_scratch *scratch;
    struct arena arena; /* of the object that is being recognised; its entries come after it */
    struct buf path, place;
    uint8_t *chunk;
    unsigned depth;
    const struct dissect_file *file;
    bool whole; /* the object is a program */
};

int dissector_new(const struct dissect_context *context, struct dissector **ret, struct err *err)
{
    struct dissector *d = calloc(1, sizeof(*d));

    if (!d)
        return ERR(err, ERR_NOMEM, "no memory");
    d->context = context;
    arena_init(&d->arena, DISSECT_ARENA);
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
    free(d->chunk);
    free(d);
}

bool dissect_parses(const struct dissect_context *context, struct sv path, struct span head)
{
    struct chosen chosen[CHOSEN_MAX];

    return classify(context->classifier, path, head, chosen) > 0 ||
           archive_kind(path, head) == ARCHIVE_JAVA;
}

static bool is_cancelled(const struct dissector *d)
{
    return d->context->cancel && atomic_load_explicit(d->context->cancel, memory_order_relaxed);
}

void dissect_prepare(void)
{
    archive_prepare();
    recognisers_prepare();
}

/* ---- bytes ---- */

static void bytes_seen(void *to, const struct matcher_seen *seen)
{
    struct dissector *d = to;
    struct field field = {
        .key = seen->field, .value = seen->value, .offset = seen->offset, .length = seen->length};

    // Outside programs a literal is a mention: only what begins a file tells what the file is.
    if (d->whole || seen->field == FIELD_MAGIC)
        d->events->seen(d->to, &field);
}

static int feed(struct dissector *d, struct source *source, struct digest *digest, struct err *err)
{
    const struct matcher *m = d->context->matcher;

    TRY(matcher_bytes_begin(m, d->scratch, err));
    for (uint64_t at = 0; at < source->size;) {
        size_t got = 0;

        TRY(source->read_at(source, at, d->chunk, CHUNK, &got, err));
        if (got == 0)
            return ERR(err, ERR_IO, "it ends at byte %llu of %llu", (unsigned long long)at,
                       (unsigned long long)source->size);
        if (is_cancelled(d))
            return ERR(err, ERR_CANCELLED, "stopped");

        struct span piece = {d->chunk, got};

        TRY(matcher_bytes_add(m, d->scratch, piece, bytes_seen, d, err));
        if (digest)
            digest_update(digest, piece);
        at += got;
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

/* What stands in its bytes, by comparing alone. */
static int probe(struct dissector *d, struct source *source, bool *ret_read, struct err *err)
{
    if (!d->whole)
        return matcher_probe_bytes(d->context->matcher, d->scratch, source->head, bytes_seen, d,
                                   err);
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

static int recognise(struct dissector *d, struct source *source, const struct chosen *chosen,
                     struct err *err)
{
    const struct gate *gate = chosen->gate;
    struct job job = {
        .bytes = source, .gate = gate, .arena = &d->arena, .roots = d->context->roots};
    struct emit out;
    struct err wrong;
    int r, told;

    emit_init(&out, gate->state, gate->ceiling);
    job.out = &out;
    r = chosen->recogniser->identify(&job, err);
    told = emit_finish(&out, &wrong);
    // What was emitted before a failure stands.
    if (told == 0 && r != RECOG_NOT_MINE)
        told = tell(d, chosen, (struct span){(const uint8_t *)out.bytes.p, out.bytes.n}, &wrong);
    emit_clear(&out);
    if (r < 0)
        return err_wrap(err, r, "%s", chosen->recogniser->name);
    if (told < 0)
        *err = wrong;
    return told;
}

/* ---- entries ---- */

static int dissect_object(struct dissector *d, struct source *source, struct sv entry,
                          struct err *err);

static int dissect_entry(void *to, const struct archive_file *file, struct err *err)
{
    struct dissector *d = to;
    const struct dissect_begin unread = {.is_entry = true, .entry = file->name};
    size_t path_n = d->path.n, place_n = d->place.n;
    struct err why;
    int r;

    buf_str(&d->path, "!/");
    buf_sv(&d->path, file->name);
    place_append_entry(&d->place, file->name);
    if (!buf_ok(&d->path) || !buf_ok(&d->place))
        return ERR(err, ERR_NOMEM, "no memory");
    d->depth++;
    if (file->why) {
        why = *file->why;
        r = -(int)why.code;
        d->events->begin(d->to, &unread);
    } else {
        r = dissect_object(d, file->source, file->name, &why);
    }
    d->events->end(d->to, r, &why);
    d->depth--;
    d->path.n = path_n;
    d->place.n = place_n;
    if (is_cancelled(d))
        return ERR(err, ERR_CANCELLED, "stopped");
    return 0;
}

static int open_archive(struct dissector *d, struct source *source, struct err *err)
{
    static const struct archive_limits limits = {
        .entry_bytes = UINT64_C(256) << 20, .bytes = UINT64_C(4) << 30, .entries = 1000000};

    if (d->depth + 1 == DISSECT_DEPTH_MAX)
        return ERR(err, ERR_LIMIT, "archives in archives, more than %d deep", DISSECT_DEPTH_MAX);
    return archive_each(source, &limits, dissect_entry, d, err);
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

static int dissect_object(struct dissector *d, struct source *source, struct sv entry,
                          struct err *err)
{
    struct chosen chosen[CHOSEN_MAX];
    size_t n = classify(d->context->classifier, buf_view(&d->path), source->head, chosen);
    enum archive_kind kind = archive_kind(buf_view(&d->path), source->head);
    struct dissect_begin begin = {
        .is_entry = d->depth > 0,
        .entry = entry,
        .script = d->file->executable && d->depth == 0 && sv_starts(sv_of(source->head), SV("#!")),
        .empty = source->size == 0,
        .closed = kind == ARCHIVE_CLOSED,
    };
    struct err wrong;
    bool read = false;
    int result;

    arena_reset(&d->arena);
    for (size_t i = 0; i < n; i++)
        begin.whole = begin.whole || chosen[i].gate->whole;
    d->whole = begin.whole;
    d->events->begin(d->to, &begin);
    if (begin.whole && source->size > (uint64_t)WHOLE_MAX_GIB << 30)
        return ERR(err, ERR_LIMIT, "a program of %llu bytes; %d GiB are the most that is read",
                   (unsigned long long)source->size, WHOLE_MAX_GIB);
    result = probe(d, source, &read, err);
    for (size_t i = 0; i < n; i++)
        note(&result, err, recognise(d, source, &chosen[i], &wrong), &wrong);
    d->events->told_all(d->to, read);
    if (kind == ARCHIVE_JAVA)
        note(&result, err, open_archive(d, source, &wrong), &wrong);
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
    return dissect_object(d, file->source, (struct sv){0}, err);
}
