// SPDX-License-Identifier: Apache-2.0
/* debar inventory: every component of a stored scan. */
#include <string.h>

#include "cli/session.h"

static int run(const struct arguments *args, struct err *err)
{
    struct rules none = {0};
    struct stored_scan scan;
    auto_result result = {0};
    auto_store *store = NULL;
    auto_arena arena;
    auto_sink sink;
    const char *format = arguments_get(args, "output");

    arena_init(&arena, (size_t)64 << 20);
    if (format) {
        TRY(check_outputs(args, err));
        if (strncmp(format, "cyclonedx", 9) != 0)
            return ERR(err, ERR_USAGE,
                       "-o %s: an inventory is printed as cyclonedx, or as a table "
                       "without -o",
                       format);
    }
    TRY(store_of(args, &arena, &store, &scan, err));
    TRY(result_stored(store, &scan, &none, &result, err));
    if (format) {
        TRY(write_outputs(args, &result.view, err));
        return EXIT_ABSENT;
    }
    sink_init(&sink, stdout);
    TRY(report_inventory_table(&result.view, &sink, err));
    return EXIT_ABSENT;
}

static const struct option_row options[] = {
    {"output", 'o', "cyclonedx[=FILE]", "CycloneDX 1.6 JSON instead of the table"},
    OPTION_STATE,
    OPTION_SCAN,
    {0},
};

const struct command cmd_inventory = {
    .name = "inventory",
    .summary = "print everything that a stored scan recognised",
    .usage = "[OPTIONS]",
    .options = options,
    .run = run,
};
