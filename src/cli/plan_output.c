// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_output.h"

#include "base/clock.h"
#include "cli/agency_report.h"
#include "cli/output.h"
#include "report/plan.h"

static int write_text(const void *of, struct sink *s, struct err *err)
{
    (void)err;
    plan_write_text(of, s);
    return 0;
}

static int write_html(const void *of, struct sink *s, struct err *err)
{
    (void)err;
    plan_write_html(of, s);
    return 0;
}

static int write_json(const void *of, struct sink *s, struct err *err)
{
    const struct plan_view *v = of;
    struct json_writer w = json_writer_to(&s->buf, true);

    (void)err;
    plan_write_json(v->plan, true, &w);
    sink_char(s, '\n');
    return 0;
}

static const struct output_formats formats = {
    (const struct output_format[]){
        {"text", write_text}, {"html", write_html}, {"json", write_json}, {0}},
    "text, html and json"};

int plan_check_outputs(const struct arguments *args, struct err *err)
{
    return arguments_has(args, "report") ? agency_check_outputs(args, err)
                                         : output_check(args, &formats, err);
}

/* What reports say of the orders that the plan names. */
static int summarise(const struct plan *plan, const struct rules *rules, struct arena *arena,
                     struct plan_view *ret, struct err *err)
{
    struct order_summary *all = arena_take_array(arena, plan->order_count + 1, sizeof(*all));
    int64_t today = clock_now_ns() / NS_PER_S / 86400;

    if (!all)
        return arena_error(arena, err);
    *ret = (struct plan_view){.plan = plan, .orders = all};
    for (size_t i = 0; i < plan->order_count; i++) {
        const struct order *o = rules_order(rules, plan->orders[i]);

        if (o)
            TRY(order_summarise(o, &ORDER_CLOCKS_UNKNOWN, today, arena, &all[ret->order_count++],
                                err));
    }
    return 0;
}

int plan_write_outputs(const struct arguments *args, const struct plan *plan,
                       const struct rules *rules, struct arena *arena, struct err *err)
{
    struct plan_view view;

    TRY(summarise(plan, rules, arena, &view, err));
    return output_write_all(args, &formats, &view, err);
}
