// SPDX-License-Identifier: Apache-2.0
#include "cli/removing.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/session.h"

#define DAY_NS (INT64_C(86400) * NS_PER_S)

enum {
    DAYS_MAX = 36500,
};

static void print_step(void *to, const struct plan_step *step, enum step_state state,
                       const char *note)
{
    const bool *quiet = to;

    if (state == STEP_FAILED)
        fprintf(stderr, "debar: step %llu failed: %s\n", (unsigned long long)step->number, note);
    else if (!*quiet && (state == STEP_DONE || state == STEP_UNDONE))
        printf("%-8s %2llu. %.*s%s%s\n", step_state_text(state), (unsigned long long)step->number,
               (int)step->title.n, step->title.p, *note ? ": " : "", note);
}

static void print_line(void *to, const char *text)
{
    (void)to;
    fprintf(stderr, "debar: %s\n", text);
}

static struct sv user_name(struct arena *arena)
{
    const char *sudo = getenv("SUDO_USER");
    struct passwd *p = getpwuid(getuid());

    if (sudo && *sudo)
        return arena_printf(arena, "%s (sudo)", sudo);
    return p ? arena_copy(arena, sv_str(p->pw_name)) : arena_printf(arena, "uid %u", getuid());
}

static int read_allowances(const struct arguments *args, struct arena *arena,
                           struct removal_options *ret, struct err *err)
{
    struct allowance *all = arena_take_array(arena, args->given_count + 1, sizeof(*all));
    const char *word;
    size_t at = 0;

    if (!all)
        return arena_error(arena, err);
    ret->allowances = all;
    while ((word = arguments_next(args, "allow", &at))) {
        struct sv subject = sv_str(word), code = sv_cut(&subject, '=');

        if (!code.n || !subject.n)
            return ERR(err, ERR_USAGE, "--allow %s: write CODE=SUBJECT, as the refusal is printed",
                       word);
        all[ret->allowance_count++] = (struct allowance){code, subject};
    }
    return 0;
}

static int read_days(const struct arguments *args, int64_t *ret_ns, struct err *err)
{
    const char *word = arguments_get(args, "keep-days");
    uint64_t days = KEEP_DAYS;

    if (word && (!sv_to_u64(sv_str(word), &days) || days < 1 || days > DAYS_MAX))
        return ERR(err, ERR_USAGE, "--keep-days %s: a number of days from 1 to %d", word, DAYS_MAX);
    *ret_ns = (int64_t)days * DAY_NS;
    return 0;
}

int removing_options(const struct arguments *args, struct arena *arena, struct removal_options *ret,
                     struct err *err)
{
    bool *quiet = arena_take(arena, sizeof(*quiet));

    if (!quiet)
        return arena_error(arena, err);
    *quiet = arguments_has(args, "quiet");
    *ret = (struct removal_options){
        .events = {.to = quiet, .step = print_step, .say = print_line},
        .user = user_name(arena),
        .proc = "/proc",
    };
    TRY(state_folder(args, arena, &ret->state_folder, err));
    TRY(read_days(args, &ret->keep_ns, err));
    return read_allowances(args, arena, ret, err);
}

bool removing_only_looks(const struct arguments *args)
{
    return !arguments_has(args, "yes") && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO));
}

int removing_ask(const struct arguments *args, const char *question)
{
    char answer[16];

    if (arguments_has(args, "yes"))
        return 1;
    if (removing_only_looks(args)) {
        printf(
            "Nothing was changed: this was a dry run, because there is no terminal to ask at. With "
            "--yes it acts.\n");
        return 0;
    }
    printf("%s? [y/N] ", question);
    (void)fflush(stdout);
    if (fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
        return 1;
    printf("Nothing was changed.\n");
    return 0;
}

static const char *says(enum journal_state state)
{
    switch (state) {
    case JOURNAL_ACTING:
        return "The removal is not finished";
    case JOURNAL_REBOOT:
        return "The removal goes on after the next boot";
    case JOURNAL_REMOVED:
        return "Removed, and verified by looking again";
    case JOURNAL_UNVERIFIED:
        return "Removed; not everything could be verified";
    case JOURNAL_REMAINING:
        return "Something remains";
    case JOURNAL_UNDOING:
        return "The undo is not finished";
    case JOURNAL_UNDONE:
        return "Undone: everything is as it was";
    case JOURNAL_PARTLY:
        return "Undone in part";
    }
    return "";
}

enum exit_code removing_end(const struct removal *r)
{
    const enum journal_state state = removal_state(r);
    struct sv note = removal_note(r), id = removal_plan(r)->id;

    printf("%s%s%.*s\n", says(state), note.n ? ": " : ".", (int)note.n, note.n ? note.p : "");
    if (state == JOURNAL_REMOVED || state == JOURNAL_UNVERIFIED || state == JOURNAL_REMAINING ||
        state == JOURNAL_REBOOT)
        printf("`debar undo %.*s` brings it back.\n", (int)id.n, id.p);
    if (state == JOURNAL_REMOVED || state == JOURNAL_UNDONE)
        return EXIT_ABSENT;
    return state == JOURNAL_UNVERIFIED || state == JOURNAL_REBOOT ? EXIT_UNKNOWN : EXIT_FOUND;
}

void removing_tell_state(const struct arguments *args, const struct removal *r)
{
    const struct plan *p = removal_plan(r);

    if (!arguments_has(args, "quiet"))
        printf("Plan %.*s for %.*s is %s.\n", (int)p->id.n, p->id.p, (int)p->root.n, p->root.p,
               journal_state_text(removal_state(r)));
}
