// SPDX-License-Identifier: Apache-2.0
/* debar resume: go on with a removal that was interrupted. */
#include <stdio.h>

#include "cli/removing.h"
#include "cli/session.h"

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
    if (result == -ERR_GONE && !id.n) {
        printf("No removal was interrupted: there is nothing to go on with.\n");
        return EXIT_ABSENT;
    }
    TRY(result);
    if (!arguments_has(args, "quiet"))
        printf("Plan %.*s for %.*s is %s.\n", (int)removal_plan(r)->id.n, removal_plan(r)->id.p,
               (int)removal_plan(r)->root.n, removal_plan(r)->root.p,
               journal_state_text(removal_state(r)));
    // An undo that was interrupted is gone on with as what it was.
    if (removal_state(r) == JOURNAL_UNDOING) {
        if (!removing_ask(args, "Go on undoing it"))
            return EXIT_ABSENT;
        TRY(removal_undo(r, err));
    } else {
        if (!removing_ask(args, "Go on removing"))
            return EXIT_ABSENT;
        TRY(removal_act(r, err));
    }
    return removing_end(r);
}

static const struct option_row options[] = {
    OPTION_YES,
    OPTION_ALLOW,
    OPTION_STATE,
    {0},
};

const struct command cmd_resume = {
    .name = "resume",
    .summary = "go on with a removal or an undo that was interrupted",
    .usage = "[OPTIONS] [PLAN]",
    .details =
        "Without PLAN: the one that a crash, a power cut, a failed step or a reboot left\n"
        "unfinished. May itself be interrupted and repeated. Exit codes as of `debar remove`.\n",
    .options = options,
    .operands_max = 1,
    .run = run,
};
