// SPDX-License-Identifier: Apache-2.0
/* debar resume: go on with a removal that was interrupted. */
#include <stdio.h>

#include "cli/removing.h"
#include "cli/session.h"

static int go_on(const struct arguments *args, struct removal *r, struct err *err)
{
    removing_tell_state(args, r);
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

/* The ids of the plans that wait for a boot. */
static int waiting(const char *folder, struct arena *arena, struct journal_plan **ret,
                   size_t *ret_count, struct err *err)
{
    auto_journal *j = NULL;
    int r = journal_open(folder, false, &j, err);
    size_t kept = 0;

    *ret_count = 0;
    if (r == -ERR_GONE)
        return 0;
    TRY(r);
    TRY(journal_plans(j, arena, ret, ret_count, err));
    for (size_t i = 0; i < *ret_count; i++)
        if ((*ret)[i].state == JOURNAL_REBOOT)
            (*ret)[kept++] = (*ret)[i];
    *ret_count = kept;
    return 0;
}

/* What debar-resume.service runs. What was cut short otherwise is left for a person to decide. */
static int after_boot(const struct removal_options *o, struct arena *arena, struct err *err)
{
    struct journal_plan *plans = NULL;
    size_t count;
    int worst = EXIT_ABSENT;

    TRY(waiting(o->state_folder, arena, &plans, &count, err));
    for (size_t i = 0; i < count; i++) {
        auto_removal *r = NULL;
        int code;

        TRY(removal_open_stored(o, plans[i].id, &r, err));
        TRY(removal_act(r, err));
        code = removing_end(r);
        worst = code > worst ? code : worst;
    }
    return worst;
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
    if (arguments_has(args, "after-boot"))
        return after_boot(&options, &arena, err);
    result = removal_open_stored(&options, id, &r, err);
    if (result == -ERR_GONE && !id.n) {
        printf("No removal was interrupted: there is nothing to go on with.\n");
        return EXIT_ABSENT;
    }
    TRY(result);
    return go_on(args, r, err);
}

static const struct option_row options[] = {
    OPTION_YES,
    {"after-boot", 0, NULL,
     "go on with all that waited for the machine to be started anew; asks "
     "nothing (debar-resume.service)"},
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
