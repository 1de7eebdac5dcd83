// SPDX-License-Identifier: Apache-2.0
/*
 * debar: carry out an order that bans a vendor.
 *
 *     cli/       this; one cmd_<verb>.c a command
 *     remedy/    plan, remove, undo, verify            exposure/  evidence before a removal
 *     scan/      the pipeline: walk, examine, store, match
 *     match/     orders × catalogues × components to findings
 *     identify/  recognisers: bytes to components      order/   orders, catalogues, exceptions
 *     walk/      which files, each once                store/   SQLite
 *     trust/     digests, certificates, signatures     report/  text, HTML, JSON, CycloneDX …
 *     model/     the nouns as plain data               os/, base/  the ground
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/completion.h"
#include "cli/man_page.h"
#include "os/heap.h"
#include "os/leave.h"
#include "version.h"

#define COMMAND(name) extern const struct command cmd_##name;
#include "commands.inc"
#include "trust/crypto_memory.h"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(name) &cmd_##name,
#include "commands.inc"
#undef COMMAND
    NULL,
};

static void help(FILE *to)
{
    fprintf(to,
            "debar — carry out an order that bans a vendor: find every trace of its products.\n\n"
            "Usage: debar COMMAND [OPTIONS]\n\nCommands:\n");
    for (size_t i = 0; commands[i]; i++)
        fprintf(to, "  %-12s%s\n", commands[i]->name, commands[i]->summary);
    fprintf(to, "\n`debar COMMAND --help` tells more of one. `debar --version` tells the version.\n"
                "Exit codes: 0 absent and complete; 1 found; 2 an error or wrong usage; 3 nothing\n"
                "found, but something could not be examined.\n");
}

static const struct command *command_named(const char *word)
{
    const char *names[64] = {0}, *near;

    for (size_t i = 0; commands[i]; i++) {
        names[i] = commands[i]->name;
        if (strcmp(names[i], word) == 0)
            return commands[i];
    }
    near = did_you_mean(word, names);
    if (near)
        fprintf(stderr, "debar: unknown command '%s'; did you mean '%s'?\n", word, near);
    else
        fprintf(stderr, "debar: unknown command '%s'; `debar --help` lists them\n", word);
    return NULL;
}

static int run(const struct command *c, int argc, char **argv)
{
    struct arguments args;
    struct err err = {0};
    int r = arguments_parse(c, argc, argv, &args, &err);

    if (r == 0 && arguments_has(&args, "help")) {
        command_help(c);
        arguments_clear(&args);
        return 0;
    }
    if (r == 0) {
        r = c->run(&args, &err);
        arguments_clear(&args);
    }
    if (r < 0) {
        fprintf(stderr, "debar: %s\n", err.text);
        return EXIT_ERROR;
    }
    return r;
}

int main(int argc, char **argv)
{
    const struct command *c;
    int r;

    heap_prepare();
    crypto_memory_prepare();
    if (argc < 2) {
        help(stderr);
        return EXIT_ERROR;
    }
    if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
        printf("debar %s\n", DEBAR_VERSION);
        return 0;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        help(stdout);
        return 0;
    }
    // For the build alone: the man pages' option lists and the shells' completion files.
    if (!strcmp(argv[1], "--completion") && argc == 3)
        return completion_print(argv[2]);
    if (!strcmp(argv[1], "--man") && argc == 3)
        return man_page_print(argv[2]);
    c = command_named(argv[1]);
    if (!c)
        return EXIT_ERROR;
    r = run(c, argc - 2, argv + 2);
    // A result that could not be written is an error, whatever was found.
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "debar: writing the result failed\n");
        return EXIT_ERROR;
    }
    leave(r);
}
