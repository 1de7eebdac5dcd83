// SPDX-License-Identifier: Apache-2.0
/* debar match: answer from a stored inventory, without touching the disk. */
#include "cli/session.h"

static int matched(const struct arguments *args, struct session *session, struct store *store,
                   const struct stored_scan *scan, struct err *err)
{
    auto_result result = {0};

    TRY(result_match(store, scan, session->rules, session->matcher, false, &result, err));
    TRY(write_outputs(args, "text", &result.view, err));
    return (int)exit_of(result.view.verdict);
}

static int run(const struct arguments *args, struct err *err)
{
    struct session session;
    struct stored_scan scan;
    auto_store *store = NULL;
    auto_arena arena;
    int r;

    arena_init(&arena, (size_t)64 << 20);
    TRY(check_outputs(args, err));
    TRY(store_of(args, &arena, &store, &scan, err));
    TRY(session_open(args, true, &session, err));
    r = matched(args, &session, store, &scan, err);
    session_close(&session);
    return r;
}

static const struct option_row options[] = {
    OPTION_ORDERS, OPTION_EXCEPTIONS, OPTION_OUTPUT, OPTION_STATE, OPTION_SCAN, {0},
};

const struct command cmd_match = {
    .name = "match",
    .summary = "answer for orders from a stored inventory, without touching the disk",
    .usage = "[OPTIONS]",
    .details = "Gives the findings that a scan with the same catalogue would give. For byte and\n"
               "path indicators that the inventory was not scanned with, the answer is `unknown`,\n"
               "and they are named. Exit codes as of `debar scan`.\n",
    .options = options,
    .run = run,
};
