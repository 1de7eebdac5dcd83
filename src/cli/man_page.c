// SPDX-License-Identifier: Apache-2.0
/*
 * The layout is man(7)'s. Dots and apostrophes at the beginning of a line, backslashes and hyphens
 * have a meaning in roff and are written so that they lose it.
 */
#include "cli/man_page.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "version.h"

static void text(const char *s)
{
    bool at_start = true;

    for (; *s; s++) {
        if (at_start && (*s == '.' || *s == '\''))
            printf("\\&");
        if (*s == '\\')
            printf("\\e");
        else if (*s == '-')
            printf("\\-");
        else
            putchar(*s);
        at_start = *s == '\n';
    }
}

static void rows(const struct option_row *r)
{
    for (; r && r->name; r++) {
        printf(".TP\n");
        if (r->letter)
            printf("\\fB\\-%c\\fR, ", r->letter);
        printf("\\fB\\-\\-");
        text(r->name);
        printf("\\fR");
        if (r->value) {
            printf(" \\fI");
            text(r->value);
            printf("\\fR");
        }
        printf("\n");
        text(r->help);
        printf("\n");
    }
}

/* Paragraphs are parted by empty lines. */
static void paragraphs(const char *s)
{
    while (s && *s) {
        const char *end = strstr(s, "\n\n");
        char part[2048];

        (void)snprintf(part, sizeof(part), "%.*s", end ? (int)(end - s) : (int)strlen(s), s);
        printf(".PP\n");
        text(part);
        printf("\n");
        s = end ? end + 2 : NULL;
    }
}

static void exit_codes(void)
{
    printf(".SH EXIT STATUS\n"
           ".TP\n0\nAbsent: nothing was found, and everything was examined.\n"
           ".TP\n1\nFound: at least one finding of \\fIprobable\\fR or \\fIconfirmed\\fR that an "
           "order covers and no exception excuses.\n"
           ".TP\n2\nAn error, or wrong usage.\n"
           ".TP\n3\nUnknown: nothing was found, but something could not be examined.\n");
}

static void one(const struct command *c)
{
    printf(".TH debar\\-%s 1 \"\" \"debar %s\" \"debar\"\n.SH NAME\ndebar\\-%s \\- ", c->name,
           DEBAR_VERSION, c->name);
    text(c->summary);
    printf("\n.SH SYNOPSIS\n\\fBdebar %s\\fR ", c->name);
    text(c->usage);
    printf("\n.SH DESCRIPTION\n");
    paragraphs(c->details ? c->details : c->summary);
    printf(".SH OPTIONS\n");
    rows(c->options);
    rows(common_options);
    // Some commands have their own, and say so.
    if (!c->details || !strstr(c->details, "Exit codes"))
        exit_codes();
    printf(
        ".SH SEE ALSO\n\\fBdebar\\fR(1), \\fBdebar\\-order\\fR(5), \\fBdebar\\-catalogue\\fR(5), "
        "\\fBdebar\\-exception\\fR(5)\n");
}

static void whole(void)
{
    printf(".TH debar 1 \"\" \"debar %s\" \"debar\"\n.SH NAME\n"
           "debar \\- carry out an order that bans a vendor\n"
           ".SH SYNOPSIS\n\\fBdebar\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n.SH DESCRIPTION\n"
           "Finds every trace of the products that an order bans, on this machine or in another "
           "one's file system, says why it is one, and says what could not be examined. What was "
           "found is "
           "removed by a plan that names every path, after the evidence of what it did was kept, "
           "and so that all of it can be undone.\n"
           ".SH COMMANDS\n",
           DEBAR_VERSION);
    for (size_t i = 0; commands[i]; i++) {
        printf(".TP\n\\fBdebar\\-%s\\fR(1)\n", commands[i]->name);
        text(commands[i]->summary);
        printf("\n");
    }
    exit_codes();
    printf(".SH ENVIRONMENT\n"
           ".TP\nDEBAR_DATA\nA folder with orders/ and catalogue/ to use in place of the installed "
           "ones.\n"
           ".TP\nDEBAR_NOW\nThe time to take as the present, such as 2026\\-11\\-23T10:00:00Z: for "
           "reports that "
           "must be repeatable.\n"
           ".TP\nNO_COLOR\nNo colours, also on a terminal.\n"
           ".TP\nSSL_CERT_FILE\nThe root certificates by which signatures are judged.\n"
           ".SH FILES\n.TP\n/var/lib/debar\nThe store, for root.\n"
           ".TP\n/var/lib/debar/vault, removal.db\nWhat removals keep to be undone, and their "
           "journal.\n"
           ".TP\n$XDG_STATE_HOME/debar, ~/.local/state/debar\nThe store, for others.\n"
           ".TP\n/usr/share/debar\nThe orders and catalogues that debar ships.\n"
           ".SH SEE ALSO\n\\fBdebar\\-order\\fR(5), \\fBdebar\\-catalogue\\fR(5), "
           "\\fBdebar\\-exception\\fR(5)\n");
}

int man_page_print(const char *name)
{
    if (strcmp(name, "debar") == 0) {
        whole();
        return 0;
    }
    for (size_t i = 0; commands[i]; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            one(commands[i]);
            return 0;
        }
    }
    fprintf(stderr, "debar: no command is named '%s'\n", name);
    return EXIT_ERROR;
}
