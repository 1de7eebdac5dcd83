// SPDX-License-Identifier: Apache-2.0
/* debar inventory: every component of a stored scan. */
#include "cli/session.h"

/* Of a scan's formats only these two show components. */
static int check_formats(const struct arguments *args, struct err *err)
{
    const char *format;
    size_t at = 0;

    while ((format = arguments_next(args, "output", &at))) {
        struct sv name = sv_str(format);

        name = sv_cut(&name, '=');
        if (!sv_eq(name, SV("cyclonedx")) && !sv_eq(name, SV("table")))
            return ERR(err, ERR_USAGE, "-o %s: an inventory is printed as table or cyclonedx",
                       format);
    }
    return check_outputs(args, err);
}

static int run(const struct arguments *args, struct err *err)
{
    struct rules none = {0};
    struct stored_scan scan;
    auto_result result = {0};
    auto_store *store = NULL;
    auto_arena arena;

    arena_init(&arena, (size_t)64 << 20);
    TRY(check_formats(args, err));
    TRY(store_of(args, &arena, &store, &scan, err));
    TRY(result_stored(store, &scan, &none, &result, err));
    TRY(write_outputs(args, "table", &result.view, err));
    return EXIT_ABSENT;
}

static const struct option_row options[] = {
    {"output", 'o', "FORMAT[=FILE]", "table, or cyclonedx for CycloneDX 1.6 JSON; may be repeated"},
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
