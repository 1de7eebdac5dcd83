// SPDX-License-Identifier: Apache-2.0
/* debar remove: carry out a plan. */
#include <stdio.h>

#include "cli/removing.h"
#include "cli/session.h"
#include "remedy/plan_file.h"
#include "report/plan.h"

static int print_plan(const struct plan *p, struct err *err)
{
    const struct plan_view view = {.plan = p};
    auto_sink sink = {0};

    sink_init(&sink, stdout);
    sink.colour = colour_wanted(stdout);
    plan_write_text(&view, &sink);
    return sink_finish(&sink, err);
}

static void print_problem(void *to, struct sv code, struct sv subject, const char *text)
{
    (void)to;
    (void)code;
    (void)subject;
    printf("  refused: %s\n", text);
}

static int remove_with(const struct arguments *args, struct removal *r, struct err *err)
{
    size_t problems = 0;

    if (!arguments_has(args, "quiet"))
        TRY(print_plan(removal_plan(r), err));
    TRY(removal_problems(r, print_problem, NULL, &problems, err));
    if (problems) {
        printf("Nothing was changed. A refusal is lifted by what it says, or, if it may be, by "
               "--allow CODE=SUBJECT.\n");
        return EXIT_ERROR;
    }
    if (arguments_has(args, "dry-run")) {
        printf("Nothing was changed: this was a dry run, and nothing stands against the plan.\n");
        return EXIT_ABSENT;
    }
    if (!removing_ask(args, "Carry this out"))
        return EXIT_ABSENT;
    TRY(removal_act(r, err));
    return removing_end(r);
}

static int run(const struct arguments *args, struct err *err)
{
    struct removal_options options;
    auto_removal *r = NULL;
    struct plan plan;
    struct sv text;
    auto_arena arena;

    arena_init(&arena, (size_t)1 << 30);
    TRY(removing_options(args, &arena, &options, err));
    TRY(plan_file_read(options.state_folder, args->operands[0], &arena, &plan, &text, err));
    options.look = arguments_has(args, "dry-run") || removing_only_looks(args);
    TRY(removal_open(&options, &plan, text, &r, err));
    return remove_with(args, r, err);
}

static const struct option_row options[] = {
    OPTION_YES,
    {"dry-run", 'n', NULL,
     "show and check the plan, change nothing; without a terminal and without "
     "--yes this is what happens"},
    OPTION_ALLOW,
    {"keep-days", 0, "N", "how long to keep what is removed (default: 90)"},
    OPTION_STATE,
    {0},
};

const struct command cmd_remove = {
    .name = "remove",
    .summary = "carry out a plan, so that it can be undone",
    .usage = "[OPTIONS] PLAN",
    .details =
        "PLAN is the id that `debar plan` printed, its beginning, or a file. The plan is shown "
        "and\n"
        "checked, and nothing is changed before you agree. Everything that will change is kept in\n"
        "the vault and read back before anything goes. After a crash or a power cut `debar "
        "resume`\n"
        "finishes and `debar undo` restores.\n\n"
        "Exit codes: 0 removed and verified absent (or a dry run without objection); 1 something\n"
        "remains; 2 an error or a refusal, nothing was changed; 3 removed, but not all of it "
        "could\n"
        "be verified, or not before the next boot.\n",
    .options = options,
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
