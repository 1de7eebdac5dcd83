// SPDX-License-Identifier: Apache-2.0
/* debar explain: why a finding is one, down to the byte range or database row. */
#include "cli/session.h"

static int find(const struct scan_result *r, struct sv id, const struct finding **ret,
                struct err *err)
{
    const struct finding *found = NULL;

    for (size_t i = 0; i < r->finding_count; i++) {
        if (!sv_starts(r->findings[i].id, id))
            continue;
        if (found)
            return ERR(err, ERR_USAGE, "more than one finding begins with '%.*s'; give more of it",
                       (int)id.n, id.p);
        found = &r->findings[i];
    }
    if (!found)
        return ERR(err, ERR_GONE,
                   "no finding of the stored scan has the id '%.*s'; `debar findings` lists them",
                   (int)id.n, id.p);
    *ret = found;
    return 0;
}

static int explain(const struct arguments *args, const struct scan_result *r, struct err *err)
{
    const struct finding *f = NULL;
    auto_sink sink = {0};

    TRY(find(r, sv_str(args->operands[0]), &f, err));
    sink_init(&sink, stdout);
    sink.colour = colour_wanted(stdout);
    TRY(report_explain(&r->view, f, arguments_has(args, "all") ? EXPLAIN_ALL : 0, &sink, err));
    return sink_finish(&sink, err);
}

static int run(const struct arguments *args, struct err *err)
{
    struct session session;
    struct stored_scan scan;
    auto_result result = {0};
    auto_store *store = NULL;
    auto_arena arena;
    int r;

    arena_init(&arena, (size_t)64 << 20);
    TRY(store_of(args, &arena, &store, &scan, err));
    TRY(session_open(args, false, &session, err));
    r = result_stored(store, &scan, session.rules, &result, err);
    if (r == 0)
        r = explain(args, &result, err);
    session_close(&session);
    return r;
}

static const struct option_row options[] = {
    {"all", 'a', NULL, "every indicator and every place, also beyond one screen"},
    OPTION_STATE,
    OPTION_SCAN,
    {0},
};

const struct command cmd_explain = {
    .name = "explain",
    .summary = "show why a finding is one: every indicator, its source and its place",
    .usage = "[OPTIONS] FINDING",
    .details = "FINDING is an id that `debar findings` prints, or its beginning.\n",
    .options = options,
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
