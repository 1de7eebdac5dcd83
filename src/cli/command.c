// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/suggest.h"

enum {
    CANDIDATES_MAX = 64,
};

const struct option_row common_options[] = {
    {"quiet", 'q', NULL, "print results only, no chatter"},
    {"verbose", 'v', NULL, "say more about what is done"},
    {"help", 'h', NULL, "show this help"},
    {0},
};

const char *did_you_mean(const char *word, const char *const candidates[])
{
    size_t count = 0;

    while (candidates[count])
        count++;
    return suggest(sv_str(word), candidates, count);
}

/* ---- parsing ---- */

static const struct option_row *row_where(const struct command *c, const char *name, size_t n,
                                          char letter)
{
    const struct option_row *tables[] = {c->options, common_options};

    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (const struct option_row *r = tables[t]; r && r->name; r++)
            if (letter ? r->letter == letter : strlen(r->name) == n && !strncmp(r->name, name, n))
                return r;
    return NULL;
}

static int unknown_option(const struct command *c, const char *word, struct err *err)
{
    const char *names[CANDIDATES_MAX + 1] = {0}, *near;
    const struct option_row *tables[] = {c->options, common_options};
    size_t n = 0;

    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (const struct option_row *r = tables[t]; r && r->name && n < CANDIDATES_MAX; r++)
            names[n++] = r->name;
    near = word[0] == '-' && word[1] == '-' ? did_you_mean(word + 2, names) : NULL;
    if (near)
        return ERR(err, ERR_USAGE, "unknown option %s; did you mean --%s?", word, near);
    return ERR(err, ERR_USAGE, "unknown option %s; `debar %s --help` lists them", word, c->name);
}

static int give(struct arguments *a, const struct option_row *row, const char *value,
                struct err *err)
{
    void *grown = realloc(a->given, (a->given_count + 1) * sizeof(*a->given));

    if (!grown)
        return ERR(err, ERR_NOMEM, "no memory");
    a->given = grown;
    a->given[a->given_count].row = row;
    a->given[a->given_count++].value = value;
    return 0;
}

static int long_option(struct arguments *a, const char *word, const char *next, bool *ret_took_next,
                       struct err *err)
{
    const char *equals = strchr(word, '=');
    size_t n = equals ? (size_t)(equals - word) - 2 : strlen(word) - 2;
    const struct option_row *row = row_where(a->command, word + 2, n, 0);

    if (!row)
        return unknown_option(a->command, word, err);
    if (!row->value && equals)
        return ERR(err, ERR_USAGE, "--%s takes no value", row->name);
    if (!row->value || equals)
        return give(a, row, equals ? equals + 1 : NULL, err);
    if (!next)
        return ERR(err, ERR_USAGE, "--%s needs a value: %s", row->name, row->value);
    *ret_took_next = true;
    return give(a, row, next, err);
}

static int short_options(struct arguments *a, const char *word, const char *next,
                         bool *ret_took_next, struct err *err)
{
    for (const char *p = word + 1; *p; p++) {
        const struct option_row *row = row_where(a->command, NULL, 0, *p);

        if (!row)
            return unknown_option(a->command, word, err);
        if (!row->value) {
            TRY(give(a, row, NULL, err));
            continue;
        }
        if (p[1])
            return give(a, row, p + 1, err);
        if (!next)
            return ERR(err, ERR_USAGE, "-%c needs a value: %s", *p, row->value);
        *ret_took_next = true;
        return give(a, row, next, err);
    }
    return 0;
}

static int parse_words(struct arguments *a, int argc, char *const argv[], struct err *err)
{
    bool options_over = false;

    for (int i = 0; i < argc; i++) {
        const char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
        bool took_next = false;

        if (!options_over && strcmp(word, "--") == 0)
            options_over = true;
        else if (!options_over && word[0] == '-' && word[1] == '-')
            TRY(long_option(a, word, next, &took_next, err));
        else if (!options_over && word[0] == '-' && word[1])
            TRY(short_options(a, word, next, &took_next, err));
        else
            a->operands[a->operand_count++] = word;
        i += took_next;
    }
    return 0;
}

int arguments_parse(const struct command *command, int argc, char *const argv[],
                    struct arguments *ret, struct err *err)
{
    struct arguments a = {.command = command};
    int r;

    a.operands = calloc((size_t)argc + 1, sizeof(*a.operands));
    if (!a.operands)
        return ERR(err, ERR_NOMEM, "no memory");
    r = parse_words(&a, argc, argv, err);
    if (r == 0 && !arguments_has(&a, "help")) {
        if ((int)a.operand_count < command->operands_min)
            r = ERR(err, ERR_USAGE, "usage: debar %s %s", command->name, command->usage);
        else if (command->operands_max >= 0 && (int)a.operand_count > command->operands_max)
            r = ERR(err, ERR_USAGE, "too many words at '%s'; usage: debar %s %s",
                    a.operands[command->operands_max], command->name, command->usage);
    }
    if (r < 0)
        arguments_clear(&a);
    else
        *ret = a;
    return r;
}

void arguments_clear(struct arguments *a)
{
    free(a->given);
    free(a->operands);
    *a = (struct arguments){0};
}

const char *arguments_next(const struct arguments *a, const char *name, size_t *at)
{
    while (*at < a->given_count) {
        size_t i = (*at)++;

        if (strcmp(a->given[i].row->name, name) == 0)
            return a->given[i].value ? a->given[i].value : "";
    }
    return NULL;
}

const char *arguments_get(const struct arguments *a, const char *name)
{
    const char *value, *last = NULL;
    size_t at = 0;

    while ((value = arguments_next(a, name, &at)))
        last = value;
    return last;
}

bool arguments_has(const struct arguments *a, const char *name)
{
    return arguments_get(a, name) != NULL;
}

/* ---- help ---- */

static void help_rows(const struct option_row *rows)
{
    for (const struct option_row *r = rows; r && r->name; r++) {
        char left[64];
        int n = snprintf(left, sizeof(left), "  %c%c%s --%s%s%s", r->letter ? '-' : ' ',
                         r->letter ? r->letter : ' ', r->letter ? "," : " ", r->name,
                         r->value ? " " : "", r->value ? r->value : "");

        printf(n > 30 ? "%s\n%32s%s\n" : "%-32.62s%s%s\n", left, "", r->help);
    }
}

void command_help(const struct command *c)
{
    printf("debar %s — %s\n\nUsage: debar %s %s\n\n", c->name, c->summary, c->name, c->usage);
    if (c->details)
        printf("%s\n", c->details);
    printf("Options:\n");
    help_rows(c->options);
    help_rows(common_options);
}
