// SPDX-License-Identifier: Apache-2.0
/* debar orders: which orders there are, what one says, and whether files are sound. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/suggest.h"
#include "cli/command.h"
#include "match/matcher.h"
#include "order/show.h"

enum {
    EXCEPTIONS_MAX = 64,
};

static void print(const struct buf *text)
{
    if (text->n)
        fwrite(text->p, 1, text->n, stdout);
}

static int list(const struct arguments *args, struct err *err)
{
    auto_rules *rules = NULL;
    auto_buf text = BUF_INIT(0);

    if (args->operand_count > 1)
        return ERR(err, ERR_USAGE, "`debar orders list` takes no operands");
    TRY(rules_load(&(struct rules_options){0}, &rules, err));
    show_orders(rules, &text);
    print(&text);
    return 0;
}

static int no_such_order(const struct rules *rules, const char *id, struct err *err)
{
    struct sv nearest = {0};

    for (size_t i = 0; i < rules->order_count; i++) {
        struct sv two[2] = {nearest, rules->orders[i].id};

        nearest = suggest_sv(sv_str(id), two, 2);
    }
    return nearest.n ? ERR(err, ERR_USAGE, "no order has the id '%s'; did you mean '%.*s'?", id,
                           (int)nearest.n, nearest.p)
                     : ERR(err, ERR_USAGE,
                           "no order has the id '%s'; `debar orders list` names them all", id);
}

static int show(const struct arguments *args, struct err *err)
{
    auto_rules *rules = NULL;
    auto_buf text = BUF_INIT(0);

    if (args->operand_count < 2)
        return ERR(err, ERR_USAGE, "`debar orders show` needs the id of an order");
    TRY(rules_load(&(struct rules_options){0}, &rules, err));
    for (size_t i = 1; i < args->operand_count; i++) {
        const struct order *o = rules_order(rules, sv_str(args->operands[i]));

        if (!o)
            return no_such_order(rules, args->operands[i], err);
        if (i > 1)
            buf_char(&text, '\n');
        show_order(o, clock_now_ns() / NS_PER_S / 86400, &text);
    }
    print(&text);
    return 0;
}

static int check(const struct arguments *args, struct err *err)
{
    const char *exceptions[EXCEPTIONS_MAX];
    size_t exception_count = 0, at = 0;
    auto_buf problems = BUF_INIT(0), notes = BUF_INIT(0);
    auto_rules *rules = NULL;
    const char *file;
    int r;

    while ((file = arguments_next(args, "exceptions", &at))) {
        if (exception_count == EXCEPTIONS_MAX)
            return ERR(err, ERR_USAGE, "--exceptions more than %d times; name a folder",
                       EXCEPTIONS_MAX);
        exceptions[exception_count++] = file;
    }
    r = rules_load(
        &(struct rules_options){
            .order_files = args->operand_count > 1 ? args->operands + 1 : NULL,
            .order_file_count = args->operand_count - 1,
            .exception_files = exceptions,
            .exception_file_count = exception_count,
            .check_regex = matcher_check_regex,
            .problems = &problems,
        },
        &rules, err);
    print(&problems);
    if (problems.n)
        return EXIT_ERROR;
    TRY(r);
    for (size_t i = 0; i < rules->order_count; i++)
        show_undecided(&rules->orders[i], &notes);
    print(&notes);
    printf("%zu order%s", rules->order_count, rules->order_count == 1 ? "" : "s");
    if (exception_count)
        printf(", %zu exception%s", rules->exception_count, rules->exception_count == 1 ? "" : "s");
    puts(": no problem");
    return 0;
}

static int run(const struct arguments *args, struct err *err)
{
    const char *const verbs[] = {"list", "show", "check", NULL};
    const char *verb = args->operand_count ? args->operands[0] : "list", *near;

    if (strcmp(verb, "check") != 0 && arguments_has(args, "exceptions"))
        return ERR(err, ERR_USAGE, "--exceptions goes with `debar orders check`");
    if (strcmp(verb, "list") == 0)
        return list(args, err);
    if (strcmp(verb, "show") == 0)
        return show(args, err);
    if (strcmp(verb, "check") == 0)
        return check(args, err);
    near = did_you_mean(verb, verbs);
    return near
               ? ERR(err, ERR_USAGE, "`debar orders %s` is unknown; did you mean '%s'?", verb, near)
               : ERR(err, ERR_USAGE, "`debar orders %s` is unknown; expected list, show or check",
                     verb);
}

static const struct option_row options[] = {
    {"exceptions", 0, "FILE", "check these exceptions too; a file or a folder; may be repeated"},
    {0},
};

const struct command cmd_orders = {
    .name = "orders",
    .summary = "list the orders, show what one says, check order files",
    .usage = "[list | show ID… | check [OPTIONS] [FILE…]]",
    .details = "list   one line for each order (the default)\n"
               "show   all that an order says: who is bound, what is in and out, and by when\n"
               "check  every problem of the files, with its line and what was expected; without\n"
               "       FILE, of the orders that are installed\n",
    .options = options,
    .operands_min = 0,
    .operands_max = -1,
    .run = run,
};
