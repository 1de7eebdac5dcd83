// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "cli/command.h"

/* Calls `each` for a command's own options and those that all have. */
static void each_option(const struct command *c,
                        void (*each)(const struct command *c, const struct option_row *r))
{
    const struct option_row *tables[] = {c->options, common_options};

    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (const struct option_row *r = tables[t]; r && r->name; r++)
            each(c, r);
}

static void bash_option(const struct command *c, const struct option_row *r)
{
    (void)c;
    printf(" --%s", r->name);
    if (r->letter)
        printf(" -%c", r->letter);
}

static void bash(void)
{
    printf(
        "# bash completion for debar\n_debar()\n{\n    local cur=${COMP_WORDS[COMP_CWORD]} words\n"
        "    case $COMP_CWORD:${COMP_WORDS[1]} in\n    1:*) words='--help --version");
    for (size_t i = 0; commands[i]; i++)
        printf(" %s", commands[i]->name);
    printf("' ;;\n");
    for (size_t i = 0; commands[i]; i++) {
        printf("    *:%s) words='", commands[i]->name);
        each_option(commands[i], bash_option);
        printf("' ;;\n");
    }
    printf("    esac\n    if [[ $cur == -* || $COMP_CWORD == 1 ]]; then\n"
           "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n    else\n"
           "        COMPREPLY=($(compgen -f -- \"$cur\"))\n    fi\n}\n"
           "complete -o filenames -F _debar debar\n");
}

/* Text inside single quotes and, for zsh, square brackets. */
static void quoted(const char *text, const char *escape)
{
    for (; *text; text++) {
        if (*text == '\'')
            printf("'\\''");
        else if (strchr(escape, *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void zsh_option(const struct command *c, const struct option_row *r)
{
    (void)c;
    printf(" \\\n            '--%s%s[", r->name, r->value ? "=" : "");
    quoted(r->help, "[]:");
    printf("]%s'", r->value ? ":value:_files" : "");
}

static void zsh(void)
{
    printf("#compdef debar\n_debar() {\n    local -a commands\n    commands=(");
    for (size_t i = 0; commands[i]; i++) {
        printf("\n        '%s:", commands[i]->name);
        quoted(commands[i]->summary, ":");
        printf("'");
    }
    printf(
        ")\n    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n"
        "    fi\n    local cmd=$words[2]\n    shift words\n    (( CURRENT-- ))\n"
        "    case $cmd in\n");
    for (size_t i = 0; commands[i]; i++) {
        printf("        %s) _arguments", commands[i]->name);
        each_option(commands[i], zsh_option);
        printf(" '*:file:_files' ;;\n");
    }
    printf("    esac\n}\n_debar \"$@\"\n");
}

static void fish_option(const struct command *c, const struct option_row *r)
{
    printf("complete -c debar -n '__fish_seen_subcommand_from %s' -l %s", c->name, r->name);
    if (r->letter)
        printf(" -s %c", r->letter);
    printf("%s -d '", r->value ? " -r" : "");
    quoted(r->help, "");
    printf("'\n");
}

static void fish(void)
{
    for (size_t i = 0; commands[i]; i++) {
        printf("complete -c debar -n __fish_use_subcommand -f -a %s -d '", commands[i]->name);
        quoted(commands[i]->summary, "");
        printf("'\n");
        each_option(commands[i], fish_option);
    }
}

int completion_print(const char *shell)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

    for (size_t i = 0; i < ARRAY_LEN(shells); i++) {
        if (strcmp(shells[i].name, shell) == 0) {
            shells[i].print();
            return 0;
        }
    }
    fprintf(stderr, "debar: completion for bash, zsh or fish\n");
    return EXIT_ERROR;
}
