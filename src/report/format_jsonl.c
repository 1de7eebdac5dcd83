// SPDX-License-Identifier: Apache-2.0
/*
 * The scan as JSON Lines, for pipes: one `scan` line, a line for each finding and for each object
 * that was not examined, and an `end` line, without which the report is cut short.
 */
#include "report/document.h"
#include "report/report.h"

struct to {
    struct sink *sink;
    uint64_t findings, unexamined;
};

static struct json_writer begin(struct to *to, const char *type)
{
    struct json_writer w = json_writer_to(&to->sink->buf, false);

    json_object(&w);
    json_key(&w, "type");
    json_str(&w, type);
    return w;
}

static void end(struct to *to, struct json_writer *w)
{
    json_end(w);
    sink_char(to->sink, '\n');
}

static int add_finding(void *to_, const struct finding *f, struct err *err)
{
    struct to *to = to_;
    struct json_writer w = begin(to, "finding");
    (void)err;

    json_key(&w, "finding");
    finding_write_json(f, &w);
    end(to, &w);
    to->findings++;
    return 0;
}

static int add_unexamined(void *to_, const struct unexamined *u, struct err *err)
{
    struct to *to = to_;
    struct json_writer w = begin(to, "unexamined");
    (void)err;

    json_key(&w, "unexamined");
    document_unexamined(u, &w);
    end(to, &w);
    to->unexamined++;
    return 0;
}

static void add_end(const struct scan_view *view, struct to *to)
{
    struct json_writer w = begin(to, "end");

    json_key(&w, "verdict");
    json_str(&w, verdict_text(view->verdict));
    json_key(&w, "findings");
    json_u64(&w, to->findings);
    json_key(&w, "coverage");
    json_object(&w);
    document_coverage(&view->coverage, &w);
    json_key(&w, "unexamined");
    json_u64(&w, to->unexamined);
    json_end(&w);
    end(to, &w);
}

static int write_jsonl(const struct scan_view *view, struct sink *sink, struct err *err)
{
    struct to to = {.sink = sink};
    struct json_writer w = begin(&to, "scan");

    json_member(&w, "schema", SV("debar.scan/1"));
    json_key(&w, "verdict");
    json_str(&w, verdict_text(view->verdict));
    document_head(view, &w);
    end(&to, &w);
    if (view->findings)
        TRY(view->findings(view->context, add_finding, &to, err));
    if (view->unexamined)
        TRY(view->unexamined(view->context, add_unexamined, &to, err));
    add_end(view, &to);
    return document_balance(&view->coverage, to.unexamined, err);
}

const struct report_format format_jsonl = {
    .name = "jsonl",
    .summary = "one JSON object a line: scan, findings, what was not examined, end",
    .extension = "jsonl",
    .write = write_jsonl,
};
