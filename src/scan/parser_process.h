// SPDX-License-Identifier: Apache-2.0
/* The other side of scan/parser.h: what runs in a parser process. */
#pragma once

#include <stdatomic.h>

#include "scan/wire.h"

/* Shared by both sides. The process may write anything into it: it is a hint, never believed. */
struct parser_page {
    atomic_uint_fast64_t job;           /* the number of the one that it is at */
    atomic_uint_fast64_t beats;         /* grows while it makes progress */
    atomic_bool stop;                   /* set by the opener: end soon */
    atomic_uint_fast64_t cpu_ns, bytes; /* used and read, by all processes of this parser */
    atomic_int_fast64_t rest_until_ns;  /* set by the opener: not to work until then */
    atomic_uint_fast64_t bytes_until;   /* set by the opener: nor beyond these; 0: no limit */
};

struct parser_frame {
    uint32_t bytes, jobs; /* of the jobs that follow */
};

struct parser_process {
    struct dissector *dissector;
    struct parser_page *page;
    const uint8_t *heads; /* slots of SOURCE_HEAD bytes, to be read only; NULL: none */
    const struct classifier *classifier;
    int channel;
    bool paced; /* it says what it uses, and rests when it is told to */
};

/* Serve until the other side ends. */
void parser_process_run(struct parser_process *p, unsigned features, const struct err *why);
