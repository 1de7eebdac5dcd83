// SPDX-License-Identifier: Apache-2.0
/* debar scans: which scans are stored. */
#include "base/clock.h"
#include "cli/session.h"

static int print(void *to, const struct stored_scan *s, struct err *err)
{
    char began[CLOCK_TEXT];

    (void)to;
    (void)err;
    printf("%.*s  %s  host %.*s%s\n", (int)s->id.n, s->id.p, clock_text(s->started_ns, began),
           (int)s->host_id.n, s->host_id.p,
           s->complete      ? ""
           : s->finished_ns ? "  (interrupted)"
                            : "  (not finished)");
    return 0;
}

static int run(const struct arguments *args, struct err *err)
{
    auto_store *store = NULL;
    const char *folder;
    auto_arena arena;

    arena_init(&arena, (size_t)256 << 20);
    TRY(state_folder(args, &arena, &folder, err));
    TRY(store_open(folder, STORE_READ, NULL, &store, err));
    return store_each_scan(store, &arena, print, NULL, err);
}

static const struct option_row options[] = {OPTION_STATE, {0}};

const struct command cmd_scans = {
    .name = "scans",
    .summary = "list the stored scans, newest first",
    .usage = "[OPTIONS]",
    .options = options,
    .run = run,
};
