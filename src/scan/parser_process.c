// SPDX-License-Identifier: Apache-2.0
#include "scan/parser_process.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/channel.h"
#include "os/file.h"
#include "scan/sibling_set.h"

enum {
    FLUSH = 64 * 1024,
    FRAME_MAX = 64 << 20, /* paths have no other limit */
    FOR_EVER = -1,
    REST_MS = 100,
    GRANT_MS = 5, /* how often to look whether more may be read */
};

struct serving {
    struct parser_process *process;
    struct wire_writer writer;
    bool alone, flushed; /* of the job at hand */
    int64_t cpu_ns;      /* told so far */
};

/* Milliseconds to wait before looking again; 0: go on. */
static int rest_ms(const struct parser_page *page)
{
    int64_t left =
        atomic_load_explicit(&page->rest_until_ns, memory_order_relaxed) - clock_steady_ns();
    int64_t ms = left / (NS_PER_S / 1000) + 1;
    uint64_t until = atomic_load_explicit(&page->bytes_until, memory_order_relaxed);

    if (left > 0)
        return (int)(ms < REST_MS ? ms : REST_MS);
    return until && atomic_load_explicit(&page->bytes, memory_order_relaxed) > until ? GRANT_MS : 0;
}

/* Tell what was used, and rest. */
static void pace(void *context, uint64_t bytes)
{
    struct serving *s = context;
    struct parser_page *page = s->process->page;
    int64_t cpu = clock_cpu_ns();
    int ms;

    atomic_fetch_add_explicit(&page->bytes, bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&page->cpu_ns, (uint64_t)(cpu - s->cpu_ns), memory_order_relaxed);
    s->cpu_ns = cpu;
    while ((ms = rest_ms(page)) > 0 && !atomic_load_explicit(&page->stop, memory_order_relaxed)) {
        // Who rests makes no progress, but is not stuck.
        atomic_fetch_add_explicit(&page->beats, 1, memory_order_relaxed);
        (void)poll(NULL, 0, ms);
    }
}

static void flush(struct serving *s)
{
    struct buf *out = &s->writer.to;
    struct err err;

    // Without memory to answer, or nobody to answer to: the opener sees that this is the end.
    if (!buf_ok(out) ||
        channel_send(s->process->channel, out->p, out->n, NULL, 0, FOR_EVER, &err) < 0)
        _exit(1);
    buf_reset(out);
}

static void on_written(void *context)
{
    struct serving *s = context;

    atomic_fetch_add_explicit(&s->process->page->beats, 1, memory_order_relaxed);
    if (!s->alone && s->writer.to.n < FLUSH)
        return;
    flush(s);
    s->flushed = true;
}

static void on_long(void *context, struct span bytes)
{
    struct serving *s = context;
    struct err err;

    flush(s);
    if (channel_send(s->process->channel, bytes.p, bytes.n, NULL, 0, FOR_EVER, &err) < 0)
        _exit(1);
    s->flushed = true;
}

/* The file of a job, and what was read of it already. */
static int open_job(const struct parser_process *p, const struct wire_job *job, int fd,
                    uint8_t *head_room, struct file_source *ret, struct err *err)
{
    struct span head = {p->heads + (size_t)job->head * SOURCE_HEAD, job->head_n};

    if (job->head < 0)
        return file_source_init(ret, fd, job->size, head_room, err);
    file_source_init_with(ret, fd, job->size, head);
    return 0;
}

static void serve_job(struct serving *s, const struct wire_job *job, int fd,
                      struct sibling_set *siblings)
{
    struct dissector *d = s->process->dissector;
    struct wire_end end = {0};
    uint8_t head[SOURCE_HEAD];
    struct file_source file = {0};
    struct dissect_file whole = {.source = &file.source,
                                 .path = job->path,
                                 .place = job->place,
                                 .executable = job->executable,
                                 .hash = job->hash,
                                 .known = job->known,
                                 .siblings = &siblings->siblings};
    const struct read_meter meter = {pace, s};
    const struct recogniser *recogniser;
    const struct gate *gate;

    atomic_store_explicit(&s->process->page->job, job->number, memory_order_relaxed);
    s->alone = job->alone;
    s->flushed = false;
    end.result = open_job(s->process, job, fd, head, &file, &end.why);
    if (s->process->paced) {
        file.meter = &meter;
        pace(s, 0);
    }
    if (end.result == 0 && job->recogniser < 0)
        end.result = dissect(d, &whole, &wire_events, &s->writer, &end.why);
    else if (end.result == 0 && classifier_gate(s->process->classifier, (uint32_t)job->recogniser,
                                                (uint32_t)job->gate, &recogniser, &gate))
        end.result = dissect_only(d, &whole, recogniser, gate, &wire_events, &s->writer, &end.why);
    if (end.result < 0)
        (void)snprintf(end.wants, sizeof(end.wants), "%s", siblings->wants);
    end.bytes = file.bytes_read;
    end.short_read = file.short_read;
    wire_put_end(&s->writer.to, &end);
    // What is told of in part must not wait for others to end.
    if (s->alone || s->flushed)
        flush(s);
}

/* What was sent for the job beside its own file. */
static int take_siblings(struct reader *r, const struct wire_job *job, const int files[],
                         size_t count, size_t *used, struct sibling_set *to, struct err *err)
{
    struct wire_sibling all[SIBLINGS_MAX];

    TRY(wire_get_siblings(r, job, all, err));
    for (uint32_t i = 0; i < job->sibling_count; i++) {
        int fd = -1;

        if (all[i].present && *used == count)
            return ERR(err, ERR_FORMAT, "a frame lacks files");
        if (all[i].present)
            fd = files[(*used)++];
        TRY(sibling_set_add(to, all[i].name, fd, all[i].size, err));
    }
    return 0;
}

static int receive_frame(const struct parser_process *p, uint8_t **ret_bytes,
                         struct parser_frame *ret, int files[], size_t *ret_count, struct err *err)
{
    TRY(channel_receive(p->channel, ret, sizeof(*ret), files, CHANNEL_FILES_MAX, ret_count, err));
    if (ret->bytes > FRAME_MAX || ret->jobs > CHANNEL_FILES_MAX)
        return ERR(err, ERR_FORMAT, "a frame is too large");
    *ret_bytes = malloc(ret->bytes + 1u);
    if (!*ret_bytes)
        return ERR(err, ERR_NOMEM, "no memory for a frame");
    TRY(channel_receive(p->channel, *ret_bytes, ret->bytes, files, CHANNEL_FILES_MAX, ret_count,
                        err));
    return 0;
}

static int serve_frame(struct serving *s, struct err *err)
{
    auto_free uint8_t *bytes = NULL;
    int files[CHANNEL_FILES_MAX];
    struct parser_frame frame;
    struct reader r;
    size_t count = 0, used = 0;

    TRY(receive_frame(s->process, &bytes, &frame, files, &count, err));
    r = reader_over((struct span){bytes, frame.bytes});
    for (size_t i = 0; i < frame.jobs; i++) {
        struct sibling_set siblings;
        struct wire_job job;
        int fd = -1, result;

        TRY(wire_get_job(&r, &job, err));
        if (wire_needs_file(&job) && used == count)
            return ERR(err, ERR_FORMAT, "a frame lacks files");
        if (wire_needs_file(&job))
            fd = files[used++];
        sibling_set_init(&siblings, -1);
        result = take_siblings(&r, &job, files, count, &used, &siblings, err);
        if (result == 0)
            serve_job(s, &job, fd, &siblings);
        sibling_set_clear(&siblings);
        if (fd >= 0)
            (void)close(fd);
        TRY(result);
    }
    flush(s);
    return 0;
}

void parser_process_run(struct parser_process *p, unsigned features, const struct err *why)
{
    struct serving s = {.process = p,
                        .writer = {.classifier = p->classifier,
                                   .written = on_written,
                                   .long_one = on_long,
                                   .context = &s}};
    struct wire_end ready = {.result = -(int)why->code, .why = *why, .bytes = features};
    struct err err;

    wire_put_end(&s.writer.to, &ready);
    flush(&s);
    while (serve_frame(&s, &err) == 0)
        continue;
}
