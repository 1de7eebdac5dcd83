// SPDX-License-Identifier: Apache-2.0
/*
 * Takes every line out of a text that is the key, white space at both ends aside: for lists of one
 * entry a line that have no edit of their own (ld.so.preload, ca-certificates.conf, cron.allow).
 */
#include "remedy/edit.h"

static int find(struct edit_run *run, struct err *err)
{
    struct sv rest = run->text, key = sv_trim(run->key);
    struct edit_line line;

    if (key.n == 0 || sv_find(key, SV("\n")) != SIZE_MAX)
        return ERR(err, ERR_USAGE, "the line is empty or more than one");
    TRY(edit_check_text(run, "a text of lines", err));
    while (edit_next_line(&rest, &line))
        if (sv_eq(line.text, key))
            edit_cut(run, line.whole);
    return 0;
}

const struct edit edit_drop_line = {
    .name = "drop-line",
    .summary = "the lines of a text that are exactly this",
    .key = "the whole line",
    .find = find,
};
