// SPDX-License-Identifier: Apache-2.0
/* debar catalogue: what is known of the vendors, and whether files are sound. */
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "cli/command.h"
#include "match/examples.h"
#include "order/show.h"

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
        return ERR(err, ERR_USAGE, "`debar catalogue list` takes no operands");
    TRY(rules_load(&(struct rules_options){0}, &rules, err));
    show_catalogues(rules, &text);
    print(&text);
    return 0;
}

static int no_such_thing(const struct rules *rules, const char *word, struct err *err)
{
    struct sv nearest = {0};

    for (size_t i = 0; i < rules->catalogue_count; i++) {
        const struct catalogue *c = &rules->catalogues[i];
        struct sv two[2] = {nearest, c->vendor};

        nearest = suggest_sv(sv_str(word), two, 2);
        for (size_t j = 0; j < c->indicator_count; j++) {
            two[0] = nearest;
            two[1] = c->indicators[j].id;
            nearest = suggest_sv(sv_str(word), two, 2);
        }
    }
    return nearest.n
               ? ERR(err, ERR_USAGE, "no vendor or indicator is called '%s'; did you mean '%.*s'?",
                     word, (int)nearest.n, nearest.p)
               : ERR(err, ERR_USAGE,
                     "no vendor or indicator is called '%s'; `debar catalogue list` names the "
                     "vendors",
                     word);
}

static int show_one(const struct rules *rules, const char *word, struct buf *text, struct err *err)
{
    const struct catalogue *c = rules_catalogue(rules, sv_str(word));

    if (c) {
        show_catalogue(c, text);
        return 0;
    }
    for (size_t i = 0; i < rules->catalogue_count; i++) {
        const struct indicator *found = catalogue_indicator(&rules->catalogues[i], sv_str(word));

        if (found) {
            show_indicator(found, text);
            return 0;
        }
    }
    return no_such_thing(rules, word, err);
}

static int show(const struct arguments *args, struct err *err)
{
    auto_rules *rules = NULL;
    auto_buf text = BUF_INIT(0);

    if (args->operand_count < 2)
        return ERR(err, ERR_USAGE, "`debar catalogue show` needs a vendor or an indicator's id");
    TRY(rules_load(&(struct rules_options){0}, &rules, err));
    for (size_t i = 1; i < args->operand_count; i++) {
        if (i > 1)
            buf_char(&text, '\n');
        TRY(show_one(rules, args->operands[i], &text, err));
    }
    print(&text);
    return 0;
}

static int check_examples(const struct rules *rules, size_t *ret_run, struct buf *problems,
                          struct err *err)
{
    auto_matcher *matcher = NULL;

    *ret_run = 0;
    TRY(matcher_new(rules, NULL, &matcher, err));
    for (size_t i = 0; i < rules->catalogue_count; i++) {
        size_t run = 0, failed = 0;

        TRY(examples_run(matcher, &rules->catalogues[i], problems, &run, &failed, err));
        *ret_run += run;
    }
    return 0;
}

static int check(const struct arguments *args, struct err *err)
{
    const char *const none[] = {NULL};
    bool given = args->operand_count > 1;
    auto_buf problems = BUF_INIT(0);
    auto_rules *rules = NULL;
    size_t indicators = 0, examples = 0;
    // A catalogue that is not installed is judged by itself: the orders know nothing of it.
    int r = rules_load(
        &(struct rules_options){
            .catalogue_files = given ? args->operands + 1 : NULL,
            .catalogue_file_count = args->operand_count - 1,
            .order_files = given ? none : NULL,
            .check_regex = matcher_check_regex,
            .problems = &problems,
        },
        &rules, err);

    if (r == 0)
        r = check_examples(rules, &examples, &problems, err);
    print(&problems);
    if (problems.n)
        return EXIT_ERROR;
    TRY(r);
    for (size_t i = 0; i < rules->catalogue_count; i++)
        indicators += rules->catalogues[i].indicator_count;
    printf("%zu catalogues, %zu indicators, %zu examples: no problem\n", rules->catalogue_count,
           indicators, examples);
    return 0;
}

static int run(const struct arguments *args, struct err *err)
{
    const char *const verbs[] = {"list", "show", "check", NULL};
    const char *verb = args->operand_count ? args->operands[0] : "list", *near;

    if (strcmp(verb, "list") == 0)
        return list(args, err);
    if (strcmp(verb, "show") == 0)
        return show(args, err);
    if (strcmp(verb, "check") == 0)
        return check(args, err);
    near = did_you_mean(verb, verbs);
    return near ? ERR(err, ERR_USAGE, "`debar catalogue %s` is unknown; did you mean '%s'?", verb,
                      near)
                : ERR(err, ERR_USAGE,
                      "`debar catalogue %s` is unknown; expected list, show or check", verb);
}

const struct command cmd_catalogue = {
    .name = "catalogue",
    .summary = "list what is known of the vendors, show it, check catalogue files",
    .usage = "[list | show VENDOR… | show INDICATOR… | check [FILE…]]",
    .details = "list   one line for each vendor (the default)\n"
               "show   a vendor's entities, products and indicators, or all of one indicator\n"
               "check  every problem of the files, with its line and what was expected, and every\n"
               "       example that does not do as its catalogue says; without FILE, of the\n"
               "       catalogues that are installed\n",
    .operands_min = 0,
    .operands_max = -1,
    .run = run,
};
