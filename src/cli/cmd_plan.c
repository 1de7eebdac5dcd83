// SPDX-License-Identifier: Apache-2.0
/* debar plan: what a removal would do, worked out without changing anything. */
#include <stdio.h>
#include <string.h>

#include "cli/agency_report.h"
#include "cli/plan_output.h"
#include "cli/removing.h"
#include "cli/session.h"
#include "remedy/plan_file.h"
#include "remedy/plan_make.h"
#include "scan/host.h"

enum {
    FINDINGS_MAX = 4096,
};

struct planning {
    const struct arguments *args;
    struct session session;
    struct stored_scan scan;
    struct scan_result result;
    struct arena arena;
    const struct finding *chosen[FINDINGS_MAX];
    size_t chosen_count;
};

static bool is_named(const struct arguments *args, const struct finding *f)
{
    const char *word;
    size_t at = 0;

    while ((word = arguments_next(args, "finding", &at)))
        if (sv_starts(f->id, sv_str(word)))
            return true;
    return false;
}

/* Whether one of the orders that were asked for covers it. */
static bool is_covered(const struct planning *p, const struct finding *f)
{
    for (size_t i = 0; i < f->order_count; i++)
        if (f->orders[i].covered && rules_order(p->session.rules, f->orders[i].id))
            return true;
    return false;
}

static int choose(struct planning *p, struct err *err)
{
    const bool named = arguments_has(p->args, "finding");
    const char *word;
    size_t at = 0;

    for (size_t i = 0; i < p->result.finding_count; i++) {
        const struct finding *f = &p->result.findings[i];
        bool wanted =
            named ? is_named(p->args, f) : is_covered(p, f) && f->confidence >= CONFIDENCE_PROBABLE;

        if (!wanted)
            continue;
        if (p->chosen_count == FINDINGS_MAX)
            return ERR(err, ERR_LIMIT, "more than %d findings in one plan; name some (--finding)",
                       FINDINGS_MAX);
        p->chosen[p->chosen_count++] = f;
    }
    while ((word = arguments_next(p->args, "finding", &at))) {
        bool any = false;

        for (size_t i = 0; i < p->chosen_count; i++)
            any = any || sv_starts(p->chosen[i]->id, sv_str(word));
        if (!any)
            return ERR(err, ERR_USAGE,
                       "--finding %s: the scan has no such finding; `debar findings` lists them",
                       word);
    }
    return 0;
}

/* The plan is for the root that was scanned: it must be the same machine's. */
static int check_host(const struct planning *p, struct err *err)
{
    const struct scan_view *v = &p->result.view;
    struct arena arena;
    struct host host;
    int r;

    arena_init(&arena, 1 << 20);
    r = host_describe(v->root.n ? v->root.p : NULL, &arena, &host, err);
    if (r == 0 && !sv_eq(host.id, v->host.id))
        r = ERR(err, ERR_CONFLICT,
                "the scan is of another machine than the one that is at %s now; scan it again",
                v->root.n ? v->root.p : "/");
    arena_clear(&arena);
    return r;
}

static void say(void *to, const char *text)
{
    const bool *quiet = to;

    if (!*quiet)
        fprintf(stderr, "debar: %s\n", text);
}

static int make(struct planning *p, struct plan *ret, struct err *err)
{
    const struct scan_view *v = &p->result.view;
    struct removal_options options;
    bool quiet = arguments_has(p->args, "quiet");
    struct plan_request request = {
        .facts = {.root = v->root.n ? v->root.p : "/",
                  .live = !v->root.n,
                  .store = p->result.store,
                  .findings = p->chosen,
                  .finding_count = p->chosen_count,
                  .rules = p->session.rules},
        .scan_id = v->scan_id,
        .host_id = v->host.id,
        .host_name = v->host.name,
        .say = say,
        .to = &quiet,
    };

    TRY(removing_options(p->args, &p->arena, &options, err));
    request.allowances = options.allowances;
    request.allowance_count = options.allowance_count;
    TRY(check_host(p, err));
    return plan_make(&request, &p->arena, ret, err);
}

static int keep(struct planning *p, const struct plan *plan, struct err *err)
{
    const char *folder;

    TRY(state_folder(p->args, &p->arena, &folder, err));
    return plan_file_write(folder, plan, err);
}

static int report(struct planning *p, const struct plan *plan, struct err *err)
{
    const char *folder;

    TRY(state_folder(p->args, &p->arena, &folder, err));
    return agency_report_write(p->args, p->session.rules, plan, folder, &p->arena, err);
}

/* That nothing was found has to be reported too. */
static int report_nothing(struct planning *p, struct err *err)
{
    const struct scan_view *v = &p->result.view;
    struct sv order = sv_str(arguments_get(p->args, "report"));
    struct plan plan = {
        .id = arena_printf(&p->arena, "scan %.*s: nothing found", (int)v->scan_id.n, v->scan_id.p),
        .scan_id = v->scan_id,
        .host_id = v->host.id,
        .host_name = v->host.name,
        .root = v->root.n ? v->root : SV("/"),
        .orders = &order,
        .order_count = 1,
    };

    return report(p, &plan, err);
}

static int plan_findings(struct planning *p, struct err *err)
{
    struct plan plan;

    TRY(choose(p, err));
    if (!p->chosen_count && arguments_has(p->args, "report"))
        return report_nothing(p, err);
    if (!p->chosen_count) {
        printf("Nothing to plan: no finding of the scan is covered by an order.\n");
        return EXIT_ABSENT;
    }
    TRY(make(p, &plan, err));
    TRY(keep(p, &plan, err));
    if (arguments_has(p->args, "report"))
        return report(p, &plan, err);
    TRY(plan_write_outputs(p->args, &plan, p->session.rules, &p->arena, err));
    return plan_is_refused(&plan) ? EXIT_UNKNOWN : EXIT_FOUND;
}

static int run(const struct arguments *args, struct err *err)
{
    struct planning p = {.args = args};
    auto_store *store = NULL;
    int r;

    arena_init(&p.arena, (size_t)1 << 30);
    TRY(plan_check_outputs(args, err));
    r = session_open(args, false, &p.session, err);
    if (r == 0 && arguments_has(args, "agency-template")) {
        r = agency_template_print(args, p.session.rules, err);
        session_close(&p.session);
        return r;
    }
    if (r == 0)
        r = store_of(args, &p.arena, &store, &p.scan, err);
    if (r == 0)
        r = result_stored(store, &p.scan, p.session.rules, &p.result, err);
    if (r == 0)
        r = plan_findings(&p, err);
    result_clear(&p.result);
    session_close(&p.session);
    arena_clear(&p.arena);
    return r;
}

static const struct option_row options[] = {
    OPTION_ORDERS,
    {"finding", 0, "ID", "only this finding, by the beginning of its id; may be repeated"},
    OPTION_ALLOW,
    OPTION_PLAN_OUTPUT,
    OPTION_REPORT,
    OPTION_AGENCY,
    OPTION_AGENCY_TEMPLATE,
    OPTION_WITH_PLAN,
    OPTION_STATE,
    OPTION_SCAN,
    {0},
};

const struct command cmd_plan = {
    .name = "plan",
    .summary = "work out how to remove what was found, and change nothing",
    .usage = "[OPTIONS]",
    .details =
        "Makes a plan from the findings of a stored scan: the steps in order and everything that\n"
        "each will touch. Uninstallers are tried on a copy of the root that only remembers\n"
        "differences, without network and services. The plan is printed and kept; `debar remove\n"
        "ID` carries it out. What is dangerous is refused, with its reason, and the plan says so.\n"
        "\n"
        "With --report, what is written is the plan of an agency as that order asks for it.\n"
        "\n"
        "Exit codes: 0 nothing to plan; 1 a plan was made; 2 an error; 3 a plan was made, and\n"
        "refusals stand in it (with --report: elements of it are not answered; 0: all are).\n",
    .options = options,
    .run = run,
};
