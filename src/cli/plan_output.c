// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_output.h"

#include <string.h>

#include "base/clock.h"
#include "cli/agency_report.h"
#include "cli/output.h"
#include "report/plan.h"

typedef int write_fn(const void *of, struct sink *s, struct err *err);

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

static const struct {
    const char *name;
    write_fn *write;
} formats[] = {{"text", write_text}, {"html", write_html}, {"json", write_json}};

static int format_of(const char *word, write_fn **ret_write, const char **ret_file, struct err *err)
{
    const char *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) : strlen(word);

    *ret_file = equals ? equals + 1 : NULL;
    if (equals && !equals[1])
        return ERR(err, ERR_USAGE, "-o %s: no file is named", word);
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (strlen(formats[i].name) == n && memcmp(formats[i].name, word, n) == 0) {
            *ret_write = formats[i].write;
            return 0;
        }
    return ERR(err, ERR_USAGE, "-o %s: unknown format; text, html and json are known", word);
}

int plan_check_outputs(const struct arguments *args, struct err *err)
{
    const char *word, *file;
    write_fn *write;

    if (arguments_has(args, "report"))
        return agency_check_outputs(args, err);
    for (size_t at = 0; (word = arguments_next(args, "output", &at));)
        TRY(format_of(word, &write, &file, err));
    return 0;
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
    const char *word, *file;
    write_fn *write;

    TRY(summarise(plan, rules, arena, &view, err));
    if (!arguments_has(args, "output"))
        return output_write(NULL, write_text, &view, err);
    for (size_t at = 0; (word = arguments_next(args, "output", &at));) {
        TRY(format_of(word, &write, &file, err));
        TRY(output_write(file, write, &view, err));
    }
    return 0;
}
