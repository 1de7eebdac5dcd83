// SPDX-License-Identifier: Apache-2.0
#include "cli/agency_report.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/output.h"
#include "remedy/agency_made.h"
#include "remedy/plan_file.h"
#include "report/agency.h"

enum {
    PLANS_MAX = 10000,
};

static const struct order *wanted_order(const struct arguments *args, const struct rules *rules,
                                        struct err *err)
{
    const char *id = arguments_get(args, "report");
    const struct order *o = id ? rules_order(rules, sv_str(id)) : NULL;

    if (!id)
        (void)ERR(err, ERR_USAGE, "which order is it for? name it with --report ORDER");
    else if (!o)
        (void)ERR(err, ERR_USAGE, "--report %s: no such order; `debar orders list` names them all",
                  id);
    else if (!o->element_count)
        (void)ERR(err, ERR_USAGE, "--report %s: that order asks for no plan of an agency", id);
    return o && o->element_count ? o : NULL;
}

int agency_template_print(const struct arguments *args, const struct rules *rules, struct err *err)
{
    const struct order *o = wanted_order(args, rules, err);
    auto_buf text = {0};

    if (!o)
        return -ERR_USAGE;
    agency_write_template(o, &text);
    fwrite(text.p, 1, text.n, stdout);
    return EXIT_ABSENT;
}

/* ---- what goes in ---- */

static int read_answers(const struct arguments *args, const struct order *o, struct arena *arena,
                        struct agency *ret, const struct agency **ret_given, struct err *err)
{
    const char *file = arguments_get(args, "agency");
    auto_buf problems = {0};
    int r;

    *ret_given = NULL;
    if (!file)
        return 0;
    r = agency_read(file, o, arena, &problems, ret, err);
    if (r < 0 && problems.n)
        fprintf(stderr, "%s", problems.p);
    *ret_given = ret;
    return r;
}

static int read_plans(const struct arguments *args, const struct plan *own,
                      const char *state_folder, struct arena *arena, const struct plan **plans,
                      size_t *ret_count, struct err *err)
{
    const char *word;

    *ret_count = 0;
    plans[(*ret_count)++] = own;
    for (size_t at = 0; (word = arguments_next(args, "with", &at));) {
        struct plan *plan = arena_take(arena, sizeof(*plan));
        struct sv text;

        if (!plan)
            return arena_error(arena, err);
        if (*ret_count == PLANS_MAX)
            return ERR(err, ERR_USAGE, "--with: more than %d plans", PLANS_MAX);
        TRY(plan_file_read(state_folder, word, arena, plan, &text, err));
        plans[(*ret_count)++] = plan;
    }
    return 0;
}

/* ---- what comes out ---- */

static int write_html(const void *of, struct sink *s, struct err *err)
{
    (void)err;
    agency_write_html(of, s);
    return 0;
}

static int write_json(const void *of, struct sink *s, struct err *err)
{
    (void)err;
    agency_write_json(of, s);
    return 0;
}

static int write_csv(const void *of, struct sink *s, struct err *err)
{
    (void)err;
    agency_write_csv(of, s);
    return 0;
}

static const struct output_formats formats = {
    (const struct output_format[]){
        {"html", write_html}, {"json", write_json}, {"csv", write_csv}, {0}},
    "with --report, html, json and csv"};

int agency_check_outputs(const struct arguments *args, struct err *err)
{
    return output_check(args, &formats, err);
}

static void name_missing(const struct agency_plan *a, const struct arguments *args)
{
    const char *file = arguments_get(args, "agency");

    fprintf(stderr, "Not complete: %zu of %zu elements are not answered yet:\n", a->missing,
            a->element_count);
    for (size_t i = 0; i < a->element_count; i++) {
        const struct agency_element *e = &a->elements[i];

        if (e->missing)
            fprintf(stderr, "  %.*s. %.*s: key '%.*s'\n", (int)e->id.n, e->id.p, (int)e->title.n,
                    e->title.p, (int)e->key.n, e->key.p);
    }
    if (file)
        fprintf(stderr, "Add them to %s.\n", file);
    else
        fprintf(stderr,
                "Answer them in a file and name it with --agency; `debar plan --report %.*s "
                "--agency-template` prints one to fill in.\n",
                (int)a->order.n, a->order.p);
}

int agency_report_write(const struct arguments *args, const struct rules *rules,
                        const struct plan *plan, const char *state_folder, struct arena *arena,
                        struct err *err)
{
    const struct plan **plans = arena_take_array(arena, PLANS_MAX, sizeof(*plans));
    const struct order *o = wanted_order(args, rules, err);
    struct agency_parts parts = {.order = o, .plans = plans};
    struct order_summary summary;
    struct agency_plan made;
    struct agency agency;

    if (!o)
        return -ERR_USAGE;
    if (!plans)
        return arena_error(arena, err);
    parts.today = clock_now_ns() / NS_PER_S / 86400;
    parts.summary = &summary;
    TRY(order_summarise(o, &ORDER_CLOCKS_UNKNOWN, parts.today, arena, &summary, err));
    TRY(read_answers(args, o, arena, &agency, &parts.agency, err));
    TRY(read_plans(args, plan, state_folder, arena, plans, &parts.plan_count, err));
    TRY(agency_plan_make(&parts, arena, &made, err));
    TRY(output_write_all(args, &formats, &made, err));
    if (!made.missing)
        return EXIT_ABSENT;
    name_missing(&made, args);
    return EXIT_UNKNOWN;
}
