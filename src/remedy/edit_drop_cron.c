// SPDX-License-Identifier: Apache-2.0
/*
 * Takes the lines of a crontab (or anacrontab) out that run one command. The time and the user
 * before it do not matter; comments and settings stay. Format: crontab(5), anacrontab(5).
 */
#include "remedy/edit.h"

static int find(struct edit_run *run, struct err *err)
{
    struct sv rest = run->text, command = sv_trim(run->key);
    struct edit_line line;

    if (command.n == 0 || sv_find(command, SV("\n")) != SIZE_MAX)
        return ERR(err, ERR_USAGE, "the command is empty or of more than one line");
    TRY(edit_check_text(run, "a crontab", err));
    while (edit_next_line(&rest, &line)) {
        struct sv words = line.text;

        if (words.n <= command.n || words.p[0] == '#' || !sv_ends(words, command))
            continue;
        // It has to be a whole word's beginning, behind "@daily" or behind the five of a time.
        for (int before = 0; words.n > command.n; before++) {
            (void)edit_word(&words);
            if (sv_eq(words, command) && (before >= 2 || sv_starts(line.text, SV("@"))))
                edit_cut(run, line.whole);
        }
    }
    return 0;
}

const struct edit edit_drop_cron = {
    .name = "drop-cron",
    .summary = "the lines of a crontab that run one command",
    .key = "the command, as it stands behind the time (and user)",
    .find = find,
};
