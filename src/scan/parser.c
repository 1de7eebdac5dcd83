// SPDX-License-Identifier: Apache-2.0
/*
 * The queue of one parser, oldest first:
 *
 *     jobs   [ at the process, at most WINDOW ][ to be sent, BATCH at a time ]
 *                                       sent ^                         count ^
 *
 * When a process is lost, all jobs that it had are to be sent again, the suspect by itself. Nothing
 * of a job is told before the whole of it is here, so that trying again tells nothing twice; only
 * when it is too much to be kept is it told as it comes, and then not tried again.
 */
#include "scan/parser.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "os/channel.h"
#include "scan/parser_process.h"

enum {
    BATCH = 32,
    WINDOW = 64,
    BATCH_BYTES = 32 * 1024, /* of paths; more than that goes alone */
    HEAVY = 4 << 20,         /* bytes of files that are worth sending at once */
    KEPT_MAX = 1 << 20,      /* of answers to one job */
    TEXTS_MAX = 16 << 20,    /* bytes of the texts of one job */
    PIECE = 64 * 1024,
    TICK_MS = 500,
    STARTS_MAX = 3, /* in a row that fail */
    START_MS = 30 * 1000,
    TRIES_MAX = 2, /* in company */
    OVERALL = 10,  /* times the patience, for a job that goes on and on */
    STOP_NS = 5,   /* seconds to end by itself */
    LIFE_S = 600,
};

struct parser {
    struct parsers *all;
    const struct parsers_options *o;
    const struct parser_events *events;
    void *to;
    struct parser_page *page;
    unsigned number;

    int pid, channel; /* of the process; -1: none */
    int64_t born_ns;
    unsigned served, features;
    bool broken; /* none can be started any more */

    struct parser_job *queue[PARSER_JOBS_MAX];
    size_t count, sent, done; /* done: how many, ever */
    uint64_t next_number;
    struct buf out;

    struct buf in; /* records: told before `at`, known to be whole before `scanned` */
    size_t at, scanned;
    struct wire_reader reader;

    uint64_t job, beats; /* last seen in the page, and since when */
    int64_t moved_ns, job_ns, stopped_ns;
};

/* ---- the process ---- */

static int64_t now(void)
{
    return clock_steady_ns();
}

/* End it and take away what it has not told. How it ended is in *ret_status. */
static void end_process(struct parser *p, int *ret_status)
{
    struct err err;

    *ret_status = 0;
    if (p->channel < 0)
        return;
    (void)close(p->channel);
    p->channel = -1;
    if (parsers_end(p->all, p->pid, ret_status, &err) < 0)
        *ret_status = 0; // the spawner is gone as well: the next start says so
}

static int receive(struct parser *p, int patience_ms, size_t *ret_n, struct err *err)
{
    char piece[PIECE];

    TRY(channel_receive_some(p->channel, piece, sizeof(piece), patience_ms, ret_n, err));
    // What was told is no longer needed.
    if (p->at == p->in.n || p->at > 4 * KEPT_MAX) {
        p->in.n -= p->at;
        if (p->in.n)
            memmove(p->in.p, p->in.p + p->at, p->in.n);
        p->scanned -= p->at;
        p->at = 0;
    }
    buf_bytes(&p->in, piece, *ret_n);
    return buf_ok(&p->in) ? 0 : ERR(err, ERR_NOMEM, "no memory for a parser's answer");
}

static void forget_answers(struct parser *p)
{
    buf_reset(&p->in);
    p->at = p->scanned = 0;
    p->reader = (struct wire_reader){.classifier = p->o->dissect->classifier};
}

static struct span unread(const struct parser *p, size_t from)
{
    return (struct span){(const uint8_t *)p->in.p + from, p->in.n - from};
}

/* Its first record says which rights it gave up. */
static int wait_ready(struct parser *p, struct wire_end *ret, struct err *err)
{
    int64_t begun = now();

    for (;;) {
        size_t n = 0, got = 0;
        bool end = false;

        if (p->in.n)
            TRY(wire_record(unread(p, 0), &n, &end, err));
        if (n && !end)
            return ERR(err, ERR_FORMAT, "it began with nonsense");
        if (n) {
            p->at = p->scanned = n;
            return wire_tell(&p->reader, (struct span){(const uint8_t *)p->in.p, n}, &wire_events,
                             NULL, ret, err) == WIRE_END &&
                           n == p->in.n
                       ? 0
                       : ERR(err, ERR_FORMAT, "it began with nonsense");
        }
        if (now() - begun > (int64_t)START_MS * (NS_PER_S / 1000))
            return ERR(err, ERR_CANCELLED, "it takes too long");
        TRY(receive(p, TICK_MS, &got, err));
    }
}

static int start_once(struct parser *p, struct err *err)
{
    struct wire_end ready = {0};
    int status, r;

    forget_answers(p);
    TRY(parsers_make(p->all, p->number, &p->pid, &p->channel, err));
    r = wait_ready(p, &ready, err);
    if (r < 0) {
        end_process(p, &status);
        if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
            return ERR(err, ERR_IO, "it ended with signal %d (%s)", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
        return r;
    }
    p->features = (unsigned)ready.bytes;
    p->served = 0;
    p->born_ns = p->moved_ns = p->job_ns = now();
    return 0;
}

static int start(struct parser *p, struct err *err)
{
    int r = 0;

    for (unsigned i = 0; i < STARTS_MAX; i++) {
        r = start_once(p, err);
        if (r == 0)
            break;
    }
    if (r == 0)
        r = parsers_take(p->all, p->features, err);
    if (r < 0) {
        p->broken = true;
        return err_wrap(err, r, "a parser process cannot be started");
    }
    return 0;
}

/* ---- ends of jobs ---- */

static void finish(struct parser *p, size_t i, const struct parser_outcome *outcome)
{
    struct parser_job *job = p->queue[i];

    memmove(&p->queue[i], &p->queue[i + 1], (p->count - i - 1) * sizeof(struct parser_job *));
    p->count--;
    if (i < p->sent)
        p->sent--;
    p->done++;
    p->events->done(p->to, job, outcome);
}

static void finish_lost(struct parser *p, size_t i, enum coverage_reason reason, const char *detail)
{
    struct parser_outcome outcome = {.lost = true, .reason = reason};

    (void)snprintf(outcome.end.why.text, sizeof(outcome.end.why.text), "%s", detail);
    finish(p, i, &outcome);
}

static void finish_all(struct parser *p, enum coverage_reason reason, const char *detail)
{
    while (p->count)
        finish_lost(p, 0, reason, detail);
}

/* ---- sending ---- */

static bool is_due(const struct parser *p)
{
    return p->served >= p->o->life || now() - p->born_ns > LIFE_S * NS_PER_S;
}

static size_t weight(const struct parser_job *job)
{
    return job->wire.path.n + job->wire.place.n + 64;
}

/* How many jobs are to be sent now; `all`: also when they are few. */
static size_t sendable(const struct parser *p, bool all)
{
    size_t n = 0, bytes = 0;
    uint64_t files = 0;

    if (p->sent == p->count || (p->sent && p->queue[p->sent - 1]->wire.alone))
        return 0;
    if (p->queue[p->sent]->wire.alone)
        return p->sent == 0;
    for (; p->sent + n < p->count && n < BATCH; n++) {
        const struct parser_job *job = p->queue[p->sent + n];

        if (job->wire.alone || (n && bytes + weight(job) > BATCH_BYTES))
            break;
        bytes += weight(job);
        files += job->wire.size < HEAVY ? job->wire.size : HEAVY;
    }
    if (n < BATCH && bytes < BATCH_BYTES / 2 && files < HEAVY && !all)
        return 0;
    // What may not fit into the channel would block both sides; a process that is due comes to
    // rest.
    if (p->sent && (p->sent + n > WINDOW || bytes > BATCH_BYTES || is_due(p)))
        return 0;
    return n;
}

static void lose(struct parser *p, bool hung, const char *detail);

/* A failure to send shows as a lost process; an error is one to start it. */
static int send_jobs(struct parser *p, size_t n, struct err *err)
{
    struct parser_frame frame = {.jobs = (uint32_t)n};
    int files[CHANNEL_FILES_MAX], status, r;
    size_t file_count = 0;
    struct err why;

    if (p->sent == 0 && p->channel >= 0 && is_due(p))
        end_process(p, &status);
    if (p->channel < 0)
        TRY(start(p, err));
    buf_reset(&p->out);
    buf_bytes(&p->out, &frame, sizeof(frame));
    for (size_t i = 0; i < n; i++) {
        const struct parser_job *job = p->queue[p->sent + i];

        wire_put_job(&p->out, &job->wire);
        if (wire_needs_file(&job->wire))
            files[file_count++] = job->fd;
        for (uint32_t k = 0, f = 0; k < job->wire.sibling_count; k++)
            if (job->wire.siblings[k].present)
                files[file_count++] = job->siblings[f++];
    }
    if (!buf_ok(&p->out))
        return ERR(err, ERR_NOMEM, "no memory to ask a parser");
    frame.bytes = (uint32_t)(p->out.n - sizeof(frame));
    memcpy(p->out.p, &frame, sizeof(frame));
    if (p->sent == 0)
        p->moved_ns = p->job_ns = now();
    p->sent += n;
    p->served += (unsigned)n;
    r = channel_send(p->channel, p->out.p, p->out.n, files, file_count,
                     (int)(p->o->patience_ns / (NS_PER_S / 1000)), &why);
    if (r < 0)
        lose(p, r == -ERR_CANCELLED, r == -ERR_GONE ? NULL : why.text);
    return 0;
}

/* ---- losing a process ---- */

static const char *end_text(int status, char *room, size_t n, bool *ret_hung)
{
    *ret_hung = WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU;
    if (*ret_hung)
        (void)snprintf(room, n, "the parser took more processor time than it may");
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        (void)snprintf(room, n, "the parser made a system call that the sandbox forbids");
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        (void)snprintf(room, n, "the parser was killed from outside");
    else if (WIFSIGNALED(status))
        (void)snprintf(room, n, "the parser crashed (%s)", strsignal(WTERMSIG(status)));
    else
        (void)snprintf(room, n, "the parser ended by itself");
    return room;
}

/* The job that the process said it was at; else the oldest. */
static size_t suspect_of(const struct parser *p)
{
    uint64_t number = atomic_load_explicit(&p->page->job, memory_order_relaxed);

    for (size_t i = 0; i < p->sent; i++)
        if (p->queue[i]->wire.number == number)
            return i;
    return 0;
}

static int tell(struct parser *p, size_t to, struct wire_end *ret_end, struct err *err);

/* `detail`: what was wrong with it; NULL: it ended, and how says it. */
static void lose(struct parser *p, bool hung, const char *detail)
{
    enum coverage_reason reason;
    struct wire_end none;
    char room[128];
    size_t suspect = suspect_of(p);
    bool by_time = false;
    struct err err;
    int status;

    end_process(p, &status);
    if (!detail)
        detail = end_text(status, room, sizeof(room), &by_time);
    reason = hung || by_time ? REASON_PARSER_HUNG : REASON_PARSER_CRASHED;
    if (!p->sent)
        return;
    // What was told already cannot be told again.
    if (p->queue[0]->started)
        suspect = 0;

    struct parser_job *job = p->queue[suspect];
    bool alone = job->wire.alone,
         again = reason == REASON_PARSER_CRASHED && !alone && !job->started;

    // By itself, every record of it came at once: what could be read before the end stands.
    if (suspect == 0 && (alone || job->started))
        (void)tell(p, p->scanned, &none, &err);
    forget_answers(p);
    job->wire.alone = true;
    for (size_t i = 0; i < p->sent; i++)
        if (++p->queue[i]->tries == TRIES_MAX)
            p->queue[i]->wire.alone = true;
    if (!again)
        finish_lost(p, suspect, reason, detail);
    p->sent = 0;
}

/* ---- answers ---- */

/* Tell the records of the oldest job up to `to`. 0, or WIRE_END after its last one. */
static int tell(struct parser *p, size_t to, struct wire_end *ret_end, struct err *err)
{
    struct parser_job *job = p->queue[0];

    if (!job->started) {
        job->started = true;
        p->events->start(p->to, job);
    }
    while (p->at < to) {
        bool end;
        size_t n;
        int r;

        TRY(wire_record(unread(p, p->at), &n, &end, err));
        r = wire_tell(&p->reader, (struct span){unread(p, p->at).p, n}, p->events->dissect, p->to,
                      ret_end, err);
        p->at += n;
        if (r)
            return r;
    }
    return 0;
}

/* Does the job whose end is the record at `at` want more files? Then nothing is told of it. */
static int wants_sibling(struct parser *p, size_t at, struct parser_outcome *ret, struct err *err)
{
    struct wire_reader fresh = {.classifier = p->o->dissect->classifier};
    struct wire_end end = {0};
    int r = wire_tell(&fresh, (struct span){unread(p, at).p, p->scanned - at}, p->events->dissect,
                      p->to, &end, err);

    if (r != WIRE_END)
        return r < 0 ? r : ERR(err, ERR_FORMAT, "the parser's answer makes no sense: its end");
    ret->wants = *end.wants && p->queue[0]->wire.sibling_count < SIBLINGS_MAX;
    ret->end = end;
    return 0;
}

/* Whatever of the answers is whole. */
static int process(struct parser *p, struct err *err)
{
    for (;;) {
        struct parser_outcome outcome = {0};
        bool end = false;
        size_t n = 1, last = p->scanned;

        if (p->at < p->in.n && !p->sent)
            return ERR(err, ERR_FORMAT, "the parser answers what nobody asked");
        while (n && !end) {
            last = p->scanned;
            TRY(wire_record(unread(p, p->scanned), &n, &end, err));
            p->scanned += n;
        }
        if (!end && p->scanned - p->at > KEPT_MAX)
            TRY(tell(p, p->scanned, &outcome.end, err));
        if (!end)
            return 0;
        if (!p->queue[0]->started)
            TRY(wants_sibling(p, last, &outcome, err));
        if (outcome.wants) {
            p->at = p->scanned;
            finish(p, 0, &outcome);
            continue;
        }
        TRY(tell(p, p->scanned, &outcome.end, err));
        finish(p, 0, &outcome);
    }
}

/* ---- waiting ---- */

static void look_at_page(struct parser *p)
{
    uint64_t job = atomic_load_explicit(&p->page->job, memory_order_relaxed);
    uint64_t beats = atomic_load_explicit(&p->page->beats, memory_order_relaxed);

    if (job != p->job || beats != p->beats)
        p->moved_ns = now();
    if (job != p->job)
        p->job_ns = now();
    p->job = job;
    p->beats = beats;
}

static bool is_hung(struct parser *p)
{
    const struct parser_job *job;
    int64_t patience;

    look_at_page(p);
    job = p->queue[suspect_of(p)];
    patience = p->o->patience_ns + (int64_t)(job->wire.size >> 20) * p->o->patience_mib_ns;
    return now() - p->moved_ns > patience || (now() - p->job_ns) / OVERALL > patience;
}

/* What was sent may end in order, for a while; the rest is not begun. */
static void give_up(struct parser *p)
{
    // The events of one job are told without those of another in between.
    while (p->count > p->sent && !(p->sent && p->queue[0]->started))
        finish_lost(p, p->count - 1, REASON_INTERRUPTED, "stopped");
    if (!p->stopped_ns)
        p->stopped_ns = now();
    atomic_store(&p->page->stop, true);
    if (now() - p->stopped_ns > STOP_NS * NS_PER_S) {
        int status;

        end_process(p, &status);
        finish_all(p, REASON_INTERRUPTED, "stopped");
    }
}

/* Until a job is done, or all are. */
static int wait_some(struct parser *p, struct err *err)
{
    for (size_t done = p->done; p->done == done && p->count;) {
        struct err why;
        size_t got = 0;
        int r;

        if (p->o->cancel && atomic_load(p->o->cancel))
            give_up(p);
        if (!p->sent) {
            if (p->count)
                TRY(send_jobs(p, sendable(p, true), err));
            continue;
        }
        r = receive(p, TICK_MS, &got, &why);
        if (r == 0 && got)
            r = process(p, &why);
        if (r < 0)
            lose(p, false, r == -ERR_GONE ? NULL : why.text);
        else if (p->sent && is_hung(p))
            lose(p, true, "the parser made no progress for too long");
    }
    return 0;
}

/* ---- for its owner ---- */

int parser_new(struct parsers *all, unsigned number, const struct parser_events *events, void *to,
               struct parser **ret, struct err *err)
{
    struct parser *p = calloc(1, sizeof(*p));

    if (!p)
        return ERR(err, ERR_NOMEM, "no memory");
    p->all = all;
    p->o = parsers_options(all);
    bug_if(number >= p->o->count);
    p->number = number;
    p->events = events;
    p->to = to;
    p->page = parsers_page(all, number);
    p->pid = p->channel = -1;
    p->next_number = 1;
    *ret = p;
    return 0;
}

void parser_free(struct parser *p)
{
    int status;

    if (!p)
        return;
    end_process(p, &status);
    buf_clear(&p->in);
    buf_clear(&p->out);
    free(p);
}

uint8_t *parser_head(const struct parser *p, unsigned slot)
{
    return parsers_head(p->all, p->number, slot);
}

void parser_head_settle(const struct parser *p, unsigned slot)
{
    parsers_head_settle(p->all, p->number, slot);
}

/* An error to start a process is one for every job. */
static int fail(struct parser *p, int result, const struct err *err)
{
    if (result < 0)
        finish_all(p, REASON_PARSER_CRASHED, err->text);
    return result;
}

static int send_full(struct parser *p, bool all, struct err *err)
{
    size_t n;

    while ((n = sendable(p, all)) > 0)
        TRY(send_jobs(p, n, err));
    return 0;
}

static int submit(struct parser *p, struct err *err)
{
    TRY(send_full(p, false, err));
    while (p->count - p->sent >= BATCH || p->count == PARSER_JOBS_MAX) {
        TRY(wait_some(p, err));
        TRY(send_full(p, false, err));
    }
    return 0;
}

int parser_submit(struct parser *p, struct parser_job *job, struct err *err)
{
    job->wire.number = p->next_number++;
    // What brings many files goes by itself.
    job->wire.alone = job->wire.sibling_count > 0;
    job->tries = 0;
    job->started = false;
    bug_if(p->count == PARSER_JOBS_MAX);
    p->queue[p->count++] = job;
    if (weight(job) > TEXTS_MAX) {
        struct parser_outcome outcome = {0};

        outcome.end.result = ERR(&outcome.end.why, ERR_LIMIT, "its path is too long");
        finish(p, p->count - 1, &outcome);
        return 0;
    }
    if (p->broken)
        return fail(p, ERR(err, ERR_UNSUPPORTED, "no parser process can be started"), err);
    return fail(p, submit(p, err), err);
}

int parser_flush(struct parser *p, struct err *err)
{
    return fail(p, send_full(p, true, err), err);
}

int parser_drain(struct parser *p, struct err *err)
{
    while (p->count) {
        int r = send_full(p, true, err);

        if (r == 0)
            r = wait_some(p, err);
        TRY(fail(p, r, err));
    }
    return 0;
}
