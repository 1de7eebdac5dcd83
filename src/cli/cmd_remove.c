// SPDX-License-Identifier: Apache-2.0
/* debar remove: carry out a plan. */
#include <stdio.h>

#include "cli/removing.h"
#include "cli/session.h"
#include "remedy/plan_file.h"

static void print_plan(const struct plan *p)
{
    uint64_t counts[TOUCH_COUNT_] = {0};

    printf("Plan %.*s for %.*s%s%.*s\n", (int)p->id.n, p->id.p, (int)p->root.n, p->root.p,
           p->host_name.n ? ", host " : "", (int)p->host_name.n, p->host_name.p);
    for (size_t i = 0; i < p->item_count; i++)
        printf("  %.*s %.*s: will be %s\n", (int)p->items[i].name.n, p->items[i].name.p,
               (int)p->items[i].version.n, p->items[i].version.p,
               plan_status_text(p->items[i].status));
    for (size_t i = 0; i < p->step_count; i++) {
        const struct plan_step *s = &p->steps[i];

        for (size_t k = 0; k < s->touch_count; k++)
            counts[s->touches[k].change]++;
        printf("  %2llu. %.*s", (unsigned long long)s->number, (int)s->title.n, s->title.p);
        printf(s->touch_count ? " (%zu paths)\n" : "\n", s->touch_count);
    }
    printf("  In all: %llu paths removed, %llu changed, %llu created%s.\n",
           (unsigned long long)counts[TOUCH_REMOVED], (unsigned long long)counts[TOUCH_CHANGED],
           (unsigned long long)counts[TOUCH_CREATED], p->reboot ? "; a reboot is needed" : "");
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
        print_plan(removal_plan(r));
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
