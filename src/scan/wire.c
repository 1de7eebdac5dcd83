// SPDX-License-Identifier: Apache-2.0
/*
 * Numbers as the machine has them: both sides are the same program.
 *
 *     job      number size:u64  flags:u8  head head_n recogniser gate:i32  path place: n:u32 bytes
 *     record   n:u32  type:u8  n bytes
 *
 *     'B' flags:u32 name                                an object begins
 *     'S' key:u8 group:u16 offset length:u64 value     a probe saw this in it
 *     'T' recogniser gate:u32 cut:u8 message           a recogniser's answer
 *     'A' read:u8                                      that was all, but the entries in it
 *     'E' code:u8 text                                 an entry ends
 *     'F' code:u8 short:u8 bytes:u64 text              the file ends
 */
#include "scan/wire.h"

#include <stdio.h>
#include <string.h>

enum {
    HEADER = 5,
    LONG = 64 * 1024, /* a message that is not copied */
};

enum job_flag {
    JOB_EXECUTABLE = 1 << 0,
    JOB_HASH = 1 << 1,
    JOB_KNOWN = 1 << 2,
    JOB_ALONE = 1 << 3,
};

enum begin_flag {
    BEGIN_ENTRY = 1 << 0,
    BEGIN_WHOLE = 1 << 1,
    BEGIN_SCRIPT = 1 << 2,
    BEGIN_EMPTY = 1 << 3,
    BEGIN_CLOSED = 1 << 4,
    BEGIN_ONLY = 1 << 5,
    BEGIN_LINK = 1 << 6,
    BEGIN_SPECIAL = 1 << 7,
    BEGIN_JOINED = 1 << 8,
    BEGIN_ON_DISK = 1 << 9,
};

enum {
    UNCOUNTED = 255, /* instead of an error code: DISSECT_UNCOUNTED */
};

/* ---- numbers ---- */

static void put(struct buf *to, const void *p, size_t n)
{
    buf_bytes(to, p, n);
}

static void put_u8(struct buf *to, unsigned value)
{
    buf_char(to, (char)value);
}

static void put_u32(struct buf *to, uint32_t value)
{
    put(to, &value, sizeof(value));
}

static void put_u64(struct buf *to, uint64_t value)
{
    put(to, &value, sizeof(value));
}

static void get(struct reader *r, void *to, size_t n)
{
    struct span s = reader_take(r, n);

    if (s.n == n)
        memcpy(to, s.p, n);
    else
        memset(to, 0, n);
}

static uint32_t get_u32(struct reader *r)
{
    uint32_t value;

    get(r, &value, sizeof(value));
    return value;
}

static uint64_t get_u64(struct reader *r)
{
    uint64_t value;

    get(r, &value, sizeof(value));
    return value;
}

static struct sv get_sv(struct reader *r)
{
    return sv_of(reader_take(r, get_u32(r)));
}

/* ---- requests ---- */

bool wire_needs_file(const struct wire_job *job)
{
    return job->head < 0 || job->head_n < job->size;
}

void wire_put_job(struct buf *to, const struct wire_job *job)
{
    put_u64(to, job->number);
    put_u64(to, job->size);
    put_u8(to, (job->executable ? JOB_EXECUTABLE : 0u) | (job->hash ? JOB_HASH : 0u) |
                   (job->known ? JOB_KNOWN : 0u) | (job->alone ? JOB_ALONE : 0u));
    put_u32(to, (uint32_t)job->head);
    put_u32(to, job->head_n);
    put_u32(to, (uint32_t)job->recogniser);
    put_u32(to, (uint32_t)job->gate);
    put_u32(to, (uint32_t)job->path.n);
    buf_sv(to, job->path);
    put_u32(to, (uint32_t)job->place.n);
    buf_sv(to, job->place);
    put_u32(to, job->sibling_count);
    for (uint32_t i = 0; i < job->sibling_count; i++) {
        put_u64(to, job->siblings[i].size);
        put_u8(to, job->siblings[i].present);
        put_u32(to, (uint32_t)job->siblings[i].name.n);
        buf_sv(to, job->siblings[i].name);
    }
}

int wire_get_siblings(struct reader *from, const struct wire_job *job, struct wire_sibling *ret,
                      struct err *err)
{
    for (uint32_t i = 0; i < job->sibling_count; i++) {
        ret[i].size = get_u64(from);
        ret[i].present = reader_u8(from);
        ret[i].name = get_sv(from);
    }
    return reader_ok(from) ? 0 : ERR(err, ERR_FORMAT, "a request is cut short");
}

int wire_get_job(struct reader *from, struct wire_job *ret, struct err *err)
{
    struct wire_job job = {.number = get_u64(from), .size = get_u64(from)};
    unsigned flags = reader_u8(from);

    job.executable = flags & JOB_EXECUTABLE;
    job.hash = flags & JOB_HASH;
    job.known = flags & JOB_KNOWN;
    job.alone = flags & JOB_ALONE;
    job.head = (int)get_u32(from);
    job.head_n = get_u32(from);
    job.recogniser = (int)get_u32(from);
    job.gate = (int)get_u32(from);
    job.path = get_sv(from);
    job.place = get_sv(from);
    job.sibling_count = get_u32(from);
    if (!reader_ok(from) || job.sibling_count > SIBLINGS_MAX)
        return ERR(err, ERR_FORMAT, "a request is cut short");
    *ret = job;
    return 0;
}

/* ---- writing records ---- */

static size_t begin_record(struct buf *to, char type)
{
    put_u32(to, 0);
    put_u8(to, (unsigned)type);
    return to->n;
}

/* `more` bytes of it follow elsewhere. */
static void end_record(struct buf *to, size_t begin, size_t more)
{
    uint32_t n = (uint32_t)(to->n - begin + more);

    if (buf_ok(to))
        memcpy(to->p + begin - HEADER, &n, sizeof(n));
}

static void finish_record(struct wire_writer *w, size_t begin)
{
    end_record(&w->to, begin, 0);
    w->written(w->context);
}

static void write_begin(void *to, const struct dissect_begin *b)
{
    struct wire_writer *w = to;
    size_t begin = begin_record(&w->to, 'B');

    put_u32(&w->to, (b->is_entry ? BEGIN_ENTRY : 0u) | (b->whole ? BEGIN_WHOLE : 0u) |
                        (b->script ? BEGIN_SCRIPT : 0u) | (b->empty ? BEGIN_EMPTY : 0u) |
                        (b->closed ? BEGIN_CLOSED : 0u) | (b->only ? BEGIN_ONLY : 0u) |
                        (b->link ? BEGIN_LINK : 0u) | (b->special ? BEGIN_SPECIAL : 0u) |
                        (b->joined ? BEGIN_JOINED : 0u) | (b->on_disk ? BEGIN_ON_DISK : 0u));
    buf_sv(&w->to, b->entry);
    finish_record(w, begin);
}

static void write_seen(void *to, const struct field *field)
{
    struct wire_writer *w = to;
    size_t begin = begin_record(&w->to, 'S');

    put_u8(&w->to, field->key);
    put(&w->to, &field->group, sizeof(field->group));
    put_u64(&w->to, field->offset);
    put_u64(&w->to, field->length);
    buf_sv(&w->to, field->value);
    finish_record(w, begin);
}

static void write_told(void *to, const struct dissect_answer *answer)
{
    struct wire_writer *w = to;
    size_t begin = begin_record(&w->to, 'T');

    put_u32(&w->to, classifier_index(w->classifier, answer->recogniser));
    put_u32(&w->to, (uint32_t)(answer->gate - answer->recogniser->gates));
    put_u8(&w->to, answer->cut);
    if (answer->message.n < LONG) {
        buf_bytes(&w->to, answer->message.p, answer->message.n);
        finish_record(w, begin);
        return;
    }
    end_record(&w->to, begin, answer->message.n);
    w->long_one(w->context, answer->message);
    w->written(w->context);
}

static void write_told_all(void *to, bool read)
{
    struct wire_writer *w = to;
    size_t begin = begin_record(&w->to, 'A');

    put_u8(&w->to, read);
    finish_record(w, begin);
}

static void write_end(void *to, int result, const struct err *why)
{
    struct wire_writer *w = to;
    size_t begin = begin_record(&w->to, 'E');

    put_u8(&w->to, result == DISSECT_UNCOUNTED ? UNCOUNTED : (unsigned)-result);
    if (result < 0)
        buf_str(&w->to, why->text);
    finish_record(w, begin);
}

const struct dissect_events wire_events = {write_begin, write_seen, write_told, write_told_all,
                                           write_end};

void wire_put_end(struct buf *to, const struct wire_end *end)
{
    size_t begin = begin_record(to, 'F');

    put_u8(to, (unsigned)-end->result);
    put_u8(to, end->short_read);
    put_u64(to, end->bytes);
    put_u8(to, (unsigned)strlen(end->wants));
    buf_str(to, end->wants);
    if (end->result < 0)
        buf_str(to, end->why.text);
    end_record(to, begin, 0);
}

/* ---- reading records ---- */

static int nonsense(struct err *err, const char *what)
{
    return ERR(err, ERR_FORMAT, "the parser's answer makes no sense: %s", what);
}

int wire_record(struct span bytes, size_t *ret_n, bool *ret_end, struct err *err)
{
    struct reader r = reader_over(bytes);
    size_t n = get_u32(&r);
    uint8_t type = reader_u8(&r);

    *ret_n = 0;
    if (!reader_ok(&r))
        return 0;
    if (n > WIRE_RECORD_MAX)
        return nonsense(err, "a record is too long");
    if (n > r.rest.n)
        return 0;
    *ret_n = n + HEADER;
    *ret_end = type == 'F';
    return 0;
}

static struct sv rest(struct reader *r)
{
    return sv_of(reader_take(r, r->rest.n));
}

static int get_code(struct reader *r, int *ret_result, struct err *ret_why, struct err *err)
{
    unsigned code = reader_u8(r);

    *ret_why = (struct err){0};
    *ret_result = DISSECT_UNCOUNTED;
    if (code == UNCOUNTED)
        return 0;
    if (code >= ERR_COUNT_)
        return nonsense(err, "an unknown failure");
    *ret_result = -(int)code;
    ret_why->code = (enum err_code)code;
    return 0;
}

static void get_text(struct reader *r, struct err *to)
{
    struct sv text = rest(r);

    (void)snprintf(to->text, sizeof(to->text), "%.*s",
                   (int)(text.n < sizeof(to->text) ? text.n : sizeof(to->text) - 1),
                   text.n ? text.p : "");
}

static int tell_begin(struct wire_reader *w, struct reader *r, const struct dissect_events *events,
                      void *to, struct err *err)
{
    unsigned flags = get_u32(r);
    struct dissect_begin b = {
        .is_entry = flags & BEGIN_ENTRY,
        .whole = flags & BEGIN_WHOLE,
        .script = flags & BEGIN_SCRIPT,
        .empty = flags & BEGIN_EMPTY,
        .closed = flags & BEGIN_CLOSED,
        .only = flags & BEGIN_ONLY,
        .link = flags & BEGIN_LINK,
        .special = flags & BEGIN_SPECIAL,
        .joined = flags & BEGIN_JOINED,
        .on_disk = flags & BEGIN_ON_DISK,
    };

    b.entry = rest(r);
    if (b.is_entry) {
        if (w->expected[w->depth] != WIRE_ENTRIES || w->depth == DISSECT_DEPTH_MAX)
            return nonsense(err, "an entry of nothing");
        w->depth++;
    } else if (w->depth || w->expected[0] != WIRE_BEGIN) {
        return nonsense(err, "a second beginning");
    }
    // Names of files hold no NUL, and so no place does.
    if (memchr(b.entry.p ? b.entry.p : "", '\0', b.entry.n))
        return nonsense(err, "a name");
    w->expected[w->depth] = WIRE_TELLING;
    if (reader_ok(r))
        events->begin(to, &b);
    return 0;
}

static int tell_seen(struct reader *r, const struct dissect_events *events, void *to,
                     struct err *err)
{
    struct field field = {.key = (enum field_key)reader_u8(r)};

    get(r, &field.group, sizeof(field.group));
    field.offset = get_u64(r);
    field.length = get_u64(r);
    field.value = rest(r);
    if (field.key >= FIELD_COUNT_ || field.value.n > EMIT_VALUE_MAX)
        return nonsense(err, "a field");
    if (reader_ok(r))
        events->seen(to, &field);
    return 0;
}

static int tell_told(const struct wire_reader *w, struct reader *r,
                     const struct dissect_events *events, void *to, struct err *err)
{
    uint32_t recogniser = get_u32(r), gate = get_u32(r);
    struct dissect_answer answer = {.cut = reader_u8(r)};
    struct sv message = rest(r);

    if (!classifier_gate(w->classifier, recogniser, gate, &answer.recogniser, &answer.gate))
        return nonsense(err, "an unknown recogniser");
    answer.message = (struct span){(const uint8_t *)message.p, message.n};
    if (reader_ok(r))
        events->told(to, &answer);
    return 0;
}

static int tell_end(struct wire_reader *w, struct reader *r, const struct dissect_events *events,
                    void *to, struct err *err)
{
    struct err why;
    int result = 0;

    if (w->depth == 0)
        return nonsense(err, "an end without a beginning");
    TRY(get_code(r, &result, &why, err));
    get_text(r, &why);
    if (result == 0 && w->expected[w->depth] != WIRE_ENTRIES)
        return nonsense(err, "an early end");
    w->depth--;
    if (reader_ok(r))
        events->end(to, result, &why);
    return 0;
}

static int get_end(struct wire_reader *w, struct reader *r, struct wire_end *ret, struct err *err)
{
    struct sv wants;

    if (w->depth)
        return nonsense(err, "an end within an entry");
    TRY(get_code(r, &ret->result, &ret->why, err));
    ret->short_read = reader_u8(r);
    ret->bytes = get_u64(r);
    wants = sv_of(reader_take(r, reader_u8(r)));
    if (wants.n && (ret->result == 0 || !sibling_name_is_beneath(wants)))
        return nonsense(err, "a file that is no sibling");
    (void)snprintf(ret->wants, sizeof(ret->wants), "%.*s", (int)wants.n, wants.n ? wants.p : "");
    get_text(r, &ret->why);
    w->expected[0] = WIRE_BEGIN;
    return 0;
}

int wire_tell(struct wire_reader *w, struct span record, const struct dissect_events *events,
              void *to, struct wire_end *ret_end, struct err *err)
{
    struct reader r = reader_over(record);
    uint8_t type;
    int result = 0;

    (void)get_u32(&r);
    type = reader_u8(&r);
    if ((type == 'S' || type == 'T' || type == 'A') && w->expected[w->depth] != WIRE_TELLING)
        return nonsense(err, "more of what was told");
    switch (type) {
    case 'B':
        result = tell_begin(w, &r, events, to, err);
        break;
    case 'S':
        result = tell_seen(&r, events, to, err);
        break;
    case 'T':
        result = tell_told(w, &r, events, to, err);
        break;
    case 'A':
        w->expected[w->depth] = WIRE_ENTRIES;
        events->told_all(to, reader_u8(&r));
        break;
    case 'E':
        result = tell_end(w, &r, events, to, err);
        break;
    case 'F':
        result = get_end(w, &r, ret_end, err);
        if (result == 0 && reader_ok(&r))
            return WIRE_END;
        break;
    default:
        return nonsense(err, "an unknown record");
    }
    return result < 0 || reader_ok(&r) ? result : nonsense(err, "a record is cut short");
}
