// SPDX-License-Identifier: Apache-2.0
/*
 * What the opener and a parser process say to each other, as bytes.
 *
 *     request   one frame of jobs; their open files come with it, in the same order
 *     answer    records: one when the parser begins, then those of the jobs, in order
 *
 * The opener believes nothing that a parser answers: lengths, numbers and order are checked when it
 * is read, and whatever is wrong ends the parser.
 */
#pragma once

#include "scan/dissect.h"

enum {
    WIRE_RECORD_MAX = EMIT_MAX + (1 << 20),
};

/* ---- requests ---- */

/* A file beside the one of the job that it asked for before. */
struct wire_sibling {
    struct sv name;
    uint64_t size;
    bool present; /* an open file is sent for it, behind the job's own */
};

struct wire_job {
    struct sv path, place; /* as in struct dissect_file */
    uint64_t number;       /* counted by the opener */
    uint64_t size;
    bool executable, hash, known;
    int head;        /* where its first bytes are, parser_head(); -1: they are to be read */
    uint32_t head_n; /* then: how many there are; when that is all of it, no open file is sent */
    bool alone;      /* answer each record at once: the one before did not survive this job */

    /* Only this gate of this recogniser, and nothing else; -1: all that fit. */
    int recogniser, gate;

    const struct wire_sibling *siblings; /* borrowed; wire_get_siblings() reads them */
    uint32_t sibling_count;
};

bool wire_needs_file(const struct wire_job *job);
void wire_put_job(struct buf *to, const struct wire_job *job);
int wire_get_job(struct reader *from, struct wire_job *ret, struct err *err) MUST_USE;

/* Right behind the job: as many as it says, which are at most SIBLINGS_MAX. */
int wire_get_siblings(struct reader *from, const struct wire_job *job, struct wire_sibling *ret,
                      struct err *err) MUST_USE;

/* ---- answers ---- */

/* How a job ended, or the start of the parser. */
struct wire_end {
    int result;
    struct err why;
    uint64_t bytes; /* read from the file; at the start: the features of the sandbox */
    bool short_read;
    char wants[SIBLING_NAME_MAX + 1]; /* the sibling without which it failed; empty: none */
};

/* Events to records, appended to a buffer. */
struct wire_writer {
    struct buf to;
    const struct classifier *classifier;
    void (*written)(void *context);                     /* after each record */
    void (*long_one)(void *context, struct span bytes); /* comes after what is in the buffer */
    void *context;
};

extern const struct dissect_events wire_events; /* `to` is the struct wire_writer */

void wire_put_end(struct buf *to, const struct wire_end *end);

/* Records to events. */
struct wire_reader {
    const struct classifier *classifier;
    unsigned depth;
    enum { WIRE_BEGIN, WIRE_TELLING, WIRE_ENTRIES } expected[DISSECT_DEPTH_MAX + 1];
};

/* The length of the record that `bytes` begin with, header and all; 0 when more are needed. */
int wire_record(struct span bytes, size_t *ret_n, bool *ret_end, struct err *err) MUST_USE;

enum { WIRE_END = 1 };

/* Tell one whole record. 0, WIRE_END with *ret_end, or -ERR_FORMAT for what no honest parser says.
 */
int wire_tell(struct wire_reader *r, struct span record, const struct dissect_events *events,
              void *to, struct wire_end *ret_end, struct err *err) MUST_USE;
