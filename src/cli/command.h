// SPDX-License-Identifier: Apache-2.0
/*
 * A command is a const struct at the end of its cmd_<verb>.c and one line in meson.build. Its
 * option rows drive parsing, --help, the man page's list and shell completion.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* What a shell learns from the exit code. */
enum exit_code {
    EXIT_ABSENT = 0,  /* done; for a scan: nothing found, and everything was examined */
    EXIT_FOUND = 1,   /* at least one covered finding of probable or confirmed */
    EXIT_ERROR = 2,   /* an error or wrong usage */
    EXIT_UNKNOWN = 3, /* nothing found, but something could not be examined */
};

struct arguments;

struct option_row {
    const char *name;  /* "orders": --orders */
    char letter;       /* 'o': -o; 0: none */
    const char *value; /* what to call its value in help; NULL: a flag */
    const char *help;
};

struct command {
    const char *name;
    const char *summary;
    const char *usage;                /* "[OPTIONS] [TARGET…]" */
    const char *details;              /* paragraphs for --help and the man page */
    const struct option_row *options; /* ends with an all-zero row; NULL: none of its own */
    int operands_min, operands_max;   /* max -1: any number */

    /* Returns an exit_code, or -ERR_* which is printed and gives EXIT_ERROR. */
    int (*run)(const struct arguments *args, struct err *err);
};

struct arguments {
    const struct command *command;
    struct {
        const struct option_row *row;
        const char *value;
    } * given;
    size_t given_count;
    const char **operands;
    size_t operand_count;
};

/* Ended by NULL. */
extern const struct command *const commands[];
extern const struct option_row common_options[];

/*
 * Read a command line. `--` ends options, "--name=value" and "-ovalue" are understood, flags may be
 * joined. -ERR_USAGE says what was wrong, with "did you mean" for an unknown word.
 */
int arguments_parse(const struct command *command, int argc, char *const argv[],
                    struct arguments *ret, struct err *err) MUST_USE;
void arguments_clear(struct arguments *a);

bool arguments_has(const struct arguments *a, const char *name);
const char *arguments_get(const struct arguments *a, const char *name); /* the last one, or NULL */

/* The next value of a repeatable option after index *at (begin with 0), or NULL. */
const char *arguments_next(const struct arguments *a, const char *name, size_t *at);

/* The candidate nearest to a mistyped word, or NULL when none is near. */
const char *did_you_mean(const char *word, const char *const candidates[]);

void command_help(const struct command *c);
