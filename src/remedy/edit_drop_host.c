// SPDX-License-Identifier: Apache-2.0
/*
 * Takes one name out of etc/hosts: the word, and its line where no other name stands in it. The
 * comment at the end of a line that goes, goes with it. Format: hosts(5).
 */
#include "remedy/edit.h"

static void find_in_line(struct edit_run *run, const struct edit_line *line)
{
    struct sv text = line->text, names, word;
    bool hit = false, other = false;

    text = sv_cut(&text, '#');
    (void)edit_word(&text);
    for (names = text; names.n;) {
        word = edit_word(&names);
        if (sv_eq_nocase(word, run->key))
            hit = true;
        else
            other = true;
    }
    if (hit && !other) {
        edit_cut(run, line->whole);
        return;
    }
    for (names = text; hit && names.n;) {
        word = edit_word(&names);
        if (!sv_eq_nocase(word, run->key))
            continue;
        // With the white space before it: the address stands there, so there is some.
        while (word.p[-1] == ' ' || word.p[-1] == '\t')
            word = (struct sv){word.p - 1, word.n + 1};
        edit_cut(run, word);
    }
}

static int find(struct edit_run *run, struct err *err)
{
    struct sv rest = run->text;
    struct edit_line line;

    TRY(edit_check_text(run, "a list of hosts", err));
    while (edit_next_line(&rest, &line))
        find_in_line(run, &line);
    return 0;
}

const struct edit edit_drop_host = {
    .name = "drop-host",
    .summary = "one name out of etc/hosts",
    .key = "the host name",
    .find = find,
};
