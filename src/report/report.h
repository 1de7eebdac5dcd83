// SPDX-License-Identifier: Apache-2.0
/*
 * One scan in the form that somebody asked for.
 *
 * A format is one file, format_<name>.c, and one line in meson.build. It reads a scan_view, which
 * is plain data and iterators, and writes to a sink; it opens nothing and asks nobody the time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "model/scan_view.h"

/*
 * Where a report goes. Writing never fails: the first failure is remembered, what follows it is
 * dropped, and sink_finish() answers with it.
 */
struct sink {
    struct buf buf; /* written and not yet handed on */
    FILE *file;     /* borrowed; NULL keeps everything in `buf` */
    bool colour;
    unsigned columns; /* of the terminal; 0: 80 */
    int failed;
    struct err err; /* of the first failure */
};

#define auto_sink __attribute__((cleanup(sink_clear))) struct sink

void sink_init(struct sink *s, FILE *file);
void sink_clear(struct sink *s);
void sink_bytes(struct sink *s, const void *p, size_t n);
void sink_sv(struct sink *s, struct sv text);
void sink_str(struct sink *s, const char *text);
void sink_char(struct sink *s, char c);
void sink_printf(struct sink *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Hand on what has gathered, once it is much. For those who write to `buf` themselves. */
void sink_settle(struct sink *s);

/* Hand on everything. 0, or the first failure. */
int sink_finish(struct sink *s, struct err *err) MUST_USE;

struct report_format {
    const char *name;
    const char *summary;
    const char *extension; /* of a file of it, without the dot */

    /*
     * Write the whole report. A document that was begun is also finished when this fails: after
     * -ERR_CONFLICT, the account of the coverage does not add up and nobody should rely on it.
     */
    int (*write)(const struct scan_view *view, struct sink *sink, struct err *err);
};

/* In the order of their names' lines in meson.build; ended by NULL. */
extern const struct report_format *const report_formats[];

/* NULL when there is none. */
const struct report_format *report_format_named(struct sv name);

/* Write one report and hand on all of it. */
int report_write(const struct report_format *format, const struct scan_view *view,
                 struct sink *sink, struct err *err) MUST_USE;

enum explain_flags {
    EXPLAIN_ALL = 1 << 0, /* every indicator and every place, also where one screen is too small */
};

/* Why this is a finding, as one screen of text. `view` is the scan that has it. */
int report_explain(const struct scan_view *view, const struct finding *f, unsigned flags,
                   struct sink *sink, struct err *err) MUST_USE;
