// SPDX-License-Identifier: Apache-2.0
/*
 * Keeps packages from being installed by pip: a line in a constraints file that no version of them
 * fulfils. It works where pip is told of the file (edit use-constraints).
 * Format: https://pip.pypa.io/en/stable/user_guide/#constraints-files
 */
#include "remedy/ini_add.h"

static bool has_line(struct sv text, struct sv wanted)
{
    struct edit_line line;

    while (edit_next_line(&text, &line))
        if (sv_eq(line.text, wanted))
            return true;
    return false;
}

static int find(struct edit_run *run, struct err *err)
{
    struct sv end = edit_line_end(run->text), names = run->key;
    auto_buf add = {0};

    TRY(edit_check_text(run, "a constraints file of pip", err));
    while (names.n) {
        struct sv name = edit_word(&names);
        struct sv line = arena_printf(run->arena, "%.*s<0", (int)name.n, name.p);

        if (has_line(run->text, line) || has_line(buf_view(&add), line))
            continue;
        if (add.n == 0 && run->text.n && !sv_ends(run->text, SV("\n")))
            buf_sv(&add, end);
        buf_sv(&add, line);
        buf_sv(&add, end);
    }
    edit_put(run, run->text.n, arena_copy(run->arena, buf_view(&add)));
    return 0;
}

const struct edit edit_block_pip = {
    .name = "block-pip",
    .summary = "keep packages from being installed by pip, in a constraints file",
    .key = "names of packages, with white space between them",
    .find = find,
};
