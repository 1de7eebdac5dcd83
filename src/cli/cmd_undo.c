// SPDX-License-Identifier: Apache-2.0
/* debar undo: bring back what a removal changed. */
#include <stdio.h>

#include "cli/removing.h"
#include "cli/session.h"
#include "remedy/plan_file.h"

/* Whether it is a stored plan, or no plan was named. */
static bool is_planned(const struct removal_options *options, struct sv id, struct arena *arena)
{
    struct plan plan;
    struct sv text;

    return !id.n || plan_file_read(options->state_folder, id.p, arena, &plan, &text, NULL) == 0;
}

static int run(const struct arguments *args, struct err *err)
{
    struct sv id = sv_str(args->operand_count ? args->operands[0] : "");
    struct removal_options options;
    auto_removal *r = NULL;
    auto_arena arena;
    int result;

    arena_init(&arena, (size_t)64 << 20);
    TRY(removing_options(args, &arena, &options, err));
    result = removal_open_stored(&options, id, &r, err);
    if (result == -ERR_GONE && is_planned(&options, id, &arena)) {
        printf("Nothing of this plan was carried out: there is nothing to undo.\n");
        return EXIT_ABSENT;
    }
    TRY(result);
    removing_tell_state(args, r);
    if (!removing_ask(args, "Undo it"))
        return EXIT_ABSENT;
    TRY(removal_undo(r, err));
    return removing_end(r);
}

static const struct option_row options[] = {
    OPTION_YES,
    OPTION_STATE,
    {0},
};

const struct command cmd_undo = {
    .name = "undo",
    .summary = "bring back everything that a removal changed",
    .usage = "[OPTIONS] [PLAN]",
    .details =
        "Contents, types, modes, owners, times, attributes, holes, links: as they were. What\n"
        "somebody changed meanwhile is not overwritten but named; make way for it and undo again.\n"
        "May itself be interrupted and repeated. Without PLAN: the one that is unfinished.\n\n"
        "Exit codes: 0 all is as it was; 1 something was left; 2 an error.\n",
    .options = options,
    .operands_max = 1,
    .run = run,
};
