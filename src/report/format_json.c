// SPDX-License-Identifier: Apache-2.0
/*
 * The whole scan as one JSON document, `debar.scan/1`.
 * Its schema is docs/schema/debar.scan-1.schema.json.
 */
#include "report/document.h"
#include "report/report.h"

struct to {
    struct sink *sink;
    struct json_writer json;
    uint64_t unexamined;
};

static int add_finding(void *to_, const struct finding *f, struct err *err)
{
    struct to *to = to_;
    (void)err;

    finding_write_json(f, &to->json);
    sink_settle(to->sink);
    return 0;
}

static int add_unexamined(void *to_, const struct unexamined *u, struct err *err)
{
    struct to *to = to_;
    (void)err;

    document_unexamined(u, &to->json);
    to->unexamined++;
    sink_settle(to->sink);
    return 0;
}

static int write_body(const struct scan_view *view, struct to *to, struct err *err)
{
    struct json_writer *w = &to->json;

    json_object(w);
    json_member(w, "schema", SV("debar.scan/1"));
    json_key(w, "verdict");
    json_str(w, verdict_text(view->verdict));
    document_head(view, w);
    json_key(w, "findings");
    json_array(w);
    if (view->findings)
        TRY(view->findings(view->context, add_finding, to, err));
    json_end(w);
    json_key(w, "coverage");
    json_object(w);
    document_coverage(&view->coverage, w);
    json_key(w, "unexamined");
    json_array(w);
    if (view->unexamined)
        TRY(view->unexamined(view->context, add_unexamined, to, err));
    json_end(w);
    json_end(w);
    return document_balance(&view->coverage, to->unexamined, err);
}

static int write_json(const struct scan_view *view, struct sink *sink, struct err *err)
{
    struct to to = {.sink = sink, .json = json_writer_to(&sink->buf, true)};
    int result = write_body(view, &to, err);

    json_end_all(&to.json);
    return result;
}

const struct report_format format_json = {
    .name = "json",
    .summary = "everything, as one document of the schema debar.scan/1",
    .extension = "json",
    .write = write_json,
};
