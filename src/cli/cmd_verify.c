// SPDX-License-Identifier: Apache-2.0
/* debar verify: look again at what a plan removed. */
#include <stdio.h>

#include "base/clock.h"
#include "cli/removing.h"
#include "cli/session.h"
#include "os/below.h"
#include "os/service.h"
#include "remedy/journal.h"
#include "remedy/plan_file.h"
#include "remedy/verify.h"

static void print_drift(void *to, const struct drift *d)
{
    (void)to;
    printf("  %-13s %.*s: %s\n", drift_kind_text(d->kind), (int)d->subject.n, d->subject.p,
           d->text);
}

/* Whatever is not known to be gone remains. */
static void print_funnel(const struct plan *p, bool drifted)
{
    size_t counts[STATUS_COUNT_] = {0};

    for (size_t i = 0; i < p->item_count; i++) {
        enum plan_status s = p->items[i].status;

        counts[drifted && s == STATUS_REMOVED ? STATUS_REMAINING : s]++;
    }
    printf("Found %zu: removed %zu, mitigated %zu, excepted %zu, remaining %zu\n", p->item_count,
           counts[STATUS_REMOVED], counts[STATUS_MITIGATED], counts[STATUS_EXCEPTED],
           counts[STATUS_REMAINING] + counts[STATUS_FOUND]);
}

static int verify_one(const struct plan *p, const struct rules *rules, struct err *err)
{
    auto_fd int root = -1;
    struct verify_request request = {.plan = p, .proc = "/proc", .rules = rules};
    struct verified v;

    TRY(below_open_root(p->root.p, &root, err));
    request.root_fd = root;
    printf("Plan %.*s for %.*s\n", (int)p->id.n, p->id.p, (int)p->root.n, p->root.p);
    TRY(verify_plan(&request, print_drift, NULL, &v, err));
    print_funnel(p, v.drifts > 0);
    if (v.drifts)
        printf("%zu of %zu things that were looked at are not as the plan left them.\n", v.drifts,
               v.looked_at);
    else if (v.unseen)
        printf("Nothing came back as far as could be seen; %zu things could not be looked at.\n",
               v.unseen);
    else
        printf("Nothing came back: %zu things were looked at.\n", v.looked_at);
    return v.drifts ? EXIT_FOUND : v.unseen ? EXIT_UNKNOWN : EXIT_ABSENT;
}

static int worse(int a, int b)
{
    if (a == EXIT_FOUND || b == EXIT_FOUND)
        return EXIT_FOUND;
    return a == EXIT_UNKNOWN || b == EXIT_UNKNOWN ? EXIT_UNKNOWN : EXIT_ABSENT;
}

/* Whether a look is due: its time has come, and the boot that it waits for. */
static bool is_due(const struct journal_due *d, const struct journal_plan *p)
{
    char room[64];

    return sv_eq(d->what, SV("verify")) && d->at_ns <= clock_now_ns() &&
           !(d->after_boot && sv_eq(p->boot, service_boot_id(room)));
}

/* One look for all that is due of a plan. */
static int verify_plan_due(struct journal *j, const struct journal_due *dues, size_t count,
                           size_t first, const struct rules *rules, size_t *done, struct err *err)
{
    struct journal_plan stored;
    struct plan plan;
    auto_arena arena;
    int r;

    for (size_t i = 0; i < first; i++)
        if (sv_eq(dues[i].plan, dues[first].plan))
            return EXIT_ABSENT; // looked at already
    arena_init(&arena, (size_t)1 << 30);
    TRY(journal_get_plan(j, dues[first].plan, &arena, &stored, err));
    TRY(plan_read_json(stored.body, &arena, &plan, err));
    for (size_t i = first; i < count; i++)
        if (sv_eq(dues[i].plan, dues[first].plan) && is_due(&dues[i], &stored)) {
            (*done)++;
            r = verify_one(&plan, rules, err);
            for (; r >= 0 && i < count; i++)
                if (sv_eq(dues[i].plan, dues[first].plan) && is_due(&dues[i], &stored))
                    TRY(journal_set_due_done(j, dues[i].id, clock_now_ns(), err));
            return r;
        }
    return EXIT_ABSENT;
}

/* Every look that the journal asks for by now; each is noted as done. */
static int verify_due(const char *state, const struct rules *rules, struct err *err)
{
    auto_journal *j = NULL;
    struct journal_due *dues;
    size_t count = 0, done = 0;
    int exit = EXIT_ABSENT, r;
    auto_arena arena;

    arena_init(&arena, (size_t)64 << 20);
    r = journal_open(state, true, &j, err);
    TRY(r);
    TRY(journal_dues(j, &arena, &dues, &count, err));
    for (size_t i = 0; i < count; i++) {
        r = verify_plan_due(j, dues, count, i, rules, &done, err);
        TRY(r);
        exit = worse(exit, r);
    }
    if (!done)
        printf("Nothing is due.\n");
    return exit;
}

static int verify_named(const struct arguments *args, const char *state, const struct rules *rules,
                        struct err *err)
{
    struct plan plan;
    struct sv text;
    auto_arena arena;

    arena_init(&arena, (size_t)1 << 30);
    if (!args->operand_count)
        return ERR(err, ERR_USAGE, "name a plan, or ask for what is due with --due");
    TRY(plan_file_read(state, args->operands[0], &arena, &plan, &text, err));
    return verify_one(&plan, rules, err);
}

static int run(const struct arguments *args, struct err *err)
{
    struct session session;
    const char *state;
    auto_arena arena;
    int r;

    arena_init(&arena, 1 << 20);
    TRY(state_folder(args, &arena, &state, err));
    TRY(session_open(args, false, &session, err));
    r = arguments_has(args, "due") ? verify_due(state, session.rules, err)
                                   : verify_named(args, state, session.rules, err);
    session_close(&session);
    return r;
}

static const struct option_row options[] = {
    {"due", 0, NULL, "every look that is due by now: after a boot, and after 1, 7 and 30 days"},
    OPTION_STATE,
    {0},
};

const struct command cmd_verify = {
    .name = "verify",
    .summary = "look again at what a plan removed, by other means than a scan's",
    .usage = "[OPTIONS] PLAN | --due",
    .details =
        "PLAN is the id of a plan, its beginning, or a file. Looked at are each path that the "
        "plan\n"
        "touched, the package database, the processes of a live machine, and all paths that only\n"
        "the product has. What came back is told item by item, and what is not known to be gone\n"
        "counts as remaining.\n"
        "\n"
        "Exit codes, as of a scan: 0 nothing came back; 1 something did; 2 an error; 3 nothing\n"
        "did, as far as could be seen.\n",
    .options = options,
    .operands_max = 1,
    .run = run,
};
