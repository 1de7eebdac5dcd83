// SPDX-License-Identifier: Apache-2.0
/*
 * Dissecting in other processes, which may compute and nothing else.
 *
 * A parser is one such process at a time and the jobs that it was given. The files are opened here
 * and go there as open files; what was found comes back as events, checked, in the order of the
 * jobs. Several jobs are under way at once, so that neither side waits for the other.
 *
 * A process that dies, hangs or answers nonsense is replaced. The job that it was at is tried once
 * more, alone; is it lost again, it is that one job that ends as lost. So a file costs itself at
 * most, and is never tried for ever. (What hangs is not tried again.)
 */
#pragma once

#include "model/coverage.h"
#include "scan/parsers.h"
#include "scan/wire.h"

struct parser_job {
    int fd;               /* open until done() */
    struct wire_job wire; /* its texts live until done() */
    const int *siblings;  /* open files of those that are present, as fd */

    /* private */
    unsigned tries;
    bool started;
};

struct parser_outcome {
    bool lost;                   /* with the process that was at it */
    enum coverage_reason reason; /* then */
    struct wire_end end;         /* otherwise; its text also when it was lost */
    bool wants; /* nothing was told: the job may be submitted again, with what `end` wants */
};

/* Called from within parser_submit() and parser_drain(), about one job at a time. */
struct parser_events {
    void (*start)(void *to, struct parser_job *job); /* events of the dissector follow */
    const struct dissect_events *dissect;
    /* Also without a start. When it was lost, entries may have no end. */
    void (*done)(void *to, struct parser_job *job, const struct parser_outcome *outcome);
};

/* For one thread at a time. */
struct parser;

/* Its process is started when there is a job for it. */
int parser_new(struct parsers *all, unsigned number, const struct parser_events *events, void *to,
               struct parser **ret, struct err *err) MUST_USE;
void parser_free(struct parser *p); /* jobs that are not done are forgotten */

/*
 * Room for the first SOURCE_HEAD bytes of a job's file, `slot` below PARSER_SLOTS: what is put
 * there is read by the process in place, and nobody writes it from the submission until done().
 * NULL when the system has no memory of which a process can be given a view for reading only.
 */
uint8_t *parser_head(const struct parser *p, unsigned slot);
void parser_head_settle(const struct parser *p, unsigned slot); /* before it is first used */

/* An error means that no process can be started any more; every job is done even so. */
int parser_submit(struct parser *p, struct parser_job *job, struct err *err) MUST_USE;
int parser_drain(struct parser *p, struct err *err) MUST_USE;

/* Send what waits for company; for somebody who is about to drain several parsers. */
int parser_flush(struct parser *p, struct err *err) MUST_USE;
